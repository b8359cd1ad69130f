"""Reads a response body and passes its events on; how long it waits depends on what has arrived.

A body is what it begins with, because servers mislabel theirs: a web page, never an answer, or a stream, whose items
are events, bare JSON (one object of which may be the whole answer) or plain lines. A response is complete when its end
was announced; what follows then is waited for briefly, and its loss does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

from chatcli.api.decode import AnswerDecoder
from chatcli.api.http import sse
from chatcli.api.http.broken import BrokenExchangeError
from chatcli.api.http.patience import Patience
from chatcli.api.usual_chunk import parse_chunk
from chatcli.conversation.messages import TEXT_EVENTS, Event, Notice, Reasoning, Sent, Text
from chatcli.errors import IncompleteAnswerError
from chatcli.language import _
from chatcli.records import frozen, mutable, replace

AFTER_FINISH_S = 1.0  # usage comes after the finish reason, and is not worth more
AFTER_EMPTY_FINISH_S = 5.0  # an end before the first word of an answer is doubted longer
AFTER_DONE_S = 0.1  # the end of the body usually comes with [DONE]; only then can the connection be kept
ERROR_BODY_S = 2.0  # the status says most of it

_BOM = b"\xef\xbb\xbf"


@mutable
class AnswerFlow:
    """Hands events on, and notes what they mean for the exchange."""

    show: Callable[[Event], None]
    patience: Patience
    answers: int
    attempt: int
    has_shown: bool = False
    is_sent: bool = False
    has_noted_more: bool = False
    is_labelled_stream: bool = False

    def hand_on(self, events: list[Event]) -> None:
        """Show *events*, and note whether anything of an answer is among them."""
        for event in _joined(events) if len(events) > 1 else events:
            if isinstance(event, TEXT_EVENTS):
                self.has_shown = True
                self._tell_of_more(event.choice)
            self.show(event)

    def _tell_of_more(self, choice: int) -> None:
        if choice >= self.answers and not self.has_noted_more:
            self.has_noted_more = True
            self.show(
                Notice(
                    "more_answers",
                    _("the server is sending more answers than the {answers} requested", answers=self.answers),
                )
            )

    def mark_sent(self) -> None:
        """Show once that the request is out."""
        if not self.is_sent:
            self.is_sent = True
            self.show(Sent(self.attempt))


@frozen
class AnswerBody:
    """The body of one answer; *flow* is where its events go."""

    decoder: AnswerDecoder
    flow: AnswerFlow

    def read(self, pieces: Iterable[bytes]) -> str:
        """Hand on everything in *pieces*; return their text if they are plain lines instead of an answer.

        Raises what breaks the answer off, and what the decoder makes of errors; what was held back is handed on before.
        """
        decoder, flow = self.decoder, self.flow
        try:
            self._feed(pieces)
        except (BrokenExchangeError, IncompleteAnswerError) as error:
            flow.hand_on(decoder.flush())
            is_cut = decoder.may_be_whole and isinstance(error, IncompleteAnswerError)  # the end of its compression
            if is_cut or not (decoder.is_done or decoder.has_ended or decoder.may_be_whole or decoder.plain_text):
                raise
        except BaseException:
            flow.hand_on(decoder.flush())
            raise
        if decoder.plain_text:
            return decoder.plain_text
        flow.hand_on(decoder.flush())
        flow.hand_on(decoder.close())
        return ""

    def _feed(self, pieces: Iterable[bytes]) -> None:
        lines = sse.EventStreamDecoder()
        try:
            for data in pieces:
                events: list[Event] = []
                try:
                    for item in lines.feed(data):
                        chunk = parse_chunk(item)
                        if chunk is None or not self.decoder.take_usual(chunk):
                            events += self._take(item, chunk)
                finally:
                    self.flow.hand_on(events + self.decoder.pause())  # the fault must not take it along
        except sse.EventTooLongError as error:
            raise IncompleteAnswerError(_("the server sent {problem}", problem=error)) from error
        for item in lines.close():
            self.flow.hand_on(self.decoder.feed(item))

    def _take(self, item: sse.Item, chunk: dict[str, Any] | None) -> list[Event]:
        """Return what *item* means; the wait for more is short after an end, and long again where it was none."""
        decoder, flow = self.decoder, self.flow
        decoder.end_run()
        seen, had_ended, was_plain = decoder.words_seen, decoder.has_ended, bool(decoder.plain_text)
        events = decoder.feed(item, chunk)
        goes_on = decoder.words_seen > seen
        if goes_on or (was_plain and not decoder.plain_text):
            flow.patience.lift_end()
        if decoder.is_done:
            flow.patience.end_within(AFTER_DONE_S)
        elif decoder.may_be_whole or (decoder.has_ended and (goes_on or not had_ended)):
            flow.patience.end_within(AFTER_FINISH_S if decoder.has_answer else AFTER_EMPTY_FINISH_S)
        elif decoder.plain_text and not flow.is_labelled_stream:
            flow.patience.end_within(ERROR_BODY_S)
        return events


def _joined(events: list[Event]) -> Iterator[Event]:
    """Yield *events*, pieces of one text that arrived together as one: each costs what a long one costs."""
    run: list[str] = []
    for event, following in zip_longest(events, events[1:]):
        if isinstance(event, Text | Reasoning) and (run or _continues(following, event)):
            run.append(event.text)
            if _continues(following, event):
                continue
            event, run = replace(event, text="".join(run)), []
        yield event


def _continues(following: Event | None, event: Text | Reasoning) -> bool:
    """Return whether two events are pieces of one text; tokens with their probabilities stay apart."""
    if isinstance(event, Reasoning):
        return isinstance(following, Reasoning) and following.choice == event.choice
    return (
        isinstance(following, Text) and following.choice == event.choice and not (event.logprobs or following.logprobs)
    )


def is_page(first: bytes) -> bool:
    """Return whether a body that begins with *first* is a web page; every other is read as a stream of events."""
    return first.removeprefix(_BOM).lstrip().startswith(b"<")


def beginning(pieces: Iterator[bytes]) -> bytes:
    """Return enough of a body to tell what it is: up to its first character that is not white space.

    Some servers send white space to stay alive, and a byte order mark may come alone, or in parts.
    """
    start = b""
    for piece in pieces:
        start = (start + piece).lstrip()
        if not _BOM.startswith(start) and start.removeprefix(_BOM).strip():
            return start
    return start if start.removeprefix(_BOM).strip() else b""
