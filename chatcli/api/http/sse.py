"""Server-sent events out of raw bytes: fed with whatever the socket gave, asked for nothing it did not hear.

Three things come out: an event (its data lines joined), a comment (a sign of life), and a bare line of JSON, which some
proxies send without the `data:` in front; it is taken as an event of its own. Everything else is skipped, as the
standard says. Lines are decoded one by one, so that a character cut in two by the network is never cut for us.
https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import re
from typing import TypeAlias

from chatcli.records import field, frozen, mutable

# CR, LF and CRLF all end a line, and nothing else does: str.splitlines() would also cut at U+2028 and U+0085, which a
# JSON string may hold raw.
_EOL = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"

MAX_EVENT_BYTES = 32 * 1024 * 1024  # An 8 MB line is a picture; more than this is a fault or an attack.


@frozen
class ServerEvent:
    """One event; *name* is empty where the server gave none."""

    data: str
    name: str = ""


@frozen
class Comment:
    """A line that only says that the server is alive."""

    text: str


Item: TypeAlias = ServerEvent | Comment


class EventTooLongError(ValueError):
    """A single event exceeds the bound."""


@mutable
class EventStreamDecoder:
    """Bytes in, events out; any cut of the bytes gives the same events. Time is linear, memory one event.

    *feed* raises EventTooLongError when an event grows beyond *max_bytes*.
    """

    max_bytes: int = MAX_EVENT_BYTES
    _pending: list[bytes] = field(default_factory=list)  # pieces of a line whose end has not come
    _pending_bytes: int = 0
    _started: bool = False
    _after_cr: bool = False
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _data_bytes: int = 0

    def feed(self, data: bytes) -> list[Item]:
        """Return the events that *data* completes."""
        items: list[Item] = []
        for line in self._lines(data):
            self._take(line, items)
        return items

    def close(self) -> list[Item]:
        """Return the last event, which a server that stops in a hurry leaves without its blank line."""
        items: list[Item] = []
        rest = b"".join(self._pending)
        self._pending.clear()
        if rest:
            self._take(rest if self._started else rest.removeprefix(_BOM), items)
        self._dispatch(items)
        return items

    def _lines(self, data: bytes) -> list[bytes]:
        # A CR ends its line at once; the LF that may follow it in the next piece belongs to it.
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        *whole, rest = _EOL.split(data)
        if whole:
            whole[0] = b"".join([*self._pending, whole[0]])
            self._pending.clear()
            self._pending_bytes = 0
            self._after_cr = data.endswith(b"\r")
            if not self._started:
                self._started = True
                whole[0] = whole[0].removeprefix(_BOM)
        if rest:
            self._pending.append(rest)
            self._pending_bytes += len(rest)
        self._check(self._pending_bytes)
        return whole

    def _take(self, line: bytes, items: list[Item]) -> None:
        if not line:
            self._dispatch(items)
            return
        text = line.decode("utf-8", "replace")
        if text.startswith(":"):
            items.append(Comment(text[1:].strip()))
            return
        if text.startswith("{"):
            items.append(ServerEvent(text))
            return
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._data_bytes += len(line)
            self._check(self._data_bytes)
        elif name == "event":
            self._name = value

    def _dispatch(self, items: list[Item]) -> None:
        if data := "\n".join(self._data):
            items.append(ServerEvent(data, self._name))
        self._data.clear()
        self._data_bytes = 0
        self._name = ""

    def _check(self, size: int) -> None:
        if size > self.max_bytes:
            message = f"an event of more than {self.max_bytes} bytes"
            raise EventTooLongError(message)
