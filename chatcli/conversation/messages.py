"""The values of a conversation: roles, messages and their parts, usage, and the events a reply is made of.

Everything here is immutable and free of behaviour beyond reading itself. Text is valid Unicode: lone surrogates are
repaired where text enters (`core.surrogates`), so that whatever is stored can be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from chatcli.errors import Remedy
from chatcli.records import field, frozen

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


@frozen
class TextPart:
    """Text as it was typed or piped; *source* names the file that it comes from, where it was attached."""

    text: str
    source: str | None = None


@frozen
class ImagePart:
    """An image by URL; local images are `data:` URLs. *detail* None lets the server choose."""

    url: str
    detail: str | None = None


@frozen
class FilePart:
    """A document such as a PDF, as a `data:` URL; *name* is that of its file."""

    name: str
    url: str


@frozen
class AudioPart:
    """Sound as a `data:` URL; *format* is wav or mp3."""

    url: str
    format: str


Part: TypeAlias = TextPart | ImagePart | FilePart | AudioPart


@frozen
class ToolCall:
    """A call the model asks for; *arguments* is the JSON text as the model wrote it, valid or not.

    *extra* holds fields only the provider understands (signatures), echoed to that provider and to no other.
    """

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Message:
    """One entry of the history.

    *reasoning* and *refusal* belong to assistant messages and are empty elsewhere; *tool_call_id* belongs to tool
    messages. *status* tells how an assistant message ended.
    """

    role: Role
    parts: tuple[Part, ...] = ()
    name: str | None = None
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    status: Status = "complete"

    @property
    def text(self) -> str:
        """The text parts joined; images leave no trace in it."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def typed(self) -> str:
        """The text without what was attached."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart) and part.source is None)

    @property
    def attached(self) -> tuple[Part, ...]:
        """The parts that were attached."""
        return tuple(part for part in self.parts if not isinstance(part, TextPart) or part.source is not None)


Status = Literal["streaming", "complete", "length", "filtered", "refused", "incomplete", "cancelled", "failed"]


def text_message(role: Role, text: str, **fields: Any) -> Message:
    """Return a message that consists of *text* alone; empty text gives a message without parts."""
    return Message(role, (TextPart(text),) if text else (), **fields)


@frozen
class Usage:
    """Tokens as the server counted them; None means it did not say, which is not the same as 0."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None  # in US dollars
    apart_tokens: int | None = None  # reasoning that is not among the completion's, but paid like it


@frozen
class Request:
    """One request as the conversation sees it; `api.wire` turns it into a body.

    *options* holds only what somebody set, under the names of the OpenAI reference. *completes* asks to go on with the
    text of the only message, as models without turns do. *opening* is how the answer is to begin.
    """

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = True
    completes: bool = False
    prefill: str = ""


@frozen
class Sent:
    """The request is on the wire; *attempt* counts from 1."""

    attempt: int = 1


@frozen
class Waiting:
    """Nothing to show yet; *reason* says what is being waited for, in few words; *tells_time*: the seconds too."""

    reason: str
    tells_time: bool = False


@frozen
class Started:
    """The first word of the server about the reply; fields are None where it did not say.

    Where several models answer at once, *choice* is the answer it is about, *title* what it is headed by, and
    *provider* and *host* tell who gives it.
    """

    id: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    service_tier: str | None = None
    choice: int = 0
    title: str = ""
    provider: str = ""
    host: str = ""


@frozen
class TokenLogprob:
    """One token and the natural logarithm of its probability; *top* holds the alternatives, likeliest first.

    *data* is the token in UTF-8 where the server tells it: a token may be a part of a character.
    """

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()
    data: bytes = b""


@frozen
class Text:
    """A piece of the answer, never empty."""

    text: str
    choice: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()


@frozen
class Reasoning:
    """A piece of what the model thinks before and while it answers, never empty."""

    text: str
    choice: int = 0


@frozen
class Refusal:
    """A piece of the sentence with which the model declines, never empty."""

    text: str
    choice: int = 0


@frozen
class ToolFragment:
    """A piece of a tool call. *index* None: the server numbers nothing, and *id* or a new *name* begins a call."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""
    choice: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Finished:
    """One choice has ended. *reason* is normalised (stop, length, tool_calls, content_filter), *raw* as received."""

    reason: str
    raw: str
    choice: int = 0


@frozen
class UsageReported:
    """What the server counted so far; a later report replaces an earlier one.

    *is_priced* tells that nothing is to be added to what it says of costs.
    """

    usage: Usage
    choice: int = 0
    is_priced: bool = False


@frozen
class Cited:
    """A source that the answer names; *title* is empty where only its address is told."""

    url: str
    title: str = ""
    choice: int = 0


@frozen
class Malformed:
    """An event could not be read, so text may be missing; *detail* is for people."""

    detail: str


@frozen
class Notice:
    """Something the user should know; *code* is stable and for scripts, *message* is a sentence for people.

    *remedy* is what to do about it, for the surface to word.
    """

    code: str
    message: str
    remedy: Remedy | None = None


@frozen
class Ended:
    """The response is over; *done* tells whether the end was announced (`[DONE]`, or a whole JSON answer)."""

    done: bool


Event: TypeAlias = (
    Sent
    | Waiting
    | Started
    | Text
    | Reasoning
    | Refusal
    | ToolFragment
    | Finished
    | UsageReported
    | Cited
    | Malformed
    | Notice
    | Ended
)

TEXT_EVENTS = (Text, Reasoning, Refusal, ToolFragment)  # the events that bring something of an answer

# What is handed every event of a reply, in the order in which they come.
Listener: TypeAlias = Callable[[Event], None]
