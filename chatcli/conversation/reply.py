"""Folds the events of one reply into its result: text, reasoning, tool calls, and how it ended.

A reply is complete if and only if its end was announced, by a finish reason or by the end of the protocol. Otherwise it
is incomplete, however good the text looks. Text that was shown is never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Finished,
    Image,
    ImagePart,
    Malformed,
    Message,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Status,
    Text,
    TextPart,
    TokenLogprob,
    ToolCall,
    ToolFragment,
    ToolReported,
    Usage,
    UsageReported,
    Waiting,
)
from chatcli.conversation.reasoning_tags import split_reasoning
from chatcli.conversation.tool_fragments import CallAssembler
from chatcli.language import N_, ngettext
from chatcli.records import field, mutable
from chatcli.text.text_buffer import TextBuffer

CLOSED = N_("connection closed")
EMPTY = N_("the server sent an empty answer")
ONLY_REASONING = N_("the model sent its reasoning, but no answer")

# Ends that explain a missing answer.
_STATUS_OF_FINISH: Mapping[str, Status] = {"length": "length", "content_filter": "filtered"}


@mutable
class Choice:
    """One answer while it streams: buffers take the pieces, which as objects would outweigh the text many times."""

    index: int = 0
    finish: Finished | None = None
    logprobs: list[TokenLogprob] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    _text: TextBuffer = field(default_factory=TextBuffer)
    _reasoning: TextBuffer = field(default_factory=TextBuffer)
    _refusal: TextBuffer = field(default_factory=TextBuffer)
    _calls: CallAssembler = field(default_factory=CallAssembler)

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._text.text

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return self._reasoning.text

    @property
    def refusal(self) -> str:
        """The refusal so far."""
        return self._refusal.text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls so far."""
        return self._calls.calls(self.index)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing for a person and no call for a tool."""
        return not (self._text or self._reasoning or self._refusal or self._calls or self.images)

    @property
    def answer(self) -> str:
        """The text without reasoning that started in the prompt, which is detected at its end."""
        return split_reasoning(self.text)[1]

    @property
    def all_reasoning(self) -> str:
        """The reasoning, even if it started in the prompt."""
        return self.reasoning or split_reasoning(self.text)[0]

    @property
    def has_answer(self) -> bool:
        """Whether there is more than reasoning and white space."""
        if self._refusal or self._calls or self.images:
            return True
        answer = self.answer
        return bool(answer) and not answer.isspace()  # without a copy, as `strip` would make

    @property
    def explains_itself(self) -> bool:
        """Whether its end explains a missing answer: a limit or a filter."""
        return self.finish is not None and self.finish.reason in _STATUS_OF_FINISH

    def feed(self, event: Text | Reasoning | Refusal | Image | ToolFragment | Finished) -> None:
        """Process one event of this answer."""
        match event:
            case Text(text, _, logprobs):
                self._text.append(text)
                self.logprobs.extend(logprobs)
            case Reasoning(text):
                self._reasoning.append(text)
            case Refusal(text):
                self._refusal.append(text)
            case Image():
                self.images.append(event)
            case ToolFragment():
                self._calls.feed(event)
            case Finished():
                self.finish = event
            case _:
                assert_never(event)


@mutable
class Reply:
    """The reply to one request, fed with events in order.

    *sources* maps URLs to titles, in order of citation. *stopped* is set when the user stops it, *failure* when it
    fails; both override what the server announced.
    """

    malformed: int = 0
    is_over: bool = False
    stopped: bool = False
    failure: str = ""
    choices: dict[int, Choice] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    starts: dict[int, Started] = field(default_factory=dict)
    usages: dict[int, Usage] = field(default_factory=dict)

    @property
    def started(self) -> Started:
        """The start event of the main answer."""
        return self.starts.get(0, Started())

    @property
    def usage(self) -> Usage | None:
        """The usage of the main answer's request, None if not reported."""
        return self.usages.get(0)

    def feed(self, event: Event) -> None:
        """Process one event."""
        match event:
            case Text() | Reasoning() | Refusal() | Image() | ToolFragment() | Finished():
                if event.choice not in self.choices:
                    self.choices[event.choice] = Choice(event.choice)
                self.choices[event.choice].feed(event)
            case UsageReported(usage, choice):
                self.usages[choice] = usage
            case Started():
                self.starts[event.choice] = event
            case Cited(url, title):
                self.sources.setdefault(url, title)
            case Malformed():
                self.malformed += 1
            case Ended(done):
                self.is_over = done
            case Sent() | Waiting() | Notice() | ToolReported():
                pass
            case _:
                assert_never(event)

    @property
    def choice(self) -> Choice:
        """The main answer, which enters the history: the one with the lowest index."""
        return self.choices[min(self.choices)] if self.choices else Choice()

    @property
    def text(self) -> str:
        """The text of the answer."""
        return self.choice.text

    @property
    def is_empty(self) -> bool:
        """Whether all answers are empty."""
        return all(choice.is_empty for choice in self.choices.values())

    @property
    def has_ended(self) -> bool:
        """Whether the end of every answer was announced."""
        return self.is_over or (bool(self.choices) and all(choice.finish for choice in self.choices.values()))

    @property
    def is_complete(self) -> bool:
        """Whether every answer reached an announced end without unreadable events.

        An empty answer is complete only if its end explains why.
        """
        if not self.has_ended or self.malformed or self.stopped or self.failure:
            return False
        return self.choice.explains_itself or any(choice.has_answer for choice in self.choices.values())

    @property
    def status(self) -> Status:
        """How it ended, as a stored status; an answer that is still streaming is incomplete."""
        if self.stopped:
            return "cancelled"
        if self.failure and self.is_empty:
            return "failed"
        if not self.is_complete:
            return "incomplete"
        if self.choice.refusal:
            return "refused"
        finish = self.choice.finish
        return _STATUS_OF_FINISH.get(finish.reason, "complete") if finish else "complete"

    @property
    def why(self) -> str:
        """Why it is incomplete, in a few words; empty if it is complete."""
        if self.failure:
            return self.failure
        if self.is_complete or self.stopped:
            return ""
        if self.malformed:
            return ngettext("{count} unreadable event", "{count} unreadable events", self.malformed)
        if self.is_empty and (self.is_over or any(choice.finish for choice in self.choices.values())):
            return EMPTY
        if self.has_ended:
            return ONLY_REASONING if self.choice.all_reasoning else EMPTY
        return CLOSED

    def message(self, index: int | None = None) -> Message:
        """Return the assistant message of one answer, by default the main one."""
        choice = self.choice if index is None else self.choices[index]
        text = choice.answer
        images = (ImagePart(image.url) for image in choice.images if not image.is_in_text)
        return Message(
            "assistant",
            (*((TextPart(text),) if text else ()), *images),
            reasoning=choice.all_reasoning,
            refusal=choice.refusal,
            tool_calls=choice.tool_calls,
            status=self.status,
        )
