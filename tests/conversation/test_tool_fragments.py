"""However a server numbers, names and cuts its calls, the same calls come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import ToolFragment
from chatcli.conversation.tool_fragments import CallAssembler

Pieces = tuple[str, Sequence[str]]  # the name of a call, and its arguments in pieces
Dialect = Callable[[Sequence[Pieces]], Iterator[ToolFragment]]


def standard(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    """As the specification has it: number, id and name first, then numbers alone."""
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(index, f"c{index}", name)
        yield from (ToolFragment(index, arguments=piece) for piece in pieces)


def all_repeated(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield from (ToolFragment(index, f"c{index}", name, piece) for piece in pieces)


def numbered_from_one(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls, 1):
        yield ToolFragment(index, f"c{index}", name)
        yield from (ToolFragment(index, "", "", piece) for piece in pieces)


def all_numbered_zero(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(0, f"c{index}", name)
        yield from (ToolFragment(0, arguments=piece) for piece in pieces)


def without_numbers(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(None, f"c{index}", name)
        yield from (ToolFragment(None, arguments=piece) for piece in pieces)


def without_ids(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(index, "", name)
        yield from (ToolFragment(index, " ", "", piece) for piece in pieces)


def names_alone(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for name, pieces in calls:
        yield from (ToolFragment(None, "", name, piece) for piece in pieces)


def zero_and_names_alone(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for name, pieces in calls:
        yield from (ToolFragment(0, "", name, piece) for piece in pieces)


def whole_calls_numbered_zero(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    yield from (ToolFragment(0, "", name, "".join(pieces)) for name, pieces in calls)


def whole_calls_without_anything(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    yield from (ToolFragment(None, "", name, "".join(pieces)) for name, pieces in calls)


def one_id_for_all(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(index, "same", name, "".join(pieces))


def a_new_id_for_each_fragment(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    ids = (f"id{number}" for number in count())
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(index, next(ids), name)
        yield from (ToolFragment(index, next(ids), "", piece) for piece in pieces)


def the_rest_numbered_one_more(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    """The beginning of each call collides with the one before it, and its rest has a number of its own."""
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(max(index - 1, 0), f"c{index}", name)
        yield from (ToolFragment(index, arguments=piece) for piece in pieces)


def each_piece_numbered_on(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    numbers = count()
    for index, (name, pieces) in enumerate(calls):
        yield ToolFragment(next(numbers), f"c{index}", name)
        yield from (ToolFragment(next(numbers), arguments=piece) for piece in pieces)


def the_name_last(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    for index, (name, pieces) in enumerate(calls):
        yield from (ToolFragment(index, f"c{index}", "", piece) for piece in pieces)
        yield ToolFragment(index, "", name)


def sent_again_at_the_end(calls: Sequence[Pieces]) -> Iterator[ToolFragment]:
    yield from standard(calls)
    yield from (ToolFragment(index, f"c{index}", name, "".join(pieces)) for index, (name, pieces) in enumerate(calls))


DIALECTS: list[Dialect] = [
    *(standard, all_repeated, numbered_from_one, all_numbered_zero, without_numbers, without_ids, names_alone),
    *(zero_and_names_alone, whole_calls_numbered_zero, whole_calls_without_anything, one_id_for_all),
    *(a_new_id_for_each_fragment, the_rest_numbered_one_more, each_piece_numbered_on, the_name_last),
    sent_again_at_the_end,
]
VALUES = st.recursive(
    st.integers(0, 9) | st.sampled_from(["", "}", "{", '"', "a}b", "é"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def called(draw: st.DrawFn) -> list[Pieces]:
    """Draw calls, each with the arguments of one object cut anywhere."""
    calls: list[Pieces] = []
    for name in draw(st.lists(st.sampled_from("fg"), min_size=1, max_size=4)):
        text = json.dumps({"x": draw(VALUES)}, ensure_ascii=False)
        cuts = sorted(draw(st.sets(st.integers(1, len(text) - 1), max_size=3)))
        calls.append((name, [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]))
    return calls


@given(calls=called())
def test_every_dialect_gives_the_same_calls(calls: Sequence[Pieces]) -> None:
    for dialect in DIALECTS:
        assembler = CallAssembler()

        for fragment in dialect(calls):
            assembler.feed(fragment)

        found, meant = assembler.calls(0), [(name, "".join(pieces)) for name, pieces in calls]
        assert [(call.name, call.arguments) for call in found] == meant, dialect.__name__
        assert len({call.id for call in found}) == len(found), dialect.__name__


def test_calls_without_arguments_are_told_apart_by_number_or_id() -> None:
    assembler = CallAssembler()

    for fragment in (ToolFragment(0, "a", "f"), ToolFragment(0, "b", "f"), ToolFragment(1, "", "f")):
        assembler.feed(fragment)

    assert [(call.id, call.name) for call in assembler.calls(0)] == [("a", "f"), ("b", "f"), ("call_0_2", "f")]
