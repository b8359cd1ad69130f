"""Asks the user whether a tool call may run: the whole call, then one line; anything but a clear yes means no."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from chatcli.language import N_, _, ngettext
from chatcli.records import frozen
from chatcli.text.json_values import format_json
from chatcli.text.sanitizer import sanitize
from chatcli.tools.policy import ApprovalQuestion, Consent

_MOST_MARKED = 20
_KEYS: dict[str, Consent] = {"y": "once", "yes": "once", "c": "chat", "a": "always"}
_WORDS = {"once": N_("y: yes, once"), "chat": N_("c: yes, in this chat"), "always": N_("a: always"), "no": N_("N: no")}
_WITHIN = {"chat": N_("c: yes, in this chat for {scope}"), "always": N_("a: always for {scope}")}


@frozen
class ApprovalPrompt:
    """Asks at the terminal with *ask_line*, which returns None without one; Ctrl+C inside *guard* ends the turn."""

    ask_line: Callable[[str], str | None]
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    redact: Callable[[str], str] = str

    def ask(self, question: ApprovalQuestion) -> Consent:
        """Show the call and return the user's consent."""
        try:
            with self.guard():
                line = self.ask_line(sanitize(self.redact(format_question(question))))
        except KeyboardInterrupt:
            return "stop"
        if line is None:
            return "nobody"
        consent = _KEYS.get(line.lower(), "no")
        return consent if consent in question.choices else "no"


def format_question(question: ApprovalQuestion) -> str:
    """Return the question: the tool, where it comes from, its arguments to the letter, and the possible answers."""
    tool, written = question.tool, format_json(dict(question.arguments))
    marked = _mark_foreign(written) if tool.caution == "always" else ""
    keys = _(", ").join(_key_words(choice, question.scope) for choice in (*question.choices, "no"))
    return _(
        "The model wants to call {tool} ({origin}):\n  {call}\nRun it? [{keys}] ",
        tool=tool.name,
        origin=_(tool.origin.name),
        call=written + marked,
        keys=keys,
    )


def _key_words(choice: str, scope: str) -> str:
    """Return what the key of *choice* means; a choice that lasts does so only within *scope*, if there is one."""
    return _(_WITHIN[choice], scope=scope) if scope and choice in _WITHIN else _(_WORDS[choice])


def _mark_foreign(written: str) -> str:
    """Return a line that counts the letters of a command that are not ASCII: they may look like others that are."""
    foreign = [letter for letter in written if not letter.isascii()]
    if not foreign:
        return ""
    kinds = _(", ").join(f"{letter} (U+{ord(letter):04X})" for letter in sorted({*foreign})[:_MOST_MARKED])
    return "\n  " + ngettext(
        "{count} non-ASCII character: {kinds}", "{count} non-ASCII characters: {kinds}", len(foreign), kinds=kinds
    )
