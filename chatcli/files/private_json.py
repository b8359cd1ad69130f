"""A small private file of records: keys, confirmations, trusted files. Damaged, it is refused and left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from chatcli.errors import ConfigError
from chatcli.files.own import ensure_private_dir, read_private, write_private
from chatcli.records import frozen

VERSION = 1

Records: TypeAlias = dict[str, dict[str, str]]


@frozen
class DurableRecords:
    """The records in *path*, each of which has exactly *fields*; *title* is what people call the file.

    Nothing is read before it is asked for, and each question reads the file anew.
    """

    path: Path
    title: str
    fields: frozenset[str]

    def read(self) -> Records:
        """Return all records; none where there is no file."""
        data = read_private(self.path)
        if data is None:
            return {}
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._damaged(str(error)) from error
        if isinstance(document, dict) and isinstance(document.get("version"), int) and document["version"] > VERSION:
            raise ConfigError(f"{self.title} {self.path} was written by a newer chat", hint="Update chat")
        records = document.get("records") if isinstance(document, dict) else None
        if not isinstance(records, dict) or not all(map(self._is_whole, records.values())):
            raise self._damaged("records are missing or not whole")
        return records

    def write(self, records: Mapping[str, Mapping[str, str]]) -> None:
        """Replace all records."""
        document = {"version": VERSION, "records": records}
        ensure_private_dir(self.path.parent)
        write_private(self.path, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")

    def add(self, name: str, **fields: str) -> None:
        """Add a record, or replace it."""
        self.write({**self.read(), name: fields})

    def remove(self, name: str) -> bool:
        """Remove a record, and tell whether there was one."""
        records = self.read()
        found = records.pop(name, None) is not None
        if found:
            self.write(records)
        return found

    def _is_whole(self, record: object) -> bool:
        return isinstance(record, dict) and record.keys() == self.fields and all(map(_is_text, record.values()))

    def _damaged(self, why: str) -> ConfigError:
        return ConfigError(
            f"{self.title} {self.path} is damaged: {why}",
            kept="It is left as it is",
            hint="Move it away to begin a new one",
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)
