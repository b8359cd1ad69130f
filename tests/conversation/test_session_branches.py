"""Nothing that was said is ever overwritten: what is asked again, edited, picked or taken back stays in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatcli.conversation.asides import ask_beside
from chatcli.conversation.messages import Event, Message, Text, text_message
from chatcli.conversation.sendable import sendable
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.errors import ContextTooLongError
from tests.conversation.test_session_laws import ENDS
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session


class Rows:
    """A journal of rows, as a table would hold them: what is written stays, but for answers while they are written."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.state = ChatState()
        self.open: int | None = None

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        assert self.nodes.setdefault(question.id, question) == question
        assert answer.id not in self.nodes
        self.nodes[answer.id] = answer
        self.state, self.open = state, answer.id

    def append(self, event: Event) -> None:
        assert self.open is not None, event

    def save_image(self, url: str) -> str:
        raise AssertionError(url)

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        assert answers[0].id == self.open
        assert not {node.id for node in answers[1:]} & self.nodes.keys()
        self.nodes |= {node.id: node for node in answers}
        self.state, self.open = state, None

    def keep(self, state: ChatState) -> None:
        self.state = state


def open_session(*answers: Sequence[Step]) -> Session:
    return make_session(client=ScriptedClient(*answers), model="m", budget=TokenBudget(Letters()))


def texts(session: Session) -> str:
    return " ".join(message.text for message in session.conversation.history)


def two(first: str, second: str) -> list[Step]:
    return [Text(second, choice=1), Text(first), *says("")[1:]]


def test_an_answer_that_was_asked_for_again_stays_beside_the_new_one() -> None:
    session = open_session(says("A"), says("B"))
    session.turn("q", ignore)

    session.retry(ignore)

    assert texts(session) == "q B"
    assert [node.message.text for node in session.conversation.alternatives()] == ["A", "B"]


def test_of_several_answers_the_first_goes_on_and_another_may_be_picked() -> None:
    session = open_session(two("A", "B"), says("then"))
    session.turn("q", ignore)
    assert texts(session) == "q A"

    session.conversation.go_to(session.conversation.alternatives()[1].id)
    session.turn("r", ignore)

    assert texts(session) == "q B r then"


def test_what_several_answers_took_is_counted_once() -> None:
    session = open_session(two("A", "B"))

    session.turn("q", ignore)

    facts = [node.facts for node in session.conversation.alternatives()]
    assert [fact.model for fact in facts if fact] == ["m", "m"]
    assert facts[1] is not None
    assert facts[1].usage is None


def test_an_edited_question_is_another_way_to_go_on() -> None:
    session = open_session(says("A"), says("B"), says("C"))
    for question in "ab":
        session.turn(question, ignore)

    session.conversation.branch_before(session.conversation.questions[1])
    session.turn("c", ignore)

    assert texts(session) == "a A c C"
    session.conversation.go_to(4)
    assert texts(session) == "a A b B"


def test_an_edit_that_is_thought_better_of_is_redone() -> None:
    session = open_session(says("A"), says("B"))
    for question in "ab":
        session.turn(question, ignore)

    session.conversation.branch_before(session.conversation.questions[0])

    assert texts(session) == ""
    assert (session.conversation.redo(), texts(session)) == (1, "a A b B")


def test_a_question_that_nobody_answered_is_lost_again_when_it_is_read_back() -> None:
    tree = Tree()
    tree.add(text_message("user", "q"), parent=None)
    tree.add(Message("assistant", status="incomplete"), parent=1)
    session = open_session(says("A"))

    session.load(tree, ChatState(head=None, system="S"))
    turn = session.retry(ignore)

    assert turn is not None
    assert (texts(session), session.conversation.system, len(session.conversation.tree)) == ("q A", "S", 3)


@pytest.mark.parametrize("head", [None, 99])
def test_a_head_that_is_nowhere_is_none(head: int | None) -> None:
    session = open_session()

    session.load(Tree(), ChatState(head=head))

    assert session.conversation.history == []


