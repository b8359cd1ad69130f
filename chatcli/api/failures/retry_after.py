"""Reads how long a server asks to wait.

Nothing, less than nothing and NaN are no waits (Azure sends 0 and -1), and what cannot be read is not there: the caller
then waits as it sees fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite

from chatcli.text.patterns import pattern

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = pattern(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_UNIT = r"ms|milliseconds?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?"
_SPAN = pattern(rf"(\d+(?:\.\d+)?) ?({_UNIT})", re.ASCII | re.IGNORECASE)
SPANS = rf"\d+(?:\.\d+)? ?(?:{_UNIT})(?:(?:,? and |,? ?)\d+(?:\.\d+)? ?(?:{_UNIT}))*"
_DURATION = pattern(SPANS, re.ASCII | re.IGNORECASE)
_MOMENT = pattern(
    r"\b(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
_TWICE = pattern(r"(\S+), *\1")
# The name of a header for resets; beside it stands one with "remaining" in the place of "reset".
_RESET = pattern(r"(.*rate-?limit.*-)reset(?:-after)?(-.+)?")
# All limits in one header, as the drafts had it (`limit=9, remaining=0, reset=7`) and have it (`"day";r=0;t=7`).
# https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
_LIMITS = pattern(r"(?:x-)?rate-?limit")
_RESET_MEMBER = pattern(r"\b(?:reset|t)=(\d+)")
_NONE_LEFT = pattern(r"\b(?:remaining|r)=0\b")
# A count of seconds this large is a point in time: 1e9 s after 1970 was in 2001, 1e12 ms too.
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
_RECENT_S = 1.5e9  # a Retry-After from here on is a point in time too, though it should be a number of seconds
_AGES_S = 1e10  # and a larger number is not a time stamp


def server_wait_s(
    headers: Mapping[str, str],
    *,
    status: int | None,
    hinted_s: float | None = None,
    moment_s: float | None = None,
) -> float | None:
    """Return the seconds the server asks to wait, None where it says nothing that can be read.

    In this order: `retry-after-ms`; `retry-after` in seconds or as a date, which is read against the response's own
    `date`, never against the local clock; *hinted_s*, found in the body; and for 429 alone, because other answers
    carry them too, *moment_s*, a point in time that the body names, and the `x-ratelimit-reset-*` headers.
    """
    lowered = by_lower_name(headers)
    in_ms = _number(lowered.get("retry-after-ms", ""))
    candidates = [None if in_ms is None else in_ms / 1000, _retry_after_s(lowered), hinted_s]
    if status == 429:
        candidates += [_until(moment_s, lowered), _reset_s(lowered)]
    waits = (wait for wait in candidates if wait is not None and isfinite(wait))
    return next((wait for wait in waits if 0 < wait < _AGES_S), None)


def reset_moment_s(headers: Mapping[str, str], hinted_s: float | None) -> float | None:
    """Return when a limit is full again, in seconds since 1970: a header says so, or the body (*hinted_s*)."""
    lowered = by_lower_name(headers)
    found = [hinted_s, *(epoch_s(value) for _, value in _resets(lowered))]
    told = [moment for moment in found if moment is not None and _EPOCH_S <= moment < _AGES_S]
    return max(told, default=None)


def _retry_after_s(lowered: Mapping[str, str]) -> float | None:
    value = lowered.get("retry-after", "")
    if _TWICE.fullmatch(value):  # a proxy has joined the server's header and its own
        value = value.partition(",")[0]
    seconds = duration_s(value)
    if seconds is not None and seconds < _RECENT_S:
        return seconds
    return _until(epoch_s(value) if seconds is not None else _moment_s(value), lowered)


def _until(moment_s: float | None, lowered: Mapping[str, str]) -> float | None:
    """Return the seconds to a moment by the clock of the server."""
    now_s = _moment_s(lowered.get("date", ""))
    return None if moment_s is None or now_s is None else moment_s - now_s


def _reset_s(lowered: Mapping[str, str]) -> float | None:
    """Read when every exhausted limit is full again; where none is, the soonest: being refused again costs nothing."""
    resets = [(is_exhausted, _until_reset_s(value, lowered)) for is_exhausted, value in _resets(lowered)]
    read = [(is_exhausted, wait) for is_exhausted, wait in resets if wait is not None and wait > 0]
    exhausted = [wait for is_exhausted, wait in read if is_exhausted]
    return max(exhausted) if exhausted else min((wait for _, wait in read), default=None)


def _resets(lowered: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """Yield for each limit whether nothing is left of it, and when it is full again."""
    for name, value in lowered.items():
        if found := _RESET.fullmatch(name):
            yield _number(lowered.get(f"{found[1]}remaining{found[2] or ''}", "")) == 0, value
        elif _LIMITS.fullmatch(name):
            yield from ((_NONE_LEFT.search(part) is not None, reset) for part, reset in _listed(value))


def _listed(value: str) -> Iterator[tuple[str, str]]:
    for part in value.split('",') if '"' in value else [value]:
        if found := _RESET_MEMBER.search(part):
            yield part, found[1]


def _until_reset_s(value: str, lowered: Mapping[str, str]) -> float | None:
    seconds = duration_s(value)
    return seconds if seconds is not None and seconds < _EPOCH_S else _until(epoch_s(value), lowered)


def epoch_s(value: str) -> float | None:
    """Return the moment that a header names: seconds or milliseconds since 1970, or a date and time."""
    seconds = _number(value)
    if seconds is None:
        return moment_in_text_s(value)
    return seconds / 1000 if seconds >= _EPOCH_MS else seconds if seconds >= _EPOCH_S else None


def moment_in_text_s(text: str) -> float | None:
    """Return the moment that is written out in *text*, such as 2026-11-29T00:00:00Z; without a zone it is in UTC."""
    if not (found := _MOMENT.search(text)):
        return None
    from datetime import datetime

    zone = (found[2] or "Z").upper()
    try:
        return datetime.fromisoformat(found[1] + ("+00:00" if zone in ("Z", "UTC", "GMT") else zone)).timestamp()
    except (ValueError, OverflowError):
        return None


def duration_s(text: str) -> float | None:
    """Read `41`, `59.5s`, `12ms`, `1m30s` or `2 hours` as seconds; None for anything else, also below zero."""
    text = text.strip()
    if not _DURATION.fullmatch(text):
        return _number(text)
    return sum(float(count) * _UNIT_S[_short(unit.lower())] for count, unit in _SPAN.findall(text))


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
