"""However long a chat is, all of it goes into the summary, and nothing changes unless that is whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.compaction import compact_conversation
from chatcli.conversation.conversation import SUMMARY_HEADING
from chatcli.conversation.messages import Listener, Notice, Request, Text
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Summary
from chatcli.errors import ContextTooLongError, UnreachableError
from chatcli.records import replace
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, says
from tests.support.sessions import make_session


def talk(*answers: Sequence[Step], questions: Sequence[str], window_tokens: int | None = None) -> Session:
    client = ScriptedClient(*(says("A") for _ in questions), *answers)
    session = make_session(client=client, model="m", budget=TokenBudget(Letters()))
    for question in questions:
        session.turn(question, ignore)
    client.requests.clear()
    session.binding.budget.window_tokens = window_tokens
    return session


def sent(session: Session) -> list[list[str]]:
    assert isinstance(session.binding.client, ScriptedClient)
    return session.binding.client.sent


def test_what_fits_is_summed_up_at_once() -> None:
    session = talk(says("Sum"), questions=["one", "two"])

    compact_conversation(session, "Sum up.", ignore)

    assert sent(session) == [["one", "A", "two", "A", "Sum up."]]
    assert session.conversation.summary == Summary(4, "Sum")
    assert session.conversation.summarized_turns == 2


def test_what_outgrows_the_window_is_summed_up_part_by_part() -> None:
    questions = ["1" * 100, "2" * 100, "3" * 50, "4" * 50]
    session = talk(says("S1"), says("S2"), says("S3"), questions=questions)
    session.conversation.options["max_tokens"] = 1
    session.binding.budget.window_tokens = 1 + len(f"{SUMMARY_HEADING}\n\nS1") + len("wish") + 110

    told: list[str] = []
    compact_conversation(
        session, "wish", lambda event: told.extend([event.message] if isinstance(event, Notice) else [])
    )

    assert told == ["summing up turn 1 of 4", "summing up turn 2 of 4"]
    assert sent(session) == [
        ["1" * 100, "A", "wish"],
        [f"{SUMMARY_HEADING}\n\nS1", "2" * 100, "A", "wish"],
        [f"{SUMMARY_HEADING}\n\nS2", "3" * 50, "A", "4" * 50, "A", "wish"],
    ]
    assert session.conversation.summary == Summary(8, "S3")


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(150, 400))
def test_every_turn_is_read_by_the_model_once(sizes: list[int], window_tokens: int) -> None:
    questions = [chr(ord("a") + number) * size for number, size in enumerate(sizes)]
    session = talk(*[says("S")] * len(sizes), questions=questions, window_tokens=window_tokens)

    compact_conversation(session, "wish", ignore)

    read = [text for request in sent(session) for text in request if text in questions]
    assert read == questions
    assert session.conversation.summarized_turns == len(questions)


@pytest.mark.parametrize(
    "end", [says(""), says("Cut", "length"), [Text("S"), KeyboardInterrupt()], [UnreachableError("gone")]]
)
def test_a_part_that_fails_leaves_the_chat_as_it_was(end: list[Step]) -> None:
    session = talk(says("S1"), end, questions=["1" * 80, "2" * 80, "3" * 80], window_tokens=230)

    with suppress(UnreachableError):
        compact_conversation(session, "wish", ignore)

    assert len(sent(session)) == 2
    assert session.conversation.summary is None


class Server(ScriptedClient):
    """Takes a limited number of letters, and refuses with or without a number."""

    def __init__(self, window_tokens: int, *, tells: bool) -> None:
        super().__init__()
        self.window_tokens = window_tokens
        self.tells = tells
        self.read: list[str] = []
        self.refused = 0

    def send(self, request: Request, show: Listener) -> None:
        size = sum(len(message.text) for message in request.messages)
        if size > self.window_tokens:
            self.refused += 1
            raise ContextTooLongError("too long", window_tokens=self.window_tokens if self.tells else None)
        self.read.extend(message.text for message in request.messages)
        for event in says("S"):
            show(event)  # type: ignore[arg-type]  # what a server says is all events


@given(
    st.lists(st.integers(1, 60) | st.just(900), min_size=1, max_size=8),
    st.integers(400, 700),
    st.booleans(),
    st.sampled_from([None, 100, 5_000]),
)
def test_whatever_the_server_takes_a_chat_of_any_size_is_summed_up(
    sizes: list[int], window_tokens: int, tells: bool, believed: int | None
) -> None:
    """/compact is the way out of a full window, and a chat that outgrew it has no other."""
    questions = [chr(ord("a") + number) * size for number, size in enumerate(sizes)]
    session = talk(questions=questions, window_tokens=believed and max(believed, 300))
    server = Server(window_tokens, tells=tells)
    session.binding = replace(session.binding, client=server)

    compact_conversation(session, "wish", ignore)

    assert session.conversation.summarized_turns == len(questions)
    assert all(any(text.startswith(question[:3]) for text in server.read) for question in questions)
    assert server.refused <= 12


def test_a_wish_that_is_too_long_alone_is_told_of() -> None:
    session = talk(questions=["1" * 300], window_tokens=100)

    with pytest.raises(ContextTooLongError):
        compact_conversation(session, "wish" * 50, ignore)

    assert session.conversation.summary is None


def test_nothing_is_asked_where_all_is_summed_up() -> None:
    session = talk(says("Sum"), questions=["one"])
    compact_conversation(session, "wish", ignore)

    assert compact_conversation(session, "wish", ignore) is None
    assert len(sent(session)) == 1
