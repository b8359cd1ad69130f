"""What a turn does in a long chat is what it does in a short one: work is counted in lines that run, not in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.conversation.messages import Ended, Finished, Listener, Request, Text, Usage, UsageReported, text_message
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import AnswerFacts, Tree
from chatcli.conversation.window_fill import window_fill
from tests.support.scripted import Letters, ignore
from tests.support.sessions import make_session
from tests.support.work import lines

SHORT, LONG = 100, 1_000
WINDOW_TOKENS = 900


class Answering:
    """Answers every request at once, with what the server would have counted if it counts."""

    def __init__(self, *, counts: bool) -> None:
        self.counts = counts

    def send(self, request: Request, show: Listener) -> None:
        show(Text("answer"))
        if self.counts:
            show(UsageReported(Usage(sum(len(message.text) for message in request.messages), 6)))
        show(Finished("stop", "stop"))
        show(Ended(True))


def chat_of(turns: int, *, counts: bool, provider: str) -> Session:
    """Return a chat of so many turns, far more than its window holds."""
    tree = Tree()
    for number in range(turns):
        question = tree.add(text_message("user", f"question {number:05}"), parent=tree.head)
        facts = AnswerFacts(provider=provider, model="m", sent_turns=3)
        tree.head = tree.add(text_message("assistant", f"answer {number:05}"), parent=question.id, facts=facts).id
    budget = TokenBudget(Letters(), WINDOW_TOKENS)
    return make_session(client=Answering(counts=counts), model="m", provider="p", budget=budget, tree=tree)


def undo_and_redo(session: Session) -> None:
    session.conversation.undo()
    session.conversation.redo()


WORKS: dict[str, Callable[[Session], object]] = {
    "a turn": lambda session: session.turn("and now?", ignore),
    "a retry": lambda session: session.retry(ignore),
    "the meter": window_fill,
    "undo and redo": undo_and_redo,
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
@pytest.mark.parametrize(("counts", "provider"), [(True, "p"), (False, ""), (True, "other")])
def test_no_work_grows_with_the_turns_that_are_not_sent(
    work: Callable[[Session], object], counts: bool, provider: str
) -> None:
    taken = []
    for turns in (SHORT, LONG):
        session = chat_of(turns, counts=counts, provider=provider)
        for _ in range(3):  # what is learnt at first
            session.turn("before", ignore)
        taken.append(lines(lambda: work(session)))  # noqa: B023  # called at once

    assert taken[1] <= taken[0] * 1.1 + 20
