"""How much, as people read it."""

import pytest

from chatcli.text.units import format_age, format_cost, format_duration, format_number, format_size, format_tokens


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (999, "999"), (12_400, "12 400"), (1_000_000, "1 000 000")])
def test_thousands_are_set_apart(number: int, shown: str) -> None:
    assert format_number(number) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_500, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),  # not 1000.0 kB
        (1_000_000, "1.0 MB"),
        (2_340_000, "2.3 MB"),
    ],
)
def test_sizes_are_as_people_read_them(count: int, shown: str) -> None:
    assert format_size(count) == shown


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (8192, "8.2k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (128_000, "128k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_500_000, "1.5M"),
    ],
)
def test_tokens_are_short(count: int, text: str) -> None:
    assert format_tokens(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "0.5 s"),
        (2, "2 s"),
        (41.7, "42 s"),
        (85, "85 s"),
        (119.6, "2 min"),
        (0.04, "0.04 s"),
        (0.0004, "0.01 s"),
        (0.097, "0.1 s"),
        (0, "0 s"),
        (9.96, "10 s"),
        (-1, "0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (1e9, "11574 d 1 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (7300, "2 h ago"), (200_000, "2 d ago")],
)
def test_how_long_ago_is_told_in_the_largest_unit(seconds: float, words: str) -> None:
    assert format_age(seconds) == words


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0.00"),
        (1.239, "$1.24"),
        (0.1, "$0.10"),
        (0.04, "$0.04"),
        (0.0012, "$0.0012"),
        (0.00999, "$0.01"),
        (1e-15, "<$0.000001"),
    ],
)
def test_money(dollars: float, text: str) -> None:
    assert format_cost(dollars) == text
