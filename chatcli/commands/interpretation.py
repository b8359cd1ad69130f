"""Interprets lines as commands or questions."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from chatcli.commands.foreign import meaning_of
from chatcli.commands.table import (
    SAVE,
    Ask,
    Command,
    Outcome,
    Quit,
    RunShell,
    find_command,
    find_saver,
    similar_commands,
)
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.request.mentions import without_doubled_signs
from chatcli.text.draft import Draft
from chatcli.text.phrases import end_sentence
from chatcli.text.similar import ask_whether

if TYPE_CHECKING:
    from chatcli.commands.context import CommandContext

_LEAVING = ("exit", "quit", ":q")
_SIGNS = {"/": "/", "／": "/", "!": "!"}  # as typed; a CJK keyboard's exclamation mark ends sentences and runs nothing
_NAMES_FILE = re.compile(r"(?:--\S+\s+)*@")


def interpret(line: Draft, context: CommandContext) -> Outcome:
    """Interpret *line*: return a command's outcome, or the question itself.

    Only typed text is a command. Raises UsageError for an unknown command or a missing argument.
    """
    stripped = line.strip()
    if stripped.is_typed() and stripped.text in _LEAVING:
        return Quit()
    if stripped.is_typed() and stripped.text == "?" and (help_command := find_command("?")):
        return _run(help_command, "?", context, Draft())
    return _with_sign(line, stripped, context)


def _with_sign(line: Draft, stripped: Draft, context: CommandContext) -> Outcome:
    """Interpret a line by its first sign: `/` or `!`, or one of them doubled."""
    # \s knows U+3000, the space of CJK keyboards, and NFKC their slash and letters.
    first, space, argument = re.split(r"(\s+|\Z)", stripped.text, maxsplit=1)
    sign, word = _SIGNS.get(first[:1]), unicodedata.normalize("NFKC", first[1:])
    if sign and _SIGNS.get(first[1:2]) == sign and stripped.is_typed(0, 2):
        return _ask(line, line.part(line.text.index(first) + 1))
    if not sign or not word or not stripped.is_typed(0, len(first)):
        return _ask(line, line)
    if sign == "!":
        return RunShell(stripped.text[1:])
    if found := find_command(word):
        return _run(found, word, context, stripped.part(len(stripped) - len(argument)))
    if "/" in word or "\n" in space:
        return _ask(line, line)  # a path, or text that starts like one
    return _unknown(word, line, context)


def _ask(line: Draft, question: Draft) -> Ask:
    return Ask(without_doubled_signs(question).text, line)


def _run(found: Command, word: str, context: CommandContext, argument: Draft) -> Outcome:
    """Run the command *found* under *word*: its name or an alias, by which its complaints call it."""
    text = argument.text
    if found.needs_argument and not text:
        raise UsageError(_("/{name} needs an argument", name=word), hint=found.synopsis_of(word))
    if text and not found.usage:
        raise UsageError(_("/{name} takes no argument, but got `{text}`", name=word, text=text))
    if text and found.sends:
        return found.sends(without_doubled_signs(argument).text, argument)
    if "@FILE" in found.usage:
        text = _literal(argument)
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    if first == SAVE and (save := find_saver(found.name)) and argument.is_typed(0, len(SAVE)):
        return save(context, rest)
    return found.run(context, text)


def _literal(argument: Draft) -> str:
    """Return *argument* with an untyped first sign doubled, so that it names no file."""
    found = _NAMES_FILE.match(argument.text)
    if found is None or argument.is_typed(found.end() - 1, found.end()):
        return argument.text
    return argument.splice(found.end(), found.end(), Draft("@")).text


def _unknown(word: str, line: Draft, context: CommandContext) -> Outcome:
    if context.files.exists(f"/{word}"):
        return _ask(line, line)
    foreign = "" if find_command(word.casefold()) else meaning_of(word)
    meant = foreign or ask_whether(similar_commands(word), form="/{}") or _("/help all lists them")
    hint = _("{meant} //{word} sends it as text", meant=end_sentence(meant), word=word)
    raise UsageError(_("unknown command /{word}", word=word), kept=_("nothing was sent"), hint=hint)
