"""Turns are taken back, put back, asked again and continued; what does not fit stays behind and is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chatcli.conversation.asides import ask_aside
from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Finished,
    Message,
    Notice,
    Reasoning,
    Refusal,
    Started,
    Text,
    ToolFragment,
    Usage,
    UsageReported,
)
from chatcli.conversation.session import CONTINUE_PROMPT, Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Tree
from chatcli.conversation.window import Counter
from chatcli.errors import ContextTooLongError, LengthLimitError, UnreachableError
from chatcli.records import replace
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session

DOWN = UnreachableError("nothing is listening")


def talk(
    *answers: Sequence[Step],
    questions: str = "",
    counter: Counter | None = None,
    window_tokens: int | None = None,
    **fields: Any,
) -> Session:
    """Return a session in which each letter of *questions* was asked and answered with the same capital letter."""
    past = [says(letter.upper()) for letter in questions]
    measure = TokenBudget(counter or Letters(), window_tokens)
    session = make_session(**{"client": ScriptedClient(*past, *answers), "model": "m", "budget": measure, **fields})
    for letter in questions:
        session.turn(letter, ignore)
    return session


def sent_by(session: Session) -> list[list[str]]:
    client = session.binding.client
    assert isinstance(client, ScriptedClient)
    assert not [problems(request.messages) for request in client.requests if problems(request.messages)]
    return client.sent


def texts(session: Session) -> str:
    return " ".join(message.text for message in session.conversation.history)


def test_the_last_turn_is_taken_back_and_put_back() -> None:
    session = talk(questions="ab")

    assert [question.text for question in session.conversation.undo()] == ["b"]
    assert texts(session) == "a A"
    assert session.conversation.redo() == 1
    assert texts(session) == "a A b B"


def test_several_turns_come_back_in_their_order() -> None:
    session = talk(questions="abc")

    assert [question.text for question in session.conversation.undo(2)] == ["b", "c"]
    assert (session.conversation.redo(5), texts(session)) == (2, "a A b B c C")


@pytest.mark.parametrize("count", [0, -1])
def test_no_turns_are_no_turns(count: int) -> None:
    session = talk(questions="a")

    assert (session.conversation.undo(count), session.conversation.redo(count)) == ([], 0)
    assert texts(session) == "a A"


def test_more_than_there_is_is_all_there_is() -> None:
    session = talk(questions="ab")

    assert len(session.conversation.undo(10**30)) == 2
    assert (session.conversation.undo(), texts(session)) == ([], "")


def test_what_was_taken_back_is_gone_once_something_new_is_answered() -> None:
    session = talk(says("C"), questions="ab")
    session.conversation.undo()

    session.turn("c", ignore)

    assert (session.conversation.redo(), texts(session)) == (0, "a A c C")


def test_a_failed_question_leaves_what_was_taken_back() -> None:
    session = talk([DOWN], questions="ab")
    session.conversation.undo()
    session.turn("c", ignore)

    assert (session.conversation.redo(), texts(session)) == (1, "a A b B")


def test_asking_again_replaces_the_answer() -> None:
    session = talk(says("new"), questions="ab")

    turn = session.retry(ignore)

    assert turn is not None
    assert texts(session) == "a A b new"
    assert sent_by(session)[-1] == ["a", "A", "b"]


@pytest.mark.parametrize("answer", [[DOWN], [Reasoning("hm"), KeyboardInterrupt()]], ids=["failed", "stopped"])
def test_the_old_answer_goes_only_when_a_new_one_came(answer: list[Step]) -> None:
    session = talk(answer, says("new"), questions="abc")
    session.conversation.undo()

    turn = session.retry(ignore)

    assert turn is not None
    assert turn.is_lost
    assert session.conversation.unanswered is None
    assert (texts(session), session.conversation.redo()) == ("a A b B", 1)


def test_asking_again_after_asking_again_in_vain_still_replaces() -> None:
    session = talk([DOWN], says("new"), questions="a")
    session.retry(ignore)

    session.retry(ignore)

    assert texts(session) == "a new"


def test_a_question_that_got_no_answer_is_asked_again_first() -> None:
    session = talk([DOWN], [DOWN], says("B"), questions="a")
    session.turn("b", ignore)

    for _ in range(2):
        session.retry(ignore)

    assert texts(session) == "a A b B"
    assert sent_by(session)[-1] == ["a", "A", "b"]


def test_without_a_question_there_is_nothing_to_ask_again() -> None:
    assert talk().retry(ignore) is None


def test_asking_again_what_no_longer_fits_changes_nothing() -> None:
    session = talk(questions="ab")
    session.binding.budget.window_tokens = 1
    session.conversation.system = "far too long"

    with pytest.raises(ContextTooLongError):
        session.retry(ignore)

    assert (texts(session), session.conversation.undone) == ("a A b B", [])


def test_the_rest_of_a_cut_answer_is_joined_to_it() -> None:
    session = talk(says("Par", "length"), says("is"))
    session.turn("q", ignore)

    turn = session.continue_answer(ignore)

    assert turn is not None
    assert texts(session) == "q Paris"
    assert session.conversation.history[-1].status == "complete"
    assert sent_by(session)[-1] == ["q", "Par", CONTINUE_PROMPT]


def test_an_answer_may_be_gone_on_with_until_it_is_whole() -> None:
    session = talk(says("a", "length"), [Text("b"), KeyboardInterrupt()], [Text("c"), DOWN], says("d"))
    session.turn("q", ignore)

    for _ in range(3):
        session.continue_answer(ignore)

    assert texts(session) == "q abcd"
    assert session.continue_answer(ignore) is None


def test_going_on_in_vain_changes_nothing_and_gives_no_question_back() -> None:
    session = talk(says("Par", "length"), [DOWN], says("new"))
    session.turn("q", ignore)

    session.continue_answer(ignore)

    assert (texts(session), session.conversation.history[-1].status, session.conversation.unanswered) == (
        "q Par",
        "length",
        None,
    )
    session.retry(ignore)
    assert texts(session) == "q new"


def test_a_refusal_gone_on_with_leaves_no_empty_text() -> None:
    no = [Refusal("no"), *says("")[1:]]
    session = talk(no, no, says("B"))
    session.turn("a", ignore)
    session.continue_answer(ignore)

    session.turn("b", ignore)

    assert session.conversation.history[1].parts == ()
    assert isinstance(session.binding.client, ScriptedClient)
    assert session.binding.client.requests[-1].messages[1].refusal == "no"


@pytest.mark.parametrize("questions", ["", "a"], ids=["nothing asked", "answered in full"])
def test_only_a_cut_answer_is_gone_on_with(questions: str) -> None:
    assert talk(questions=questions).continue_answer(ignore) is None


def test_a_cleared_session_forgets_all_but_what_was_set() -> None:
    session = talk([DOWN], says("N"), questions="ab", system="S", options={"n": 1})
    session.conversation.undo()
    session.turn("lost", ignore)

    session.load(Tree(), replace(session.state, head=None))

    assert (
        session.conversation.history,
        session.last,
        session.conversation.unanswered,
        session.conversation.redo(),
    ) == ([], None, None, 0)
    session.turn("n", ignore)
    assert sent_by(session)[-1] == ["S", "n"]
    assert session.conversation.options == {"n": 1}


def test_what_does_not_fit_is_left_out_and_named_once() -> None:
    shown: list[Event] = []
    session = talk(says("D"), says("E"), questions="abc")
    session.binding.budget.window_tokens = 8

    session.turn("dd", shown.append)
    session.turn("e", shown.append)

    notices = [event.message for event in shown if isinstance(event, Notice)]
    assert sent_by(session)[-2:] == [["b", "B", "c", "C", "dd"], ["c", "C", "dd", "D", "e"]]
    assert notices == [
        "context: turn 1 left out to fit 8 tokens (3 turns sent, ~6)",
        "context: turns 1-2 left out to fit 8 tokens (3 turns sent, ~6)",
    ]


def test_the_same_turns_left_out_again_are_not_named_again() -> None:
    shown: list[Event] = []
    session = talk(says("D"), [DOWN], [DOWN], questions="abc")
    session.binding.budget.window_tokens = 7

    for _ in range(2):
        session.turn("dddd", shown.append)
        session.conversation.undo()

    assert [type(event) for event in shown].count(Notice) == 1


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_room_is_left_for_the_answer(name: str) -> None:
    session = talk(window_tokens=800)

    assert session.binding.budget.message_tokens(session.conversation.options) == 700
    session.conversation.options[name] = 300
    assert session.binding.budget.message_tokens(session.conversation.options) == 500
    session.conversation.options[name] = 900
    assert session.binding.budget.message_tokens(session.conversation.options) == 400, (
        "half the window stays for the question, whatever the answer may take"
    )
    session.binding.budget.window_tokens = None
    assert session.binding.budget.message_tokens(session.conversation.options) is None


def test_a_question_that_cannot_fit_is_not_sent() -> None:
    session = talk(questions="a", window_tokens=100)

    with pytest.raises(ContextTooLongError):
        session.turn("x" * 200, ignore)

    assert (texts(session), len(sent_by(session))) == ("a A", 1)


def test_nothing_is_left_out_where_that_is_not_wanted() -> None:
    session = talk(questions="ab", overflow="error")
    session.binding.budget.window_tokens = 4

    with pytest.raises(ContextTooLongError, match="no longer fits"):
        session.turn("ccc", ignore)

    assert len(sent_by(session)) == 2


OVERFLOWS = [
    pytest.param(
        ContextTooLongError("x", window_tokens=5, needed_tokens=7), ["b", "B", "c", "C", "d"], id="both numbers"
    ),
    pytest.param(
        ContextTooLongError("x", window_tokens=50, needed_tokens=100), ["c", "C", "d"], id="our count is far off"
    ),
    pytest.param(
        ContextTooLongError("x", window_tokens=100), ["b", "B", "c", "C", "d"], id="a window that seemed to do"
    ),
    pytest.param(ContextTooLongError("x"), ["b", "B", "c", "C", "d"], id="no number, but so much was taken before"),
]


@pytest.mark.parametrize(("error", "sent"), OVERFLOWS)
def test_what_the_server_finds_too_long_is_fitted_and_sent_once_more(
    error: ContextTooLongError, sent: list[str]
) -> None:
    shown: list[Event] = []
    session = talk([error], says("D"), questions="abc")

    turn = session.turn("d", shown.append)

    assert turn.error is None
    assert sent_by(session)[-2:] == [["a", "A", "b", "B", "c", "C", "d"], sent]
    assert [event.code for event in shown if isinstance(event, Notice)] == ["context_left_out"]
    assert texts(session).endswith("d D")
    assert session.binding.budget.window_tokens == (error.window_tokens or 6)  # between 5 taken and 7 refused


def test_what_goes_with_every_question_is_thought_of_when_it_is_fitted_again() -> None:
    error = ContextTooLongError("x", window_tokens=8, needed_tokens=9)
    session = talk([error], says("D"), questions="abc", examples=(("x", "Y"),))

    session.turn("d", ignore)

    assert sent_by(session)[-1] == ["x", "Y", "b", "B", "c", "C", "d"]  # 7 of 8, and one is for the answer
    assert session.binding.budget.scale.each == pytest.approx(1, rel=0.01)


def test_it_is_sent_once_more_only() -> None:
    first, second = (ContextTooLongError("x", window_tokens=size, needed_tokens=7) for size in (5, 4))
    session = talk([first], [second], questions="abc")

    turn = session.turn("d", ignore)

    assert (turn.error, turn.is_lost) == (second, True)
    assert texts(session) == "a A b B c C"


def test_a_question_too_long_for_the_server_is_not_sent_again() -> None:
    session = talk([ContextTooLongError("x", window_tokens=5, needed_tokens=30)], questions="a")

    turn = session.turn("long question", ignore)

    assert isinstance(turn.error, ContextTooLongError)
    assert session.conversation.unanswered
    assert session.conversation.unanswered.message == turn.question
    assert len(sent_by(session)) == 2


def test_what_is_too_long_alone_is_not_sent_again() -> None:
    error = ContextTooLongError("x", window_tokens=1)
    session = talk([error])

    assert session.turn("q", ignore).error is error
    assert len(sent_by(session)) == 1


def test_a_server_that_reads_less_than_it_was_sent_is_noticed_once() -> None:
    shown: list[Event] = []
    answer = [UsageReported(Usage(500, 1)), *says("A")]
    session = talk(answer, answer)

    for _ in range(2):
        session.turn("x" * 5_000, shown.append)

    notices = [event.message for event in shown if isinstance(event, Notice)]
    assert notices == ["server saw 500 of ~10 001 tokens: it is truncating your history (Ollama num_ctx?)"]


@pytest.mark.parametrize(
    ("usage", "size"),
    [(Usage(3_500), 5_000), (Usage(100, cached_tokens=3_500), 5_000), (Usage(10), 100), (Usage(), 5_000)],
    ids=["most of it", "from the cache", "too short to tell", "not told"],
)
def test_without_a_reason_nothing_is_suspected(usage: Usage, size: int) -> None:
    shown: list[Event] = []

    talk([UsageReported(usage), *says("A")]).turn("x" * size, shown.append)

    assert not [event for event in shown if isinstance(event, Notice)]


def test_long_words_are_no_loss() -> None:
    class Words(Letters):
        """Counts ten letters as a token."""

        def count(self, message: Message) -> int:
            return len(message.text) // 10

    shown: list[Event] = []

    talk([UsageReported(Usage(400)), *says("A")], counter=Words()).turn("x" * 5_000, shown.append)

    assert not [event for event in shown if isinstance(event, Notice)]


def test_the_end_of_an_answer_at_its_length_can_be_gone_on_with() -> None:
    session = talk(says("a", "length"))

    assert isinstance(session.turn("q", ignore).error, LengthLimitError)
    assert session.conversation.history[-1].status == "length"


def test_what_only_its_provider_understands_is_sent_to_no_other() -> None:
    call = ToolFragment(0, "c1", "now", "{}", extra={"google": {"signature": "s"}})
    session = talk([Reasoning("Hm."), call, Finished("tool_calls", "tool_calls"), Ended(True)], says("B"), says("C"))
    session.binding = replace(session.binding, provider="gemini")
    session.turn("a", ignore)

    session.turn("b", ignore)
    session.binding = replace(session.binding, provider="openai")
    session.turn("c", ignore)

    assert isinstance(session.binding.client, ScriptedClient)
    sent = [request.messages[1] for request in session.binding.client.requests[1:]]
    assert [(message.reasoning, message.tool_calls[0].extra) for message in sent] == [
        ("Hm.", {"google": {"signature": "s"}}),
        ("", {}),
    ]


def test_examples_go_before_every_question_and_are_no_turns() -> None:
    session = talk(says("A"), says("B"), system="S", examples=(("2+2", "4"),))

    session.turn("a", ignore)
    session.turn("b", ignore)

    assert sent_by(session) == [["S", "2+2", "4", "a"], ["S", "2+2", "4", "a", "A", "b"]]
    assert texts(session) == "a A b B"
    assert session.state.examples == (("2+2", "4"),)


def test_examples_leave_less_room() -> None:
    session = talk(says("A"), says("B"), examples=(("q" * 40, "a" * 40),), window_tokens=160)
    session.turn("x" * 30, ignore)

    session.turn("y" * 30, ignore)

    assert sent_by(session)[1] == ["q" * 40, "a" * 40, "y" * 30]


def test_the_beginning_of_an_answer_goes_with_every_question_and_leaves_less_room() -> None:
    session = talk(says("A"), says("B"), says("C"), prefill="o" * 80, window_tokens=160)
    session.turn("x" * 30, ignore)

    session.turn("y" * 30, ignore)
    ask_aside(session, "title?", ignore)

    assert sent_by(session)[1] == ["y" * 30]
    assert isinstance(session.binding.client, ScriptedClient)
    assert [request.prefill for request in session.binding.client.requests] == ["o" * 80, "o" * 80, ""]


def test_sources_are_told_after_the_answer_and_kept() -> None:
    shown: list[Event] = []
    session = talk([Cited("https://a", "A page"), Cited("https://b"), *says("A [1]")])

    session.turn("q", shown.append)

    assert [event.message for event in shown if isinstance(event, Notice)] == [
        "[1] A page - https://a",
        "[2] https://b",
    ]
    facts = session.conversation.tree.nodes[-1].facts
    assert facts is not None
    assert facts.sources == (("https://a", "A page"), ("https://b", ""))


@pytest.mark.parametrize(("options", "told"), [({"seed": 1}, 1), ({}, 0)])
def test_another_machine_is_told_of_where_a_seed_is_set(options: dict[str, Any], told: int) -> None:
    shown: list[Event] = []
    prints = ("fp_1", "fp_1", None, "fp_2")
    session = talk(*[[Started(fingerprint=one), *says("A")] for one in prints], options=options)

    for _ in prints:
        session.turn("q", shown.append)

    notices = [event.message for event in shown if isinstance(event, Notice)]
    assert len(notices) == told
    assert all("from fp_1 to fp_2" in notice for notice in notices)
