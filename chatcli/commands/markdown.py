"""Formats code spans, tables and paragraphs for the answers of commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chatcli.language import _

_STARTS = re.compile(r"\s*(?:[-*+] |\d+[.)] |[#|>]|```)|\s*$")  # a line that continues no paragraph


def code(text: str) -> str:
    """Return *text* as a code span with enough backticks; empty text stays empty."""
    if not text:
        return ""
    ticks = "`"
    while ticks in text:
        ticks += "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()) -> str:
    """Return a table; cells are one line each, and those of the columns in *numbers* set to the right.

    Its *head* is translated here.
    """
    lines = [list(map(_, head)), ["--:" if name in numbers else "---" for name in head], *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def refilled(markdown: str) -> str:
    """Return *markdown* with the lines of each paragraph joined, so that they fill the width they are shown in."""
    lines: list[str] = []
    in_code = continues = False
    for line in markdown.split("\n"):
        is_fence = line.startswith("```")
        if continues and not in_code and not _STARTS.match(line):
            lines[-1] += f" {line.strip()}"
            continue
        in_code ^= is_fence
        continues = not (in_code or is_fence or not line.strip() or line.startswith(("#", "|")))
        lines.append(line)
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
