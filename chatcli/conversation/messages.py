"""Defines the values of a conversation: roles, messages and their parts, usage, and the events of a reply.

Everything here is immutable, with no behaviour beyond accessors. Text is valid Unicode: lone surrogates are repaired
where text enters (`text.surrogates`), so that everything stored can be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from chatcli.errors import Remedy
from chatcli.records import field, fields, frozen

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


@frozen
class TextPart:
    """Typed, piped or attached text; *source* names the file that attached text comes from."""

    text: str
    source: str | None = None


IMAGE_URL = "data:image/"  # how the URL of an image begins that contains it


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
    """Audio as a `data:` URL; *format* is wav or mp3."""

    url: str
    format: str


Part: TypeAlias = TextPart | ImagePart | FilePart | AudioPart


@frozen
class ToolCall:
    """A tool call by the model; *arguments* is the JSON text as the model wrote it, valid or not.

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
    messages. *status* says how an assistant message ended.
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
        """The joined text parts, without images."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def only_text(self) -> str | None:
        """The text of a message that is nothing but one text, as nearly all are; None for any other."""
        match self.parts:
            case (TextPart(text),) if not (self.name or self.reasoning or self.refusal or self.tool_calls):
                return text
        return None

    @property
    def typed(self) -> str:
        """The text without attachments."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart) and part.source is None)

    @property
    def attached(self) -> tuple[Part, ...]:
        """The attached parts."""
        return tuple(part for part in self.parts if not isinstance(part, TextPart) or part.source is not None)


Status = Literal["streaming", "complete", "length", "filtered", "refused", "incomplete", "cancelled", "failed"]


def text_message(role: Role, text: str, **fields: Any) -> Message:
    """Return a message that consists of *text* alone; empty text gives a message without parts."""
    return Message(role, (TextPart(text),) if text else (), **fields)


@frozen
class Usage:
    """Tokens as counted by the server; None means not reported, which is different from 0.

    *is_estimate*: the server reported none, and they are counted here.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None  # in US dollars
    apart_tokens: int | None = None  # reasoning tokens not included in completion tokens, but billed like them
    is_estimate: bool = False


def add_usage(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return the usage of two requests; what neither reports stays unknown, and an estimate in it makes it one."""
    if first is None or second is None:
        return first or second
    pairs = {item.name: (getattr(first, item.name), getattr(second, item.name)) for item in fields(Usage)}
    sums: dict[str, Any] = {name: None if a is b is None else (a or 0) + (b or 0) for name, (a, b) in pairs.items()}
    return Usage(**sums | {"is_estimate": first.is_estimate or second.is_estimate})


@frozen
class Request:
    """One request, independent of the wire format; `api.encode` turns it into a body.

    *options* holds only parameters that were set, under the names of the OpenAI reference. *completes* requests a
    continuation of the only message, for base models. *prefill* is the start of the answer. *raw* holds fields of the
    body that are sent as they are, in place of those made from the others.
    """

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = True
    completes: bool = False
    prefill: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Sent:
    """The request was sent; *attempt* counts from 1."""

    attempt: int = 1


@frozen
class Waiting:
    """Nothing to show yet; *reason* says in a few words what is awaited, *tells_time* to show the seconds."""

    reason: str
    tells_time: bool = False


@frozen
class Started:
    """The server started the reply; fields are None if not reported.

    If several models answer at once, *choice* is the number of the answer, *title* its heading, and *provider* and
    *host* its source.
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

    *data* is the token in UTF-8 if the server sends it, because a token may be part of a character.
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
    """A piece of the model's reasoning, never empty."""

    text: str
    choice: int = 0


@frozen
class Refusal:
    """A piece of a refusal, never empty."""

    text: str
    choice: int = 0


@frozen
class Image:
    """An image of the answer, as a `data:` or web URL; web URLs are not fetched.

    *path* is the file it was saved in, empty if it was not. *is_in_text*: the text of the answer contains it.
    """

    url: str
    choice: int = 0
    path: str = ""
    is_in_text: bool = False


@frozen
class ToolFragment:
    """A piece of a tool call. *index* None: the server does not number calls, and *id* or a new *name* starts one."""

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
    """The server's counts so far; a later report replaces an earlier one.

    *is_priced*: its cost is final, and nothing is added to it.
    """

    usage: Usage
    choice: int = 0
    is_priced: bool = False


@frozen
class Cited:
    """A source cited by the answer; *title* is empty if only its URL is given."""

    url: str
    title: str = ""
    choice: int = 0


@frozen
class Malformed:
    """An event could not be read, so text may be missing; *detail* is for people."""

    detail: str


@frozen
class Notice:
    """Information for the user; *code* is stable and for scripts, *message* is a sentence for people.

    *remedy* is a suggested fix, worded by the surface.
    """

    code: str
    message: str
    remedy: Remedy | None = None


ToolState = Literal["requested", "running", "continuing", "done", "failed", "denied", "interrupted"]


@frozen
class ToolReported:
    """The state of a tool call that is being answered; *text* is its result once it has one, *took_s* its time.

    A call is *continuing* after a question; *text* then says how far it is, if that is known. *images* are those that
    the result names. Models read *text*, in English; *told* is the same for people, where it can be put so.
    """

    call: ToolCall
    state: ToolState
    text: str = ""
    took_s: float | None = None
    images: tuple[ImagePart, ...] = ()
    told: str = ""


@frozen
class Ended:
    """The response is over; *done* says whether its end was announced (`[DONE]`, or a whole JSON answer)."""

    done: bool


Event: TypeAlias = (
    Sent
    | Waiting
    | Started
    | Text
    | Reasoning
    | Refusal
    | Image
    | ToolFragment
    | Finished
    | UsageReported
    | Cited
    | Malformed
    | Notice
    | ToolReported
    | Ended
)

TEXT_EVENTS = (Text, Reasoning, Refusal, Image, ToolFragment)  # the events with content of an answer

# Receives every event of a reply, in order.
Listener: TypeAlias = Callable[[Event], None]
