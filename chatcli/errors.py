"""Defines the errors of `chat`, each with the exit code that scripts can rely on.

    ChatError                        1    a bug in chat
    ├── UsageError                   2    bad command line or stdin
    ├── ConfigError                  3    configuration, permissions
    ├── AuthenticationError          4    401, 403, no key
    ├── UnreachableError             5    DNS, refused, TLS, proxy, connect timeout
    ├── ServerError                  6    5xx after retries, bad protocol, a web page instead of an answer
    ├── RateLimitError               7    429
    │   └── QuotaError               7    402, or a 429 that waiting will not fix
    │       └── OversizedRequestError 7   one request exceeds a limit on its own
    ├── RejectedError                8    any other status below 500
    │   ├── ModelNotFoundError       8
    │   │   └── ModelRetiredError    8
    │   ├── ParameterRefusedError    8
    │   ├── ImagesRefusedError       8    the model takes no images
    │   └── ContextTooLongError      8    recognised by its wording, or detected before sending
    ├── IncompleteAnswerError        9    cut, stalled, malformed, empty
    ├── LengthLimitError             10   the answer hit a length limit that the user did not set
    ├── FilteredAnswerError          11   content filter or refusal
    ├── NotSavedError                12   the answer was delivered but not saved
    ├── OutputLostError              13   the answer could not be written to stdout
    └── LowScoreError                14   too few answers of a batch are as expected

`Stopped` (129 to 143) is not part of the tree, because a signal that ends the program is not an error to handle.
Exit codes are an interface: they are never renumbered or reused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import ClassVar, TypeAlias

from chatcli.language import N_, _
from chatcli.records import field, frozen
from chatcli.text.phrases import capitalize, end_sentence, is_sentence, join_sentences

SIGHUP, SIGINT, SIGPIPE = 1, 2, 13  # POSIX numbers, which exit codes are based on everywhere


@frozen
class Remedy:
    """A suggested fix, worded by the surface that shows it: as a slash command or as a flag.

    *kind* is the key in the surface's table, *values* fill the placeholders of the wording found there, and *words* is
    the fallback that mentions neither commands nor flags.
    """

    kind: str
    words: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


Hint: TypeAlias = "str | Remedy | Sequence[str | Remedy] | None"
Wording: TypeAlias = Callable[[Remedy], str]


def plain_words(remedy: Remedy) -> str:
    """Word *remedy* when the surface is unknown."""
    return remedy.words


def hint_text(hint: Hint, word: Wording) -> str:
    """Join the parts of *hint*, with remedies worded by *word*; behind a question begins a new sentence."""
    parts = [hint] if isinstance(hint, str | Remedy) else hint or ()
    said = [text for part in parts if (text := part if isinstance(part, str) else word(part))]
    return reduce(_append, said) if said else ""


def _append(before: str, following: str) -> str:
    if is_sentence(before):
        return join_sentences(before, capitalize(following))
    return _("; ").join((before, following))


@frozen
class ServerReport:
    """Details that a server gave about a failure; None for each one it left out."""

    status: int | None = None
    message: str | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    answer_tokens: int | None = None  # that it counted for the answer, beside the messages
    resets_at_s: float | None = None  # seconds since 1970, of a limit that is full again at a point in time


class ChatError(Exception):
    """Base class of all errors; *what* is a sentence without a full stop that names the thing and the value.

    *kept* says what was not lost, and *hint* what to do; either may be None.
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
        """Return the line to show: what happened, what was kept and what to do, with remedies worded by *word*.

        It has no full stop at its end, where often something to copy stands: a command, a path or an address.
        """
        parts = (self.what, self.kept, hint_text(self.hint, word))
        first, *others = [part.rstrip(".。") for part in parts if part] or [""]
        return sentences_in_line([first, *map(capitalize, others)])


def sentences_in_line(parts: Sequence[str]) -> str:
    """Return *parts* as sentences, of which the last one keeps its end as it is."""
    return join_sentences(*map(end_sentence, parts[:-1]), *parts[-1:])


