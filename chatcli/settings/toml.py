"""Reads a TOML file into entries, each with its name and source; never writes.

`tomllib` takes longer to import than everything else here, so it is imported only when there is a file to read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chatcli.errors import ConfigError
from chatcli.files.foreign import ForeignReader
from chatcli.files.own import writable_problem
from chatcli.language import _
from chatcli.settings.definition import is_table
from chatcli.settings.layers import SettingEntry
from chatcli.settings.names import Name

MAX_BYTES = 1 << 20  # a thousand times the size of a handwritten file


def read_file(path: Path, *, guarded: bool = False) -> bytes | None:
    """Return the content of *path*, None if there is no such file.

    Raises ConfigError if it is unreadable or larger than MAX_BYTES, and, if *guarded*, if every user of the machine
    may write it.
    """

    def check(status: os.stat_result) -> None:
        if guarded and stat.S_ISREG(status.st_mode) and (problem := writable_problem(status, path)):
            raise problem

    try:
        return ForeignReader().read(path, max_bytes=MAX_BYTES, check=check)
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def parse_toml(data: bytes, *, path: Path) -> dict[str, Any]:
    """Parse *data*. Raises ConfigError that names line and column in *path*."""
    import tomllib

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(_("{path}, line {line}: not valid UTF-8", path=path, line=line)) from error
    if "\0" in text:
        raise ConfigError(_("{path} is a binary file, not TOML", path=path))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_located(str(error), text, path), hint=_("The file was left unchanged")) from error
    except (RecursionError, ValueError) as error:  # endless brackets, an integer with thousands of digits
        raise ConfigError(
            _("{path} cannot be parsed as TOML: {reason}", path=path, reason=error),
            hint=_("The file was left unchanged"),
        ) from error


def _located(complaint: str, text: str, path: Path) -> str:
    """Move the location in a TOML error, "… (at line 3, column 5)", to the front."""
    from chatcli.text.toml_errors import toml_complaint

    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", complaint, re.DOTALL)
    if not match:
        return _("{place}: {problem}", place=path, problem=toml_complaint(complaint))
    lines = text.split("\n")
    line, column = (match[2], match[3]) if match[2] else (len(lines), len(lines[-1]) + 1)
    problem = toml_complaint(match[1])
    return _("{path}, line {line}, column {column}: {problem}", path=path, line=line, column=column, problem=problem)


def entries(document: Mapping[str, Any], *, source: str) -> Iterator[SettingEntry]:
    """Yield every setting in *document*, including invalid ones, in file order."""
    return _walk((), document, source)


def _walk(name: Name, table: Mapping[str, Any], source: str) -> Iterator[SettingEntry]:
    for key, value in table.items():
        deeper = (*name, key)
        if isinstance(value, Mapping) and is_table(deeper):
            yield from _walk(deeper, value, source)
        else:
            yield SettingEntry(deeper, value, source)
