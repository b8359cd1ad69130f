"""A server on the loopback whose behaviour is a list: a test writes the network, and reads what came over it.

An answer is a script, or a function from the request to a script. A script is a list of steps: bytes (sent at once, as
one packet where it fits), `Sleep`, `Wait`, `CLOSE` (FIN) and `RESET` (RST). Answers are given in order, one a request;
`always` serves all that follow. A request without an answer gets a 500, and fails the test when the server closes.
`GET …/models` is answered by itself unless `models` is None. Every body that the program sends to `…/chat/completions`
must be a good one by the description of the protocol, or the test fails likewise.

A script that ends without `CLOSE` leaves the connection open for the next request if `keep_alive`, else closes it. A
client that goes away ends the script: `Exchange.closed_at` tells when, `Exchange.cut_short` that steps were left.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, repeat
from typing import Final, Self, TypeAlias

from tests.support.answers import JSON, failure, model_list
from tests.support.description import REQUEST, faults
from tests.support.line import Line, Request


@dataclass(frozen=True, slots=True)
class Sleep:
    """Send nothing for a while; the end of the server or of the client cuts it short."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing until the test sets *event*."""

    event: threading.Event


class _End(Enum):
    CLOSE = "FIN"
    RESET = "RST"


CLOSE: Final = _End.CLOSE
RESET: Final = _End.RESET

Step: TypeAlias = bytes | Sleep | Wait | _End
Script: TypeAlias = Sequence[Step] | bytes
Answer: TypeAlias = Script | Callable[[Request], Script]

_POLL_S = 0.005  # How late a `Wait` may notice its event, or a `Sleep` its end.
_DEADLINE_S = 30.0


@dataclass(slots=True)
class Exchange:
    """A request, and what became of its answer. Times are `time.monotonic()`; None until it happens."""

    request: Request
    line: Line
    ended_at: float | None = None
    cut_short: bool = False

    @property
    def closed_at(self) -> float | None:
        """When the client closed the connection, as opposed to the script."""
        return self.line.gone_at


