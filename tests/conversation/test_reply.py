"""What stays of a reply: the same text, choices and calls however the events were mixed, and never a false end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Text,
    TokenLogprob,
    ToolCall,
    ToolFragment,
    Usage,
    UsageReported,
    Waiting,
    text_message,
)
from chatcli.conversation.reply import CLOSED, EMPTY, ONLY_REASONING, Reply

STOP = Finished("stop", "stop")
DONE = Ended(True)

words = st.text(min_size=1, max_size=3)
texts = st.builds(Text, words)
harmless = st.sampled_from(
    [Sent(), Waiting("x"), Started("1"), Notice("a", "b"), UsageReported(Usage(1)), Ended(False)]
)


def folded(*events: Event) -> Reply:
    reply = Reply()
    for event in events:
        reply.feed(event)
    return reply


def calls(*fragments: ToolFragment) -> list[tuple[str, str, str]]:
    return [(call.id, call.name, call.arguments) for call in folded(*fragments).choice.tool_calls]


@given(st.lists(words))
def test_joined_deltas_equal_the_text(pieces: list[str]) -> None:
    assert folded(*map(Text, pieces)).text == "".join(pieces)


@given(st.lists(st.one_of(texts, st.builds(Reasoning, words), st.builds(Refusal, words), harmless)))
def test_a_stream_without_an_end_is_never_complete(events: list[Event]) -> None:
    reply = folded(*events)

    assert not reply.is_complete
    assert reply.status == "incomplete"
    assert reply.why == CLOSED


def answer_of(choice: int) -> st.SearchStrategy[list[Event]]:
    piece: st.SearchStrategy[Event] = st.one_of(
        st.builds(Text, words, st.just(choice)),
        st.builds(Reasoning, words, st.just(choice)),
        st.builds(
            ToolFragment,
            st.integers(0, 1),
            st.sampled_from(["", "a", "b"]),
            st.sampled_from(["", "f"]),
            words,
            st.just(choice),
        ),
    )
    return st.lists(piece, max_size=5).map(lambda pieces: [*pieces, Finished("stop", "stop", choice)])


@given(st.tuples(answer_of(0), answer_of(1), answer_of(2)), st.data())
def test_choices_in_any_interleaving_are_the_same_choices(
    answers: tuple[list[Event], ...], data: st.DataObject
) -> None:
    one_by_one = folded(*(event for answer in answers for event in answer))
    turns = [place for place, answer in enumerate(answers) for _ in answer]
    waiting = [iter(answer) for answer in answers]

    mixed = folded(*(next(waiting[place]) for place in data.draw(st.permutations(turns))))

    assert mixed.choices == one_by_one.choices
    assert mixed.is_complete == one_by_one.is_complete


CALLS = [
    pytest.param(
        [ToolFragment(0, "1", "f", "{"), ToolFragment(0, arguments="}")], [("1", "f", "{}")], id="pieces by index"
    ),
    pytest.param(
        [ToolFragment(0, "1", "f", "{"), ToolFragment(1, "2", "g", "["), ToolFragment(0, arguments="}")],
        [("1", "f", "{}"), ("2", "g", "[")],
        id="interleaved",
    ),
    pytest.param(
        [ToolFragment(0, "1", "f", "{"), ToolFragment(0, "1", "f", "}")], [("1", "f", "{}")], id="id and name repeated"
    ),
    pytest.param(
        [ToolFragment(1, "1", "f", "{}"), ToolFragment(2, "2", "f", "{}")],
        [("1", "f", "{}"), ("2", "f", "{}")],
        id="counted from 1",
    ),
    pytest.param(
        [ToolFragment(0, "1", "f", "{"), ToolFragment(0, "2", "g", "["), ToolFragment(0, "1", arguments="}")],
        [("1", "f", "{}"), ("2", "g", "[")],
        id="all numbered 0",
    ),
    pytest.param(
        [ToolFragment(None, "1", "f", "{"), ToolFragment(None, arguments="}"), ToolFragment(None, "2", "g", "[]")],
        [("1", "f", "{}"), ("2", "g", "[]")],
        id="no numbers: an id begins a call",
    ),
    pytest.param(
        [ToolFragment(None, "", "f", "{}"), ToolFragment(None, "", "g", "[]")],
        [("call_0_0", "f", "{}"), ("call_0_1", "g", "[]")],
        id="no numbers, no ids: a name begins a call",
    ),
    pytest.param(
        [ToolFragment(None, "1", "f", "{"), ToolFragment(None, "2", "g", "["), ToolFragment(None, "1", arguments="}")],
        [("1", "f", "{}"), ("2", "g", "[")],
        id="no numbers: found by id",
    ),
    pytest.param([ToolFragment(None, arguments="{}")], [("call_0_0", "", "{}")], id="neither number, id nor name"),
    pytest.param(
        [ToolFragment(0, "", "f", ""), ToolFragment(0, "late", "", "{}")], [("late", "f", "{}")], id="the id comes late"
    ),
    pytest.param(
        [ToolFragment(0, "1", "f", '"\ud83d'), ToolFragment(0, arguments='\ude00\ud800"')],
        [("1", "f", '"😀\ufffd"')],
        id="halves of a character",
    ),
]


@pytest.mark.parametrize(("fragments", "expected"), CALLS)
def test_fragments_become_calls(fragments: list[ToolFragment], expected: list[tuple[str, str, str]]) -> None:
    assert calls(*fragments) == expected


def test_what_only_the_provider_understands_stays_with_the_call() -> None:
    reply = folded(ToolFragment(0, "1", "f", extra={"a": 1}), ToolFragment(0, extra={"b": 2}))

    assert reply.choice.tool_calls == (ToolCall("1", "f", "", {"a": 1, "b": 2}),)


def test_made_up_ids_differ_between_answers() -> None:
    reply = folded(ToolFragment(0, name="f"), ToolFragment(0, name="f", choice=1))

    assert [choice.tool_calls[0].id for choice in reply.choices.values()] == ["call_0_0", "call_1_0"]


STATES = [
    pytest.param([Text("a"), STOP], "complete", "", id="a finish without the end of the protocol"),
    pytest.param([Text("a"), DONE], "complete", "", id="the end of the protocol without a finish"),
    pytest.param([Text("a"), Finished("eos", "eos"), DONE], "complete", "", id="an unknown finish"),
    pytest.param([Text("a"), Ended(False)], "incomplete", CLOSED, id="neither"),
    pytest.param([Text("a"), Finished("length", "length")], "length", "", id="length"),
    pytest.param([Text("a"), Finished("content_filter", "x")], "filtered", "", id="filtered"),
    pytest.param([Finished("content_filter", "x"), DONE], "filtered", "", id="filtered before a word"),
    pytest.param([Finished("length", "x")], "length", "", id="cut before a word"),
    pytest.param([Finished("tool_calls", "x"), DONE], "incomplete", EMPTY, id="calls that did not come"),
    pytest.param([Finished("news", "news"), DONE], "incomplete", EMPTY, id="an unknown finish before a word"),
    pytest.param([Text(" \n"), STOP], "incomplete", EMPTY, id="white space alone"),
    pytest.param([Reasoning("hm"), STOP], "incomplete", ONLY_REASONING, id="reasoning alone"),
    pytest.param([Text("hm\n</think>\n"), DONE], "incomplete", ONLY_REASONING, id="reasoning alone in tags"),
    pytest.param([Reasoning("hm"), Finished("length", "x")], "length", "", id="a limit spent on reasoning"),
    pytest.param([Reasoning("hm"), Finished("content_filter", "x")], "filtered", "", id="filtered reasoning"),
    pytest.param([Reasoning("hm"), Ended(False)], "incomplete", CLOSED, id="reasoning without an end"),
    pytest.param([Refusal("no"), STOP], "refused", "", id="refused"),
    pytest.param([DONE], "incomplete", EMPTY, id="only the end"),
    pytest.param([STOP], "incomplete", EMPTY, id="only a finish"),
    pytest.param([Ended(False)], "incomplete", CLOSED, id="nothing at all"),
    pytest.param([Text("a"), Malformed("x"), STOP], "incomplete", "1 unreadable event", id="one unreadable"),
    pytest.param([Text("a"), *[Malformed("x")] * 2, STOP], "incomplete", "2 unreadable events", id="two unreadable"),
    pytest.param([Text("a"), STOP, Text("b", 1)], "incomplete", CLOSED, id="another answer without its end"),
    pytest.param([ToolFragment(0, "1", "f"), Finished("tool_calls", "x")], "complete", "", id="tool calls"),
]


@pytest.mark.parametrize(("events", "status", "why"), STATES)
def test_how_a_reply_ended(events: list[Event], status: str, why: str) -> None:
    reply = folded(*events)

    assert (reply.status, reply.why) == (status, why)


@pytest.mark.parametrize(
    ("events", "status"),
    [([Text("a"), STOP, DONE], "incomplete"), ([DONE], "failed"), ([], "failed")],
    ids=["after text", "after the end", "before anything"],
)
def test_a_failure_outranks_what_the_server_announced(events: Sequence[Event], status: str) -> None:
    reply = folded(*events)
    reply.failure = "it broke"

    assert (reply.status, reply.why, reply.is_complete) == (status, "it broke", False)


def test_a_stop_outranks_everything() -> None:
    reply = folded(Text("a"), STOP, DONE)
    reply.stopped = True

    assert (reply.status, reply.why, reply.is_complete) == ("cancelled", "", False)


def test_the_answer_that_goes_on_is_the_one_with_the_lowest_number() -> None:
    reply = folded(Text("second", 2), Text("first", 1), Finished("stop", "stop", 2), Finished("stop", "stop", 1))

    assert reply.text == "first"
    assert reply.message().text == "first"
    assert reply.message(2).text == "second"


def test_a_later_count_replaces_an_earlier_one() -> None:
    assert folded(UsageReported(Usage(1, 1)), UsageReported(Usage(1, 7))).usage == Usage(1, 7)


def test_probabilities_are_kept_in_order() -> None:
    first, second = TokenLogprob("a", -0.1), TokenLogprob("b", -0.2)

    assert folded(Text("a", logprobs=(first,)), Text("b", logprobs=(second,))).choice.logprobs == [first, second]


def test_a_message_holds_what_was_said_and_how_it_ended() -> None:
    reply = folded(Reasoning("hm"), Text("an"), Text("swer"), Finished("length", "length"))

    assert reply.message() == text_message("assistant", "answer", reasoning="hm", status="length")


def test_reasoning_that_began_in_the_prompt_is_no_part_of_the_message() -> None:
    message = folded(Text("hm, well\n</think>\n\nanswer"), STOP).message()

    assert (message.reasoning, message.text) == ("hm, well", "answer")


def test_an_empty_reply_is_a_message_without_parts() -> None:
    assert folded().message() == text_message("assistant", "", status="incomplete")


def test_a_long_answer_is_joined_and_held_once() -> None:
    reply = Reply()
    for _ in range(3):
        reply.feed(Text("many words " * 10))

    assert reply.text is reply.text
    reply.feed(Text("more"))
    assert reply.text == "many words " * 30 + "more"
