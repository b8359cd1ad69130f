"""Completes commands and their arguments, and paths after `@`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from chatcli.files.foreign import beside_main_thread
from chatcli.text.draft import Draft
from chatcli.text.sanitizer import sanitize

_MAX_PATHS = 200
_MAX_LOOKED_AT = 50_000  # names in one folder
_WAIT_S = 1.0


class PromptCompleter(Completer):
    """Offers what *words* and *arguments* know; both are asked only when a command is being typed.

    *words* maps command names, with or without their slash, to a line of help.
    """

    def __init__(self, words: Callable[[], Mapping[str, str]], arguments: Callable[[str, str], Iterable[str]]) -> None:
        self._words = words
        self._arguments = arguments

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Offer what fits the text before the cursor; paths only where they are asked for."""
        before = document.text_before_cursor
        if Draft.by_keys(document.text).begins_command():
            yield from self._of_command(before.replace("\u3000", " "))
        elif complete_event.completion_requested:
            yield from _paths(before)

    def _of_command(self, before: str) -> Iterator[Completion]:
        name, space, rest = before[1:].partition(" ")
        if not space:
            for word, meaning in self._words().items():
                bare = word.removeprefix("/")
                if bare.startswith(name):
                    yield Completion(f"/{bare}", -len(before), display_meta=sanitize(meaning))
            return
        prefix = rest.rpartition(" ")[2]
        for argument in self._arguments(name, prefix):
            # One that cannot be shown as it is could not be typed either.
            if argument.startswith(prefix) and sanitize(argument) == argument and "\n" not in argument:
                yield Completion(argument, -len(prefix))


def _paths(before: str) -> Iterator[Completion]:
    """Offer paths for a word that begins with `@`; names with spaces stand in quotes."""
    word = _attachment(before)
    if word is None:
        return
    typed = word[1:].removeprefix('"')
    folder, separator, name = typed.rpartition("/")
    for entry in _entries(f"{folder}{separator}", name):
        path = f"{folder}{separator}{entry}"
        yield Completion(f'@"{path}"' if " " in path else f"@{path}", -len(word), display=entry)


def _attachment(before: str) -> str | None:
    line = before.rpartition("\n")[2]
    begin = line.rfind('@"')
    if begin >= 0 and '"' not in line[begin + 2 :]:
        return line[begin:]
    word = line.rpartition(" ")[2]
    return word if word.startswith("@") and not word.startswith("@@") else None


def _entries(folder: str, beginning: str) -> list[str]:
    """Return the names in *folder* that begin so, none where that takes too long; a folder's name ends in a slash."""
    try:
        path = Path(folder or ".").expanduser()
        # The keys wait for this, Ctrl+C with them, and a network may be gone.
        return beside_main_thread(lambda: _names(path, beginning), wait_s=_WAIT_S)
    except (OSError, RuntimeError, ValueError):  # not a folder, not readable, no home to expand, no name at all
        return []


def _names(folder: Path, beginning: str) -> list[str]:
    with os.scandir(folder) as found:
        fitting = sorted(
            (entry for entry in islice(found, _MAX_LOOKED_AT) if _fits(entry.name, beginning)),
            key=lambda entry: entry.name,
        )
    return [f"{entry.name}/" if entry.is_dir() else entry.name for entry in fitting[:_MAX_PATHS]]


def _fits(name: str, beginning: str) -> bool:
    # One that cannot be shown as it is could not be typed either.
    return name.startswith(beginning) and bool(beginning or not name.startswith(".")) and sanitize(name) == name
