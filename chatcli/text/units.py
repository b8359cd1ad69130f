"""Formats numbers, tokens, bytes, durations and money, each the same way everywhere."""

from __future__ import annotations

from math import floor, log10

from chatcli.language import N_, _, ngettext

_SPANS_S = (
    (86_400, N_("{whole} d"), 3_600, N_("{whole} d {rest} h")),
    (3_600, N_("{whole} h"), 60, N_("{whole} h {rest} min")),
    (60, N_("{whole} min"), 1, N_("{whole} min {rest} s")),
)
_SPELLED_FROM_S = 120  # below this, plain seconds are easier to read
_LEAST_DOLLARS = 0.000001
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


def format_number(number: int) -> str:
    """Format *number* with spaces as thousands separators: `12 400`."""
    return f"{number:,}".replace(",", " ")


def format_tokens(count: int) -> str:
    """Format a number of tokens in at most four characters and a unit: `356`, `1.2k`, `128k`, `1.5M`."""
    if count < 1000:
        return str(count)
    scaled, unit = (count / 1000, "k") if count < 999_500 else (count / 1_000_000, "M")
    text = f"{scaled:.1f}" if scaled < 99.95 else f"{scaled:.0f}"
    return f"{text.removesuffix('.0')}{unit}"


def format_size(count: int) -> str:
    """Format a number of bytes: `214 B`, `9.1 kB`, `2.0 MB`."""
    if count < 1000:
        return f"{count} B"
    scaled, unit = (count / 1000, "kB") if count < 999_950 else (count / 1_000_000, "MB")
    return f"{scaled:.1f} {unit}"


def count_lines(text: str) -> int:
    """Return the number of lines of *text*, as in an editor: a final newline starts no line."""
    return text.count("\n") + (not text.endswith("\n"))


def format_extent(text: str) -> str:
    """Format the length of *text* in lines and bytes: `214 lines, 9.1 kB`, or `empty`."""
    if not text:
        return _("empty")
    size = format_size(len(text.encode("utf-8", "replace")))
    return ngettext("{count} line, {size}", "{count} lines, {size}", count_lines(text), size=size)


def format_duration(seconds: float) -> str:
    """Format a duration in at most two units: `0.4 s`, `42 s`, `2 min 5 s`, `6 min`, `3 d 4 h`."""
    if seconds < 9.95:
        return _("{seconds} s", seconds=_tenths(seconds))
    whole = round(seconds)
    for size_s, unit, part_s, both in _SPANS_S:
        if whole >= max(size_s, _SPELLED_FROM_S):
            rest = whole % size_s // part_s
            return _(both if rest else unit, whole=whole // size_s, rest=rest)
    return _("{seconds} s", seconds=whole)


def _tenths(seconds: float) -> str:
    """Return *seconds* with one decimal place, and below a tenth with two: nothing that took time took none."""
    if 0 < seconds < 0.095:
        return f"{max(seconds, 0.01):.2f}"
    return f"{max(seconds, 0):.1f}".removesuffix(".0")


def format_age(seconds: float) -> str:
    """Format an age in its largest unit."""
    for length_s, unit, _part, _both in _SPANS_S:
        if seconds >= length_s:
            return _("{duration} ago", duration=_(unit, whole=int(seconds // length_s)))
    return _("just now")


def format_day(day: int, month: int, year: int | None = None) -> str:
    """Format a day: `3 March`, `3 March 2026`."""
    pattern = N_("{day} {month}") if year is None else N_("{day} {month} {year}")
    return _(pattern, day=day, month=_(_MONTHS[month - 1]), year=year)


def format_cost(dollars: float) -> str:
    """Format an amount: `$1.24`, and below ten cents with two significant digits: `$0.0012`."""
    if dollars >= 0.1 or dollars <= 0:
        return f"${dollars:.2f}"
    if dollars < _LEAST_DOLLARS:
        return f"<${_LEAST_DOLLARS:f}"
    digits = f"{dollars:.{1 - floor(log10(dollars))}f}"
    return f"${digits[:4]}{digits[4:].rstrip('0')}"
