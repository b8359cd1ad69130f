"""A long chat with a server that counts in its own way: nothing fails, and every word about it is true."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

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
)
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.turn import Turn
from chatcli.errors import ContextTooLongError, ServerReport
from chatcli.usage.tokens import counter_for
from tests.support.sessions import make_session

WORDS = {
    "English": "why does this loop end when the list is empty and what should the caller do about it then",
    "Chinese": "为什么 这个 循环 在 列表 为空 的 时候 结束 请 解释 一下 第二 种 情况",
    "mixed": "why does list 列表 为什么 データ naïve None x+=1; 🙂",
}


class Server:
    """A server whose model has a token a byte, and 20 more around each question, as tiny local ones have."""

    def __init__(self, window_tokens: int) -> None:
        self.window_tokens = window_tokens
        self.requests: list[Request] = []
        self.prompts: list[int] = []
        self.refused = 0

    def size(self, messages: Sequence[Message]) -> int:
        return sum(len(message.text.encode()) + (20 if message.role == "user" else 7) for message in messages)

    def send(self, request: Request, show: Listener) -> None:
        size = self.size(request.messages)
        if size >= self.window_tokens:
            self.refused += 1
            word = ServerReport(status=400)
            raise ContextTooLongError("too long", window_tokens=self.window_tokens, needed_tokens=size, server=word)
        self.requests.append(request)
        self.prompts.append(size)
        answer = f"Answer {len(self.requests)}: it depends."
        show(Text(answer))
        show(UsageReported(Usage(size, len(answer))))
        show(Finished("stop", "stop"))
        show(Ended(True))


def talk(
    server: Server, turns: int, *, window_tokens: int | None, words: str = "English"
) -> list[tuple[Turn, float, list[str]]]:
    """Return each turn with what it was estimated to take before it was sent, and the notices it brought."""
    chance = random.Random(7)
    session = make_session(client=server, model="tiny", budget=TokenBudget(counter_for("tiny"), window_tokens))
    told: list[tuple[Turn, float, list[str]]] = []
    for number in range(turns):
        question = f"{number}: " + " ".join(chance.choice(WORDS[words].split()) for _ in range(chance.randrange(3, 14)))
        notices: list[str] = []
        turn = session.turn(
            question,
            lambda event, told=notices: told.append(event.message) if isinstance(event, Notice) else None,  # type: ignore[misc]
        )
        told.append((turn, turn.window.tokens or 0, notices))
    return told


@pytest.mark.parametrize(("words", "most"), [("English", 0.05), ("Chinese", 0.07), ("mixed", 0.05)])
def test_sixty_turns_in_a_small_window_never_fail_and_are_estimated_well(words: str, most: float) -> None:
    server = Server(512)

    told = talk(server, 60, window_tokens=512, words=words)

    assert [turn.error for turn, _, _ in told] == [None] * 60
    assert server.refused == 0
    assert max(server.prompts) <= 512
    off = [abs(estimate / size - 1) for (_, estimate, _), size in zip(told, server.prompts, strict=True) if estimate]
    assert len(off) > 40, "most turns were counted"
    assert max(off[3:]) < most


def test_every_notice_says_what_was_left_out() -> None:
    server = Server(512)

    told = talk(server, 60, window_tokens=512)

    for number, (turn, _, notices) in enumerate(told, 1):
        sent = sum(message.role == "user" for message in turn.window.messages)
        assert len(turn.window.left_out) == number - sent
        for notice in notices:
            assert f"({sent} turn{'s' if sent > 1 else ''} sent" in notice
            last = turn.window.left_out[-1]
            assert "turn 1 left" in notice if last == 1 else f"turns 1-{last} left out" in notice


@pytest.mark.parametrize("window_tokens", [None, 100_000], ids=["unknown", "thought to be larger"])
def test_a_window_that_is_smaller_than_known_is_learnt_with_the_first_refusal(window_tokens: int | None) -> None:
    server = Server(512)

    told = talk(server, 60, window_tokens=window_tokens)

    assert [turn.error for turn, _, _ in told] == [None] * 60
    assert server.refused == 1
    assert max(server.prompts) <= 512
