"""Parses the numbers in arguments of commands."""

from __future__ import annotations

from chatcli.errors import UsageError
from chatcli.language import N_, _


def parse_whole(text: str, hint: str) -> int:
    """Parse *text* as a whole number; raises UsageError with *hint*."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(_("`{text}` is not a number", text=text), hint=hint) from None


def turn_number(text: str, count: int) -> int:
    """Parse *text* as one of *count* turns, from 1; negative numbers count from the end. Raises UsageError."""
    hint, missing = N_("use the number of one turn, or -1 for the last"), N_("there is no turn {number}")
    return _number(text, count, hint, missing)


def answer_number(text: str, count: int) -> int:
    """Parse *text* as one of *count* answers, as `turn_number` does."""
    hint, missing = N_("use the number of one answer, or -1 for the last"), N_("there is no answer {number}")
    return _number(text, count, hint, missing)


def block_number(text: str, count: int) -> int:
    """Parse *text* as one of *count* code blocks, as `turn_number` does."""
    hint, missing = N_("use the number of one block, or -1 for the last"), N_("there is no block {number}")
    return _number(text, count, hint, missing)


def _number(text: str, count: int, hint: str, missing: str) -> int:
    number = parse_whole(text, _(hint))
    if not 1 <= abs(number) <= count:
        known = _("use 1") if count == 1 else _("use 1 to {last}", last=count)
        raise UsageError(_(missing, number=number), hint=known)
    return number if number > 0 else count + 1 + number
