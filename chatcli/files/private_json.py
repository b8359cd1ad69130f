"""Reads and writes small private JSON files, of two kinds: durable and expendable.

Both belong to this user alone, are replaced as a whole, and are changed by one program at a time, so that two that add
something at once lose neither. Nothing is read before it is needed, and every lookup reads the file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from chatcli.errors import ConfigError
from chatcli.files.faults import file_error
from chatcli.files.own import ensure_private_dir, read_private, write_private
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.json_values import as_int, as_object, parse_json

VERSION = 1
LOCK_S = 2.0  # a change takes milliseconds: a program that holds the lock longer is suspended

Records: TypeAlias = dict[str, dict[str, str]]


@frozen
class DurableRecords:
    """Records in *path*, each with exactly *fields*; a damaged file is refused and left as it is.

    *title* is what people call the file, marked for translation. Every method raises ConfigError where the file cannot
    be used.
    """

    path: Path
    title: str
    fields: frozenset[str]

    def read(self) -> Records:
        """Return all records; none without a file."""
        data = read_private(self.path)
        if data is None:
            return {}
        try:
            document = as_object(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise self._damaged(str(error)) from error
        if (as_int(document.get("version")) or 0) > VERSION:
            raise ConfigError(
                _("{title} {path} was written by a newer version of chat", title=_(self.title), path=self.path),
                hint=_("Update chat"),
            )
        records = document.get("records")
        if not isinstance(records, dict) or not all(map(self._is_whole, records.values())):
            raise self._damaged(_("records are missing or incomplete"))
        return records

    def add(self, name: str, **fields: str) -> None:
        """Add a record, or replace it."""
        with _changing(self.path):
            self._write({**self.read(), name: fields})

    def remove(self, name: str) -> bool:
        """Remove a record, and return whether there was one."""
        if name not in self.read():
            return False
        with _changing(self.path):
            self._write({other: record for other, record in self.read().items() if other != name})
        return True

    def _write(self, records: Mapping[str, Mapping[str, str]]) -> None:
        document = {"version": VERSION, "records": records}
        write_private(self.path, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")

    def _is_whole(self, record: object) -> bool:
        return isinstance(record, dict) and record.keys() == self.fields and all(map(_is_text, record.values()))

    def _damaged(self, why: str) -> ConfigError:
        return ConfigError(
            _("{title} {path} is damaged: {why}", title=_(self.title), path=self.path, why=why),
            kept=_("It was not changed"),
            hint=_("Move it away to start a new one"),
        )


@frozen
class DisposableValues:
    """The newest *most* values in *path*; unreadable content is forgotten, and unwritable content is not kept."""

    path: Path
    most: int

    def get(self, name: str) -> Any:
        """Return the value that was put under *name*, None if there is none."""
        return self.read().get(name)

    def put(self, name: str, value: Any) -> None:
        """Keep *value* under *name* as the newest, if it can be kept."""
        try:
            with _changing(self.path):
                known = self.read()
                known.pop(name, None)
                kept = dict(list({**known, name: value}.items())[-self.most :])
                write_private(self.path, json.dumps(kept, indent=1).encode())
        except ConfigError:
            return

    def read(self) -> dict[str, Any]:
        """Return all values by name, the newest last."""
        try:
            return as_object(parse_json(read_private(self.path) or b"{}"))
        except ConfigError:
            return {}


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Keep other programs from changing files beside *path*, where the system can do that."""
    from chatcli.files.locks import locked_folder  # most runs only read

    ensure_private_dir(path.parent)
    with ExitStack() as held:
        try:
            held.enter_context(locked_folder(path.parent, wait_s=LOCK_S))
        except OSError as error:
            raise file_error("write", path, error) from error
        yield


def _is_text(value: object) -> bool:
    return isinstance(value, str)
