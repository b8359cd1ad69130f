"""Reads .gitignore files: which paths of a tree are left out where git itself is not there to ask.

Rules of a deeper file come after those above it, and the last rule that fits decides. Nothing below a folder that is
left out is looked at, so nothing there can be let in again. https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from chatcli.records import frozen

_MAX_BYTES = 500_000  # of one file; a larger one was not written by hand
_CLASS = re.compile(r"\[([!^]?)(\]?(?:\\.|\[:[a-z]+:\]|[^\]\\])*)\]", re.DOTALL)
_NOTHING = "(?!)"  # matches nothing: git silently refuses such a pattern
_POSIX = {
    **{"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s"},
    **{"xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "blank": r" \t"},
}
_NAMED_CLASS = re.compile(r"\[:([a-z]+):\]")


@frozen
class _Rule:
    pattern: str
    lets_in: bool
    is_for_folders: bool


@frozen
class _Run:
    """Rules in a row that say the same, as one expression for files and one for folders."""

    files: re.Pattern[str] | None
    folders: re.Pattern[str]
    lets_in: bool


@frozen
class IgnoreRules:
    """The rules in force in one folder: *runs* with the folder that each counts from, the last one first."""

    runs: tuple[tuple[str, _Run], ...] = ()

    def below(self, folder: str, text: str) -> IgnoreRules:
        """Return the rules with those of *text*, the .gitignore of *folder*, "" for the root, else ending in "/"."""
        own = ((folder, run) for run in reversed(_runs(_rules(text))))
        return IgnoreRules((*own, *self.runs))

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """Return whether *path*, with slashes and from the root, is left out."""
        for base, run in self.runs:
            pattern = run.folders if is_folder else run.files
            if pattern is not None and pattern.fullmatch(path, len(base)):
                return not run.lets_in
        return False


def read_rules(folder: str, relative: str, above: IgnoreRules) -> IgnoreRules:
    """Return the rules in force in *folder*, which is *relative* to the root and ends in "/" unless it is the root."""
    path = os.path.join(folder, ".gitignore")  # noqa: PTH118 - once a folder
    if not os.path.isfile(path):  # noqa: PTH113 - once a folder; a pipe or device of that name would never end
        return above
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - once a folder
            text = file.read(_MAX_BYTES)
    except OSError:
        return above
    return above.below(relative, text) if text else above


def _rules(text: str) -> Iterable[_Rule]:
    for raw in text.removeprefix("\ufeff").split("\n"):
        line = _without_blanks(raw.removesuffix("\r"))
        if not line or line.startswith("#"):
            continue
        lets_in = line.startswith("!")
        line = line.removeprefix("!")
        is_for_folders = line.endswith("/")
        line = line.removesuffix("/")
        if line:
            yield _Rule(_expression(line), lets_in, is_for_folders)


def _without_blanks(line: str) -> str:
    """Return *line* without the blanks at its end, but for one behind a backslash."""
    stripped = line.rstrip(" ")
    slashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if slashes % 2 and len(stripped) < len(line) else stripped


def _runs(rules: Iterable[_Rule]) -> Sequence[_Run]:
    grouped = [(lets_in, list(group)) for lets_in, group in groupby(rules, key=lambda rule: rule.lets_in)]
    return [
        _Run(
            _joined(rule for rule in group if not rule.is_for_folders), _joined(group) or re.compile(_NOTHING), lets_in
        )
        for lets_in, group in grouped
    ]


def _joined(rules: Iterable[_Rule]) -> re.Pattern[str] | None:
    patterns = [rule.pattern for rule in rules]
    return re.compile("|".join(patterns), re.DOTALL) if patterns else None


def _expression(glob: str) -> str:
    """Return the regular expression of one pattern; without a slash in it, it fits in any folder below."""
    anywhere = "" if "/" in glob else "(?:.*/)?"
    glob = glob.removeprefix("/")
    parts, position = [], 0
    while position < len(glob):
        part, position = _next_part(glob, position)
        parts.append(part)
    return f"(?:{anywhere}{''.join(parts)})"


def _next_part(glob: str, position: int) -> tuple[str, int]:
    """Return the expression of what stands at *position*, and where the next begins."""
    rest = glob[position:]
    is_at_start = position == 0 or glob[position - 1] == "/"
    if rest.startswith("**/") and is_at_start:
        return "(?:.*/)?", position + 3
    if rest == "**" and is_at_start:
        return ".+", position + 2
    if rest.startswith("*"):
        return "[^/]*", position + len(rest) - len(rest.lstrip("*"))
    if rest.startswith("?"):
        return "[^/]", position + 1
    if rest.startswith("\\"):
        return re.escape(rest[1]) if len(rest) > 1 else _NOTHING, position + 2
    if found := _CLASS.match(rest):
        return _class(found[1], found[2]), position + found.end()
    if rest.startswith("["):  # without its end
        return _NOTHING, len(glob)
    return re.escape(rest[0]), position + 1


def _class(negation: str, members: str) -> str:
    named = _NAMED_CLASS.sub(lambda found: _POSIX.get(found[1], ""), members.replace("[", r"\[").replace(r"\[:", "[:"))
    escaped = named.replace("]", r"\]", 1) if named.startswith("]") else named
    expression = f"(?!/)[{'^' if negation else ''}{escaped}]"
    try:
        re.compile(expression)
    except re.error:  # a range that runs backwards
        return _NOTHING
    return expression
