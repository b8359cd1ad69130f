"""Parses the numbers in arguments of commands."""

from __future__ import annotations

from chatcli.errors import UsageError


def parse_whole(text: str, hint: str) -> int:
    """Parse *text* as a whole number; raises UsageError with *hint*."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"`{text}` is not a number", hint=hint) from None


def turn_number(text: str, count: int, *, what: str = "turn") -> int:
    """Parse *text* as one of *count* turns, from 1; negative numbers count from the end. Raises UsageError."""
    number = parse_whole(text, f"use the number of one {what}, or -1 for the last")
    if not 1 <= abs(number) <= count:
        raise UsageError(f"there is no {what} {number}", hint="use 1" if count == 1 else f"use 1 to {count}")
    return number if number > 0 else count + 1 + number
