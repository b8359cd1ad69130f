"""Finds fenced code blocks in a whole text, as CommonMark defines them. Pure.

https://spec.commonmark.org/0.31.2/#fenced-code-blocks. Fences in lists and quotes are found too, their common
indentation taken off; a fence that is never closed goes to the end. Beyond the standard, a block may hold others
behind fences like its own (Markdown within Markdown) if they name a language, and if they and the block are closed.
"""

from __future__ import annotations

import re

from chatcli.records import frozen

_OPENING = re.compile(
    r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?)*)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$"
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LONGEST_PAIRED = 8  # marks; a longer fence was chosen because the text does not contain it


@frozen
class Fence:
    """One block: its text with a line end after each line, and the language it says it is in, empty for none."""

    text: str
    language: str = ""


def fences(text: str) -> list[Fence]:
    """Return the blocks of code in *text*, in their order."""
    found: list[Fence] = []
    source = _Source(_LINE.findall(text))
    index = 0
    while index < len(source.lines):
        opening = source.openings[index]
        index += 1
        if opening is None:
            continue
        end = source.end(index, opening["fence"])
        whole = "".join(_freed(line, opening["lead"]) for line in source.lines[index:end])
        if whole and not whole.endswith("\n"):
            whole += "\n"
        found.append(Fence(whole, opening["info"].strip().partition(" ")[0]))
        index = end + 1
    return found


class _Source:
    """The lines of a text, with the fences that open blocks; what closes them is looked for once a fence."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.openings = [_opening(line) for line in lines]
        self._ends: dict[str, list[int]] = {}

    def end(self, start: int, fence: str) -> int:
        """Return which line closes the block that begins at *start*."""
        if len(fence) > _LONGEST_PAIRED:
            lines = range(start, len(self.lines))
            return next((index for index in lines if _closes(self.lines[index], fence)), len(self.lines))
        if fence not in self._ends:
            self._ends[fence] = self._find_ends(fence)
        return self._ends[fence][start]

    def _find_ends(self, fence: str) -> list[int]:
        """Return for a block that begins at each line which one closes it: the one that pairs up, else the next.

        One pass from the last line to the first, whatever pairs: a fence that opens a block within is one level up, a
        closing one is one down, and a block ends where the text is first one level below the block's beginning.
        """
        next_closing = len(self.lines)
        level, next_at = 0, dict[int, int]()  # the next line that begins at each level
        ends = [next_closing]
        for index in range(len(self.lines) - 1, -1, -1):
            next_at[level] = index
            opening = self.openings[index]
            if _closes(self.lines[index], fence):
                next_closing = index
                level += 1
            elif opening and opening["fence"] == fence and opening["info"].strip():
                level -= 1
            ends.append(next_at.get(level - 1, next_closing))
        return ends[::-1]


def _opening(line: str) -> re.Match[str] | None:
    found = _OPENING.match(line.rstrip("\r\n"))
    return None if found is None or ("`" in found["info"] and found["fence"][0] == "`") else found


def _closes(line: str, fence: str) -> bool:
    bare = line.strip().lstrip("> \t")
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _freed(line: str, lead: str) -> str:
    """Return *line* without what stood before the fence: that much of indentation, or the marks of a quote."""
    position = 0
    for mark in lead:
        if position >= len(line) or line[position] not in (mark, " ", "\t", ">"):
            break
        if line[position] == ">" and mark != ">":
            break
        position += 1
    return line[position:]
