"""Half characters are joined where they meet and replaced where they do not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.text.surrogates import Joiner, count_lone, repair

any_text = st.text(st.characters() | st.sampled_from("\ud83d\ude00\ud800\udfffa"), max_size=20)


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("plain", "plain"),
        ("\ud83d\ude00", "😀"),
        ("a\ud83d", "a\ufffd"),
        ("\ude00b", "\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
    ],
    ids=["nothing", "pair", "high", "low", "wrong order"],
)
def test_pairs_are_joined_and_lone_halves_replaced(text: str, repaired: str) -> None:
    assert repair(text) == repaired


@given(any_text)
def test_repaired_text_can_be_encoded_and_repairing_twice_changes_nothing(text: str) -> None:
    repaired = repair(text)

    assert repaired.encode("utf-8").decode() == repaired
    assert repair(repaired) == repaired


@given(st.lists(any_text))
def test_any_cut_gives_the_same_text(pieces: list[str]) -> None:
    joiner = Joiner()

    joined = "".join([*map(joiner.feed, pieces), joiner.close()])

    assert joined == repair("".join(pieces))


def test_lone_halves_are_counted_and_pairs_are_not() -> None:
    assert count_lone(json.loads('"\\ud83d\\ude00 \\ud83d \\ude00"')) == 2
    assert count_lone("ascii") == 0


def test_text_without_surrogates_is_handed_through() -> None:
    text = "漢字"

    assert repair(text) is text