class Branches(RuleBasedStateMachine):
    """A session beside the rows that were kept of it, and all that was ever in its tree."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()
        self.client = ScriptedClient()
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()), journal=self.rows)
        self.seen: dict[int, Node] = {}

    def keep_anew(self, tree: Tree) -> None:
        """Keep *tree* as another conversation from now on."""
        self.session.journal = self.rows = Rows()
        self.rows.nodes = {node.id: node for node in tree.nodes}
        self.rows.state = ChatState(head=tree.head)

    def prepare(self, end: str) -> None:
        steps, _, _ = ENDS[end]
        self.client.answers[:] = [steps, steps]

    @rule(end=st.sampled_from(sorted(ENDS)))
    def send(self, end: str) -> None:
        self.prepare(end)
        with suppress(ContextTooLongError):
            self.session.turn(f"q{len(self.session.conversation.tree)}", ignore)

    @rule(first=st.sampled_from(["", "A"]), second=st.sampled_from(["", "B"]))
    def send_for_two(self, first: str, second: str) -> None:
        self.client.answers[:] = [[step for step in two(first, second) if not isinstance(step, Text) or step.text]]
        with suppress(ContextTooLongError):
            self.session.turn("two", ignore)

    @rule(end=st.sampled_from(sorted(ENDS)))
    def retry(self, end: str) -> None:
        self.prepare(end)
        with suppress(ContextTooLongError):
            self.session.retry(ignore)

    @rule(end=st.sampled_from(sorted(ENDS)))
    def go_on(self, end: str) -> None:
        self.prepare(end)
        with suppress(ContextTooLongError):
            self.session.continue_answer(ignore)

    @rule(end=st.sampled_from(sorted(ENDS)))
    def ask_beside(self, end: str) -> None:
        """However it ends, the conversation is what it was."""
        self.prepare(end)
        conversation = self.session.conversation
        before = conversation.history, conversation.unanswered, conversation.alternatives()
        with suppress(ContextTooLongError):
            ask_beside(self.session, "aside", ignore)

        assert (conversation.history, conversation.unanswered, conversation.alternatives()) == before

    @rule(tokens=st.none() | st.integers(10, 60))
    def trim(self, tokens: int | None) -> None:
        """What leaves the window leaves neither the tree nor the rows."""
        self.session.binding.budget.window_tokens = tokens

    @rule()
    def fork(self) -> None:
        """Go on in a copy of the branch, kept by itself."""
        before, copied = (
            self.session.conversation.history,
            self.session.conversation.tree.copy(self.session.conversation.tree.head),
        )
        self.keep_anew(copied)
        self.session.load(copied, ChatState(head=copied.head))
        self.seen = {}

        assert self.session.conversation.history == before

    @rule(count=st.integers(1, 3), back=st.integers(0, 3))
    def undo_and_redo(self, count: int, back: int) -> None:
        self.session.conversation.undo(count)
        self.session.conversation.redo(back)
        self.session.save_state()

    @precondition(lambda self: self.session.conversation.questions)
    @rule(place=st.integers(0, 9))
    def edit(self, place: int) -> None:
        questions = self.session.conversation.questions
        self.session.conversation.branch_before(questions[place % len(questions)])
        self.session.save_state()

    @precondition(lambda self: self.session.conversation.alternatives())
    @rule(place=st.integers(0, 9))
    def pick(self, place: int) -> None:
        answers = self.session.conversation.alternatives()
        self.session.conversation.go_to(answers[place % len(answers)].id)
        self.session.save_state()

    @rule()
    def crash_and_resume(self) -> None:
        """What was kept is all there is; another program reads it back."""
        tree, before = Tree.of(self.rows.nodes.values()), self.session.conversation.history
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()), journal=self.rows)
        self.session.load(tree, self.rows.state)

        assert self.session.conversation.history == before

    @invariant()
    def nothing_is_overwritten(self) -> None:
        now = {node.id: node for node in self.session.conversation.tree.nodes}
        assert {id: now[id] for id in self.seen} == self.seen
        self.seen = now

    @invariant()
    def what_is_kept_is_what_is_there(self) -> None:
        assert list(self.rows.nodes.values()) == self.session.conversation.tree.nodes
        assert self.rows.state.head == self.session.conversation.tree.head

    @invariant()
    def everything_that_is_sent_passes_the_strictest_server(self) -> None:
        assert [problems(request.messages) for request in self.client.requests if problems(request.messages)] == []
        assert problems(sendable(self.session.conversation.history)) == []


TestBranches = Branches.TestCase
TestBranches.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
