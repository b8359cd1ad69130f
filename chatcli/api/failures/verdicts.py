"""The sentences about failures: one function for each sort, which knows when it applies and what then is said.

Every sentence names the host, and the model, the parameter or the source of the key where that is what must be changed;
the hint says what to do. The server's own words follow a colon.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from chatcli.api.failures import wordings
from chatcli.api.failures.bodies import ErrorBody
from chatcli.api.failures.refusals import named_field
from chatcli.api.failures.retry_after import format_wait
from chatcli.api.failures.wordings import WordingTable
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    ContextTooLongError,
    FilteredAnswerError,
    Hint,
    ModelNotFoundError,
    ParameterRefusedError,
    QuotaError,
    RateLimitError,
    RejectedError,
    Remedy,
    ServerError,
    ServerReport,
    UnreachableError,
)
from chatcli.records import field, frozen
from chatcli.text.phrases import format_number, format_size

_MAX_SHOWN = 200  # characters of an address
_FAULTS = frozenset({408, 425})
# Python 3.13 has newer names for these; servers go on saying the old ones, and a name they say is not said twice.
_SERVERS_NAMES = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}


@frozen
class FailedRequest:
    """What was asked of whom: the part of a sentence that the server does not know.

    *key_source* is in words, None where no key was sent; *local* marks a server on this machine, whose remedies are the
    user's own. *sent* is the body of the request.
    """

    host: str
    model: str
    key_source: str | None
    sent_bytes: int | None = None
    local: bool = False
    sent: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Diagnosis:
    """One failure. *status* may be guessed, and then *server* has none; *location* is where a redirect leads."""

    status: int
    said: ErrorBody
    server: ServerReport
    asked: FailedRequest
    location: str = ""

    def means(self, table: WordingTable) -> bool:
        """Tell whether the body is of the sort that *table* knows."""
        return table.matches(self.said.words, self.said.text or "")

    @property
    def host(self) -> str:
        """The host as it is named in every sentence."""
        return self.asked.host

    @property
    def for_model(self) -> str:
        """The model in a sentence; empty for a request that has none."""
        return f" for `{self.asked.model}`" if self.asked.model else ""

    @property
    def because(self) -> str:
        """What the server said, as the end of a sentence; empty where it said nothing."""
        message = (self.said.message or "").removeprefix(f"{self.status} ").rstrip(" .")
        return f": {message}" if message else ""

    @property
    def number(self) -> str:
        """The status in brackets, with its name unless the server's own words repeat it; empty for a guess."""
        if self.server.status is None:
            return ""
        name = _status_name(self.status)
        named = name.lower() in (self.said.message or "").lower()
        return f" ({self.status})" if named else f" ({self.status} {name})"


def diagnose(case: Diagnosis) -> ChatError:
    """Return the error that *case* is."""
    return next(error for verdict in _VERDICTS if (error := verdict(case)))


def _redirect(case: Diagnosis) -> ChatError | None:
    if not 300 <= case.status < 400:
        return None
    target = _redirect_target(case.location)
    if target is None:
        return RejectedError(f"{case.host} redirects without saying where{case.number}", server=case.server)
    what = f"{case.host} redirects to {target} - set base_url to it if you trust it"
    return RejectedError(what, server=case.server)


def _redirect_target(location: str) -> str | None:
    """Return the address without credentials and query, for a login page puts secrets there."""
    try:
        target = urlsplit(location)
    except ValueError:
        return None
    path = target.path.removesuffix("/chat/completions")[:_MAX_SHOWN]
    server = target.netloc.rpartition("@")[2][:_MAX_SHOWN]
    return f"{target.scheme or 'https'}://{server}{path}" if server else path or None


def _proxy_login(case: Diagnosis) -> ChatError | None:
    if case.status != 407:
        return None
    what = f"a proxy on the way to {case.host} asks for a login (407){case.because}"
    return UnreachableError(what, hint="check the proxy variables of your environment", server=case.server)


def _filtered(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 403) or not case.means(wordings.FILTERED):
        return None
    hint = "rephrase the message, or choose another model"
    return FilteredAnswerError(
        f"the content filter of {case.host} refused this{case.because}", hint=hint, server=case.server
    )


def _exhausted(case: Diagnosis) -> ChatError | None:
    if case.status == 429:
        return _too_much_for_429(case)
    return _empty_account(case) if case.status == 402 or case.means(wordings.QUOTA) else None


def _too_much_for_429(case: Diagnosis) -> ChatError | None:
    """Tell the 429 that waiting mends from the others; a server that says how long to wait means what it says."""
    if case.means(wordings.BEYOND_LIMIT):
        hint = "shorten the request: it alone is over the limit"
        return QuotaError(f"the request is too large for {case.host}{case.because}", hint=hint, server=case.server)
    if wordings.is_quota_of_a_day(case.said.words):
        what = f"the quota of this day at {case.host} is used up{case.because}"
        return QuotaError(what, hint="it begins anew tomorrow", server=case.server)
    patient = case.server.retry_after_s is not None and not wordings.QUOTA.codes & case.said.words
    return _empty_account(case) if case.means(wordings.QUOTA) and not patient else None


def _empty_account(case: Diagnosis) -> ChatError:
    owner = f"the account of the key from {case.asked.key_source}" if case.asked.key_source else "the account"
    what = f"{owner} at {case.host} has nothing left to spend{case.number}{case.because}"
    return QuotaError(what, hint="waiting does not help: check its balance and limits", server=case.server)


def _rate_limited(case: Diagnosis) -> ChatError | None:
    if case.status != 429:
        return None
    wait_s = case.server.retry_after_s
    hint = f"it takes requests again in {format_wait(wait_s)}" if wait_s else "wait a little and try again"
    what = f"rate limit of {case.host} reached{case.for_model}{case.because}"
    return RateLimitError(what, hint=hint, server=case.server)


