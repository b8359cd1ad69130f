"""What is asked beside a chat has its context, is stored and marked, and is in no later request."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.asides import ask_beside
from chatcli.conversation.branches import list_branches
from chatcli.conversation.messages import Listener, Request, Text
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState
from chatcli.errors import ContextTooLongError, Stopped, UnreachableError
from chatcli.formats.document import document
from chatcli.formats.importers import read_chats
from chatcli.formats.transcript import ExportedChat
from tests.conversation.test_session_laws import ENDS
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, says
from tests.support.sessions import make_session


def open_session(*answers: Sequence[Step], window_tokens: int | None = None) -> tuple[Session, ScriptedClient]:
    client = ScriptedClient(*answers)
    budget = TokenBudget(Letters(), window_tokens)
    return make_session(client=client, model="m", budget=budget), client


def record(session: Session) -> ExportedChat:
    return ExportedChat("T", session.conversation.tree, session.state)


@pytest.mark.parametrize("end", sorted(ENDS))
def test_the_next_requests_are_those_of_a_chat_without_it(end: str) -> None:
    steps = ENDS[end][0]
    plain, without = open_session(says("A"), says("B"), says("C"))
    session, client = open_session(says("A"), steps, says("B"), says("C"))
    for each in (plain, session):
        each.conversation.options["n"] = 1
        each.turn("a", ignore)

    ask_beside(session, "by the way?", ignore)
    for each in (plain, session):
        each.turn("b", ignore)
        each.retry(ignore)

    assert client.sent[1] == ["a", "A", "by the way?"]
    assert [client.requests[0], *client.requests[-2:]] == without.requests
    assert session.conversation.history == plain.conversation.history


def test_it_asks_for_one_answer_without_tools_and_before_any_turn() -> None:
    session, client = open_session(says("X"))
    session.conversation.options.update(n=3, temperature=0.5)
    session.conversation.system = "S"

    turn = ask_beside(session, "x?", ignore)

    assert turn is not None
    assert turn.reply.text == "X"
    assert (client.sent, client.requests[0].options) == ([["S", "x?"]], {"temperature": 0.5})
    assert (session.conversation.history, session.last) == ([], None)


def test_the_question_that_waits_for_an_answer_still_waits() -> None:
    session, _ = open_session([UnreachableError("down")], says("X"), says("A"))
    session.turn("a", ignore)

    ask_beside(session, "x?", ignore)
    session.load(session.conversation.tree, session.state)  # as another program reads it

    assert session.conversation.unanswered is not None
    assert session.conversation.unanswered.message.text == "a"
    session.retry(ignore)
    assert [message.text for message in session.conversation.history] == ["a", "A"]


def test_one_without_an_answer_does_not_wait_for_one() -> None:
    session, _ = open_session(says("A"), [UnreachableError("down")])
    session.turn("a", ignore)

    ask_beside(session, "x?", ignore)
    session.load(session.conversation.tree, session.state)

    assert session.conversation.unanswered is None


def test_one_that_failed_is_asked_again_in_its_place() -> None:
    session, _ = open_session(says("A"), [UnreachableError("down")], says("X"), says("Y"))
    session.turn("a", ignore)

    for _ in range(3):
        ask_beside(session, "x?", ignore)

    assert [branch.label for branch in list_branches(session.conversation.tree)] == [
        *("* 1  a → A", "    aside  x? → X", "    aside  x? → Y"),
    ]


def test_turns_that_do_not_fit_are_left_out_of_it() -> None:
    session, client = open_session(says("A" * 20), says("X"), window_tokens=40)
    session.turn("a" * 5, ignore)

    ask_beside(session, "x" * 20, ignore)
    with pytest.raises(ContextTooLongError):
        ask_beside(session, "x" * 50, ignore)

    assert client.sent[1] == ["x" * 20]
    assert len(session.conversation.tree.asides) == 1


def test_a_rejected_one_is_sent_again_with_fewer_turns() -> None:
    refused = ContextTooLongError("too long", needed_tokens=60, window_tokens=40)
    session, client = open_session(says("A" * 20), [refused], says("X"))
    session.turn("a" * 20, ignore)

    turn = ask_beside(session, "x" * 20, ignore)

    assert turn is not None
    assert turn.error is None
    assert [len(sent) for sent in client.sent] == [1, 3, 1]


def test_a_signal_ends_the_program_after_what_came_is_stored() -> None:
    session, _ = open_session(says("A"), [Text("Par"), Stopped(15)])
    session.turn("a", ignore)

    with pytest.raises(Stopped):
        ask_beside(session, "x?", ignore)

    assert session.conversation.tree.nodes[-1].message.text == "Par"
    assert session.conversation.tree.nodes[-1].message.status != "streaming"


def test_branches_list_it_and_do_not_run_through_it() -> None:
    session, _ = open_session(says("A"), says("X"), says("B"))
    session.turn("a", ignore)
    ask_beside(session, "x?", ignore)
    assert session.conversation.tree.leaf(1) == 2
    session.turn("b", ignore)

    labels = [branch.label for branch in list_branches(session.conversation.tree)]

    assert labels == ["* 1  a → A", "    aside  x? → X", "* 2  b → B"]
    assert session.conversation.tree.aside_of(4) == session.conversation.tree[3]
    assert session.conversation.tree.aside_of(5) is None


def test_exports_mark_it_and_ours_is_read_back() -> None:
    session, _ = open_session(says("X"), says("A"), says("Y"))
    ask_beside(session, "first?", ignore)
    session.turn("a", ignore)
    ask_beside(session, "then?", ignore)

    text = document(record(session), "md")
    assert [line for line in text.splitlines() if line.startswith("## ") or "?" in line] == [
        *("## You (aside)", "first?", "## Assistant (aside)", "## You", "## Assistant"),
        *("## You (aside)", "then?", "## Assistant (aside)"),
    ]
    assert document(record(session), "html").count("(aside)") == 4
    assert "?" not in document(record(session), "jsonl")
    (read,) = read_chats(document(record(session), "json"))
    assert read.state.asides == {1, 5}
    assert [node.message.text for node, is_aside in read.with_asides() if is_aside] == ["first?", "X", "then?", "Y"]


def test_a_copy_of_the_branch_has_none() -> None:
    session, _ = open_session(says("A"), says("X"))
    session.turn("a", ignore)
    ask_beside(session, "x?", ignore)

    copied = session.conversation.tree.copy(session.conversation.tree.head)

    assert (len(copied), copied.asides) == (2, set())
    assert session.state.without_turns(copied.head).asides == frozenset()
    assert ChatState().asides == frozenset()


class Echo:
    """A client whose answers depend on the request alone; every third one is cut."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def send(self, request: Request, show: Listener) -> None:
        self.requests.append(request)
        size = sum(len(message.text) for message in request.messages)
        if size % 5 == 4:
            raise UnreachableError("down")
        for step in says(f"{size}" * (1 + size % 4), "length" if size % 3 == 0 else "stop"):
            assert not isinstance(step, BaseException)
            show(step)


