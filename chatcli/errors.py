"""The errors of `chat`: what each means, and the exit code a script may rely on.

    ChatError                        1    a bug in chat
    ├── UsageError                   2    the command line, or what was piped in
    ├── ConfigError                  3    configuration, permissions
    ├── AuthenticationError          4    401, 403, no key
    ├── UnreachableError             5    DNS, refused, TLS, proxy, connect timeout
    ├── ServerError                  6    5xx after retries, bad protocol, a web page instead of an answer
    ├── RateLimitError               7    429
    │   └── QuotaError               7    402, or a 429 that waiting does not mend
    ├── RejectedError                8    any other status below 500
    │   ├── ModelNotFoundError       8
    │   ├── ParameterRefusedError    8
    │   └── ContextTooLongError      8    recognised by wording, or found before sending
    ├── IncompleteAnswerError        9    cut, stalled, malformed, empty
    ├── LengthLimitError             10   the reply met a limit that the user did not set
    ├── FilteredAnswerError          11   content filter or refusal
    ├── NotSavedError                12   the answer was delivered, but not kept
    └── OutputLostError              13   the answer could not be written to stdout

`Stopped` (129 to 143) stands beside them: a signal that ends the program is no error that somebody could handle.
Exit codes are an interface: never renumbered, never reused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias

from chatcli.records import field, frozen
from chatcli.text.phrases import capitalize

SIGHUP, SIGINT, SIGPIPE = 1, 2, 13  # by their POSIX numbers, which exit codes use on every system


@frozen
class Remedy:
    """What to do about something, for the surface to word: in slash commands, or in flags.

    *kind* is looked up in the table of the surfaces, *words* say it without either, *values* fill the places of the
    wording there.
    """

    kind: str
    words: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


Hint: TypeAlias = "str | Remedy | Sequence[str | Remedy] | None"
Wording: TypeAlias = Callable[[Remedy], str]


def plain_words(remedy: Remedy) -> str:
    """Word *remedy* where no surface is known."""
    return remedy.words


def hint_text(hint: Hint, word: Wording) -> str:
    """Return *hint* as one piece of text, its remedies worded by *word*."""
    parts = [hint] if isinstance(hint, str | Remedy) else hint or ()
    return "; ".join(text for part in parts if (text := part if isinstance(part, str) else word(part)))


@frozen
class ServerReport:
    """What a server said about a failure; each field None where it said nothing."""

    status: int | None = None
    message: str | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    resets_at_s: float | None = None  # seconds since 1970, of a limit that is full again at a point in time


class ChatError(Exception):
    """Something went wrong; *what* is a sentence without its full stop that names the thing and the value.

    *kept* says what was not lost, *hint* what to do; both are None where there is nothing to say.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, kept: str | None = None, hint: Hint = None, server: ServerReport | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.kept = kept
        self.hint = hint
        self.server = server or ServerReport()

    def sentence(self, word: Wording = plain_words) -> str:
        """Return the one line that is shown: what happened, what was kept, what to do, as *word* says it."""
        parts = (self.what, self.kept, hint_text(self.hint, word))
        said = [part.rstrip(".") for part in parts if part]
        return ". ".join([*said[:1], *map(capitalize, said[1:])])


class UsageError(ChatError):
    """The command line or the input cannot be used as it is."""

    exit_code = 2


class ConfigError(ChatError):
    """A setting is wrong, or a file may not be read or trusted."""

    exit_code = 3


class AuthenticationError(ChatError):
    """The server does not accept the key, or there is none."""

    exit_code = 4


class UnreachableError(ChatError):
    """No connection came about, so the server has seen nothing of the request."""

    exit_code = 5


class ServerError(ChatError):
    """The server failed, or does not speak the protocol."""

    exit_code = 6


class RateLimitError(ChatError):
    """The server asks to wait longer than the user would."""

    exit_code = 7


class QuotaError(RateLimitError):
    """The account is empty: waiting does not help."""


class RejectedError(ChatError):
    """The server understood the request and does not want it."""

    exit_code = 8


class ModelNotFoundError(RejectedError):
    """The endpoint has no such model."""


class ParameterRefusedError(RejectedError):
    """The model or the endpoint does not take a parameter; `server.param` names it."""


class ContextTooLongError(RejectedError):
    """The messages need more tokens than the window holds; None where the number is not known.

    *answer_tokens* is what the answer was to take beside them.
    """

    def __init__(
        self,
        what: str,
        *,
        needed_tokens: int | None = None,
        window_tokens: int | None = None,
        answer_tokens: int | None = None,
        kept: str | None = None,
        hint: Hint = None,
        server: ServerReport | None = None,
    ) -> None:
        super().__init__(what, kept=kept, hint=hint, server=server)
        self.needed_tokens = needed_tokens
        self.window_tokens = window_tokens
        self.answer_tokens = answer_tokens


class IncompleteAnswerError(ChatError):
    """The answer ended without its end: text so far was shown."""

    exit_code = 9


class LengthLimitError(ChatError):
    """The answer met a length limit that the user had not set."""

    exit_code = 10


class FilteredAnswerError(ChatError):
    """A content filter or the model itself refused."""

    exit_code = 11


class NotSavedError(ChatError):
    """The answer was delivered but could not be stored."""

    exit_code = 12


class OutputLostError(ChatError):
    """The answer could not be written to stdout."""

    exit_code = 13


class Stopped(BaseException):
    """A signal ends the program; the exit code is 128 and its number, as shells have it.

    Like KeyboardInterrupt it is no Exception: whoever handles errors must not swallow it.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = 128 + signal_number


# What scripts may rely on; the classes above carry the numbers, and a test holds the two together.
EXIT_CODES = {
    0: "the answer is complete",
    1: "a bug in chat",
    2: "usage: the command line, or empty or binary stdin",
    3: "configuration or permissions",
    4: "authentication: 401, 403, no key",
    5: "the server could not be reached: DNS, refused, TLS, proxy, connect timeout",
    6: "the server failed, after retries: 5xx, 529, 408, 425, bad protocol, a web page",
    7: "rate limit or quota: 429, 402",
    8: "the request was rejected: 3xx, 400, 404, 409, 413, 422, other 4xx, context too long",
    9: "the answer is incomplete: cut, stalled, malformed, empty; the text so far was printed",
    10: "the answer stopped at a length that the user had not set",
    11: "content filter or refusal",
    12: "the answer was delivered but not saved",
    13: "the answer could not be written to stdout",
    129: "ended by SIGHUP",
    130: "ended by SIGINT (Ctrl+C)",
    141: "ended by SIGPIPE (the reader of stdout has gone)",
    143: "ended by SIGTERM",
}
