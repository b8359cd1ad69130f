"""Each call continues a stored chat, as `ask -c` does: whatever a server counts and tells, none is refused forever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import (
    Ended,
    Finished,
    Listener,
    Message,
    Notice,
    Request,
    Text,
    Usage,
    UsageReported,
    text_message,
)
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState, Tree
from chatcli.conversation.turn import Turn
from chatcli.errors import ContextTooLongError
from chatcli.records import mutable
from tests.support.scripted import Letters, ScriptedClient, ignore
from tests.support.sessions import make_session

BYTES_PER_TOKEN = 4


class Quarters(Letters):
    """Counts four letters as a token; as with every vocabulary, no token is shorter than a byte."""

    def bound(self, message: Message) -> int:
        return len(message.text) + 4

    def count(self, message: Message) -> int:
        return len(message.text) // BYTES_PER_TOKEN


@mutable
class Server:
    """Counts *rate* tokens for each of ours, and reports or refuses with as much of it as it *tells*."""

    rate: float
    window_tokens: int
    tells: str
    reports: bool
    refused: int = 0
    requests: int = 0

    def size(self, messages: list[Message]) -> int:
        return sum(round(self.rate * len(message.text) / BYTES_PER_TOKEN) + 4 for message in messages)

    def send(self, request: Request, show: Listener) -> None:
        size = self.size(list(request.messages))
        self.requests += 1
        if size > self.window_tokens:
            self.refused += 1
            raise ContextTooLongError(
                "too long",
                window_tokens=None if self.tells == "nothing" else self.window_tokens,
                needed_tokens=size if self.tells == "all" else None,
            )
        show(Text("It depends."))
        if self.reports:
            show(UsageReported(Usage(size, 3)))
        show(Finished("stop", "stop"))
        show(Ended(True))


@mutable
class Memory:
    """What outlives a call: the chat, and what was learnt of the model."""

    tree: Tree
    scale: Scale | None = None
    window_tokens: int | None = None

    def keep(self, scale: Scale | None, window_tokens: int | None) -> None:
        self.scale, self.window_tokens = scale or self.scale, window_tokens or self.window_tokens


def call(server: Server, memory: Memory, question: str) -> Turn:
    """Ask in a session of its own."""
    budget = TokenBudget(Quarters(), memory.window_tokens, keep=memory.keep, recall=lambda: memory.scale)
    session = make_session(client=server, model="m", provider="p", budget=budget)
    session.load(memory.tree, ChatState(memory.tree.head, model="m", provider="p"))
    server.requests = 0
    return session.turn(question, ignore)


servers = st.builds(
    Server,
    st.sampled_from([0.7, 1.0, 1.3, 1.6, 2.5]),
    st.integers(500, 1500),
    st.sampled_from(["all", "window", "nothing"]),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(servers, st.lists(st.integers(20, 120), min_size=40, max_size=40))
def test_forty_calls_of_any_server_all_answer(server: Server, sizes: list[int]) -> None:
    memory = Memory(Tree())

    for number, size in enumerate(sizes):
        assert call(server, memory, chr(97 + number % 26) * size * BYTES_PER_TOKEN).error is None
        assert server.requests <= 2

    # Who reports nothing teaches with refusals alone, each of which comes nearer to how it counts.
    assert server.refused <= (3 if server.reports else 10)


@settings(max_examples=40, deadline=None)
@given(servers, st.integers(10, 40))
def test_a_chat_that_another_server_grew_can_be_continued(server: Server, turns: int) -> None:
    """Nothing is known of a server whose window the chat outgrew, so the second request must fit however it counts."""
    tree = Tree()
    for number in range(turns):
        question = tree.add(text_message("user", f"{number % 10}" * 240), parent=tree.head)
        tree.head = tree.add(text_message("assistant", "A" * 120), parent=question.id).id
    memory = Memory(tree)

    for _ in range(8):
        assert call(server, memory, "x" * 80).error is None
        assert server.requests <= 2


@pytest.mark.parametrize("tells", ["all", "window", "nothing"])
def test_only_a_question_that_is_too_long_alone_fails(tells: str) -> None:
    server, memory = Server(2.0, 500, tells, reports=True), Memory(Tree())
    for _ in range(5):
        call(server, memory, "x" * 240)

    turn = call(server, memory, "x" * 1200)

    assert isinstance(turn.error, ContextTooLongError)
    assert server.requests <= 2
    assert call(server, memory, "x" * 240).error is None, "and nothing wrong was learnt from it"


@pytest.mark.parametrize(
    ("counts", "added", "is_told"),
    [
        ([2048, 2048], 30_000, True),
        ([4096, 4000], 30_000, True),
        ([2900, 3000], 30_000, False),
        ([12, 11], 8, False),
        ([30_500, 30_001], 30_000, False),
        ([0, 2048], 30_000, False),
        ([2048, 100], 100, False),
        ([2048, 2048], 20, True),
    ],
    ids=[
        "stays",
        "falls",
        "grows",
        "what is new alone",
        "new alone and long",
        "none before",
        "one that caches",
        "full",
    ],
)
def test_a_server_that_cuts_in_silence_is_told_of(counts: list[int], added: int, is_told: bool) -> None:
    """A small count alone is no proof: servers leave out what they have in a cache. One that stays is."""
    memory = Memory(Tree())
    told: list[str] = []
    for count, size in zip(counts, [60_000, added], strict=True):
        client = ScriptedClient([Text("ok"), UsageReported(Usage(count, 1)), Finished("stop", "stop"), Ended(True)])
        session = make_session(client=client, model="m", provider="p", budget=TokenBudget(Letters()))
        session.load(memory.tree, ChatState(memory.tree.head, model="m", provider="p"))
        session.turn("x" * size, lambda event: told.append(event.code) if isinstance(event, Notice) else None)

    assert told == (["context_truncated"] if is_told else [])
