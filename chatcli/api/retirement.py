"""Reads when a model is retired from its entry in a list, in any of the forms that lists have.

A field counts by its name, at any depth: names of an end (shutdown, retirement, sunset, …) before those of a
deprecation, and dates before marks without one. A date is a number of seconds or milliseconds, a text that contains a
date, or an object of year, month and day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from chatcli.conversation.model_info import Retirement
from chatcli.records import frozen
from chatcli.text.json_values import as_int, as_number, as_object, as_text

_MOST_NESTED = 3
_END = re.compile(
    r"shut.?down|retire|sunset|end.?of.?(?:life|support)|\beol|expir|discontinu|decommission", re.IGNORECASE
)
_DEPRECATION = re.compile(r"deprecat", re.IGNORECASE)
_SUCCESSOR = re.compile(r"replace|successor|migrat", re.IGNORECASE)
_ELSEWHERE = re.compile(r"fine.?tun|train", re.IGNORECASE)  # Azure dates these apart from answering
_STAGE = re.compile(r"^(?:lifecycle|launch)?_?(?:status|stage|state|phase)$", re.IGNORECASE)
_IS_ENDING = re.compile(r"deprecat|retir|sunset|decommission|discontinu", re.IGNORECASE)

_MILLISECONDS_FROM = 1e11
_EARLIEST_S, _LATEST_S = 1_262_304_000.0, 4_102_444_800.0  # 2010 to 2100: any other number is not a date
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>\d{{4}})(?!\d)",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})(?!\d)",
    )
)


@frozen
class _Mark:
    """One field that says that a model ends; *rank* orders them by what their names say."""

    rank: int
    at_s: float | None


def retirement_of(entry: Mapping[str, object]) -> Retirement | None:
    """Return when the model of *entry* is retired, None if nothing says that it is."""
    marks = [*_marks(entry, rank=None, depth=0)]
    if not marks:
        return None
    first = min(marks, key=lambda mark: (mark.at_s is None, mark.rank, mark.at_s or 0.0))
    return Retirement(first.at_s, next(_successors(entry, depth=0), ""))


def _marks(entry: Mapping[str, object], *, rank: int | None, depth: int) -> Iterator[_Mark]:
    """Yield what the fields of *entry* say; *rank* is that of a name above them."""
    for name, value in entry.items():
        if _SUCCESSOR.search(name) or _ELSEWHERE.search(name):
            continue
        if _STAGE.match(name) and _IS_ENDING.search(as_text(value)):
            yield _Mark(1, None)
            continue
        own = 0 if _END.search(name) else 1 if _DEPRECATION.search(name) else rank
        at_s = _moment(value) if own is not None else None
        if own is not None and (at_s is not None or value is True or _IS_ENDING.search(as_text(value))):
            yield _Mark(own, at_s)
        elif isinstance(value, dict) and depth < _MOST_NESTED:
            yield from _marks(value, rank=own, depth=depth + 1)


def _successors(entry: Mapping[str, object], *, depth: int) -> Iterator[str]:
    for name, value in entry.items():
        if isinstance(value, dict) and depth < _MOST_NESTED:
            yield from _successors(value, depth=depth + 1)
        elif _SUCCESSOR.search(name) and (model := as_text(value).strip()):
            yield model


def _moment(value: object) -> float | None:
    """Return the moment that *value* names, in seconds since the epoch."""
    if isinstance(value, dict):
        return _midnight(*(as_int(as_object(value).get(name)) for name in ("year", "month", "day")))
    text = as_text(value).strip()
    number = as_number(value) if not text else _number(text)
    if number is not None:
        seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
        if _EARLIEST_S <= seconds < _LATEST_S:
            return seconds
    found = next((match for pattern in _DATES if (match := pattern.search(text))), None)
    return _midnight(int(found["year"]), _month(found["month"]), int(found["day"])) if found else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{9,13}(?:\.\d+)?", text, re.ASCII) else None


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS.index(text[:3].lower()) + 1


def _midnight(year: int | None, month: int | None, day: int | None) -> float | None:
    try:
        moment_s = datetime(year or 0, month or 0, day or 0, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return moment_s if _EARLIEST_S <= moment_s < _LATEST_S else None
