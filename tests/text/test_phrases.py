"""How many and how much, as people read it."""

import pytest

from chatcli.text.phrases import capitalize, count_noun, format_number, format_size, format_tokens


@pytest.mark.parametrize(("count", "words"), [(0, "0 turns"), (1, "1 turn"), (2, "2 turns")])
def test_one_thing_is_not_many(count: int, words: str) -> None:
    assert count_noun(count, "turn") == words


@pytest.mark.parametrize(("words", "shown"), [("", ""), ("über", "Über"), ("iPhone is", "IPhone is"), ("日本", "日本")])
def test_a_sentence_begins_with_a_capital(words: str, shown: str) -> None:
    assert capitalize(words) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (999, "999"), (12_400, "12 400"), (1_000_000, "1 000 000")])
def test_thousands_are_set_apart(number: int, shown: str) -> None:
    assert format_number(number) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (2_340_000, "2.3 MB")])
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
