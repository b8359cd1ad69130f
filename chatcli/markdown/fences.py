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


@frozen
class Fence:
    """One block: its text with a line end after each line, and the language it says it is in, empty for none."""

    text: str
    language: str = ""


def fences(text: str) -> list[Fence]:
    """Return the blocks of code in *text*, in their order."""
    found: list[Fence] = []
    lines = _LINE.findall(text)
    index = 0
    while index < len(lines):
        opening = _opening(lines[index])
        index += 1
        if opening is None:
            continue
        end = _end(lines, index, opening["fence"])
        whole = "".join(_freed(line, opening["lead"]) for line in lines[index:end])
        if whole and not whole.endswith("\n"):
            whole += "\n"
        found.append(Fence(whole, opening["info"].strip().partition(" ")[0]))
        index = end + 1
    return found


def _opening(line: str) -> re.Match[str] | None:
    found = _OPENING.match(line.rstrip("\r\n"))
    return None if found is None or ("`" in found["info"] and found["fence"][0] == "`") else found


def _end(lines: list[str], start: int, fence: str) -> int:
    """Return which line closes the block that begins at *start*: of several, the one that pairs up with its fence."""
    first = len(lines)
    depth = 1
    for index in range(start, len(lines)):
        if _closes(lines[index], fence):
            first = min(first, index)
            depth -= 1
        elif (inner := _opening(lines[index])) and inner["fence"] == fence and inner["info"].strip():
            depth += 1
        if depth == 0:
            return index
    return first


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