def _unauthorised(case: Diagnosis) -> ChatError | None:
    denied = case.status in (401, 403) or case.means(wordings.INVALID_KEY)
    if not denied:
        return None
    if case.asked.key_source is None:
        what = f"{case.host} asks for a key, and none was sent{case.number}{case.because}"
        return AuthenticationError(what, hint=Remedy("save_key", values={"name": "PROVIDER"}), server=case.server)
    if case.status == 403:
        what = f"{case.host} does not permit this with the key from {case.asked.key_source} (403){case.because}"
        return AuthenticationError(what, hint="check what the key may do, and where from", server=case.server)
    what = f"key from {case.asked.key_source} rejected by {case.host}{case.because}"
    return AuthenticationError(what, hint="check the key, or set another one", server=case.server)


def _unfit_model(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404):
        return None
    if case.means(wordings.RESPONSES_ONLY):
        hint: Hint = "it speaks the Responses API alone: choose another model"
    elif case.means(wordings.NOT_A_CHAT_MODEL):
        hint = ("choose a chat model", Remedy("list_models"))
    else:
        return None
    return RejectedError(
        f"`{case.asked.model}` cannot chat at {case.host}{case.because}", hint=hint, server=case.server
    )


def _unknown_model(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404) or not (case.means(wordings.UNKNOWN_MODEL) or _is_about_the_model(case)):
        return None
    pullable = "try pulling it" in (case.said.text or "") or (case.asked.local and case.host.endswith(":11434"))
    hint: Hint = f"`ollama pull {case.asked.model}` fetches it" if pullable else Remedy("list_models")
    return ModelNotFoundError(
        f"{case.host} has no model `{case.asked.model}`{case.because}", hint=hint, server=case.server
    )


def _is_about_the_model(case: Diagnosis) -> bool:
    """Tell whether a 404 names the model in its own words, as the path of a request never does."""
    return case.status == 404 and bool(case.asked.model) and case.asked.model in (case.said.text or "")


def _wrong_path(case: Diagnosis) -> ChatError | None:
    nameless = case.said.is_page or case.said.message is None or case.means(wordings.NO_SUCH_PATH)
    if case.status != 405 and not (case.status == 404 and nameless):
        return None
    what = f"{case.host} does not know this path{case.number}{case.because}"
    return RejectedError(what, hint="is base_url right? Most end in /v1", server=case.server)


def _overflow(case: Diagnosis) -> ChatError | None:
    if not case.means(wordings.OVERFLOW):
        return None
    text = case.said.text or ""
    needed = case.said.needed_tokens or wordings.needed_tokens(text)
    window = case.said.window_tokens or wordings.window_tokens(text)
    need = f"the {format_number(needed)} tokens of this request do" if needed else "this request does"
    size = f" of {format_number(window)} tokens" if window else ""
    because = "" if needed or window else case.because
    what = f"{need} not fit the window{size} that `{case.asked.model}` has at {case.host}{because}"
    hint = (
        "shorten it, or ask for a shorter answer (max_tokens)" if _counts_reply(text) else "shorten it, or start anew"
    )
    return ContextTooLongError(what, needed_tokens=needed, window_tokens=window, hint=hint, server=case.server)


def _counts_reply(text: str) -> bool:
    return any(word in text for word in ("completion", "output tokens", "max_new_tokens"))


def _parameter_refused(case: Diagnosis) -> ChatError | None:
    name = named_field(case.said.text or "", case.server.param, case.asked.sent) if case.status < 500 else None
    if name is None:
        return None
    what = f"{case.host} refuses parameter `{name}`{case.for_model}{case.because}"
    hint: Hint = ("change it", Remedy("drop_parameter", f"leave out `{name}`", {"name": name}))
    if name == "stream":
        hint = Remedy("turn_off_streaming")
    return ParameterRefusedError(what, hint=hint, server=case.server)


def _fault(case: Diagnosis) -> ChatError | None:
    if case.status < 500 and case.status not in _FAULTS:
        return None
    remedy = "look at the output of the server" if case.asked.local else "try again later"
    return ServerError(f"{case.host} failed{case.number}{case.because}", hint=remedy, server=case.server)


def _rejected(case: Diagnosis) -> ChatError:
    sized = case.status in (413, 422) and case.asked.sent_bytes is not None
    size = f" of {format_size(case.asked.sent_bytes or 0)}" if sized else ""
    if case.status == 413:
        what = f"the request{size} is too large for {case.host} (413){case.because}"
        return RejectedError(what, hint="attach less, or leave out earlier turns", server=case.server)
    what = f"{case.host} rejected the request{size}{case.for_model}{case.number}{case.because}"
    return RejectedError(what, server=case.server)


def _blind(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404, 415, 422, 500) or not case.means(wordings.BLIND):
        return None
    what = f"`{case.asked.model}` at {case.host} does not see pictures{case.number}{case.because}"
    return RejectedError(what, hint="choose a model that does, or send it without them", server=case.server)


# The first verdict that applies is the one; the last applies always.
_VERDICTS: tuple[Callable[[Diagnosis], ChatError | None], ...] = (
    *(_redirect, _proxy_login, _filtered, _exhausted, _rate_limited, _unauthorised),
    *(_overflow, _blind, _unfit_model, _unknown_model, _wrong_path, _parameter_refused, _fault, _rejected),
)


def _status_name(status: int) -> str:
    from http import HTTPStatus  # an enumeration of sixty members, needed when something fails

    if status in _SERVERS_NAMES:
        return _SERVERS_NAMES[status]
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else ""
