"""Sets how long a request may be silent: before the first byte, between bytes, and before a notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Protocol

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.language import _
from chatcli.records import field, mutable
from chatcli.text.units import format_duration

NOTICE_S = 15.0
BEGINNING_BYTES = 64


class Readable(Protocol):
    """A connection; *read* returns None when nothing came within *wait_s*, and no bytes at its end."""

    def read_within(self, max_bytes: int, wait_s: float) -> bytes | None:
        """Return at most *max_bytes* bytes."""
        ...


@mutable(kw_only=True)
class Patience:
    """The limits of one request, and its progress; it travels in `request.extensions["patience"]`.

    *first_byte_s* counts from sending to the first byte of the body, *stall_s* between any two bytes after it.
    *on_silence* is called with the seconds when nothing has come for *notice_s*, once in every silence, *on_sent* when
    the last byte of the request is out. `end_within` sets an end to it all, which bytes that trickle in do not put off.
    """

    first_byte_s: float
    stall_s: float
    notice_s: float = NOTICE_S
    on_silence: Callable[[float], None] = lambda _seconds: None
    on_sent: Callable[[], None] = lambda: None
    started_s: float = field(default_factory=time.monotonic)
    end_by_s: float = inf
    bytes_received: int = 0
    beginning: bytes = b""  # the first bytes received, enough to recognise the protocol
    is_flowing: bool = False
    is_new_connection: bool = False

    def start(self) -> None:
        """Count from now on: the request is out."""
        self.started_s = time.monotonic()
        self.on_sent()

    def end_within(self, seconds: float) -> None:
        """Allow no more than *seconds* from now on, whatever comes meanwhile."""
        self.end_by_s = min(self.end_by_s, time.monotonic() + seconds)

    def lift_end(self) -> None:
        """Take back what `end_within` has set."""
        self.end_by_s = inf

    def read(self, connection: Readable, max_bytes: int) -> bytes:
        """Read from *connection* within the limit that holds now; raises BrokenExchangeError when it is over."""
        now_s = time.monotonic()
        if now_s >= self.end_by_s:
            raise BrokenExchangeError(FailureKind.STALLED, format_duration(now_s - self.started_s))
        limit_s = self.stall_s if self.is_flowing else self.started_s + self.first_byte_s - now_s
        if limit_s <= 0:  # nothing but interim responses has come
            raise self._lost()
        limit_s = min(limit_s, self.end_by_s - now_s)
        notice_s = min(self.notice_s, limit_s)
        data = connection.read_within(max_bytes, notice_s)
        if data is None and limit_s > notice_s:
            self.on_silence(notice_s)
            data = connection.read_within(max_bytes, limit_s - notice_s)
        if data is None:
            raise self._lost()
        self.bytes_received += len(data)
        if len(self.beginning) < BEGINNING_BYTES:
            self.beginning += data[:BEGINNING_BYTES]
        return data

    def _lost(self) -> BrokenExchangeError:
        if self.is_flowing:
            return BrokenExchangeError(FailureKind.STALLED, _("{seconds} s", seconds=f"{self.stall_s:g}"))
        return BrokenExchangeError(FailureKind.FIRST_BYTE_TIMEOUT, _("{seconds} s", seconds=f"{self.first_byte_s:g}"))
