"""Completes commands and their arguments, and files after `@` or where a command takes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from chatcli.errors import ChatError
from chatcli.files.foreign import beside_main_thread
from chatcli.files.project_files import ProjectFiles
from chatcli.input.choices import ChoiceRow, matching
from chatcli.input.options import PromptContent
from chatcli.request.mentions import mention_at_end
from chatcli.text.draft import Draft
from chatcli.text.fuzzy import best_matches
from chatcli.text.sanitizer import sanitize

_MAX_PATHS = 200
_MAX_LOOKED_AT = 50_000  # names in one folder
_WAIT_S = 1.0
_MOST_FOUND = 50
_FIRST_LIST_S = 0.03  # until the first files of the project are known, the folder is listed


class PromptCompleter(Completer):
    """Offers commands, their arguments, and files; the commands are asked only when one is being typed."""

    def __init__(self, content: PromptContent, files: ProjectFiles) -> None:
        self._content = content
        self._files = files

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Offer what fits the text before the cursor."""
        del complete_event
        before = document.text_before_cursor
        if (word := _attachment(before)) is not None:
            yield from self._mentions(word)
        elif Draft.by_keys(document.text).begins_command():
            yield from self._of_command(before.replace("\u3000", " "))

    def _of_command(self, before: str) -> Iterator[Completion]:
        name, space, rest = before[1:].partition(" ")
        if not space:
            yield from self._commands(name, len(before))
            return
        before, _, prefix = rest.rpartition(" ")
        for row in _fitting(prefix, self._arguments(name, before)):
            yield Completion(row.key, -len(prefix), display=sanitize(row.label), display_meta=sanitize(row.hint))
        if self._content.takes_paths(name):
            for path in self._paths(prefix.removeprefix('"')):
                yield Completion(f'"{path}"' if " " in path else path, -len(prefix), display=path)

    def _arguments(self, name: str, before: str) -> list[str | ChoiceRow]:
        try:
            return list(self._content.arguments(name, before))
        except (ChatError, OSError):  # the command itself will say so
            return []

    def _commands(self, typed: str, length: int) -> Iterator[Completion]:
        """Offer commands, an alias in the row of its command."""
        rows = {words: words.split() for words in self._content.words()}
        names = {name.removeprefix("/"): words for words, row in rows.items() for name in row}
        for words in dict.fromkeys(names[name] for name in best_matches(typed, names)):
            name, *aliases = (word.removeprefix("/") for word in rows[words])
            told = f" ({', '.join(aliases)})" if aliases else ""
            meaning = sanitize(self._content.words()[words])
            yield Completion(f"/{name}", -length, display=f"/{name}{told}", display_meta=meaning)

    def _mentions(self, word: str) -> Iterator[Completion]:
        for path in self._paths(word[1:].removeprefix('"')):
            yield Completion(f'@"{path}"' if " " in path else f"@{path}", -len(word), display=path)

    def _paths(self, typed: str) -> Iterator[str]:
        """Yield paths that begin so, and those of the project that fit the letters."""
        folder, separator, name = typed.rpartition("/")
        begin = [f"{folder}{separator}{entry}" for entry in _entries(f"{folder}{separator}", name)]
        is_outside = typed.startswith(("/", "~", "."))
        found = [] if is_outside else self._files.search(typed, most=_MOST_FOUND, wait_s=_FIRST_LIST_S)
        yield from dict.fromkeys([*begin, *filter(_is_typable, found)])


def is_listing(draft: Draft, cursor: int) -> bool:
    """Return whether completions are listed while typing: of a command, and of a file behind a typed `@`."""
    word = _attachment(draft.text[:cursor])
    return draft.begins_command() or (word is not None and draft.is_typed(cursor - len(word), cursor))


def _fitting(typed: str, candidates: Iterable[str | ChoiceRow]) -> list[ChoiceRow]:
    """Return the candidates whose inserted text matches, then those whose shown text matches."""
    rows = [ChoiceRow(row, row) if isinstance(row, str) else row for row in candidates]
    by_key = {row.key: row for row in rows if _is_typable(row.key)}
    found = [by_key[key] for key in best_matches(typed, by_key)]
    shown = matching([row for row in by_key.values() if row.label != row.key], typed) if typed else []
    return list(dict.fromkeys([*found, *shown]))


def _is_typable(text: str) -> bool:
    """Return whether *text* can be shown as it is; else it could not be typed either."""
    return sanitize(text) == text and "\n" not in text


def _attachment(before: str) -> str | None:
    line = before.rpartition("\n")[2]
    begin = line.rfind('@"')
    if begin >= 0 and '"' not in line[begin + 2 :]:
        return line[begin:]
    return mention_at_end(line.rpartition(" ")[2])


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
    return name.startswith(beginning) and bool(beginning or not name.startswith(".")) and _is_typable(name)
