"""Reads one answer of a response, streamed or whole: its text, images, tool calls and finish reason.

Rules:

- A finish reason that is followed by words of the same answer was none: servers put `stop` into every chunk, or before
  a late tool call. So the end is told when the response is over, and not before; and once an end was disproved, only
  the end of the protocol makes the answer complete.
- `message` in a stream counts where the answer had no such text, or for what goes beyond it: servers repeat the whole
  answer at the end. In a stream of nothing but messages they are pieces like deltas, unless each continues the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from chatcli.api.answer_fields import (
    TextKind,
    content_pieces,
    finish_of,
    has_sound,
    logprobs_of,
    part_of,
    reasoning_of,
    tool_fragments,
    transcript_of,
)
from chatcli.api.images import images_of
from chatcli.conversation.messages import IMAGE_URL, Event, Image, Reasoning, Refusal, Text, TokenLogprob, ToolFragment
from chatcli.conversation.reasoning_tags import ReasoningKind, ReasoningSplitter
from chatcli.records import field, frozen, mutable, replace
from chatcli.text.surrogates import Joiner
from chatcli.text.text_buffer import TextBuffer

_ASIDES: Mapping[TextKind, type[Reasoning] | type[Refusal]] = {"reasoning": Reasoning, "refusal": Refusal}


class TextFilter(Protocol):
    """Text in, text out, a tail held back until it is certain."""

    def feed(self, text: str) -> str:
        """Return the text that cannot change any more."""
        ...

    def close(self) -> str:
        """Return what was held back."""
        ...


@mutable
class _Channel:
    """One text of an answer on its way: halves of characters joined, leaked keys redacted, reasoning separated.

    A text without a *splitter* is all of the one kind that *aside* says.
    """

    choice: int
    scrub: TextFilter
    aside: type[Reasoning] | type[Refusal] = Reasoning
    joiner: Joiner = field(default_factory=Joiner)
    splitter: ReasoningSplitter | None = None
    logprobs: list[TokenLogprob] = field(default_factory=list)

    def feed(self, text: str) -> list[Event]:
        text = self.scrub.feed(self.joiner.feed(text))
        if self.splitter is None:
            return [self.aside(text, self.choice)] if text else []
        return [self._event(kind, piece) for kind, piece in self.splitter.feed(text)]

    def close(self) -> list[Event]:
        text = self.scrub.feed(self.joiner.close()) + self.scrub.close()
        if self.splitter is None:
            return [self.aside(text, self.choice)] if text else []
        return [self._event(kind, piece) for kind, piece in [*self.splitter.feed(text), *self.splitter.close()]]

    def _event(self, kind: ReasoningKind, piece: str) -> Event:
        if kind == "reasoning":
            return Reasoning(piece, self.choice)
        logprobs = tuple(self.logprobs)
        self.logprobs.clear()
        return Text(piece, self.choice, logprobs)


@frozen
class _Arguments:
    """The arguments of the call that *call* names by its id, or by its name where it has none, without known keys."""

    call: str
    scrub: TextFilter


@mutable
class _Said:
    """What was said so far of one kind of text, as it came; *by_delta* means that it came in pieces."""

    written: TextBuffer = field(default_factory=TextBuffer)
    by_delta: bool = False

    def beyond(self, whole: str) -> str | None:
        """Return what *whole* says beyond it, white space around it aside; None where it is another text."""
        said = self.written.text
        core, start = said.strip(), whole.lstrip()
        if not core:
            return whole
        if not start.startswith(core):
            return None
        rest = start[len(core) :]
        return rest.removeprefix(said[len(said.rstrip()) :]) if rest.strip() else ""


class AnswerReader:
    """One answer on its way; *scrub* makes the machine that keeps known keys out of a text."""

    def __init__(self, number: int, scrub: Callable[[], TextFilter]) -> None:
        self.finish: str | None = None
        self.is_doubted = False
        self.words_seen = 0
        self.has_answer = False
        self.has_sound = False
        self._number = number
        self._scrub = scrub
        self._channels: dict[TextKind, _Channel] = {}
        self._said: dict[TextKind, _Said] = {}
        self._arguments: dict[int | None, _Arguments] = {}
        self._call_places: set[int | str] = set()  # of calls that came as deltas
        self._call_ids: set[str] = set()
        self._whole_calls: list[ToolFragment] = []
        self._messages_are_pieces = False
        self._images: set[str] = set()

    @property
    def has_ended(self) -> bool:
        """Whether an end was announced that nothing has disproved."""
        return self.finish is not None and not self.is_doubted

    def feed(self, choice: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of what one choice says of this answer."""
        if probabilities := [*logprobs_of(choice)]:
            self._channel("text").logprobs.extend(probabilities)
        delta, message = part_of(choice, "delta"), part_of(choice, "message")
        if delta is not None or message is None:
            yield from self._feed_delta(delta or {}, choice.get("text"))
        if message is not None:
            yield from self._feed_message(message)
        self.finish = finish_of(choice) or self.finish

    def close(self) -> Iterator[Event]:
        """Yield what was held back."""
        for channel in self._channels.values():
            yield from channel.close()
        for index in list(self._arguments):
            yield from self._end_arguments(index)
        if "text" in self._said and IMAGE_URL in (written := self._said["text"].written):
            from chatcli.request.images import images_in_text  # few answers have one

            yield from self._show_images(images_in_text(written.text), are_in_text=True)

    def feed_piece(self, kind: TextKind, text: str) -> list[Event]:
        """Return the events of a piece of text that came as a delta."""
        self._said_of(kind).by_delta = True
        return self._say(kind, text)

    def _feed_delta(self, delta: Mapping[str, Any], plain_text: Any) -> Iterator[Event]:
        for kind, text in texts_of(delta, plain_text):
            yield from self.feed_piece(kind, text)
        self.has_sound = self.has_sound or has_sound(delta)
        yield from self._show_images(images_of(delta))
        for fragment in tool_fragments(delta, self._number):
            self._call_places.add(fragment.id if fragment.index is None else fragment.index)
            self._call_ids.add(fragment.id)
            yield from self._call(fragment)

    def _feed_message(self, message: Mapping[str, Any]) -> Iterator[Event]:
        texts: dict[TextKind, str] = {}
        too_deep = None
        try:
            for kind, text in texts_of(message, None, is_whole=True):
                texts[kind] = texts.get(kind, "") + text
        except RecursionError as error:
            too_deep = error
        for kind, whole in texts.items():
            if rest := self._beyond(kind, whole):
                yield from self._say(kind, rest)
        if too_deep:
            raise too_deep
        self.has_sound = self.has_sound or has_sound(message)
        yield from self._show_images(images_of(message))
        for index, fragment in enumerate(tool_fragments(message, self._number)):
            if self._is_new_call(fragment, index):
                self._whole_calls.append(fragment)
                yield from self._call(fragment)

    def _beyond(self, kind: TextKind, whole: str) -> str:
        said = self._said_of(kind)
        rest = whole if self._messages_are_pieces and not said.by_delta else said.beyond(whole)
        if rest is None and not said.by_delta:
            self._messages_are_pieces = True
            return whole
        return rest or ""

    def _is_new_call(self, fragment: ToolFragment, index: int) -> bool:
        if self._call_places:
            return fragment.id not in self._call_ids if fragment.id else index >= len(self._call_places)
        return fragment not in self._whole_calls

    def _say(self, kind: TextKind, text: str) -> list[Event]:
        self._said_of(kind).written.append(text)
        self.has_answer = self.has_answer or kind != "reasoning"
        self._hear(is_word=bool(text.strip()))
        channel = self._channel(kind)
        if channel.splitter:
            channel.splitter.is_opened = "reasoning" in self._said
        return channel.feed(text)

    def _show_images(self, urls: Iterable[str], *, are_in_text: bool = False) -> Iterator[Event]:
        """Yield each image once: servers repeat them with the whole message."""
        for url in urls:
            if url not in self._images:
                self._images.add(url)
                self.has_answer = True
                if not are_in_text:
                    self._hear(is_word=True)
                yield Image(url, self._number, is_in_text=are_in_text)

    def _call(self, fragment: ToolFragment) -> Iterator[Event]:
        self.has_answer = True
        self._hear(is_word=bool(fragment.id or fragment.name or fragment.arguments))
        open_one = self._arguments.get(fragment.index)
        begins = fragment.id or (fragment.name if fragment.index is None else "")
        if open_one and begins and begins != open_one.call:
            yield from self._end_arguments(fragment.index)
        filtered = self._arguments.setdefault(fragment.index, _Arguments(begins, self._scrub()))
        arguments = filtered.scrub.feed(fragment.arguments)
        yield fragment if arguments == fragment.arguments else replace(fragment, arguments=arguments)

    def _end_arguments(self, index: int | None) -> Iterator[Event]:
        if rest := self._arguments.pop(index).scrub.close():
            yield ToolFragment(index, arguments=rest, choice=self._number)

    def _hear(self, *, is_word: bool) -> None:
        """Take note that the answer continues: an end that was announced before was none."""
        self.words_seen += 1
        if is_word and self.finish is not None:
            self.finish, self.is_doubted = None, True

    def _said_of(self, kind: TextKind) -> _Said:
        if kind not in self._said:
            self._said[kind] = _Said()
        return self._said[kind]

    def _channel(self, kind: TextKind) -> _Channel:
        if kind not in self._channels:
            aside = _ASIDES.get(kind)
            splitter = None if aside else ReasoningSplitter()
            self._channels[kind] = _Channel(self._number, self._scrub(), aside or Reasoning, splitter=splitter)
        return self._channels[kind]


def says_anything(choice: Mapping[str, Any]) -> bool:
    """Return whether a choice says anything of its answer beside its role and its end."""
    for name in ("delta", "message"):
        if part := part_of(choice, name):
            texts = texts_of(part, None, is_whole=name == "message")
            if any(any(True for _ in found) for found in (texts, tool_fragments(part, 0), images_of(part))):
                return True
    return bool(choice.get("text"))


def texts_of(part: Mapping[str, Any], plain_text: Any, *, is_whole: bool = False) -> Iterator[tuple[TextKind, str]]:
    """Yield the texts of a delta, or of a *whole* message, by their kinds; *plain_text* is that of a completion."""
    if thought := reasoning_of(part):
        yield "reasoning", thought
    content = part.get("content")
    plain = part.get("text") if plain_text is None else plain_text
    yield from content_pieces(plain if content is None else content, is_whole=is_whole)
    if not content and (spoken := transcript_of(part)):
        yield "text", spoken
    if (refusal := part.get("refusal")) and isinstance(refusal, str):
        yield "refusal", refusal
