"""Performs one request and reads its response; every possible failure becomes one error value.

What a body holds is read in `api.answer_body`; here requests are sent, and failures explained.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from chatcli.api.answer_body import ERROR_BODY_S, AnswerBody, AnswerFlow, beginning, is_page
from chatcli.api.decode import AnswerDecoder
from chatcli.api.encode import path_of
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient, Response
from chatcli.api.http.decompression import Inflater
from chatcli.api.http.early import CONNECT_S
from chatcli.api.http.patience import Patience
from chatcli.api.http.proxy import Proxy
from chatcli.api.retry import Failure
from chatcli.conversation.messages import Event, Notice
from chatcli.conversation.reply import EMPTY
from chatcli.errors import ChatError, IncompleteAnswerError, QuotaError, ServerError
from chatcli.language import _
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen, replace
from chatcli.text.redactor import Redactor

if TYPE_CHECKING:
    from chatcli.api.failures.explainer import Explainer

MAX_ANSWER_BYTES = 256 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
LIST_S = 30.0
_FILE_CONTENT = "/content"  # the end of the address of a file's content, which may redirect to a storage service
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ANONYMOUS: Mapping[str, str] = {"Accept-Encoding": "identity", "User-Agent": "chatcli"}


class FailedAttemptError(Exception):
    """An attempt that failed: *failure* for the decision to try again, *error* for people."""

    def __init__(self, failure: Failure, error: ChatError) -> None:
        super().__init__(error.what)
        self.failure = failure
        self.error = error


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
        flow = self._flow(show, answers=body.get("n") or 1, attempt=attempt)
        content = _written(body)
        try:
            with self._open(path_of(body), content, flow.patience) as response:
                flow.mark_sent()
                self._read(response, flow, sent=body, sent_bytes=len(content))
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

    def replay(
        self, status: int, body: bytes, show: Callable[[Event], None], *, sent: Mapping[str, Any], answers: int = 1
    ) -> None:
        """Read a response to *sent* that came within a file like one that came alone; raises ChatError."""
        flow = self._flow(show, answers=answers, attempt=1)
        try:
            self._read(Response(status, {}, iter((body,))), flow, sent=sent, sent_bytes=0)
        except _Refused as refused:
            raise refused.error from refused

    def explain_payload(self, payload: Any) -> ChatError:
        """Return the error that an error object is which came with 200 in the place of a list."""
        return self._explainer.explain_payload(payload, sent={})

    @contextmanager
    def transfer(
        self,
        method: str,
        url: str,
        *,
        patience: Patience,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Iterator[Iterator[bytes]]:
        """Send *content* and hand out the body of the response in pieces; raises ChatError, also while it is read."""
        known = {**self.endpoint.request_headers(for_list=True), **(headers or {})}
        connect_s = min(CONNECT_S, patience.first_byte_s)
        try:
            with self.http.stream(
                method, url, headers=known, content=content, patience=patience, connect_s=connect_s
            ) as response:
                if elsewhere := _storage_url(method, url, response):
                    with self._fetch_stored(elsewhere, patience, max_bytes) as pieces:
                        yield pieces
                    return
                if response.status >= 300:
                    body = _some(self._pieces(response, patience))
                    raise self._explainer.explain_status(response.status, response.headers, body, sent={}, sent_bytes=0)
                yield self._pieces(response, patience, max_bytes=max_bytes)
        except BrokenExchangeError as broken:
            error = self._explainer.explain_break(broken, has_answer=False)
            # Unlike answers, these are requested again after a failure.
            raise ServerError(error.what) if isinstance(error, IncompleteAnswerError) else error from broken

    @contextmanager
    def _fetch_stored(self, url: str, patience: Patience, max_bytes: int) -> Iterator[Iterator[bytes]]:
        """Hand out the file at *url*, which needs no key: it gets none."""
        if not url.startswith("https:") and not self.endpoint.is_local:
            raise ServerError(_("{host} keeps the file at an address without encryption", host=self.endpoint.host))
        with self.http.stream("GET", url, headers=_ANONYMOUS, content=b"", patience=patience) as response:
            if response.status >= 300:
                body = _some(self._pieces(response, patience))
                raise self._explainer.explain_status(response.status, response.headers, body, sent={}, sent_bytes=0)
            yield self._pieces(response, patience, max_bytes=max_bytes)

    def read_json(self, body: bytes) -> Any:
        """Return the JSON in *body*, without known keys; raises ChatError."""
        try:
            return self.redactor.redact_values(json.loads(body))
        except (ValueError, RecursionError) as error:
            raise self._explainer.explain_page(body, sent={}) from error

    def _fetch(self, method: str, url: str, content: bytes, wait_s: float) -> Any:
        patience = Patience(first_byte_s=wait_s, stall_s=wait_s)
        patience.end_within(wait_s)
        headers = {"Content-Type": "application/json"} if content else {}
        with self.transfer(method, url, patience=patience, content=content, headers=headers) as pieces:
            body = b"".join(pieces)
        return self.read_json(body)

    def _flow(self, show: Callable[[Event], None], *, answers: int, attempt: int) -> AnswerFlow:
        endpoint = self.endpoint
        patience = Patience(first_byte_s=endpoint.first_byte_s, stall_s=endpoint.stall_s, notice_s=endpoint.notice_s)
        patience.on_silence = lambda seconds: show(
            Notice("silent", _("no data for {seconds:g} s; Ctrl+C stops", seconds=seconds))
        )
        flow = AnswerFlow(show, patience, answers, attempt)
        patience.on_sent = flow.mark_sent
        return flow

    @property
    def _explainer(self) -> Explainer:
        from chatcli.api.failures.explainer import Explainer  # with its tables: most exchanges do not fail

        return Explainer(self.endpoint, self.proxy, self.redactor)

    def _open(self, path: str, content: bytes, patience: Patience) -> AbstractContextManager[Response]:
        return self.http.stream(
            "POST",
            self.endpoint.url(path),
            headers={**self.endpoint.request_headers(), "Content-Type": "application/json"},
            content=content,
            patience=patience,
        )

    def _failure(self, kind: FailureKind, flow: AnswerFlow) -> Failure:
        return Failure(
            kind,
            host=self.endpoint.hostname,
            reused=not flow.patience.is_new_connection,
            bytes_received=flow.patience.bytes_received,
            shown=flow.has_shown,
        )

    def _refusal(self, refused: _Refused, flow: AnswerFlow) -> Failure:
        return replace(
            self._failure(FailureKind.STATUS, flow),
            status=refused.status,
            headers=refused.headers,
            hopeless=isinstance(refused.error, QuotaError),
            hinted_wait_s=refused.error.server.retry_after_s,
        )

    def _read(self, response: Response, flow: AnswerFlow, *, sent: Mapping[str, Any], sent_bytes: int) -> None:
        pieces = self._pieces(response, flow.patience)
        if response.status >= 300:
            flow.patience.end_within(ERROR_BODY_S)
            error = self._explainer.explain_status(
                response.status, response.headers, _some(pieces), sent=sent, sent_bytes=sent_bytes
            )
            raise _Refused(error, response.status, response.headers)
        flow.is_labelled_stream = "event-stream" in response.headers.get("content-type", "")
        first = beginning(pieces)
        if not first:
            raise IncompleteAnswerError(_(EMPTY), hint=_("try again, or use another model"))
        if is_page(first):
            flow.patience.end_within(ERROR_BODY_S)
            raise self._explainer.explain_page(first + _some(pieces), sent=sent)
        body = AnswerBody(self._decoder(sent, flow.answers), flow)
        if text := body.read(chain([first], pieces)):
            raise self._explainer.explain_page(text.encode(), sent=sent)

    def _decoder(self, sent: Mapping[str, Any], answers: int) -> AnswerDecoder:
        def fault(payload: Any) -> Exception:
            error = self._explainer.explain_payload(payload, sent=sent)
            return _Refused(error, error.server.status)

        return AnswerDecoder(fault, redactor=self.redactor, answers=answers)

    def _pieces(self, response: Response, patience: Patience, *, max_bytes: int = MAX_ANSWER_BYTES) -> Iterator[bytes]:
        """Yield the body, uncompressed, and note that it flows; an end that is missing raises."""
        inflater = Inflater(response.headers.get("content-encoding", ""))
        total = 0
        for data in response.body:
            patience.is_flowing = True
            for piece in inflater.feed(data):
                total += len(piece)
                if total > max_bytes:
                    raise IncompleteAnswerError(_("the answer is larger than {most} MB", most=max_bytes // 1024**2))
                yield piece
        yield from inflater.close()


class _Refused(Exception):
    """The server answered with a status or an object that says what is wrong."""

    def __init__(self, error: ChatError, status: int | None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.status = status
        self.headers = headers or {}


def _storage_url(method: str, url: str, response: Response) -> str:
    """Return the address of a file that the server keeps elsewhere, empty if *response* does not lead to one."""
    location = response.headers.get("location", "")
    is_file = method == "GET" and url.partition("?")[0].endswith(_FILE_CONTENT)
    return urljoin(url, location) if is_file and location and response.status in _REDIRECTS else ""


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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
