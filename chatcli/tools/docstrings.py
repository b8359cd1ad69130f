"""Reads the docstring of a function: what it does, and what its parameters are, in the three styles in use.

Imported by the process that runs the user's functions, so it imports nothing of ours.
"""

from __future__ import annotations

import inspect
import re

_FIELD = re.compile(r"^:param\s+(?:[^:]*\s)?(\*{0,2}\w+)\s*:\s*(.*)")  # reStructuredText
_GOOGLE_HEAD = re.compile(r"^(Args|Arguments|Parameters|Params)\s*:\s*$")
_GOOGLE = re.compile(r"^\s+(\*{0,2}\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
_NUMPY_HEAD = re.compile(r"^Parameters\s*$")
_NUMPY = re.compile(r"^(\*{0,2}\w+)\s*(?::.*)?$")
_SECTION = re.compile(r"^(?:[A-Z]\w+( \w+)?:\s*$|:(?:return|returns|rtype|raises?|type|yields?)\b)")


def describe(text: str | None) -> tuple[str, dict[str, str]]:
    """Return what a docstring says of its function, and of each parameter."""
    lines = inspect.cleandoc(text or "").splitlines()
    start = next((number for number in range(len(lines)) if _begins_section(lines, number)), len(lines))
    return "\n".join(lines[:start]).strip(), _parameters(lines[start:])


def _begins_section(lines: list[str], number: int) -> bool:
    line, below = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
    is_underlined = bool(line.strip()) and len(below) >= 3 and set(below.strip()) == {"-"}
    return bool(_SECTION.match(line) or _FIELD.match(line) or is_underlined)


def _parameters(lines: list[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    style, indent, current = "", -1, ""
    for number, line in enumerate(lines):
        if field := _FIELD.match(line):
            current = field[1]
            found[current] = [field[2]]
        elif _begins_section(lines, number):
            is_numpy = bool(_NUMPY_HEAD.match(line))
            style, indent, current = "numpy" if is_numpy else "google" if _GOOGLE_HEAD.match(line) else "", -1, ""
        elif style == "google" and (entry := _GOOGLE.match(line)) and _indent(line) <= (indent if indent >= 0 else 99):
            indent, current = _indent(line), entry[1]
            found[current] = [entry[2]]
        elif style == "numpy" and (entry := _NUMPY.match(line)):
            current = entry[1]
            found[current] = []
        elif current and line.strip(" -"):
            found[current].append(line.strip())
    return {name.lstrip("*"): " ".join(filter(None, words)) for name, words in found.items()}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
