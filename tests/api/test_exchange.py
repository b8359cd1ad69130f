"""One exchange, over a transport that plays its body from a list: what came is handed on, what broke is told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from chatcli.api.answer_body import is_page
from chatcli.api.exchange import Exchange, FailedAttemptError
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient
from chatcli.conversation.messages import Event, Notice, Text
from chatcli.errors import IncompleteAnswerError, ServerError, Stopped
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN
from chatcli.text.redactor import Redactor
from tests.support.answers import chunk, sse

BODY = {"model": "m", "messages": []}


class Played(httpx.BaseTransport, httpx.SyncByteStream):
    """A transport whose only response has this body: bytes come, exceptions are raised."""

    def __init__(self, *steps: bytes | BaseException, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._steps: Sequence[bytes | BaseException] = steps
        self._status = status
        self._headers = headers or {"content-type": "text/event-stream"}
        self.closed = 0

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        """Respond at once."""
        return httpx.Response(self._status, headers=self._headers, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        for step in self._steps:
            if isinstance(step, BaseException):
                raise step
            yield step

    def close(self) -> None:
        self.closed += 1


def exchange_over(transport: httpx.BaseTransport) -> Exchange:
    endpoint = Endpoint(name="x", base_url="https://api.foo.com/v1", row=PLAIN)
    return Exchange(endpoint, HttpClient(transport), None, Redactor(()))


def post(transport: Played) -> tuple[str, FailedAttemptError | None]:
    """Return the text that was handed on and how the exchange failed."""
    shown: list[Event] = []
    failed = None
    try:
        exchange_over(transport).post(BODY, shown.append)
    except FailedAttemptError as error:
        failed = error
    assert transport.closed == 1
    return "".join(event.text for event in shown if isinstance(event, Text)), failed


def test_what_came_before_the_break_is_handed_on() -> None:
    text, failed = post(Played(sse(chunk("<think"), done=False), BrokenExchangeError(FailureKind.CLOSED)))

    assert text == "<think"
    assert failed is not None
    assert isinstance(failed.error, IncompleteAnswerError)
    assert failed.failure.shown


@pytest.mark.parametrize("status", [200, 500])
def test_a_signal_is_not_lost_in_a_body(status: int) -> None:
    stopped = Stopped(15)

    with pytest.raises(Stopped) as caught:
        post(Played(b": hello\n\n", stopped, status=status))

    assert caught.value is stopped


def test_an_error_body_that_breaks_off_is_read_as_far_as_it_came() -> None:
    _, failed = post(
        Played(b'{"error": {"message": "overloaded"}}', BrokenExchangeError(FailureKind.CLOSED), status=500)
    )

    assert failed is not None
    assert isinstance(failed.error, ServerError)
    assert "overloaded" in failed.error.what


def test_an_answer_that_has_finished_may_break_off() -> None:
    assert post(Played(sse(chunk("hi", "stop"), done=False), BrokenExchangeError(FailureKind.CLOSED))) == ("hi", None)


@pytest.mark.parametrize(
    ("first", "expected"),
    [(b"<html>", True), (b"\n <!DOCTYPE", True), (b"\xef\xbb\xbf<p>", True), (b"{}", False), (b"data: <p>", False)],
)
def test_a_body_that_begins_with_markup_is_a_page(first: bytes, expected: bool) -> None:
    assert is_page(first) == expected


def events_of(stream: bytes, **body: Any) -> list[Event]:
    events: list[Event] = []
    exchange_over(Played(stream)).post({**BODY, **body}, events.append)
    return events


def test_more_answers_than_were_asked_for_are_told_once() -> None:
    two = chunk(choices=[{"index": number, "delta": {"content": "a"}} for number in (0, 1)])

    events = events_of(sse(two, two, chunk(finish="stop")))

    assert [event.code for event in events if isinstance(event, Notice)] == ["more_answers"]


def test_an_answer_that_ends_twice_does_not_end_the_others() -> None:
    one_packet = sse(chunk("a", "stop"), chunk("", "stop"), done=False)
    broken = Played(one_packet, BrokenExchangeError(FailureKind.CLOSED))

    with pytest.raises(FailedAttemptError):
        exchange_over(broken).post({**BODY, "n": 2}, lambda _event: None)
