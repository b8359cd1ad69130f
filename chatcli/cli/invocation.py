"""Reads what a command line asks for, where that takes no parser.

Importing Typer takes a quarter of the time that a question needs until it is sent. So `chat` and `chat ask` with flags
and words are read here; whatever else a line holds is left to the parser, which reads these lines alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chatcli.cli.arguments import prepare
from chatcli.cli.start import execute, start
from chatcli.cli.table import COMMANDS
from chatcli.flags import FLAGS, Flags, FlagScope, flags_of
from chatcli.records import field, frozen

if TYPE_CHECKING:
    from chatcli.cli.table import Handler

ROOT_FLAGS: tuple[FlagScope, ...] = ("chat", "ask", "batch")  # those of `chat` itself, before any command
_ASK = next(command for command in COMMANDS if command.name == "ask")


@frozen
class Invocation:
    """What a command line asks for: *handler* with its own *arguments*, in a run with *flags*."""

    flags: Flags
    handler: Handler
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def run(self) -> int:
        """Do it and return the exit code; raises UsageError for an invalid flag."""
        return execute(self.flags, lambda run: self.handler(run, **self.arguments))


def prepare_words(words: Sequence[str]) -> list[str]:
    """Return *words* in the form that is read here and by the parser; raises UsageError for an unknown command."""
    return prepare(words, commands={command.name for command in COMMANDS if not command.group})


def read_invocation(words: Sequence[str]) -> Invocation | None:
    """Return what the prepared *words* ask for, None if the parser has to say that."""
    rest = iter(words)
    before = _read(rest, ROOT_FLAGS, ends_at_word=True)
    if before is None:
        return None
    flags, named = before
    if not named:
        return Invocation(flags, start)
    after = _read(rest, _ASK.flags) if named == [_ASK.name] else None
    if after is None:
        return None
    return Invocation(after[0].over(flags), _ASK.load(), {"words": tuple(after[1]) or None})


def _read(
    rest: Iterator[str], scopes: tuple[FlagScope, ...], *, ends_at_word: bool = False
) -> tuple[Flags, list[str]] | None:
    """Return the flags and words of *rest*, None if there is anything else; numbers are left to the parser too."""
    names = {name: key for key, flag in flags_of(*scopes).items() for name in flag.names}
    given: dict[str, Any] = {}
    words: list[str] = []
    for word in rest:
        if not word.startswith("-") or word == "-":
            words.append(word)
            if ends_at_word:
                break
            continue
        key = names.get(word, "")
        kind = FLAGS[key].type if key else None
        value = True if kind is bool else next(rest, None)
        if kind not in (bool, str, tuple) or value is None:
            return None
        given[key] = (*given.get(key, ()), value) if kind is tuple else value
    return Flags(**given), words
