"""Defines the leaves of a Markdown document and their containers, as produced by `markdown.blocks`."""

from __future__ import annotations

from typing import Literal, TypeAlias

from chatcli.records import frozen

BlockKind = Literal[
    "paragraph", "definition", "heading", "rule", "fence", "code", "html", "math", "table", "row", "end"
]


@frozen
class Quote:
    """A block quote around a leaf."""

    id: int


@frozen
class Item:
    """A list item around a leaf; *list* is the same for all items of one list.

    *number* is None in bullet lists; *delimiter* stands behind it, or is the bullet, as the source has it.
    """

    id: int
    list: int
    number: int | None
    delimiter: str = "."


Container: TypeAlias = Quote | Item


@frozen
class Block:
    """One leaf of the document, or a line of a long one; lines of one leaf share their *key*.

    *text* is inline Markdown in paragraphs, headings, definitions, tables and rows, and literal in code, html and math.
    *path* holds the containers, outermost first; the last *opens* of them begin here. *gap* says whether the source
    has a blank line before it. *info* is a fence's info string, or a table's alignments: one letter a column of `lrc-`.
    A "fence" block opens a fenced code block, whose lines follow as "code"; an "end" block ends a table.
    """

    kind: BlockKind
    key: int
    text: str = ""
    path: tuple[Container, ...] = ()
    opens: int = 0
    gap: bool = False
    level: int = 0
    info: str = ""
