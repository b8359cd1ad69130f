"""Asks the user whether a tool call may run: the whole call, then one line; anything but a clear yes means no."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from chatcli.records import frozen
from chatcli.text.json_values import format_json
from chatcli.text.phrases import count_noun
from chatcli.text.sanitizer import sanitize
from chatcli.tools.policy import ApprovalQuestion, Consent

_MOST_MARKED = 20
_KEYS: dict[str, Consent] = {"y": "once", "yes": "once", "c": "chat", "a": "always"}
_LASTING = ("chat", "always")
_WORDS = {"once": "y: yes, once", "chat": "c: yes, in this chat", "always": "a: always", "no": "N: no"}


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
    limit = f" for {question.scope}" if question.scope else ""
    keys = ", ".join(_WORDS[choice] + limit * (choice in _LASTING) for choice in (*question.choices, "no"))
    return f"The model wants to call {tool.name} ({tool.origin.name}):\n  {written}{marked}\nRun it? [{keys}] "


def _mark_foreign(written: str) -> str:
    """Return a line that counts the letters of a command that are not ASCII: they may look like others that are."""
    foreign = [letter for letter in written if not letter.isascii()]
    if not foreign:
        return ""
    kinds = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in sorted({*foreign})[:_MOST_MARKED])
    return f"\n  {count_noun(len(foreign), 'non-ASCII character')}: {kinds}"
