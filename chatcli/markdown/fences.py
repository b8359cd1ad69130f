"""Blocks of code behind fences, as CommonMark has them: found in a whole text, without their fences. Pure.

https://spec.commonmark.org/0.31.2/#fenced-code-blocks. Fences in lists and quotes are found too, their common
indentation taken off; a fence that is never closed goes to the end.
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
    lines = iter(_LINE.findall(text))
    for line in lines:
        opening = _OPENING.match(line.rstrip("\r\n"))
        if opening is None or ("`" in opening["info"] and opening["fence"][0] == "`"):
            continue
        content: list[str] = []
        for inner in lines:
            if _closes(inner, opening["fence"]):
                break
            content.append(_freed(inner, opening["lead"]))
        whole = "".join(content)
        if whole and not whole.endswith("\n"):
            whole += "\n"
        found.append(Fence(whole, opening["info"].strip().partition(" ")[0]))
    return found


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
