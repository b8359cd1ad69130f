"""Prepares command-line arguments for the parser, which cannot express everything that ours allow.

`-o KEY VALUE` becomes `-o KEY=VALUE`, and an unknown command is rejected with a suggestion.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from chatcli.errors import UsageError
from chatcli.flags import FLAGS
from chatcli.language import _
from chatcli.text.phrases import punctuate
from chatcli.text.similar import did_you_mean

_OPTION = frozenset(FLAGS["option"].names)
_SWITCHES = frozenset(name for flag in FLAGS.values() if flag.type is bool for name in flag.names)
_WITH_VALUE = frozenset(name for flag in FLAGS.values() if flag.type is not bool for name in flag.names)
_ALL = _SWITCHES | _WITH_VALUE


def prepare(words: Sequence[str], *, commands: Collection[str]) -> list[str]:
    """Return *words* in the form that the parser takes; raises UsageError for an unknown command."""
    prepared: list[str] = []
    rest = iter(_without_spread_options(words))
    for word in rest:
        prepared.append(word)
        if _takes_next(word):
            prepared += [value for value in [next(rest, None)] if value is not None]
        elif not word.startswith("-") or word == "-":
            following = list(rest)
            if word not in commands:
                raise _unknown([word, *following], commands)
            return [*prepared, *following]
        elif word == "--" or not _is_known(word):  # the parser names the unknown option
            return [*prepared, *rest]
    return prepared


def _is_known(word: str) -> bool:
    """Return whether *word* is one of our flags, with or without its value in the same word."""
    letters = word[1:] if word[1:2] != "-" else ""
    is_joined = bool(letters) and (word[:2] in _WITH_VALUE or all(f"-{letter}" in _SWITCHES for letter in letters))
    return is_joined or word.partition("=")[0] in _ALL


def _takes_next(word: str) -> bool:
    """Return whether the next word is the value of *word*, also if it ends a group of short flags such as `-qm`."""
    joined = len(word) > 2 and word[0] == "-" and all(f"-{letter}" in _SWITCHES for letter in word[1:-1])
    return word in _WITH_VALUE or (joined and f"-{word[-1]}" in _WITH_VALUE)


def _without_spread_options(words: Sequence[str]) -> list[str]:
    joined: list[str] = []
    rest = iter(words)
    for word in rest:
        joined.append(word)
        if word == "--":
            return [*joined, *rest]
        if word in _OPTION and (pair := next(rest, None)) is not None:
            joined.append(pair if "=" in pair else f"{pair}={next(rest, '')}")
        elif word in _WITH_VALUE and (value := next(rest, None)) is not None:
            joined.append(value)  # even if it looks like a flag
    return joined


def _unknown(words: Sequence[str], commands: Collection[str]) -> UsageError:
    """Return the error for an unknown command, with what *words* were probably meant to be: a command or a question."""
    from chatcli.cli.misuse import COMMAND_MEANINGS  # few commands are unknown

    named = _(COMMAND_MEANINGS.get(words[0], ""), name=words[0])
    meant = punctuate(named) if named else did_you_mean(words[0], commands, form="`chat {}`")
    question = " ".join(takewhile(lambda word: not word.startswith("-") or word == words[0], words))
    asks = _("To ask a model: {command}; `chat --help` lists the commands", command=f'chat ask "{question}"')
    what = _("unknown command {command}", command=f"`{words[0]}`")
    return UsageError(what, hint=_("{meant} {hint}", meant=meant, hint=asks) if meant else asks)
