"""A turn is a transaction: what was shown, what is kept and what is sent next never disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    ImagePart,
    Malformed,
    Message,
    Notice,
    Part,
    Reasoning,
    Refusal,
    Text,
    TextPart,
    ToolFragment,
    Usage,
    UsageReported,
    text_message,
)
from chatcli.conversation.reply import EMPTY
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState, Node
from chatcli.errors import (
    ChatError,
    ContextTooLongError,
    FilteredAnswerError,
    IncompleteAnswerError,
    LengthLimitError,
    OutputLostError,
    RateLimitError,
    ServerError,
    ServerReport,
    Stopped,
    UnreachableError,
)
from chatcli.records import replace
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session

DOWN = UnreachableError("nothing is listening")


def session_with(*answers: Sequence[Step], window_tokens: int | None = None, **fields: Any) -> Session:
    measure = TokenBudget(Letters(), window_tokens)
    return make_session(**{"client": ScriptedClient(*answers), "model": "m", "budget": measure, **fields})


def sent_by(session: Session) -> list[list[str]]:
    client = session.binding.client
    assert isinstance(client, ScriptedClient)
    assert [problems(request.messages) for request in client.requests if problems(request.messages)] == []
    return client.sent


def texts(session: Session) -> list[str]:
    return [message.text for message in session.conversation.history]


def test_the_history_grows_by_question_and_answer() -> None:
    session = session_with(says("Paris"), says("The Seine"), system="Be brief.")

    session.turn("Capital of France?", ignore)
    turn = session.turn("Its river?", ignore)

    assert turn.error is None
    assert texts(session) == ["Capital of France?", "Paris", "Its river?", "The Seine"]
    assert sent_by(session)[1] == ["Be brief.", "Capital of France?", "Paris", "Its river?"]


def test_a_request_carries_what_is_set_at_that_moment() -> None:
    session = session_with(says("a"), says("b"), options={"temperature": 1}, stream=False)
    session.turn("q", ignore)
    session.binding = replace(session.binding, model="other")
    session.conversation.options["temperature"] = 2

    session.turn("q", ignore)

    assert isinstance(session.binding.client, ScriptedClient)
    first, second = session.binding.client.requests
    assert (first.model, first.options, first.stream) == ("m", {"temperature": 1}, False)
    assert (second.model, second.options) == ("other", {"temperature": 2})


def test_interrupt_after_text_keeps_both_halves() -> None:
    """What the user saw before Ctrl-C is what the model will see next turn."""
    session = session_with([Text("Par"), KeyboardInterrupt()], says("Yes"))

    turn = session.turn("Capital of France?", ignore)

    assert (turn.reply.stopped, turn.is_lost, turn.error) == (True, False, None)
    assert texts(session) == ["Capital of France?", "Par"]
    assert session.conversation.history[-1].status == "cancelled"
    session.turn("Go on?", ignore)
    assert sent_by(session)[1] == ["Capital of France?", "Par", "Go on?"]


def test_what_was_on_its_way_to_the_screen_when_ctrl_c_fell_is_kept() -> None:
    def show(event: Event) -> None:
        if event == Text("is"):
            raise KeyboardInterrupt

    session = session_with([Text("Par"), Text("is"), Text("!")])

    session.turn("q", show)

    assert texts(session) == ["q", "Paris"]


def test_interrupt_before_text_leaves_the_history_and_gives_the_question_back() -> None:
    session = session_with(says("Hi"), [Reasoning("hm"), KeyboardInterrupt()], says("Paris"))
    session.turn("Hello", ignore)

    turn = session.turn("Capital of France?", ignore)

    assert (turn.is_lost, turn.reply.stopped, turn.question.text) == (True, True, "Capital of France?")
    assert texts(session) == ["Hello", "Hi"]
    session.turn("Capital of France?", ignore)
    assert sent_by(session)[2] == ["Hello", "Hi", "Capital of France?"]


@pytest.mark.parametrize(
    "error",
    [DOWN, RateLimitError("wait"), ServerError("500"), IncompleteAnswerError("fell silent")],
    ids=lambda e: e.exit_code,
)
def test_a_failure_before_any_text_leaves_the_history_as_it_was(error: ChatError) -> None:
    session = session_with([error])

    turn = session.turn("q", ignore)

    assert (turn.is_lost, turn.error, turn.question.text) == (True, error, "q")
    assert (session.conversation.history, turn.reply.status) == ([], "failed")


@pytest.mark.parametrize("error", [DOWN, RateLimitError("wait"), ServerError("500")], ids=lambda e: e.exit_code)
def test_a_failure_after_text_keeps_it_as_incomplete(error: ChatError) -> None:
    error.server = ServerReport(status=500, request_id="r")
    session = session_with([Text("Par"), error])

    turn = session.turn("q", ignore)

    assert isinstance(turn.error, IncompleteAnswerError)
    assert turn.error.sentence() == f"the answer is incomplete: {error.what}. The text so far is kept"
    assert turn.error.server.request_id == "r"
    assert (texts(session), session.conversation.history[-1].status) == (["q", "Par"], "incomplete")


def test_what_outranks_an_incomplete_answer_stays_itself() -> None:
    full = OutputLostError("full")
    session = session_with([Text("Par"), full])

    turn = session.turn("q", ignore)

    assert turn.error is full
    assert texts(session) == ["q", "Par"]


def test_a_signal_ends_the_program_and_the_text_so_far_is_kept() -> None:
    session = session_with([Text("Par"), Stopped(15)])

    with pytest.raises(Stopped):
        session.turn("q", ignore)

    assert texts(session) == ["q", "Par"]
    assert session.conversation.history[-1].status == "incomplete"


def test_an_error_of_the_output_ends_the_turn_and_keeps_the_text() -> None:
    full = OutputLostError("no space left")

    def show(event: Event) -> None:
        raise full

    session = session_with([Text("Par"), Text("is")])

    assert session.turn("q", show).error is full
    assert texts(session) == ["q", "Par"]


ENDINGS = [
    pytest.param(says("a", "length"), {}, LengthLimitError, "the answer was cut at the length limit", id="length"),
    pytest.param(
        [UsageReported(Usage(5, 50)), *says("a", "length")],
        {},
        LengthLimitError,
        "the answer was cut at 50 tokens",
        id="length with its size",
    ),
    pytest.param(
        [Reasoning("hm"), *says("", "length")[1:]],
        {},
        LengthLimitError,
        "the token limit was used up by reasoning before the answer began",
        id="length spent on reasoning",
    ),
    pytest.param(
        says("a", "content_filter"),
        {},
        FilteredAnswerError,
        "the answer was stopped by the content filter",
        id="filter",
    ),
    pytest.param(
        [Refusal("I can't"), Finished("stop", "stop")],
        {},
        FilteredAnswerError,
        "the model refused to answer",
        id="refusal",
    ),
    pytest.param([Text("a")], {}, IncompleteAnswerError, "the answer is incomplete: connection closed", id="cut"),
    pytest.param([Ended(True)], {}, IncompleteAnswerError, EMPTY, id="empty"),
    pytest.param([Malformed("x"), Ended(True)], {}, IncompleteAnswerError, "1 unreadable event", id="unreadable alone"),
    pytest.param(
        [Malformed("x"), *says("a")],
        {},
        IncompleteAnswerError,
        "the answer is incomplete: 1 unreadable event",
        id="unreadable",
    ),
]


@pytest.mark.parametrize(("answer", "options", "kind", "what"), ENDINGS)
def test_an_answer_that_did_not_end_well_is_an_error(
    answer: list[Step], options: dict[str, Any], kind: type[ChatError], what: str
) -> None:
    error = session_with(answer, options=options).turn("q", ignore).error

    assert (type(error), error and error.what) == (kind, what)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_that_the_user_set_is_no_error_and_is_told(name: str) -> None:
    shown: list[Event] = []
    session = session_with(says("a", "length"), options={name: 5})

    turn = session.turn("q", shown.append)

    assert (turn.error, turn.reply.status) == (None, "length")
    assert Notice("length", "the answer was cut at the length limit") in shown


@pytest.mark.parametrize(
    ("window_tokens", "what"),
    [
        (512, "the answer was cut at 408 tokens: the context window of 512 is full"),
        (513, "the answer was cut at 408 tokens"),
    ],
)
def test_an_answer_that_filled_the_window_says_so(window_tokens: int, what: str) -> None:
    session = session_with([UsageReported(Usage(104, 408)), *says("a", "length")])
    session.binding.budget.window_tokens = window_tokens

    error = session.turn("q", ignore).error

    assert error
    assert error.what == what


def test_too_many_unreadable_events_end_the_answer() -> None:
    session = session_with([Text("a"), *[Malformed("x")] * 4, Text("never")])

    turn = session.turn("q", ignore)

    assert isinstance(turn.error, IncompleteAnswerError)
    assert texts(session) == ["q", "a"]


def test_a_tool_call_alone_is_an_answer() -> None:
    session = session_with([ToolFragment(0, "1", "f", "{}"), Finished("tool_calls", "x")], says("ok"))

    assert not session.turn("q", ignore).is_lost
    session.turn("r", ignore)
    assert [len(messages) for messages in sent_by(session)] == [1, 4]


def test_a_refusal_stays_in_the_history() -> None:
    session = session_with([Refusal("I can't"), Finished("stop", "stop")])

    session.turn("q", ignore)

    assert session.conversation.history == [
        text_message("user", "q"),
        text_message("assistant", "", refusal="I can't", status="refused"),
    ]


def test_pictures_and_texts_go_together() -> None:
    session = session_with(says("a cat"))
    parts: list[Part] = [TextPart("What is it?\ud800"), ImagePart("data:x")]

    turn = session.turn(parts, ignore)

    assert turn.question == Message("user", (TextPart("What is it?\ufffd"), ImagePart("data:x")))


def test_halves_of_characters_are_mended_before_anything_is_sent() -> None:
    session = session_with(says("a"))

    assert session.turn("x\ud83d\ude00\ud800", ignore).question.text == "x😀\ufffd"


class Diary:
    """A journal that writes down what it is told, and what had been sent by then."""

    def __init__(self, client: ScriptedClient) -> None:
        self.lines: list[tuple[str, int]] = []
        self._client = client

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        self._write(f"begin {question.message.text}, {answer.message.status} after {state.head}")

    def append(self, event: Event) -> None:
        self._write(type(event).__name__)

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        self._write(f"finish {answers[0].message.text} {answers[0].message.status} at {state.head}")

    def keep(self, state: ChatState) -> None:
        self._write(f"keep {state.head}")

    def _write(self, line: str) -> None:
        self.lines.append((line, len(self._client.requests)))


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (says("a"), [("Text", 1), ("Finished", 1), ("Ended", 1), ("finish a complete at 2", 1)]),
        ([Text("a"), KeyboardInterrupt()], [("Text", 1), ("finish a cancelled at 2", 1)]),
        ([DOWN], [("finish  failed at None", 1)]),
    ],
    ids=["answered", "stopped", "failed"],
)
def test_the_question_is_kept_before_anything_is_sent(answer: list[Step], lines: list[tuple[str, int]]) -> None:
    client = ScriptedClient(answer)
    diary = Diary(client)

    session_with(client=client, journal=diary).turn("q", ignore)

    assert diary.lines == [("begin q, streaming after None", 0), *lines]


def test_ctrl_c_may_only_fall_while_the_request_runs() -> None:
    entered: list[str] = []

    @contextmanager
    def guard() -> Iterator[None]:
        entered.append("open")
        yield
        entered.append("closed")

    session = session_with(says("a"), guard=guard)

    session.turn("q", lambda event: entered.append(type(event).__name__))

    assert entered == ["open", "Text", "Finished", "Ended", "closed"]


def test_what_is_found_out_of_the_window_counts_for_the_first_request() -> None:
    """A long chat that was opened is fitted before it is sent, not after a server has cut it or refused it."""

    def discover(binding: ModelBinding) -> ModelBinding:
        return replace(binding, budget=replace(binding.budget, window_tokens=10))

    first = session_with(says("A"), says("B"))
    first.turn("q" * 8, ignore)
    session = session_with(says("C"), discover=discover, tree=first.conversation.tree)
    shown: list[Event] = []

    session.turn("r" * 4, shown.append)

    assert sent_by(session) == [["r" * 4]]
    assert [event.code for event in shown if isinstance(event, Notice)] == ["context_left_out"]


def test_a_question_that_proves_too_long_once_the_window_is_known_is_kept_and_given_back() -> None:
    def discover(binding: ModelBinding) -> ModelBinding:
        return replace(binding, budget=replace(binding.budget, window_tokens=10))

    session = session_with(discover=discover)

    turn = session.turn("q" * 12, ignore)

    assert isinstance(turn.error, ContextTooLongError)
    assert (session.conversation.unanswered and session.conversation.unanswered.message.text, sent_by(session)) == (
        "q" * 12,
        [],
    )


@pytest.mark.parametrize("trouble", [DOWN, KeyboardInterrupt()], ids=["down", "ctrl-c"])
def test_what_goes_wrong_while_getting_acquainted_loses_nothing(trouble: BaseException) -> None:
    def discover(_binding: ModelBinding) -> ModelBinding:
        raise trouble

    session = session_with(discover=discover)

    turn = session.turn("q", ignore)

    assert (turn.is_lost, turn.error or turn.reply.stopped) == (True, trouble if trouble is DOWN else True)
    assert session.discover is discover, "the next question tries again"


def test_a_session_gets_acquainted_once_before_its_first_request() -> None:
    def discover(binding: ModelBinding) -> ModelBinding:
        return replace(binding, model="found", budget=replace(binding.budget, window_tokens=100))

    session = session_with(says("a"), says("b"), model="", discover=discover)

    session.turn("q", ignore)
    session.binding = replace(session.binding, model="other")
    session.turn("q", ignore)

    assert isinstance(session.binding.client, ScriptedClient)
    assert [request.model for request in session.binding.client.requests] == ["found", "other"]
    assert session.binding.budget.window_tokens == 100


@pytest.mark.parametrize("problem", [DOWN, KeyboardInterrupt()], ids=["failed", "stopped"])
def test_getting_acquainted_is_tried_again_where_it_failed(problem: BaseException) -> None:
    tries: list[int] = []

    def discover(binding: ModelBinding) -> ModelBinding:
        tries.append(1)
        if len(tries) == 1:
            raise problem
        return binding

    session = session_with(says("a"), discover=discover)

    assert session.turn("q", ignore).is_lost
    session.turn("q", ignore)
    assert (len(tries), sent_by(session)) == (2, [["q"]])


@pytest.mark.parametrize(
    ("steps", "usage"),
    [
        (says("Paris"), Usage(8, 5, is_estimate=True)),
        ([Text("Par"), KeyboardInterrupt()], Usage(8, 3, is_estimate=True)),
        ([UsageReported(Usage(70, 2)), *says("Paris")], Usage(70, 2)),
        ([KeyboardInterrupt()], None),
    ],
    ids=["whole", "stopped", "reported", "nothing came"],
)
def test_what_a_server_does_not_count_is_estimated(steps: list[Step], usage: Usage | None) -> None:
    session = session_with(steps)

    turn = session.turn("Capital?", ignore)

    facts = session.conversation.tree.nodes[-1].facts
    assert facts is not None
    assert facts.usage == usage
    assert turn.reply.usage == (None if usage is None or usage.is_estimate else usage)