class UsageError(ChatError):
    """The command line or the input is invalid."""

    exit_code = 2


class ConfigError(ChatError):
    """A setting is invalid, or a file cannot be read or trusted."""

    exit_code = 3


class AuthenticationError(ChatError):
    """The key is missing, or the server rejects it."""

    exit_code = 4


class UnreachableError(ChatError):
    """No connection was made, so the server has not seen the request."""

    exit_code = 5


class ServerError(ChatError):
    """The server failed, or did not follow the protocol."""

    exit_code = 6


class RateLimitError(ChatError):
    """The rate limit asks for a longer wait than the user allows."""

    exit_code = 7


class QuotaError(RateLimitError):
    """The account is out of credit; waiting does not help."""


class OversizedRequestError(QuotaError):
    """One request exceeds a limit on its own; smaller ones are accepted."""


class RejectedError(ChatError):
    """The server understood the request and rejected it."""

    exit_code = 8


class ModelNotFoundError(RejectedError):
    """The endpoint has no such model."""


class ModelRetiredError(ModelNotFoundError):
    """The endpoint no longer has the model."""


class ImagesRefusedError(RejectedError):
    """The model accepts no images."""


class ParameterRefusedError(RejectedError):
    """The model or the endpoint rejects a parameter, which `server.param` names."""


class ContextTooLongError(RejectedError):
    """The messages need more tokens than the context window holds; None stands for an unknown number."""

    def __init__(
        self,
        what: str,
        *,
        needed_tokens: int | None = None,
        window_tokens: int | None = None,
        kept: str | None = None,
        hint: Hint = None,
        server: ServerReport | None = None,
    ) -> None:
        super().__init__(what, kept=kept, hint=hint, server=server)
        self.needed_tokens = needed_tokens
        self.window_tokens = window_tokens


class IncompleteAnswerError(ChatError):
    """The answer broke off; the text so far was shown."""

    exit_code = 9


class LengthLimitError(ChatError):
    """The answer hit a length limit that the user had not set."""

    exit_code = 10


class FilteredAnswerError(ChatError):
    """A content filter or the model itself refused."""

    exit_code = 11


class NotSavedError(ChatError):
    """The answer was delivered but could not be saved."""

    exit_code = 12


class OutputLostError(ChatError):
    """The answer could not be written to stdout, or to the output of a batch."""

    exit_code = 13


class LowScoreError(ChatError):
    """Too few answers of a batch are as expected."""

    exit_code = 14


class Stopped(BaseException):
    """A signal ends the program; the exit code is 128 plus its number, as in shells.

    Not an Exception, like KeyboardInterrupt, so that error handlers cannot swallow it.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = 128 + signal_number


# Scripts rely on these. The classes above carry the numbers, and a test keeps both in step.
EXIT_CODES = {
    0: N_("the answer is complete"),
    1: N_("a bug in chat"),
    2: N_("usage: invalid command line, or empty or binary stdin"),
    3: N_("configuration or permissions"),
    4: N_("authentication: 401, 403, no key"),
    5: N_("the server could not be reached: DNS, refused, TLS, proxy, connect timeout"),
    6: N_("the server failed, after retries: 5xx, 529, 408, 425, bad protocol, a web page"),
    7: N_("rate limit or quota: 429, 402"),
    8: N_("the request was rejected: 3xx, 400, 404, 409, 413, 422, other 4xx, context too long"),
    9: N_("the answer is incomplete: cut, stalled, malformed, empty; the text so far was printed"),
    10: N_("the answer hit a length limit that the user had not set"),
    11: N_("content filter or refusal"),
    12: N_("the answer was delivered but not saved"),
    13: N_("the answer could not be written to stdout, or to the output of a batch"),
    14: N_("the score of a batch is below the required share"),
    129: N_("terminated by SIGHUP"),
    130: N_("interrupted by SIGINT (Ctrl+C)"),
    131: N_("quit by SIGQUIT (Ctrl+\\)"),
    141: N_("terminated by SIGPIPE (the reader of stdout is gone)"),
    143: N_("terminated by SIGTERM"),
}
