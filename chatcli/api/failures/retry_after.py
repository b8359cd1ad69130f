"""Reads how long a server asks to wait, and writes a wait for people.

Nothing, less than nothing and NaN are no waits (Azure sends 0 and -1), and what cannot be read is not there: the caller
then waits as it sees fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite

from chatcli.text.patterns import pattern

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = pattern(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_UNIT = r"ms|milliseconds?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?"
_SPAN = pattern(rf"(\d+(?:\.\d+)?) ?({_UNIT})", re.ASCII | re.IGNORECASE)
_SPANS = rf"\d+(?:\.\d+)? ?(?:{_UNIT})(?: ?\d+(?:\.\d+)? ?(?:{_UNIT}))*"
_DURATION = pattern(_SPANS, re.ASCII | re.IGNORECASE)
_TOLD = pattern(
    rf"(?:try again|retry|wait)(?:ing)? (?:after|in|for) ({_SPANS}|\d+(?:\.\d+)?)(?![\w:-])", re.ASCII | re.IGNORECASE
)
# A count of seconds this large is a point in time: 1e9 s after 1970 was in 2001, 1e12 ms too.
_EPOCH_S, _EPOCH_MS = 1e9, 1e12


def server_wait_s(headers: Mapping[str, str], *, status: int | None, hinted_s: float | None = None) -> float | None:
    """Return the seconds the server asks to wait, None where it says nothing that can be read.

    In this order: `retry-after-ms`; `retry-after` in seconds or as a date, which is read against the response's own
    `date`, never against the local clock; *hinted_s*, found in the body; and for 429 alone, because other answers
    carry them too, the `x-ratelimit-reset-*` headers.
    """
    lowered = by_lower_name(headers)
    in_ms = _number(lowered.get("retry-after-ms", ""))
    candidates = [None if in_ms is None else in_ms / 1000, _retry_after_s(lowered), hinted_s]
    if status == 429:
        candidates.append(_reset_s(lowered))
    return next((wait for wait in candidates if wait is not None and isfinite(wait) and wait > 0), None)


def _retry_after_s(lowered: Mapping[str, str]) -> float | None:
    value = lowered.get("retry-after", "")
    seconds = duration_s(value)
    if seconds is not None:
        return seconds
    until, now = _moment_s(value), _moment_s(lowered.get("date", ""))
    return None if until is None or now is None else until - now


def _reset_s(lowered: Mapping[str, str]) -> float | None:
    """Read when every exhausted limit is full again; where none is, the soonest: being refused again costs nothing."""
    waits = {}
    for name, value in lowered.items():
        kind = name.removeprefix("x-ratelimit-reset")
        if kind != name:
            waits[kind] = _until_reset_s(value, lowered)
    read = {kind: wait for kind, wait in waits.items() if wait is not None and wait > 0}
    exhausted = [wait for kind, wait in read.items() if _is_exhausted(kind, lowered)]
    return max(exhausted) if exhausted else min(read.values(), default=None)


def _is_exhausted(kind: str, lowered: Mapping[str, str]) -> bool:
    return _number(lowered.get(f"x-ratelimit-remaining{kind}", "")) == 0


def _until_reset_s(value: str, lowered: Mapping[str, str]) -> float | None:
    seconds = duration_s(value)
    if seconds is None or seconds < _EPOCH_S:
        return seconds
    now = _moment_s(lowered.get("date", ""))
    moment = seconds / 1000 if seconds >= _EPOCH_MS else seconds
    return None if now is None else moment - now


def duration_s(text: str) -> float | None:
    """Read `41`, `59.5s`, `12ms`, `1m30s` or `2 hours` as seconds; None for anything else, also below zero."""
    text = text.strip()
    if not _DURATION.fullmatch(text):
        return _number(text)
    return sum(float(count) * _UNIT_S[_short(unit.lower())] for count, unit in _SPAN.findall(text))


def wait_in_text_s(text: str) -> float | None:
    """Return the wait that a sentence asks for: "Please try again in 41.724s"."""
    found = _TOLD.search(text)
    return duration_s(found.group(1)) if found else None


def _short(unit: str) -> str:
    return "ms" if unit.startswith(("ms", "mil")) else unit[0]


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _moment_s(text: str) -> float | None:
    from datetime import UTC
    from email.utils import parsedate_to_datetime  # half of `email`, for a date that few servers send

    try:
        moment = parsedate_to_datetime(text)
        # A date of HTTP is in GMT, also in the old form that does not say so.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def by_lower_name(headers: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* under lower-case names, as plain mappings do not compare names the way HTTP does."""
    return {name.lower(): value for name, value in headers.items()}
