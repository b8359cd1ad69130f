"""What is typed finds rows by their words, whatever case and keyboard it was typed with."""

import pytest

from chatcli.input.choices import ChoiceRow, matching

ROWS = [ChoiceRow("1", "Die Straße", "gpt"), ChoiceRow("2", "漢字 test"), ChoiceRow("3", "Straight on", "GPT-mini")]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("", "123"), ("STRASSE", "1"), ("字", "2"), ("ｇｐｔ", "13"), ("mini on", "3"), ("gpt 漢", ""), ("  ", "123")],
)
def test_rows_hold_every_word_that_is_typed(typed: str, keys: str) -> None:
    assert "".join(row.key for row in matching(ROWS, typed)) == keys
