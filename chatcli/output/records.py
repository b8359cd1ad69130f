"""Rewrites tables as records for plain text: one value a line.

A screen reader reads a table of bars cell by cell, without the headings that say what the cells are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatcli.markdown.lines import cells, column_alignments

_MARKS = re.compile(r"^(`+|\*\*) ?(.*?) ?\1$")


def with_records(markdown: str) -> str:
    """Return *markdown* with its tables as records."""
    lines = markdown.split("\n")
    shown: list[str] = []
    while lines:
        alignments = column_alignments(lines[0], lines[1]) if len(lines) > 1 else None
        if alignments is None:
            shown.append(lines.pop(0))
            continue
        count = next((index for index, line in enumerate(lines) if "|" not in line), len(lines))
        head, _, *rows = ([_bare(cell) for cell in cells(line, len(alignments))] for line in lines[:count])
        shown += _records(head, rows)
        del lines[:count]
    return "\n".join(shown)


def _records(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the lines of records: of two columns the first names the second, else each cell has its heading."""
    for number, row in enumerate(rows):
        if len(head) == 2:
            yield ": ".join(cell for cell in row if cell)
            continue
        if number:
            yield ""
        for name, cell in zip(head, row, strict=False):
            if cell:
                yield f"{name}: {cell}" if name else cell


def _bare(cell: str) -> str:
    """Return the text of a cell without the marks around it."""
    found = _MARKS.match(cell)
    return found[2] if found else cell
