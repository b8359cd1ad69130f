"""Defines tools: what a model may call, where it comes from, and how much care it needs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from chatcli.conversation.messages import ImagePart
from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.request.json_schema import without_patterns
from chatcli.tools.inquiries import Question, UserAnswer

# https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools: providers reject other names.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_NAME = 64
_HASH_CHARS = 8
T = TypeVar("T")
R = TypeVar("R")

# none: it reads and changes nothing, so it runs without asking. ask: unless the user allows it. always: each time.
Caution = Literal["none", "ask", "always"]


@frozen
class IllustratedResult:
    """The text of a result, and the images that it names."""

    text: str
    images: tuple[ImagePart, ...]


ToolResult: TypeAlias = str | IllustratedResult


class ToolError(Exception):
    """A call failed; its *text*, one or more sentences, is the result that the model gets, with *images*."""

    def __init__(self, text: str, images: tuple[ImagePart, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.images = images

    @property
    def reason(self) -> str:
        """The text without its full stop, as the end of another sentence."""
        return str(self).rstrip(".。")


class Cancellation:
    """Stops running calls from another thread; *stop* functions must be quick and harmless.

    A call may tell *report* in a few words how far it is.
    """

    def __init__(self, report: Callable[[str], None] = lambda _words: None) -> None:
        self.report = report
        self._lock = Lock()
        self._stops: dict[int, Callable[[], None]] = {}
        self._last = 0
        self.is_cancelled = False

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call *stop* if the round is cancelled meanwhile, at once if it already is."""
        with self._lock:
            self._last += 1
            number, is_late = self._last, self.is_cancelled
            self._stops[number] = stop
        if is_late:
            stop()
        try:
            yield
        finally:
            with self._lock:
                self._stops.pop(number, None)

    def cancel(self) -> None:
        """Stop everything that runs, and all that starts later."""
        with self._lock:
            self.is_cancelled = True
            stops = list(self._stops.values())
        for stop in stops:
            stop()


@frozen
class Inquiry(Generic[T]):
    """Work that waits for the answer to *question*; *resume* continues it to its result, and may ask again."""

    question: Question
    resume: Callable[[UserAnswer, Cancellation], T | Inquiry[T]]


def continued(
    found: T | Inquiry[T], work: Callable[[T, Cancellation], R | Inquiry[R]], cancellation: Cancellation
) -> R | Inquiry[R]:
    """Do *work* with what was *found*, after the answers to what is asked until then."""
    if not isinstance(found, Inquiry):
        return work(found, cancellation)
    resume = found.resume
    return Inquiry(found.question, lambda answer, later: continued(resume(answer, later), work, later))


CallOutcome: TypeAlias = ToolResult | Inquiry[ToolResult]
Run = Callable[[Mapping[str, Any], Cancellation], CallOutcome]
Scope = Callable[[Mapping[str, Any]], str]


def _everything(_arguments: Mapping[str, Any]) -> str:
    return ""


def _nothing() -> None:
    """Do nothing."""


@frozen
class ToolOrigin:
    """Where a tool comes from: a *name* for people and rules, and its *address*, a command or the content of a file.

    An approval is bound to both.
    """

    name: str
    address: str = ""


BUILT_IN = ToolOrigin(N_("built in"))


@frozen
class Tool:
    """One function. *parameters* is the JSON schema of its arguments; *run* returns its result or raises ToolError.

    *run* may also return a question, after whose answer the call continues. *scope* returns what consent to a call with
    these arguments extends to, such as a host; empty for all calls. *is_parallel*: it may run beside others of its
    origin. *prepare* begins what a call needs, and returns at once. *has_foreign_schema*: the patterns in its
    schema are not the user's own, and may be made to take forever.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    run: Run
    origin: ToolOrigin = BUILT_IN
    caution: Caution = "ask"
    scope: Scope = _everything
    is_parallel: bool = True
    prepare: Callable[[], None] = _nothing
    has_foreign_schema: bool = False

    @property
    def checks(self) -> Mapping[str, Any]:
        """The schema that arguments are checked against before a call."""
        checks: Mapping[str, Any] = without_patterns(self.parameters) if self.has_foreign_schema else self.parameters
        return checks

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as requests describe it."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}

    @property
    def has_scopes(self) -> bool:
        """Whether consent extends to some of its calls only."""
        return self.scope is not _everything

    @property
    def fingerprint(self) -> str:
        """A hash of origin and definition: an approval does not outlive a change of either."""
        content = [self.origin.name, self.origin.address, self.definition]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def consent_key(self, arguments: Mapping[str, Any]) -> str:
        """Return what consent to a call with *arguments* is bound to: the fingerprint, and the scope of the call."""
        return f"{self.fingerprint} {self.scope(arguments)}".strip()

    def is_meant_by(self, rule: str) -> bool:
        """Return whether *rule*, the name of a tool or of an origin, means this tool."""
        return rule in (self.name, self.origin.name)


@frozen
class Toolset:
    """The tools of one chat, by their names."""

    tools: Mapping[str, Tool]

    @classmethod
    def of(cls, tools: Iterable[Tool]) -> Toolset:
        """Return the set of *tools*; raises ConfigError if two have one name."""
        found: dict[str, Tool] = {}
        for tool in tools:
            other = found.setdefault(tool.name, tool)
            if other is not tool:
                what = _(
                    "two tools are called `{name}`: one of {first}, one of {second}",
                    name=tool.name,
                    first=other.origin.name,
                    second=tool.origin.name,
                )
                raise ConfigError(what, hint=_("rename one, or leave one out"))
        return cls(found)

    @property
    def definitions(self) -> tuple[Mapping[str, Any], ...]:
        """The tools as requests describe them."""
        return tuple(tool.definition for tool in self.tools.values())


def wire_name(name: str) -> str:
    """Return *name* as providers accept it; a name that has to change ends with a hash, so that none becomes another's.

    Names that fit are returned unchanged.
    """
    if NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_CHARS]
    stem = _UNFIT.sub("_", name)[: _MOST_NAME - _HASH_CHARS - 1].strip("_")
    return f"{stem}_{digest}" if stem else f"tool_{digest}"