class Server:
    """A scripted server; it listens from its construction to `close()`."""

    def __init__(
        self,
        *answers: Answer,
        always: Answer | None = None,
        models: Sequence[str | JSON] | None = ("m",),
        keep_alive: bool = False,
        tls: ssl.SSLContext | None = None,
        greetings: Sequence[Script] = (),
        port: int = 0,
    ) -> None:
        """Listen at *port*, or at any that is free.

        *greetings* are followed once each by the first connections, before TLS and before any request.
        """
        self.exchanges: list[Exchange] = []
        self.connection_count = 0
        self.unanswered: list[Request] = []
        self._answers = chain(answers, repeat(always) if always is not None else ())
        self._greetings = iter(greetings)
        self._models, self._keep_alive, self._tls = models, keep_alive, tls
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._lines: list[Line] = []
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, name="server")]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """The base URL that a client is given."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in the order of their arrival."""
        return [exchange.request for exchange in self.exchanges]

    @property
    def posts(self) -> list[Request]:
        """The requests that carry a body: without those for the list of models."""
        return [request for request in self.requests if request.method == "POST"]

    def wait_for_request(self, count: int = 1, *, timeout_s: float = _DEADLINE_S) -> Request:
        """Wait until *count* requests have arrived whole, and return the last of them."""
        self._wait(lambda: len(self.exchanges) >= count, f"{count} request(s)", timeout_s)
        return self.exchanges[count - 1].request

    def wait_for_close(self, count: int = 1, *, timeout_s: float = _DEADLINE_S) -> Exchange:
        """Wait until the client has closed the connection of request number *count*."""
        self._wait(lambda: self._has(count, "closed_at"), f"the client to close request {count}", timeout_s)
        return self.exchanges[count - 1]

    def wait_for_end(self, count: int = 1, *, timeout_s: float = _DEADLINE_S) -> Exchange:
        """Wait until the script of request number *count* is over."""
        self._wait(lambda: self._has(count, "ended_at"), f"the script of request {count} to end", timeout_s)
        return self.exchanges[count - 1]

    def close(self) -> None:
        """Stop; fails if a request came for which the test wrote no answer, or that is no good one."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes `accept` on every system
        with self._changed:
            for line in self._lines:
                line.interrupt()
        for thread in self._threads:
            thread.join(_DEADLINE_S)
        assert not any(thread.is_alive() for thread in self._threads), "a thread of the server did not end"
        assert not self.unanswered, f"no answer was written for {[request.summary for request in self.unanswered]}"
        ours = (request for request in self.posts if request.headers.get("user-agent") == "chatcli")
        asked = [request for request in ours if request.path.endswith("/chat/completions")]
        assert not (wrong := [fault for request in asked for fault in faults(REQUEST, request.json)]), wrong

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _wait(self, is_true: Callable[[], bool], what: str, timeout_s: float) -> None:
        with self._changed:
            came = self._changed.wait_for(is_true, timeout_s)
        seen = [(exchange.request.summary, exchange.ended_at, exchange.closed_at) for exchange in self.exchanges]
        assert came, f"waited {timeout_s} s for {what}; saw (request, script ended, client closed): {seen}"

    def _has(self, count: int, moment: str) -> bool:
        return len(self.exchanges) >= count and getattr(self.exchanges[count - 1], moment) is not None

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _listen(self) -> None:
        with self._listener:
            while True:
                connection, _ = self._listener.accept()
                if not self._admit(connection):
                    return

    def _admit(self, connection: socket.socket) -> bool:
        with self._changed:
            if self._stopping.is_set():
                connection.close()
                return False
            self.connection_count += 1
            self._lines.append(Line(connection, self._notify))
            self._threads.append(threading.Thread(target=self._serve, args=(self._lines[-1],), name="connection"))
        self._threads[-1].start()
        return True

    def _serve(self, line: Line) -> None:
        try:
            if self._open(line):
                while (request := line.read_request()) and self._reply(line, request):
                    pass
        finally:
            line.finish()

    def _open(self, line: Line) -> bool:
        if not self._play(line, next(self._greetings, ())):
            return False
        try:
            if self._tls:
                line.secure(self._tls)
        except OSError:  # The client does not trust the certificate, or does not speak TLS: its test says so.
            return False
        return True

    def _reply(self, line: Line, request: Request) -> bool:
        exchange = Exchange(request, line)
        with self._changed:
            self.exchanges.append(exchange)
            script = self._script(request)
            self._changed.notify_all()
        goes_on = self._play(line, script(request) if callable(script) else script)
        exchange.cut_short = not line.is_open
        exchange.ended_at = time.monotonic()
        self._notify()
        return goes_on and self._keep_alive

    def _script(self, request: Request) -> Answer:
        if self._models is not None and request.method == "GET" and request.path.endswith("/models"):
            return model_list(*self._models)
        answer = next(self._answers, None)
        if answer is None:
            self.unanswered.append(request)
            return failure(500, "the test wrote no answer for this request")
        return answer

    def _play(self, line: Line, script: Script) -> bool:
        """Follow *script*; return whether the connection is still there after it."""
        for step in (script,) if isinstance(script, bytes) else script:
            line.watch(0)
            if not line.is_open:
                return False
            match step:
                case bytes():
                    line.send(step)
                case Sleep(seconds):
                    self._pause(line, threading.Event(), seconds)
                case Wait(event):
                    self._pause(line, event, None)
                case _End.CLOSE:
                    line.finish()
                    return False
                case _End.RESET:
                    line.reset()
                    return False
        return line.is_open

    def _pause(self, line: Line, event: threading.Event, seconds: float | None) -> None:
        until = float("inf") if seconds is None else time.monotonic() + seconds
        while line.is_open and not (event.is_set() or self._stopping.is_set() or time.monotonic() >= until):
            line.watch(_POLL_S)
