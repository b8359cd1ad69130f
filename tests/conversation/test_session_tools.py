"""Turns with tools: wherever one breaks off, what is kept can be sent, and continues from there."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatcli.conversation.asides import ask_aside
from chatcli.conversation.messages import Message, Text, ToolFragment, Usage, UsageReported, text_message
from chatcli.conversation.sendable import sendable
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Tree
from chatcli.errors import ChatError, ContextTooLongError, UnreachableError
from tests.conversation.test_session_laws import ENDS, ends
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session

DEFINITIONS = ({"type": "function", "function": {"name": "f", "description": "", "parameters": {}}},)


def call(*ids: str, arguments: str = "{}") -> list[Step]:
    return [*(ToolFragment(place, id, "f", arguments) for place, id in enumerate(ids)), *says("", "tool_calls")[1:]]


def result(id: str, text: str = "result") -> Message:
    return text_message("tool", text, tool_call_id=id)


def session_with(*answers: list[Step], window_tokens: int | None = None, **fields: object) -> Session:
    client = ScriptedClient(*answers)
    return make_session(client=client, model="m", budget=TokenBudget(Letters(), window_tokens), **fields)


def requests(session: Session) -> list[list[str]]:
    client = session.binding.client
    assert isinstance(client, ScriptedClient)
    assert [found for request in client.requests if (found := problems(request.messages))] == []
    return client.sent


def test_results_follow_their_calls_and_the_reply_to_them_ends_the_turn() -> None:
    session = session_with([Text("Let me see."), *call("a", "b")], says("Done."))
    session.turn("q", ignore)

    session.add_results([result("a"), result("b", "other")])
    turn = session.resume_turn(ignore)

    assert turn.error is None
    assert turn.question.text == "q"
    assert len(turn.exchange) == 3
    assert requests(session)[1] == ["q", "Let me see.", "result", "other"]
    assert len(session.conversation.questions) == 1
    assert session.conversation.unanswered is None


def test_a_failure_after_tools_keeps_their_results_and_the_turn_goes_on() -> None:
    """Asked again from the beginning, the tools would run twice."""
    session = session_with(call("a"), [UnreachableError("down")], says("Done."))
    session.turn("q", ignore)
    session.add_results([result("a")])

    turn = session.resume_turn(ignore)

    assert turn.error
    assert not turn.is_lost
    assert session.conversation.is_cut
    again = session.continue_answer(ignore)
    assert again
    assert again.reply.text == "Done."
    assert requests(session)[2] == ["q", "", "result"]


@pytest.mark.parametrize(
    ("arguments", "text", "named"),
    [("x" * 900, "y" * 300, "call of `f`"), ("{}", "y" * 300, "result of `f`")],
    ids=["arguments", "result"],
)
@pytest.mark.parametrize("is_known", [True, False], ids=["before sending", "by the server"])
def test_what_tools_add_beyond_the_window_is_not_blamed_on_the_question(
    arguments: str, text: str, named: str, is_known: bool
) -> None:
    """The turn so far is kept, with what is the largest part of it."""
    too_long = ContextTooLongError("this request does not fit", hint="shorten it")
    session = session_with(call("a", arguments=arguments), [too_long], window_tokens=200 if is_known else None)
    session.turn("q", ignore)
    session.add_results([result("a", text)])

    if is_known:
        with pytest.raises(ContextTooLongError) as raised:
            session.resume_turn(ignore)
        error: ChatError | None = raised.value
    else:
        error = session.resume_turn(ignore).error

    assert error is not None
    assert named in error.what
    assert "message" not in error.sentence()
    assert "shorten" not in error.sentence()


def test_the_exchange_counts_as_part_of_the_newest_turn_and_earlier_ones_leave_for_it() -> None:
    session = session_with(says("a" * 20), call("a"), says("Done."), window_tokens=80)
    session.turn("q" * 20, ignore)
    session.turn("now", ignore)
    session.add_results([result("a", "r" * 50)])

    session.resume_turn(ignore)

    assert requests(session)[1] == ["q" * 20, "a" * 20, "now"]
    assert requests(session)[2] == ["now", "", "r" * 50]


def test_tools_are_offered_with_questions_and_not_beside_them() -> None:
    session = session_with(says("a"), says("title"), says("b"), tools=DEFINITIONS, options={"tools": [{"own": 1}]})
    session.turn("q", ignore)
    ask_aside(session, "Give it a title.", ignore)
    session.conversation.options = {"n": 2}
    session.turn("q", ignore)

    assert isinstance(session.binding.client, ScriptedClient)
    offered = [request.options.get("tools") for request in session.binding.client.requests]
    assert offered == [[{"own": 1}, *DEFINITIONS], [{"own": 1}], None]
    assert session.conversation.options == {"n": 2}


def test_the_usage_of_a_turn_is_that_of_all_its_requests() -> None:
    first, second = UsageReported(Usage(10, 5)), UsageReported(Usage(20, 7, cached_tokens=3))
    session = session_with([first, *call("a")], [second, *says("Done.")], says("next"))
    session.turn("q", ignore)
    session.add_results([result("a")])

    assert session.resume_turn(ignore).usage == Usage(30, 12, cached_tokens=3)
    assert session.turn("q", ignore).usage is None


class WithTools(RuleBasedStateMachine):
    """A conversation in which tools are called, stopped, fail and crash between all else that may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.client = ScriptedClient()
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()))
        self.called: list[str] = []

    def steps(self, end: str, calls: int) -> None:
        """Prepare replies of one kind: calls, or one of the ends without them."""
        ids = [f"c{self.session.conversation.tree.next_id}_{place}" for place in range(calls)]
        steps = call(*ids) if calls else ENDS[end][0]
        self.client.answers[:] = [steps, steps]
        self.called = ids

    @rule(end=ends, calls=st.integers(0, 3))
    def send(self, end: str, calls: int) -> None:
        self.steps(end, calls)
        try:
            self.session.turn("question", ignore)
        except ContextTooLongError:
            self.called = []

    @rule(end=ends, calls=st.integers(0, 2), known=st.integers(0, 3), next_call=st.booleans())
    def answer(self, end: str, calls: int, known: int, next_call: bool) -> None:
        """Answer all calls, and send the results; or some of them, as a crash would leave them."""
        ids, self.called = self.called, []
        history = self.session.conversation.history
        if not ids or not history or not history[-1].tool_calls:
            return
        self.session.add_results([result(id) for id in ids[: known or None]])
        self.steps(end, calls if next_call else 0)
        try:
            self.session.resume_turn(ignore)
        except ContextTooLongError:
            self.called = []

    @rule(end=ends)
    def go_on(self, end: str) -> None:
        self.steps(end, 0)
        try:
            self.session.continue_answer(ignore)
        except ContextTooLongError:
            return

    @rule(end=ends, calls=st.integers(0, 2))
    def retry(self, end: str, calls: int) -> None:
        self.steps(end, calls)
        try:
            self.session.retry(ignore)
        except ContextTooLongError:
            self.called = []

    @rule()
    def crash(self) -> None:
        """What is in the store is what is in the tree."""
        tree = self.session.conversation.tree
        self.called = []
        self.session.load(Tree.of(tree.nodes, tree.head), self.session.state)

    @rule(count=st.integers(0, 2), tokens=st.none() | st.integers(10, 60))
    def change(self, count: int, tokens: int | None) -> None:
        self.called = []
        self.session.conversation.undo(count)
        self.session.binding.budget.window_tokens = tokens

    @invariant()
    def every_request_and_every_history_passes_the_strictest_server(self) -> None:
        assert [found for request in self.client.requests if (found := problems(request.messages))] == []
        assert problems(sendable(self.session.conversation.history)) == []

    @invariant()
    def the_newest_question_is_in_its_request(self) -> None:
        assert all(any(message.role == "user" for message in request.messages) for request in self.client.requests)


TestWithTools = WithTools.TestCase
TestWithTools.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
