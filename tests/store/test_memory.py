"""A long answer that is stored takes twice its text of memory.

Counted are the objects of Python, where a text is as wide as its widest character.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from chatcli.api.answer_body import AnswerBody, AnswerFlow
from chatcli.api.decode import AnswerDecoder
from chatcli.api.http.patience import Patience
from chatcli.conversation.messages import Listener, Request
from chatcli.conversation.token_budget import TokenBudget
from chatcli.store.words import space_cjk
from chatcli.text.text_buffer import TextBuffer
from chatcli.usage.tokens import MessageCounter
from tests.store.conftest import Shelf
from tests.support.sessions import make_session

LETTERS = 9_000_000  # many more than the million that are written, or indexed, at once


class Streaming:
    """A client whose every answer is *delta*, so many times."""

    def __init__(self, delta: str, times: int) -> None:
        self.delta = delta
        self.times = times

    def send(self, request: Request, show: Listener) -> None:
        del request
        flow = AnswerFlow(show, Patience(first_byte_s=9, stall_s=9), 1, 1)
        AnswerBody(AnswerDecoder(Exception), flow).read(self._reads())

    def _reads(self) -> Iterator[bytes]:
        for delta, finish in [*[(self.delta, None)] * self.times, ("", "stop")]:
            choice = {"index": 0, "delta": {"content": delta}, "finish_reason": finish}
            yield b"data: " + json.dumps({"choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("delta", ["All work and no play. ", "a word \N{GRINNING FACE} "], ids=ascii)
@pytest.mark.usefixtures("traced")
def test_a_long_answer_is_stored_in_little_more_than_twice_its_text(shelf: Shelf, delta: str) -> None:
    client, journal = Streaming(delta * (50_000 // len(delta)), 1), shelf.journal("01AAAA")
    session = make_session(client=client, model="m", budget=TokenBudget(MessageCounter()), journal=journal)
    session.turn("Begin", lambda _event: None)  # and everything is imported
    client.times = LETTERS // len(client.delta)

    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    session.turn("Go on", lambda _event: None)
    _, peak = tracemalloc.get_traced_memory()

    assert peak - before < 2.25 * sys.getsizeof(client.delta) * client.times
    assert shelf.texts("01AAAA")[-1] == client.delta * client.times


@pytest.mark.usefixtures("traced")
def test_letters_that_are_words_are_indexed_in_little_more_than_their_text() -> None:
    spaced = space_cjk("漢" * 50_000)
    _, peak = tracemalloc.get_traced_memory()

    assert peak < 4 * sys.getsizeof(spaced) + 2_000_000
    assert spaced == " 漢 " * 50_000


@pytest.mark.usefixtures("traced")
def test_a_text_in_small_pieces_takes_no_more_than_a_text() -> None:
    text = TextBuffer()
    for number in range(100_000):
        text.append(f"{number:6}")
    held, _ = tracemalloc.get_traced_memory()

    assert held < 1.2 * len(text.text)
    assert text.text is text.text
    assert "345 12346 " in text
    assert "12346  12347" not in text
