"""A server on the loopback for thousands of requests, many at once; it counts what it is asked.

It answers a question with `re: ` and the question, after *delay_s*. With a *limit* of requests in a sliding window it
refuses the others, and says in whole seconds when to come back. At its request number *cut_at* the network fails: every
connection is reset, and for *cut_s* nothing listens.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections import Counter, deque
from typing import Self

from tests.support.answers import completion, failure

_DEADLINE_S = 30.0
_USAGE = {"prompt_tokens": 5, "completion_tokens": 2}


class BusyServer:
    """Listens from its construction to `close`; used in `with`."""

    def __init__(
        self,
        *,
        delay_s: float = 0.0,
        limit: tuple[int, float] | None = None,
        cut_at: int = 0,
        cut_s: float = 0.0,
    ) -> None:
        self.asked: Counter[str] = Counter()
        self.refused = 0
        self.delay_s, self.cut_at, self.cut_s = delay_s, cut_at, cut_s
        self._limit = limit
        self._taken: deque[float] = deque()
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._listener: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="busy server")
        self._thread.start()
        self.port = 0
        self._do(self._listen())

    @property
    def url(self) -> str:
        """The base URL that a client is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def total(self) -> int:
        """How many requests were answered."""
        return sum(self.asked.values())

    def close(self) -> None:
        """Stop."""
        self._do(self._stop_listening())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_DEADLINE_S)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def answer(self, line: _Line, body: bytes) -> None:
        """Take a request that has come whole."""
        question = str(json.loads(body)["messages"][-1]["content"])
        if wait_s := self._refusal_s():
            self.refused += 1
            line.send(failure(429, "slow down", {"retry-after": str(math.ceil(wait_s))}))
            return
        self.asked[question] += 1
        if self.cut_at and self.total == self.cut_at:
            self._loop.create_task(self._cut())
            return
        self._loop.call_later(self.delay_s, line.send, completion(f"re: {question}", usage=_USAGE))

    def _refusal_s(self) -> float:
        """Return after how many seconds a request would be taken, 0 if this one is."""
        if self._limit is None:
            return 0.0
        (most, window_s), now_s = self._limit, self._loop.time()
        while self._taken and self._taken[0] <= now_s - window_s:
            self._taken.popleft()
        if len(self._taken) >= most:
            return self._taken[0] + window_s - now_s
        self._taken.append(now_s)
        return 0.0

    async def _cut(self) -> None:
        await self._stop_listening()
        await asyncio.sleep(self.cut_s)
        await self._listen()

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(lambda: _Line(self), "127.0.0.1", self.port, backlog=512)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._listener:
            self._listener.close()
        for line in tuple(self._lines):
            line.transport.abort()
        await asyncio.sleep(0)

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_DEADLINE_S)  # type: ignore[arg-type]


class _Line(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, server: BusyServer) -> None:
        self._server = server
        self._inbox = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # of a connection that can be written
        self._server._lines.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._server._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        self._inbox += data
        head, found, rest = self._inbox.partition(b"\r\n\r\n")
        if not found:
            return
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(rest) >= size:
            self._inbox = rest[size:]
            self._server.answer(self, rest[:size])

    def send(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)