def excluding(session: Session) -> None:
    session.conversation.dropped |= {question.id for question in session.conversation.questions[1:2]}


def pinning(session: Session) -> None:
    session.conversation.pinned |= {question.id for question in session.conversation.questions[:1]}


STEPS: dict[str, Callable[[Session], object]] = {
    "ask": lambda session: session.turn(f"q{len(session.conversation.questions)}", ignore),
    "retry": lambda session: session.retry(ignore),
    "continue": lambda session: session.continue_answer(ignore),
    "undo": lambda session: session.conversation.undo(),
    "redo": lambda session: session.conversation.redo(),
    "exclude": excluding,
    "pin": pinning,
}


def perform(steps: Sequence[str], window_tokens: int | None) -> tuple[list[Request], list[str]]:
    """Return the requests of *steps*, without those beside the chat, and its texts in the end."""
    client = Echo()
    session = make_session(client=client, model="m", budget=TokenBudget(Letters(), window_tokens))
    for step in steps:
        if step == "aside":
            before = len(client.requests)
            ask_beside(session, "by the way?", ignore)
            del client.requests[before:]
        else:
            STEPS[step](session)
    return client.requests, [message.text for message in session.conversation.history]


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=9), st.data(), st.sampled_from([None, 24, 60]))
def test_no_request_of_a_chat_tells_whether_something_was_asked_beside_it(
    steps: list[str], data: st.DataObject, window_tokens: int | None
) -> None:
    places = data.draw(st.lists(st.integers(0, len(steps)), max_size=4))
    with_asides = [*steps]
    for place in sorted(places, reverse=True):
        with_asides.insert(place, "aside")

    assert perform(with_asides, window_tokens) == perform(steps, window_tokens)
