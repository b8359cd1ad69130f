"""Creates conversation ids: ULIDs, which sort by creation time. https://github.com/ulid/spec"""

from __future__ import annotations

import os

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
LENGTH = 26
SHORT = 12  # as much as tells an id from others: its time in milliseconds, and two more
MOST_TIME_S = 253_402_300_800.0  # the year 10000, which no calendar of the standard library knows


def new_id(now_s: float) -> str:
    """Return an id made at *now_s*, seconds since the epoch."""
    number = (int(now_s * 1000) & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def looks_like_id(text: str) -> bool:
    """Return whether *text* may be the beginning of an id; four characters are the least that mean one."""
    return 4 <= len(text) <= LENGTH and all(letter in _ALPHABET for letter in text.upper())


def moment_of(id: str) -> float:
    """Return when the id was made, in seconds since the epoch; 0 where it does not say."""
    if len(id) != LENGTH or not looks_like_id(id[:LENGTH]) or id[0] > "7":
        return 0.0
    number = 0
    for letter in id[:10].upper():
        number = number << 5 | _ALPHABET.index(letter)
    return number / 1000 if number / 1000 < MOST_TIME_S else 0.0
