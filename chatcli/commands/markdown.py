"""Formats code spans and tables for the answers of commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Return *text* as a code span with enough backticks; empty text stays empty."""
    if not text:
        return ""
    ticks = "`"
    while ticks in text:
        ticks += "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are one line each."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def two_columns(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    """Return a table of two columns that is aligned as plain text too."""
    lines = [(_cell(first), _cell(second)) for first, second in (head, *rows)]
    width = max(len(first) for first, _ in lines)
    lines.insert(1, ("-" * width, "---"))
    return "\n".join(f"| {first:{width}} | {second} |" for first, second in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
