"""Questions that come up while a tool runs: the call stops, the user answers, and the call continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from chatcli.records import field, frozen

Kind = Literal["text", "integer", "number", "boolean", "choice", "choices"]


@frozen
class ServerReview:
    """Whether the tools of *server* may be used as they are now: *text* is a list of them, or a diff."""

    server: str
    text: str
    is_change: bool = False


@frozen
class FormField:
    """One value that a server asks for; *choices* are the possible ones, with their titles."""

    name: str
    title: str
    description: str = ""
    kind: Kind = "text"
    choices: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    is_required: bool = False


@frozen
class Form:
    """Values that *server* asks for; *schema* is what they must match."""

    server: str
    message: str
    fields: tuple[FormField, ...]
    schema: Mapping[str, Any]


@frozen
class OpenPage:
    """Whether a page that *server* names may be opened in the browser."""

    server: str
    message: str
    url: str


@frozen
class SignInPage:
    """The page *url* where the user signs in to *server*, and after which the browser comes back to this machine.

    *arrived* is a descriptor that becomes readable when there is nothing more to wait for. Until then, the answer may
    give the `address` at which the browser ended. *problem* says what was wrong with the last one.
    """

    server: str
    url: str
    arrived: int
    problem: str = ""


Question: TypeAlias = ServerReview | Form | OpenPage | SignInPage


@frozen
class UserAnswer:
    """What the user answered; *nobody*: there is no terminal to ask at."""

    action: Literal["accept", "decline", "cancel", "nobody"]
    values: Mapping[str, Any] = field(default_factory=dict)


Inquire = Callable[[Question], UserAnswer]


def answer_nothing(_question: Question) -> UserAnswer:
    """UserAnswer as if there were no terminal."""
    return UserAnswer("nobody")
