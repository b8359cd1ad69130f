"""One request and its response: bytes out, events in, and every way it can fail told as one value.

Three kinds of answers are read, told apart by what they begin with, because servers mislabel them: a stream of events,
one whole JSON answer (also to a request for a stream), and a web page, which is no answer. A response is complete when
its end was announced; what follows then is waited for briefly, and its loss does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

from chatcli.api.decode import AnswerDecoder
from chatcli.api.encode import path_of
from chatcli.api.http import sse
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import CONNECT_S, HttpClient, Response
from chatcli.api.http.decompression import Inflater
from chatcli.api.http.patience import Patience
from chatcli.api.http.proxy import Proxy
from chatcli.api.retry import Failure
from chatcli.conversation.messages import TEXT_EVENTS, Event, Notice, Sent
from chatcli.conversation.reply import EMPTY
from chatcli.errors import ChatError, IncompleteAnswerError, QuotaError, ServerError
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen, mutable, replace
from chatcli.text.redactor import Redactor

if TYPE_CHECKING:
    from chatcli.api.failures.explainer import Explainer

MAX_ANSWER_BYTES = 256 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
AFTER_FINISH_S = 1.0  # usage comes after the finish reason, and is not worth more
AFTER_EMPTY_FINISH_S = 5.0  # an end before the first word of an answer is doubted longer
AFTER_DONE_S = 0.1  # the end of the body usually comes with [DONE]; only then can the connection be kept
ERROR_BODY_S = 2.0  # the status has told the most of it
LIST_S = 30.0

_FIELDS = (b"data", b"event", b"id", b"retry", b":", b"{")  # what a line of a stream begins with


class FailedAttemptError(Exception):
    """An attempt that failed: *failure* for the decision to try again, *error* for people."""

    def __init__(self, failure: Failure, error: ChatError) -> None:
        super().__init__(error.what)
        self.failure = failure
        self.error = error


@mutable
class _Flow:
    """Hands events on, and notes what they mean for the exchange."""

    show: Callable[[Event], None]
    patience: Patience
    answers: int
    attempt: int
    has_shown: bool = False
    is_sent: bool = False
    is_told_of_more: bool = False

    def hand_on(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, TEXT_EVENTS):
                self.has_shown = True
                self._tell_of_more(event.choice)
            self.show(event)

    def _tell_of_more(self, choice: int) -> None:
        if choice >= self.answers and not self.is_told_of_more:
            self.is_told_of_more = True
            self.show(Notice("more_answers", f"the server sends more answers than the {self.answers} asked for"))

    def mark_sent(self) -> None:
        if not self.is_sent:
            self.is_sent = True
            self.show(Sent(self.attempt))


@frozen
class Exchange:
    """Makes single requests of one endpoint."""

    endpoint: Endpoint
    http: HttpClient
    proxy: Proxy | None
    redactor: Redactor

    def post(self, body: Mapping[str, Any], show: Callable[[Event], None], *, attempt: int = 1) -> None:
        """Ask for a completion and hand its events to *show*.

        Raises Failed; what was held back of the text is handed on before.
        """
        model = str(body.get("model", ""))
        flow = self._flow(show, answers=body.get("n") or 1, attempt=attempt)
        content = _written(body)
        try:
            with self._open(path_of(body), content, flow.patience) as response:
                flow.mark_sent()
                self._read(response, flow, model=model, sent_bytes=len(content))
        except BrokenExchangeError as broken:
            error = self._explainer.explain_break(broken, has_answer=flow.patience.is_flowing)
            raise FailedAttemptError(self._failure(broken.kind, flow), error) from broken
        except _Refused as refused:
            raise FailedAttemptError(self._refusal(refused, flow), refused.error) from refused
        except ChatError as error:
            raise FailedAttemptError(self._failure(FailureKind.PROTOCOL, flow), error) from error

    def get(self, url: str, *, wait_s: float = LIST_S) -> Any:
        """Return the JSON at *url*, all of which must come within *wait_s*; raises ChatError."""
        return self._fetch("GET", url, b"", wait_s)

    def send(self, url: str, body: Mapping[str, Any], *, wait_s: float = LIST_S) -> Any:
        """Return the JSON that *url* answers to *body*, all of which must come within *wait_s*; raises ChatError."""
        return self._fetch("POST", url, _written(body), wait_s)

    def _fetch(self, method: str, url: str, content: bytes, wait_s: float) -> Any:
        patience = Patience(first_byte_s=wait_s, stall_s=wait_s)
        patience.end_within(wait_s)
        headers = self.endpoint.request_headers(for_list=True)
        headers |= {"Content-Type": "application/json"} if content else {}
        connect_s = min(CONNECT_S, wait_s)
        try:
            with self.http.stream(
                method, url, headers=headers, content=content, patience=patience, connect_s=connect_s
            ) as response:
                body = b"".join(self._pieces(response, patience))
        except BrokenExchangeError as broken:
            error = self._explainer.explain_break(broken, has_answer=False)
            # What is told of answers, that they are not asked for twice, is not so here.
            raise ServerError(error.what) if isinstance(error, IncompleteAnswerError) else error from broken
        if response.status >= 300:
            raise self._explainer.explain_status(response.status, response.headers, body, model="", sent_bytes=0)
        return self._json(body)

    def _flow(self, show: Callable[[Event], None], *, answers: int, attempt: int) -> _Flow:
        endpoint = self.endpoint
        patience = Patience(first_byte_s=endpoint.first_byte_s, stall_s=endpoint.stall_s, notice_s=endpoint.notice_s)
        patience.on_silence = lambda seconds: show(Notice("silent", f"no data for {seconds:g} s - Ctrl-C to stop"))
        flow = _Flow(show, patience, answers, attempt)
        patience.on_sent = flow.mark_sent
        return flow

    @property
    def _explainer(self) -> Explainer:
        from chatcli.api.failures.explainer import Explainer  # with its tables: most exchanges do not fail

        return Explainer(self.endpoint, self.proxy)

    def _open(self, path: str, content: bytes, patience: Patience) -> AbstractContextManager[Response]:
        return self.http.stream(
            "POST",
            self.endpoint.url(path),
            headers={**self.endpoint.request_headers(), "Content-Type": "application/json"},
            content=content,
            patience=patience,
        )

    def _failure(self, kind: FailureKind, flow: _Flow) -> Failure:
        return Failure(
            kind,
            host=self.endpoint.hostname,
            reused=not flow.patience.is_new_connection,
            bytes_received=flow.patience.bytes_received,
            shown=flow.has_shown,
        )

    def _refusal(self, refused: _Refused, flow: _Flow) -> Failure:
        return replace(
            self._failure(FailureKind.STATUS, flow),
            status=refused.status,
            headers=refused.headers,
            hopeless=isinstance(refused.error, QuotaError),
            hinted_wait_s=refused.error.server.retry_after_s,
        )

    def _read(self, response: Response, flow: _Flow, *, model: str, sent_bytes: int) -> None:
        pieces = self._pieces(response, flow.patience)
        if response.status >= 300:
            flow.patience.end_within(ERROR_BODY_S)
            error = self._explainer.explain_status(
                response.status, response.headers, _some(pieces), model=model, sent_bytes=sent_bytes
            )
            raise _Refused(error, response.status, response.headers)
        first = _until_text(pieces)
        match answer_kind(response.headers.get("content-type", ""), first):
            case "nothing":
                raise IncompleteAnswerError(EMPTY, hint="ask again, or another model")
            case "page":
                flow.patience.end_within(ERROR_BODY_S)
                raise self._explainer.explain_page(first + _some(pieces))
            case "whole":
                self._read_whole(first + b"".join(pieces), self._decoder(model, flow.answers), flow)
            case "stream":
                self._read_stream(first, pieces, self._decoder(model, flow.answers), flow)

    def _read_stream(self, first: bytes, pieces: Iterator[bytes], decoder: AnswerDecoder, flow: _Flow) -> None:
        try:
            self._feed(_chain(first, pieces), decoder, flow)
        except (BrokenExchangeError, IncompleteAnswerError):
            flow.hand_on(decoder.flush())
            if not (decoder.is_done or decoder.has_ended):
                raise
        except BaseException:
            flow.hand_on(decoder.flush())
            raise
        flow.hand_on(decoder.flush())
        flow.hand_on(decoder.close())

    def _feed(self, pieces: Iterator[bytes], decoder: AnswerDecoder, flow: _Flow) -> None:
        lines = sse.EventStreamDecoder()
        try:
            for data in pieces:
                for item in lines.feed(data):
                    self._take(item, decoder, flow)
        except sse.EventTooLongError as error:
            raise IncompleteAnswerError(f"the server sent {error}") from error
        for item in lines.close():
            flow.hand_on(decoder.feed(item))

    def _take(self, item: sse.Item, decoder: AnswerDecoder, flow: _Flow) -> None:
        """Hand on what *item* means; the wait for more is short after an end, and long again where it was none."""
        seen, had_ended = decoder.words_seen, decoder.has_ended
        flow.hand_on(decoder.feed(item))
        goes_on = decoder.words_seen > seen
        if goes_on:
            flow.patience.lift_end()
        if decoder.is_done:
            flow.patience.end_within(AFTER_DONE_S)
        elif decoder.has_ended and (goes_on or not had_ended):
            flow.patience.end_within(AFTER_FINISH_S if decoder.has_answer else AFTER_EMPTY_FINISH_S)

    def _read_whole(self, body: bytes, decoder: AnswerDecoder, flow: _Flow) -> None:
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise IncompleteAnswerError("the answer is JSON that was cut or is broken") from error
        flow.hand_on(decoder.feed_whole(payload))

    def _decoder(self, model: str, answers: int) -> AnswerDecoder:
        def fault(payload: Any) -> Exception:
            error = self._explainer.explain_payload(payload, model=model)
            return _Refused(error, error.server.status)

        return AnswerDecoder(fault, scrub=self.redactor.stream, answers=answers)

    def _pieces(self, response: Response, patience: Patience) -> Iterator[bytes]:
        """Yield the body, uncompressed, and note that it flows; an end that is missing raises."""
        inflater = Inflater(response.headers.get("content-encoding", ""))
        total = 0
        for data in response.body:
            patience.is_flowing = True
            for piece in inflater.feed(data):
                total += len(piece)
                if total > MAX_ANSWER_BYTES:
                    raise IncompleteAnswerError(f"the answer is larger than {MAX_ANSWER_BYTES // 1024**2} MB")
                yield piece
        inflater.close()

    def _json(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self._explainer.explain_page(body) from error


class _Refused(Exception):
    """The server answered with a status or an object that says what is wrong."""

    def __init__(self, error: ChatError, status: int | None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.status = status
        self.headers = headers or {}


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer_kind(content_type: str, first: bytes) -> Literal["nothing", "page", "whole", "stream"]:
    """Tell what a body is that begins with *first*; the label decides only what the beginning leaves open."""
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "nothing"
    if start.startswith(b"<"):
        return "page"
    if start[:1] in b"{[" and "event-stream" not in content_type and "ndjson" not in content_type:
        return "whole"
    is_field = any(start.startswith(field) or field.startswith(start) for field in _FIELDS)
    return "stream" if is_field or "event-stream" in content_type else "page"


def _until_text(pieces: Iterator[bytes]) -> bytes:
    """Return the beginning of a body: its first piece with anything but white space, which some send to stay alive."""
    return next((start for piece in pieces if (start := piece.lstrip())), b"")


def _some(pieces: Iterator[bytes]) -> bytes:
    """Return as much of an error body as is worth reading; what breaks off is read as far as it came."""
    body = b""
    try:
        for piece in pieces:
            body += piece
            if len(body) > MAX_ERROR_BYTES:
                break
    except (
        BrokenExchangeError,
        IncompleteAnswerError,
    ):  # and no other: a signal that ends the program is a ChatError too
        pass
    return body


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces
