"""A draft behaves as a list of characters, each with its origin."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from chatcli.text.draft import Draft, find_change, join

Pairs: TypeAlias = list[tuple[str, bool]]

letters = st.tuples(st.sampled_from("ab@/ \n"), st.booleans())
pairs = st.lists(letters, max_size=12)
places = st.integers(0, 14)


def draft_of(model: Pairs) -> Draft:
    """Return the draft of *model*, letter by letter."""
    return join(Draft.by_keys(letter) if is_typed else Draft(letter) for letter, is_typed in model)


def model_of(draft: Draft) -> Pairs:
    """Return what a draft says of each letter."""
    return [(letter, draft.is_typed(place, place + 1)) for place, letter in enumerate(draft.text)]


@given(pairs)
def test_every_letter_keeps_its_origin(model: Pairs) -> None:
    draft = draft_of(model)

    assert model_of(draft) == model
    assert all(begin < end for begin, end in draft.typed)
    assert all(one[1] < other[0] for one, other in pairwise(draft.typed))


@given(pairs, pairs)
def test_drafts_are_equal_where_letters_and_origins_are(one: Pairs, other: Pairs) -> None:
    assert (draft_of(one) == draft_of(other)) is (one == other)


@given(pairs, pairs, places, places)
def test_edits_are_those_of_lists(model: Pairs, other: Pairs, first: int, second: int) -> None:
    begin, end = sorted((min(first, len(model)), min(second, len(model))))
    draft = draft_of(model)

    assert model_of(draft + draft_of(other)) == model + other
    assert model_of(draft.part(begin, end)) == model[begin:end]
    assert model_of(draft.splice(begin, end, draft_of(other))) == model[:begin] + other + model[end:]


@given(pairs, places, places)
def test_a_span_is_typed_where_all_of_it_was(model: Pairs, first: int, second: int) -> None:
    begin, end = sorted((min(first, len(model)), min(second, len(model))))

    assert draft_of(model).is_typed(begin, end) is (begin < end and all(typed for _, typed in model[begin:end]))


@given(pairs)
def test_runs_are_the_longest_pieces_of_one_origin(model: Pairs) -> None:
    runs = list(draft_of(model).runs())

    assert [is_typed for begin, end, is_typed in runs for _ in range(begin, end)] == [typed for _, typed in model]
    assert all(one[2] is not other[2] for one, other in pairwise(runs))
    assert all(begin < end for begin, end, _ in runs)


@given(pairs)
def test_a_changed_letter_keeps_its_origin(model: Pairs) -> None:
    doubled = draft_of(model).map(lambda text: "".join(letter * 2 for letter in text))

    assert model_of(doubled) == [pair for pair in model for _ in range(2)]


@given(pairs)
def test_strip_takes_what_strip_takes_of_text(model: Pairs) -> None:
    stripped = draft_of(model).strip()

    assert stripped.text == "".join(letter for letter, _ in model).strip()
    assert model_of(stripped) in [model[begin : begin + len(stripped)] for begin in range(len(model) + 1)]


@given(st.lists(pairs, max_size=4))
def test_a_separator_was_not_typed(models: list[Pairs]) -> None:
    joined = join(map(draft_of, models), "\n")

    expected = [pair for model in models for pair in [("\n", False), *model]][1:]
    assert model_of(joined) == expected


@given(st.text("ab"), st.text("ab"), st.one_of(st.none(), places))
def test_a_change_is_found_wherever_the_cursor_is(before: str, after: str, cursor: int | None) -> None:
    begin, end, new_end = find_change(before, after, cursor=cursor)

    assert 0 <= begin <= end <= len(before)
    assert before[:begin] + after[begin:new_end] + before[end:] == after


@given(st.text("ab"), st.text("ab", min_size=1), places)
def test_what_was_put_in_ends_at_the_cursor(before: str, new: str, place: int) -> None:
    """The letters around it may be the same, so that the texts alone do not tell."""
    begin = min(place, len(before))
    after = before[:begin] + new + before[begin:]

    assert find_change(before, after, cursor=begin + len(new)) == (begin, begin, begin + len(new))


@given(st.text("ab", min_size=1), places, places)
def test_what_was_taken_away_stood_at_the_cursor(before: str, first: int, second: int) -> None:
    begin, end = sorted((min(first, len(before)), min(second, len(before))))

    assert find_change(before, before[:begin] + before[end:], cursor=begin) == (begin, end, begin)
