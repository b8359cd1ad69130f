"""Decodes answers into events, from the chunks of a stream or one whole JSON object. Pure: no network here.

Tolerant by construction, for every server has its own dialect: unknown fields are ignored, `choices` and `delta` may be
missing or null, content may be a list of parts, reasoning goes by three names or stands in `<think>`, tool calls come
whole or in pieces, and an error may hide in a stream that began with 200. Facts: the endpoints' documents and
recordings of their streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatcli.api.answer_fields import sources_of, usage_of
from chatcli.api.answer_reader import AnswerReader, says_anything
from chatcli.api.choice_numbers import ChoiceNumbers
from chatcli.api.error_payloads import error_in, has_words
from chatcli.api.finish_reasons import event_says_end, finish_family, object_says_end, words_say_end
from chatcli.api.http.sse import Comment, Item, PlainLine, ServerEvent
from chatcli.api.payloads import Broken, Payload, Words, read_payloads, unwrapped
from chatcli.api.usual_chunk import UsualKind, usual_piece
from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Finished,
    Malformed,
    Started,
    UsageReported,
    Waiting,
)
from chatcli.errors import IncompleteAnswerError
from chatcli.language import _
from chatcli.records import replace
from chatcli.text.json_values import as_objects, first_object
from chatcli.text.redactor import Redactor
from chatcli.text.surrogates import repair

_MAX_SHOWN = 80  # characters of an unreadable event
_MAX_PLAIN = 16_384  # of a body that is plain text
# What a response says of itself: the name of ours, and the protocol's.
_NAMES = (("id", "id"), ("model", "model"), ("fingerprint", "system_fingerprint"), ("service_tier", "service_tier"))
_QUEUED = "PROCESSING"  # OpenRouter says so in comments while it looks for a provider


class AnswerDecoder:
    """One response: fed with what its body holds, events or bare JSON.

    *fault* turns an error object inside the stream into the exception that is raised; *redactor* keeps known keys out
    of all that is read, and *answers* is how many were asked for. After a failure `flush` still gives the text that was
    held back, and what came before the error in the same event. How an answer ended is told by `close` alone.
    """

    def __init__(
        self,
        fault: Callable[[Any], Exception],
        *,
        redactor: Redactor | None = None,
        answers: int = 1,
    ) -> None:
        self._fault = fault
        self._redactor = redactor or Redactor(())
        self._answers = answers
        self._numbers = ChoiceNumbers(answers, says_anything)
        self._readers: dict[int, AnswerReader] = {}
        self._started = Started()
        self._untold = frozenset(name for _own, name in _NAMES)
        self._sources: set[str] = set()
        self._ready: list[Event] = []
        self._run: list[str] = []  # pieces of text that arrived together
        self._run_kind: UsualKind = "text"
        self._is_done = False
        self._end_said_at = -1  # how many words had come when something else than a finish reason said that it was all
        self._payload_count = 0
        self._may_be_whole = False
        self._plain_lines: list[str] = []
        self._told: Any = None  # what the server said apart from answers, in case there are none

    def take_usual(self, chunk: Mapping[str, Any]) -> bool:
        """Take *chunk* if it is one more piece of the only answer; do nothing and return False for any other.

        What its text means is handed out by `pause`, or before all else by `feed` and `flush`: the pieces that arrive
        together cost no more than one.
        """
        reader = self._readers.get(0)
        if self._is_done or reader is None or reader.finish is not None or not self._is_known(chunk):
            return False
        piece = usual_piece(chunk)
        if piece is None or not self._numbers.take_single(piece[2]):
            return False
        if self._run and piece[0] != self._run_kind:
            self.end_run()
        self._run_kind = piece[0]
        self._run.append(piece[1])
        return True

    def pause(self) -> list[Event]:
        """Return what the usual chunks meant that were taken."""
        self.end_run()
        return self._handed_out()

    def end_run(self) -> None:
        """Read the usual chunks that were taken as one piece; one that holds a whole key is masked separately."""
        if run := self._run:
            self._run = []
            text, redact = "".join(run), self._redactor.redact
            for piece in [text] if redact(text) == text else map(redact, run):
                self._ready += self._readers[0].feed_piece(self._run_kind, piece)
            self._payload_count += len(run)
            self._may_be_whole = False

    def feed(self, item: Item, chunk: dict[str, Any] | None = None) -> list[Event]:
        """Return the events one server-sent event means; raises what *fault* makes of an error object.

        *chunk* is the object that *item* is, where it has been read.
        """
        self.end_run()
        match item:
            case Comment(text):
                return [*self._handed_out(), *([Waiting(_("provider queue"))] if _QUEUED in text else [])]
            case PlainLine(text):
                if sum(map(len, self._plain_lines)) < _MAX_PLAIN:
                    self._plain_lines.append(text)
                return self._read(text)
            case ServerEvent(data, name, is_bare):
                return self._read(data, name, is_bare=is_bare, chunk=chunk)

    def flush(self) -> list[Event]:
        """Return what the machines still hold; the reply may continue, though hardly well."""
        self.end_run()
        return [*self._handed_out(), *(event for reader in self._readers.values() for event in reader.close())]

    def close(self) -> list[Event]:
        """Return what was held back, and how it ended; raises what *fault* makes of an end that is a failure.

        What is held back is lost then, unless `flush` came before.
        """
        self._is_done = self._is_done or self._may_be_whole or 0 < self.words_seen == self._end_said_at
        has_answered = any(reader.words_seen or reader.finish for reader in self._readers.values())
        if self._told and not (has_answered and (self._is_done or self.has_ended)):
            raise self._fault(self._told)
        if any(reader.has_sound and not reader.words_seen for reader in self._readers.values()):
            what = _("the answer is audio without a transcript, which cannot be shown")
            raise IncompleteAnswerError(what, hint=_("choose a model that answers in text"))
        return [*self.flush(), *self._ends(), Ended(self._is_done)]

    @property
    def is_done(self) -> bool:
        """Whether the server said that nothing follows."""
        return self._is_done

    @property
    def has_ended(self) -> bool:
        """Whether every answer that was asked for has come to an end, and nothing has disproved it."""
        readers = self._readers.values()
        return len(readers) >= self._answers and all(reader.has_ended for reader in readers)

    @property
    def may_be_whole(self) -> bool:
        """Whether all that came is one JSON object with whole messages: what follows may be nothing."""
        return self._may_be_whole

    @property
    def plain_text(self) -> str:
        """The body so far where it holds nothing but lines of text."""
        return "" if self._payload_count or self._is_done else "\n".join(self._plain_lines)

    @property
    def has_answer(self) -> bool:
        """Whether something else than reasoning has come."""
        return any(reader.has_answer for reader in self._readers.values())

    @property
    def words_seen(self) -> int:
        """How many pieces of answers have come: an answer continues as long as this grows."""
        return sum(reader.words_seen for reader in self._readers.values())

    def _read(
        self, data: str, name: str = "", *, is_bare: bool = False, chunk: dict[str, Any] | None = None
    ) -> list[Event]:
        for piece in read_payloads(data) if chunk is None else [Payload(chunk)]:
            match piece:
                case Payload(value):
                    self._take(self._without_keys(value, data), name, is_bare=is_bare)
                case "done":
                    self._is_done = True
                case Words(text) | Broken(text) if name.lower() == "error":
                    raise self._fault({"message": self._redactor.redact(text)})
                case Words(text):
                    self._note_end(says_end=words_say_end(text))
                    self._hear(self._redactor.redact(text))
                case Broken(text) if not self._is_done:
                    self._ready.append(Malformed(self._redactor.redact(text)[:_MAX_SHOWN]))
        if name.lower() == "done":
            self._is_done = True
        self._note_end(says_end=event_says_end(name))
        return self._handed_out()

    def _note_end(self, *, says_end: bool) -> None:
        if says_end:
            self._end_said_at = self.words_seen

    def _hear(self, text: str) -> None:
        """Remember words in case no answer comes; single ones and comments are signs of life."""
        if " " in text.strip() and not text.startswith(":"):
            self._told = {"message": text}

    def _without_keys(self, payload: dict[str, Any], data: str) -> dict[str, Any]:
        """Return *payload* without known keys; where *data* has none, which may be written with escapes, it is that."""
        if "\\" not in data and self._redactor.redact(data) == data:
            return payload
        masked: dict[str, Any] = self._redactor.redact_values(payload)
        return masked

    def _take(self, payload: dict[str, Any], name: str, *, is_bare: bool) -> None:
        self._payload_count += 1
        try:
            for event in self._payload(payload, name):
                self._ready.append(event)  # text received before the error must not be lost with it
        except RecursionError:
            self._ready.append(Malformed(_("nested too deeply")))
        messages = [isinstance(choice.get("message"), dict) for choice in as_objects(unwrapped(payload).get("choices"))]
        self._may_be_whole = is_bare and self._payload_count == 1 and any(messages) and payload.get("done") is not False

    def _handed_out(self) -> list[Event]:
        ready, self._ready = self._ready, []
        return ready

    def _payload(self, payload: dict[str, Any], name: str) -> Iterator[Event]:
        error, answer = error_in(payload, name), unwrapped(payload)
        if not error and has_words(payload):
            self._told = payload
        if not (error or self._is_done):
            yield from self._metadata(answer)
        if not self._is_done:
            yield from self._choices(answer)
        if error or (not self._readers and _is_foreign(answer)):
            raise self._fault(error or answer)
        self._note_end(says_end=object_says_end(payload))
        if usage := usage_of(answer) or usage_of(payload):
            yield UsageReported(usage)

    def _is_known(self, chunk: Mapping[str, Any]) -> bool:
        """Return whether *chunk* says nothing of the response that has not been said."""
        return self._untold.isdisjoint(chunk) or not any(chunk.get(name) for name in self._untold)

    def _metadata(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        named = {own: payload.get(name) for own, name in _NAMES}
        # The first word counts: ids change in mid-stream on some servers, and are empty at first on others.
        news = {
            key: repair(value)
            for key, value in named.items()
            if value and isinstance(value, str) and getattr(self._started, key) is None
        }
        if news:
            self._started = replace(self._started, **news)
            self._untold = frozenset(name for own, name in _NAMES if getattr(self._started, own) is None)
            yield self._started

    def _cited(self, payload: Mapping[str, Any], delta: Mapping[str, Any]) -> Iterator[Event]:
        """Name each source once; servers repeat their lists with every chunk."""
        for url, title in sources_of(payload, delta):
            if url and url not in self._sources:
                self._sources.add(url)
                yield Cited(url, title)

    def _choices(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        choices = as_objects(payload.get("choices"))
        for number, choice in zip(self._numbers.assign(choices), choices, strict=True):
            if number is not None:
                yield from self._reader(number).feed(choice)
            said = first_object(choice.get("delta"), choice.get("message"))
            yield from self._cited(payload, said)

    def _reader(self, number: int) -> AnswerReader:
        if number not in self._readers:
            self._readers[number] = AnswerReader(number, self._redactor.stream)
        return self._readers[number]

    def _ends(self) -> Iterator[Finished]:
        """Yield how the answers ended; an end that was disproved counts only where the protocol ended too."""
        for number, reader in sorted(self._readers.items()):
            if reader.finish and (reader.has_ended or self._is_done):
                family = finish_family(reader.finish)
                if family == "error":
                    message = _("the server ended the answer with `{finish}`", finish=reader.finish)
                    raise self._fault({"message": message, "code": reader.finish})
                yield Finished(reader.finish if family == "unknown" else family, reader.finish, number)


def _is_foreign(payload: Mapping[str, Any]) -> bool:
    """Return whether *payload* is an answer of another interface."""
    if "choices" in payload:
        return False
    from chatcli.api.failures.foreign_protocols import foreign_protocol  # few answers have no choices

    return foreign_protocol(payload) is not None
