"""What a body is does not hang on its label, nor on where its pieces are cut: all cuts of all bodies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx
import pytest

from chatcli.api.exchange import Exchange, FailedAttemptError
from chatcli.api.http.client import HttpClient
from chatcli.conversation.messages import Event
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.reply import Reply
from chatcli.errors import ChatError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN
from chatcli.text.redactor import Redactor, Secret
from tests.api.server_bodies import ALL, Body

SHARES = 7  # of the places to cut a body at, each body taking one
ENDPOINT = Endpoint(name="x", base_url="https://api.foo.com/v1", row=PLAIN)


class Pieces(httpx.BaseTransport, httpx.SyncByteStream):
    """A transport whose only response has a body of these pieces."""

    def __init__(self, label: str, pieces: Sequence[bytes]) -> None:
        self._label = label
        self._pieces = pieces

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": self._label}, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


def verdict(label: str, *pieces: bytes, redactor: Redactor | None = None) -> tuple[str, int, str]:
    """Return the text, the exit code and the sentence of a turn that was answered so."""
    reply, error = Reply(), None
    exchange = Exchange(ENDPOINT, HttpClient(Pieces(label, pieces)), None, redactor or Redactor(()))

    def take(event: Event) -> None:
        reply.feed(event)

    try:
        exchange.post({"model": "m"}, take)
    except FailedAttemptError as failed:
        error = failed.error
        reply.failure = str(failed.error)
    ended: ChatError | None = ending_error(reply, error, {})
    return reply.text, ended.exit_code if ended else 0, ended.sentence() if ended else ""


@pytest.mark.parametrize("body", ALL.values(), ids=ALL)
def test_every_body_is_read_for_what_it_is(body: Body) -> None:
    text, code, sentence = verdict(body.label, body.content)

    assert (text, code) == (body.text, body.code), sentence
    assert body.words in sentence


@pytest.mark.parametrize(("offset", "body"), [*enumerate(ALL.values())], ids=ALL)
def test_no_cut_of_a_body_changes_the_verdict(offset: int, body: Body) -> None:
    """The law: in two parts, and byte by byte; bodies share most of their text, and so the places to cut it at."""
    expected, content = verdict(body.label, body.content), body.content
    begin = [*range(1, min(8, len(content)))]  # where a body is told from others
    places = {*begin, *range(1 + offset % SHARES, len(content), SHARES)}
    cuts = [(content[:at], content[at:]) for at in sorted(places)]

    for pieces in [*cuts, tuple(content[at : at + 1] for at in range(len(content)))]:
        assert verdict(body.label, *pieces) == expected, pieces[0]


@pytest.mark.parametrize("body", ALL.values(), ids=ALL)
def test_the_label_decides_nothing(body: Body) -> None:
    expected = verdict(body.label, body.content)

    for label in ("", "text/plain", "application/json", "text/event-stream", "text/html; charset=x"):
        assert verdict(label, body.content) == expected, label


KEY = "sk-live-0123456789abcdef"


@pytest.mark.parametrize("body", ALL.values(), ids=ALL)
def test_no_body_gets_a_key_past_the_reader(body: Body) -> None:
    """The key stands in the place of each word that servers say of themselves or of what is wrong."""
    content = body.content.replace(b"the pool is down", KEY.encode()).replace(b"Sign in", KEY.encode())

    _, _, sentence = verdict(body.label, content, redactor=Redactor([Secret(KEY)]))

    assert KEY not in sentence
