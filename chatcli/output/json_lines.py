"""Writes a turn as JSON, one object per line, for programs that drive chat.

The last line is `done` or `error`, exactly once. Types and fields may be added at any time, and readers ignore what
they do not know; none is ever renamed. All that is said to people goes to stderr as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chatcli.conversation.messages import (
    Event,
    Image,
    Listener,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Started,
    Text,
    TokenLogprob,
    ToolCall,
    ToolFragment,
    ToolReported,
    Usage,
    UsageReported,
)
from chatcli.conversation.reply import Reply
from chatcli.conversation.turn_tokens import TurnTokens
from chatcli.errors import ChatError, Stopped
from chatcli.output.plain import Kinds, Notes, hiding
from chatcli.records import field, mutable
from chatcli.text.json_values import format_json
from chatcli.text.redactor import Redactor

if TYPE_CHECKING:
    from rich.console import RenderableType

VERSION = 1
_STATES = {"running": "requested", "interrupted": "failed"}  # the states that programs know


@mutable
class JsonOutput:
    """Writes events with *write*, which raises where stdout is lost; *redactor* knows the keys to keep out of them."""

    write: Callable[[str], None]
    notes: Notes
    redactor: Callable[[], Redactor] = lambda: Redactor(())
    is_over: bool = False
    _started: Started = field(default_factory=Started)
    _reported: set[str] = field(default_factory=set)  # the ids of calls that were answered

    def begin(self, **facts: Any) -> None:
        """Write the first line: what is asked, of whom."""
        self._put("start", v=VERSION, **facts)

    @contextmanager
    def turn(self, *, answers: int = 1, hides: Kinds = (), continues: bool = False) -> Iterator[Listener]:
        """Write the events of one turn as they come."""
        del answers, continues
        yield hiding(hides, self._show)

    def finish(self, reply: Reply, usage: Mapping[str, Any], **facts: Any) -> None:
        """Write what was counted, the calls the model asked for, and how the turn ended."""
        for index in sorted(reply.choices):
            for call in reply.message(index).tool_calls:
                if call.id not in self._reported:
                    self._put_call(call, index, state="requested")
        self.count(usage)
        told = {"id": self._started.id, "model": self._started.model, "fingerprint": self._started.fingerprint}
        told |= {"service_tier": self._started.service_tier}
        self._end("done", **facts, **{name: value for name, value in told.items() if value})

    def count(self, usage: Mapping[str, Any]) -> None:
        """Write what was counted, where anything was."""
        if usage:
            self._put("usage", **usage)

    def break_off(self, error: ChatError | Stopped, *, status: str, saved: bool) -> None:
        """Write that the turn failed, was cut or was cancelled."""
        facts: dict[str, Any] = {"status": status, "exit_code": error.exit_code, "saved": saved}
        if isinstance(error, ChatError):
            server = error.server
            facts |= {"http_status": server.status, "retry_after": server.retry_after_s}
            facts |= {"request_id": server.request_id, "message": self.notes.redact(self.notes.sentence(error))}
        else:
            facts["message"] = str(error)
        self._end("error", **{name: value for name, value in facts.items() if value is not None})

    def say(self, markdown: str, *, raw: bool = False, dim: bool = False, quoted: bool = False) -> None:
        """Write nothing: the program has nothing to say of its own."""

    def draw(self, renderable: RenderableType) -> None:
        """Write nothing: drawings are for terminals."""

    def note(self, sentence: str) -> None:
        """Write a line to stderr."""
        self.notes.note(sentence)

    def notify(self, notice: Notice) -> None:
        """Write a notice to stderr."""
        self.notes.note(f"chat: {self.notes.describe(notice)}")

    def fail(self, error: ChatError) -> None:
        """Write an error to stderr."""
        self.notes.fail(error)

    def _show(self, event: Event) -> None:
        match event:
            case Started(choice=0):
                self._started = event
                self._name(event)
            case Started():
                self._name(event)
            case Text(text, choice, logprobs):
                self._put("delta", i=choice, text=text, **({"logprobs": _told(logprobs)} if logprobs else {}))
            case Refusal(text, choice):
                self._put("refusal", i=choice, text=text)
            case Reasoning(text, choice):
                self._put("reasoning", i=choice, text=text)
            case Image():
                self._put("image", **_image_fields(event))
            case Notice(code):
                self._put("notice", code=code, message=self.notes.describe(event))
            case Malformed(detail):
                self._put("notice", code="malformed", message=detail)
            case ToolReported(state="continuing"):
                pass
            case ToolReported():
                self._report(event)
            case ToolFragment() | UsageReported() | _:
                pass  # told at the end, when they are whole

    def _name(self, event: Started) -> None:
        """Say whose an answer is, where several models answer."""
        if event.title:
            self._put("answer", i=event.choice, title=event.title, provider=event.provider, model=event.model)

    def _report(self, report: ToolReported) -> None:
        """Write the state of a call, with its result once it has one."""
        self._reported.add(report.call.id)
        state = _STATES.get(report.state, report.state)
        facts: dict[str, Any] = {"result": report.text} if state != "requested" else {}
        if report.images:
            facts["images"] = len(report.images)
        if report.took_s is not None:
            facts["ms"] = round(report.took_s * 1000)
        self._put_call(report.call, 0, state=state, **facts)

    def _put_call(self, call: ToolCall, index: int, **facts: Any) -> None:
        self._put("tool_call", i=index, id=call.id, name=call.name, arguments=call.arguments, **facts)

    def _end(self, kind: str, **fields: Any) -> None:
        if not self.is_over:
            self.is_over = True
            self._put(kind, **fields)

    def _put(self, kind: str, **fields: Any) -> None:
        line = self.redactor().redact_values({"type": kind, **fields})
        self.write(format_json(line, is_compact=True) + "\n")


def usage_fields(usage: Usage | None, tokens: TurnTokens) -> dict[str, Any]:
    """Return what a turn took as a line has it: *tokens*, and what else the server reported in *usage*."""
    fields: dict[str, Any] = {"prompt_tokens": tokens.prompt, "completion_tokens": tokens.completion}
    if usage and not tokens.is_estimate:
        fields |= {"reasoning_tokens": usage.reasoning_tokens, "cached_tokens": usage.cached_tokens, "cost": usage.cost}
    known = {name: value for name, value in fields.items() if value is not None}
    return known | {"estimated": tokens.is_estimate}


def _image_fields(image: Image) -> dict[str, Any]:
    """Return an image as a line has it: with its file if it was saved in one, else with its URL."""
    from chatcli.request.images import read_data_url  # few answers have images

    content = read_data_url(image.url)
    about = {"mime": content.mime, "bytes": len(content.data)} if content else {}
    return {"i": image.choice, **about, **({"path": image.path} if image.path else {"url": image.url})}


def _told(logprobs: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    return [
        {"token": entry.token, "logprob": entry.logprob, **({"top": list(map(list, entry.top))} if entry.top else {})}
        for entry in logprobs
    ]
