"""Reads answers: chunks of a stream, or one whole JSON answer, into events. Pure; the network is elsewhere.

Tolerant by construction, for every server has its own dialect: unknown fields are ignored, `choices` and `delta` may be
missing or null, content may be a list of parts, reasoning goes by three names or stands in `<think>`, tool calls come
whole or in pieces, and an error may hide in a stream that began with 200. Facts: the endpoints' documents and
recordings of their streams.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatcli.api.answer_fields import dicts, error_in, first_dict, sources_of, usage_of
from chatcli.api.answer_reader import AnswerReader, TextFilter, has_words
from chatcli.api.choice_numbers import ChoiceNumbers
from chatcli.api.finish_reasons import finish_family
from chatcli.api.http.sse import Comment, Item, ServerEvent
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
from chatcli.records import replace
from chatcli.text.surrogates import repair

_QUEUED = "PROCESSING"  # OpenRouter says so in comments while it looks for a provider


class UnfilteredText:
    """The machine for an endpoint without a key: nothing can leak."""

    def feed(self, text: str) -> str:
        """Return *text*."""
        return text

    def close(self) -> str:
        """Return nothing: nothing was held back."""
        return ""


class AnswerDecoder:
    """One response: fed with server-sent events, or once with a whole answer.

    *fault* turns an error object inside the stream into the exception that is raised; *scrub* makes the machine that
    removes known keys from text, and *answers* is how many were asked for. After a failure `flush` still gives the text
    that was held back, and what came before the error in the same event. How an answer ended is told by `close` alone.
    """

    def __init__(
        self,
        fault: Callable[[Any], Exception],
        *,
        scrub: Callable[[], TextFilter] = UnfilteredText,
        answers: int = 1,
    ) -> None:
        self._fault = fault
        self._scrub = scrub
        self._answers = answers
        self._numbers = ChoiceNumbers(answers, has_words)
        self._readers: dict[int, AnswerReader] = {}
        self._started = Started()
        self._sources: set[str] = set()
        self._ready: list[Event] = []
        self._is_done = False

    def feed(self, item: Item) -> list[Event]:
        """Return the events one server-sent event means; raises what *fault* makes of an error object."""
        match item:
            case Comment(text):
                return [Waiting("provider queue")] if _QUEUED in text else []
            case ServerEvent(data, name):
                return self._read(data.strip(), name)

    def feed_whole(self, payload: Any) -> list[Event]:
        """Return the events of a JSON answer that came in one piece, its end included."""
        events = self._take(payload, "")
        self._is_done = True
        return [*events, *self.close()]

    def flush(self) -> list[Event]:
        """Return what the machines still hold; the reply may go on, though hardly well."""
        return [*self._handed_out(), *(event for reader in self._readers.values() for event in reader.close())]

    def close(self) -> list[Event]:
        """Return what was held back, and how it ended; raises what *fault* makes of an end that is a failure.

        What is held back is lost then, unless `flush` came before.
        """
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
    def has_answer(self) -> bool:
        """Whether something else than reasoning has come."""
        return any(reader.has_answer for reader in self._readers.values())

    @property
    def words_seen(self) -> int:
        """How many pieces of answers have come: an answer goes on as long as this grows."""
        return sum(reader.words_seen for reader in self._readers.values())

    def _read(self, data: str, name: str) -> list[Event]:
        if data.startswith("[DONE]"):
            self._is_done = True
        if not data or self._is_done:
            return []
        try:
            payload = json.loads(data)
        except (ValueError, RecursionError):  # ValueError also for integers of more than 4 300 digits
            if name == "error":
                raise self._fault({"message": data}) from None
            return [Malformed(data[:80])]
        return self._take(payload, name)

    def _take(self, payload: Any, name: str) -> list[Event]:
        try:
            for event in self._payload(payload, name):
                self._ready.append(event)  # what comes before an error must not go with it
        except RecursionError:
            self._ready.append(Malformed("nested too deeply"))
        return self._handed_out()

    def _handed_out(self) -> list[Event]:
        ready, self._ready = self._ready, []
        return ready

    def _payload(self, payload: Any, name: str) -> Iterator[Event]:
        if error := error_in(payload, name):
            raise self._fault(error)
        if not isinstance(payload, dict):
            yield Malformed(json.dumps(payload)[:80])
            return
        yield from self._metadata(payload)
        yield from self._choices(payload)
        if usage := usage_of(payload):
            yield UsageReported(usage)

    def _metadata(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        named = {
            "id": payload.get("id"),
            "model": payload.get("model"),
            "fingerprint": payload.get("system_fingerprint"),
            "service_tier": payload.get("service_tier"),
        }
        # The first word counts: ids change in mid-stream on some servers, and are empty at first on others.
        news = {
            key: repair(value)
            for key, value in named.items()
            if value and isinstance(value, str) and getattr(self._started, key) is None
        }
        if news:
            self._started = replace(self._started, **news)
            yield self._started

    def _cited(self, payload: Mapping[str, Any], delta: Mapping[str, Any]) -> Iterator[Event]:
        """Name each source once; servers repeat their lists with every chunk."""
        for url, title in sources_of(payload, delta):
            if url and url not in self._sources:
                self._sources.add(url)
                yield Cited(url, title)

    def _choices(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        choices = dicts(payload.get("choices"))
        for number, choice in zip(self._numbers.assign(choices), choices, strict=True):
            if number is not None:
                yield from self._reader(number).feed(choice)
            yield from self._cited(payload, first_dict(choice.get("delta"), choice.get("message")))

    def _reader(self, number: int) -> AnswerReader:
        if number not in self._readers:
            self._readers[number] = AnswerReader(number, self._scrub)
        return self._readers[number]

    def _ends(self) -> Iterator[Finished]:
        """Yield how the answers ended; an end that was disproved counts only where the protocol ended too."""
        for number, reader in sorted(self._readers.items()):
            if reader.finish and (reader.has_ended or self._is_done):
                family = finish_family(reader.finish)
                if family == "error":
                    message = f"the server ended the answer with `{reader.finish}`"
                    raise self._fault({"message": message, "code": reader.finish})
                yield Finished(reader.finish if family == "unknown" else family, reader.finish, number)
