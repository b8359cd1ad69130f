"""Parses server-sent events from raw bytes, in whatever pieces they arrive.

What comes out: an event (its data lines joined), a comment (a sign of life), a JSON value that stands in the body
without the `data:` in front, over as many lines as it takes, and any other line, which the standard would skip: it may
be all that a proxy has to say. Lines are decoded one by one, so that a character cut in two by the network is never cut
for us.

Where servers leave the standard: `error:` is a field of its own (an event of that name), and a line without a field
amid the lines of an event belongs to its data, because a line break in a JSON string tears it so.
https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from chatcli.api.http.json_scanner import JsonValue
from chatcli.language import _
from chatcli.records import field, frozen, mutable
from chatcli.text.patterns import pattern

# CR, LF and CRLF all end a line, and nothing else does: str.splitlines() would also cut at U+2028 and U+0085, which a
# JSON string may hold raw.
_EOL = pattern(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"
_FIELD_LINE = pattern(rb"(?:data|event|id|retry|error):")
# Between values some put commas, or the separator of RFC 7464. A list of words in brackets is none: `[10:04] down`.
_VALUE_START = pattern(rb"[\s,\x1e]*(?:\{|\[\s*(?:[{\[\"\]]|\Z))")
# What may yet become a field, a value or a line of something else.
_UNDECIDED = pattern(
    rb"[\s,\x1e]*\[?\s*|d(?:a(?:t(?:a)?)?)?|e(?:v(?:e(?:nt?)?)?|r(?:r(?:or?)?)?)?|id?|r(?:e(?:t(?:ry?)?)?)?"
)
_USUAL_START = b"data: {"
_DATA = len(b"data: ")
_LineKind = Literal["text", "value"]

MAX_EVENT_BYTES = 32 * 1024 * 1024  # An 8 MB line is a picture; more than this is a fault or an attack.


@frozen
class ServerEvent:
    """One event; *name* is empty where the server gave none, *is_bare* means that it is JSON without a field name."""

    data: str
    name: str = ""
    is_bare: bool = False


@frozen
class Comment:
    """A line that only says that the server is alive."""

    text: str


@frozen
class PlainLine:
    """A line that is not a field of an event."""

    text: str


Item: TypeAlias = ServerEvent | Comment | PlainLine


class EventTooLongError(ValueError):
    """A single event exceeds the bound."""


@mutable
class EventStreamDecoder:
    """Bytes in, events out; any cut of the bytes gives the same events. Time is linear, memory one event.

    *feed* raises EventTooLongError when an event grows beyond *max_bytes*; a bare JSON value may be a whole answer, and
    is bounded by the reader of the bytes.
    """

    max_bytes: int = MAX_EVENT_BYTES
    _pending: list[bytes] = field(default_factory=list)  # pieces of a line whose end has not come
    _pending_bytes: int = 0
    _line: _LineKind | None = None  # what the line on its way is, as soon as its beginning tells
    _after_cr: bool = False
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _data_bytes: int = 0
    _torn: JsonValue | None = None  # the last line of data, looked into where a line without a field follows
    _value: JsonValue | None = None

    def feed(self, data: bytes) -> list[Item]:
        """Return the events that *data* completes."""
        # A CR ends its line at once; the LF that may follow it in the next piece belongs to it.
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        items: list[Item] = []
        if self._is_amid_event and (end := data.find(b"\n\n")) >= 0:
            self._take_lines(data[: end + 2], items)
            data = data[end + 2 :]
        if rest := self._take_usual(data, items):
            self._take_lines(rest, items)
        return items

    @property
    def _is_amid_event(self) -> bool:
        return bool(self._pending or self._data or self._line or self._value or self._name)

    def _take_lines(self, data: bytes, items: list[Item]) -> None:
        *whole, rest = _EOL.split(data)
        for part in whole:
            self._take(part, items, ends=True)
        if whole:
            self._after_cr = data.endswith(b"\r")
        if rest:
            self._take(rest, items, ends=False)

    def _take_usual(self, data: bytes, items: list[Item]) -> bytes:
        """Take the events at the beginning of *data* that are one line of data each, the usual form; return the rest.

        The whole way finds the same events, and needs several times as long.
        """
        end = data.rfind(b"\n\n")
        if end < 0 or b"\r" in data or self._is_amid_event:
            return data
        at = 0
        for event in data[:end].split(b"\n\n"):
            if not event.startswith(_USUAL_START) or b"\n" in event or len(event) > self.max_bytes:
                break
            items.append(ServerEvent(event[_DATA:].decode("utf-8", "replace")))
            at += len(event) + 2
        return data[at:]

    def close(self) -> list[Item]:
        """Return the last event, which a server that stops in a hurry leaves without its blank line."""
        items: list[Item] = []
        if self._pending:
            self._take(b"", items, ends=True)
        self._end_value(items)
        self._dispatch(items)
        return items

    def _take(self, part: bytes, items: list[Item], *, ends: bool) -> None:
        """Take a part of a line, its last where it *ends* the line."""
        if self._line == "value" and self._value:
            part = self._value.feed(part)
            if not self._value.is_whole:
                self._line = None if ends else "value"
                return
            self._end_value(items)
        self._pending.append(part)
        self._pending_bytes += len(part)
        if self._line is None:
            self._begin_line(items, ends=ends)
        if self._line == "text":
            self._check(self._pending_bytes)
            if ends:
                self._take_line(self._drain(), items)
                self._line = None

    def _begin_line(self, items: list[Item], *, ends: bool) -> None:
        """Tell what the line is that begins with what is pending, unless too little of it is there."""
        head = b"".join(self._pending)
        if not ends and (_BOM.startswith(head) or _UNDECIDED.fullmatch(head.removeprefix(_BOM))):
            return
        if head.startswith(_BOM):  # at the beginning, and before every event where a server encodes each
            head = head.removeprefix(_BOM)
            self._pending[:] = [head]
        if self._value and (_FIELD_LINE.match(head) or (self._value.is_in_string and head.startswith(b"{"))):
            self._end_value(items)  # it was cut
        if self._value is None and not _VALUE_START.match(head):
            self._line = "text"
            return
        self._drain()
        if self._value is None:
            self._value = JsonValue()
        else:
            head = b"\n" + head
        self._line = "value"
        self._take(head, items, ends=ends)

    def _drain(self) -> bytes:
        line = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        return line

    def _end_value(self, items: list[Item]) -> None:
        if self._value:
            items.append(ServerEvent(self._value.take_text(), is_bare=True))
        self._value = self._line = None

    def _take_line(self, line: bytes, items: list[Item]) -> None:
        if not line:
            self._dispatch(items)
            return
        text = line.decode("utf-8", "replace")
        if text.startswith(":"):
            items.append(Comment(text[1:].strip()))
            return
        written, colon, value = text.partition(":")
        name, value = written.strip().lower(), value.removeprefix(" ").removeprefix("\ufeff")
        match name:
            case "data":
                self._add(value, len(line))
                self._torn = None
            case "event":
                self._name = value.strip()
            case "error" if colon:
                items.append(ServerEvent(value, "error"))
            case "id" | "retry":
                pass
            case _ if self._is_torn() and self._torn:
                self._add(text, len(line))
                self._torn.feed(line)
            case _ if text.strip():
                items.append(PlainLine(text))

    def _is_torn(self) -> bool:
        """Return whether the data ends within a JSON string, which a line break of its own has torn."""
        if self._torn is None:
            self._torn = JsonValue()
            self._torn.feed(self._data[-1].encode() if self._data else b"")
        return self._torn.is_in_string and not self._torn.is_whole

    def _add(self, value: str, size: int) -> None:
        self._data.append(value)
        self._data_bytes += size
        self._check(self._data_bytes)

    def _dispatch(self, items: list[Item]) -> None:
        if data := "\n".join(self._data):
            items.append(ServerEvent(data, self._name))
        self._data.clear()
        self._data_bytes = 0
        self._torn = None
        self._name = ""

    def _check(self, size: int) -> None:
        if size > self.max_bytes:
            message = _("an event of more than {most} bytes", most=self.max_bytes)
            raise EventTooLongError(message)
