"""Reads answers: chunks of a stream, or one whole JSON answer, into events. Pure; the network is elsewhere.

Tolerant by construction, for every server has its own dialect: unknown fields are ignored, `choices` and `delta` may be
missing or null, content may be a list of parts, reasoning goes by three names or stands in `<think>`, tool calls come
whole or in pieces, and an error may hide in a stream that began with 200. Facts: the endpoints' documents and
recordings of their streams.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from chatcli.api.answer_fields import (
    content_pieces,
    dicts,
    error_in,
    first_dict,
    logprobs_of,
    reasoning_of,
    sources_of,
    tool_fragments,
    usage_of,
)
from chatcli.api.http.sse import Comment, Item, ServerEvent
from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Finished,
    Malformed,
    Reasoning,
    Refusal,
    Started,
    Text,
    TokenLogprob,
    UsageReported,
    Waiting,
)
from chatcli.conversation.reasoning_tags import ReasoningSplitter
from chatcli.records import field, mutable, replace
from chatcli.text.surrogates import Joiner, repair

# What endpoints call the four ways to end; a word that is not here is kept and counts as a natural end.
FINISH_REASONS: Mapping[str, str] = {
    **dict.fromkeys(("stop", "eos", "end", "end_turn", "STOP", "stop_sequence"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "MAX_TOKENS", "model_length", "model_context_window_exceeded"), "length"),
    **dict.fromkeys(("tool_calls", "function_call", "tool_use"), "tool_calls"),
    **dict.fromkeys(("content_filter", "SAFETY", "RECITATION", "sensitive", "refusal"), "content_filter"),
}
_QUEUED = "PROCESSING"  # OpenRouter says so in comments while it looks for a provider
FAULTY_FINISHES = frozenset({"error", "network_error", "insufficient_system_resource", "aborted", "abort"})


class TextFilter(Protocol):
    """Text in, text out, a tail held back until it is certain."""

    def feed(self, text: str) -> str:
        """Return what is certain so far."""
        ...

    def close(self) -> str:
        """Return what was held back."""
        ...


@mutable
class _Channel:
    """One text of an answer on its way: halves of characters joined, leaked keys blackened, reasoning told apart.

    A text without a *splitter* is all of the one kind that *aside* says.
    """

    choice: int
    scrub: TextFilter
    aside: type[Reasoning] | type[Refusal] = Reasoning
    joiner: Joiner = field(default_factory=Joiner)
    splitter: ReasoningSplitter | None = None
    logprobs: list[TokenLogprob] = field(default_factory=list)

    def feed(self, text: str) -> Iterator[Event]:
        yield from self._events(self.scrub.feed(self.joiner.feed(text)), last=False)

    def close(self) -> Iterator[Event]:
        yield from self._events(self.scrub.feed(self.joiner.close()) + self.scrub.close(), last=True)

    def _events(self, text: str, *, last: bool) -> Iterator[Event]:
        if self.splitter is None:
            if text:
                yield self.aside(text, self.choice)
            return
        for kind, piece in [*self.splitter.feed(text), *(self.splitter.close() if last else ())]:
            if kind == "reasoning":
                yield Reasoning(piece, self.choice)
            else:
                yield Text(piece, self.choice, tuple(self.logprobs))
                self.logprobs.clear()


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
    removes known keys from text. After a failure `flush` still gives the text that was held back, and what came before
    the error in the same event.
    """

    def __init__(self, fault: Callable[[Any], Exception], *, scrub: Callable[[], TextFilter] = UnfilteredText) -> None:
        self._fault = fault
        self._scrub = scrub
        self._started = Started()
        self._answers: dict[int, _Channel] = {}
        self._thoughts: dict[int, _Channel] = {}
        self._refusals: dict[int, _Channel] = {}
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
        channels = [*self._thoughts.values(), *self._answers.values(), *self._refusals.values()]
        return [*self._handed_out(), *(event for channel in channels for event in channel.close())]

    def close(self) -> list[Event]:
        """Return what was held back, and the end."""
        return [*self.flush(), Ended(self._is_done)]

    @property
    def is_done(self) -> bool:
        """Whether the server said that nothing follows."""
        return self._is_done

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
        for choice in dicts(payload.get("choices")):
            yield from self._choice(choice)
            yield from self._cited(payload, first_dict(choice.get("delta"), choice.get("message")))
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

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[Event]:
        index = choice.get("index")
        index = index if isinstance(index, int) else 0
        delta = first_dict(choice.get("delta"), choice.get("message"))
        yield from self._aside(Reasoning, reasoning_of(delta), index)
        yield from self._content(choice, delta, index)
        yield from self._aside(Refusal, delta.get("refusal"), index)
        yield from tool_fragments(delta, index)
        if isinstance(reason := choice.get("finish_reason"), str) and reason:
            yield from self._finish(reason, index)

    def _aside(self, kind: type[Reasoning] | type[Refusal], text: Any, index: int) -> Iterator[Event]:
        if text and isinstance(text, str):
            channels = self._thoughts if kind is Reasoning else self._refusals
            yield from channels.setdefault(index, _Channel(index, self._scrub(), kind)).feed(text)

    def _content(self, choice: Mapping[str, Any], delta: Mapping[str, Any], index: int) -> Iterator[Event]:
        channel = self._answers.get(index)
        if channel is None:
            channel = self._answers[index] = _Channel(index, self._scrub(), splitter=ReasoningSplitter())
        channel.logprobs.extend(logprobs_of(choice))
        for kind, text in content_pieces(delta.get("content", choice.get("text"))):
            if kind == "reasoning":
                yield from self._aside(Reasoning, text, index)
            else:
                yield from channel.feed(text)

    def _finish(self, reason: str, index: int) -> Iterator[Event]:
        if reason in FAULTY_FINISHES:
            raise self._fault({"message": f"the server ended the answer with `{reason}`", "code": reason})
        for channels in (self._thoughts, self._answers, self._refusals):
            if channel := channels.get(index):
                yield from channel.close()
        yield Finished(FINISH_REASONS.get(reason, reason), reason, index)
