"""Tells from the beginning of an input what it is, and refuses what cannot be read as rows at all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, TypeAlias

from chatcli.errors import UsageError
from chatcli.language import N_, _

InputFormat: TypeAlias = Literal["jsonl", "csv", "tsv", "text"]
BOM = b"\xef\xbb\xbf"

_BY_SUFFIX: Mapping[str, InputFormat] = {
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "text",
}
_ASKING = frozenset({b"prompt", b"messages", b"body"})  # columns that only a table of prompts has
_KINDS: Mapping[bytes, str] = {
    b"\xff\xfe": N_("{name} is UTF-16 text"),
    b"\xfe\xff": N_("{name} is UTF-16 text"),
    b"\x1f\x8b": N_("{name} is a gzip archive"),
    b"BZh": N_("{name} is a bzip2 archive"),
    b"\xfd7zXZ": N_("{name} is an xz archive"),
    b"\x28\xb5\x2f\xfd": N_("{name} is a zstd archive"),
    b"PK\x03\x04": N_("{name} is a zip archive or a spreadsheet"),
    b"PAR1": N_("{name} is a Parquet file"),
    b"SQLite format 3": N_("{name} is a SQLite database"),
    b"%PDF-": N_("{name} is a PDF document"),
}
_NUL_SHARE = 0.1  # UTF-16 text of Latin letters is half NUL


def input_format(name: str, beginning: bytes) -> InputFormat:
    """Return the format of the file *name*: by its suffix, else by its first line."""
    if known := _BY_SUFFIX.get(PurePath(name).suffix.lower()):
        return known
    start = beginning.removeprefix(BOM).lstrip()
    if re.match(rb"\{|\[\s*\{", start):
        return "jsonl"
    line = start.partition(b"\n")[0].strip()
    for delimiter, form in _TABLES.items():
        cells = {cell.strip().strip(b'"') for cell in line.split(delimiter)}
        if len(cells) > 1 and cells & _ASKING:
            return form
    return "text"


_TABLES: Mapping[bytes, InputFormat] = {b"\t": "tsv", b",": "csv", b";": "csv"}


def check_beginning(name: str, beginning: bytes, form: InputFormat) -> None:
    """Raise UsageError if a file that begins with *beginning* cannot be rows of *form*, with what converts it."""
    if fault := _fault(beginning, form):
        what, hint = fault
        raise UsageError(_(what, name=name), kept=_("nothing was sent"), hint=_(hint, name=name))


def _fault(beginning: bytes, form: InputFormat) -> tuple[str, str] | None:
    kind = next((kind for magic, kind in _KINDS.items() if beginning.startswith(magic)), "")
    if not kind and beginning.count(0) > _NUL_SHARE * len(beginning):
        kind = N_("{name} is UTF-16 text or binary data")
    if kind:
        return kind, N_("convert it to JSON Lines, CSV or lines of text in UTF-8")
    if b"\r" in beginning and b"\n" not in beginning:
        return N_("{name} has lines that end with a carriage return alone"), N_("convert them to line feeds")
    start = beginning.removeprefix(BOM).lstrip()
    if form == "jsonl" and start.startswith(b"["):
        return (
            N_("{name} is one JSON list; each row has to be an object on a line"),
            N_("`jq --compact-output '.[]' {name}` converts it"),
        )
    if form == "jsonl" and re.match(rb"\{\s*\n", start):
        return (
            N_("{name} has an object over several lines; each row has to be on one"),
            N_("`jq --compact-output . {name}` converts it"),
        )
    return None
