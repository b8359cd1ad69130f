"""Words every kind of failed response: one function per kind, which decides whether it applies.

Every sentence names the host, and the model, the parameter or the source of the key where that is what must be changed;
the hint says what to do. The server's own words follow a colon.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from chatcli.api.failures import wordings
from chatcli.api.failures.access_verdicts import (
    exhausted,
    from_elsewhere,
    rate_limited,
    stopped_on_the_way,
    unauthorised,
)
from chatcli.api.failures.blindness import is_blind
from chatcli.api.failures.diagnosis import Diagnosis
from chatcli.api.failures.overflow import counts_answer, is_overflow, read_numbers
from chatcli.api.failures.refusals import named_field
from chatcli.api.failures.tool_verdicts import tools_refused, unusable_attempt
from chatcli.errors import (
    ChatError,
    ContextTooLongError,
    FilteredAnswerError,
    Hint,
    ImagesRefusedError,
    ModelNotFoundError,
    ModelRetiredError,
    ParameterRefusedError,
    RejectedError,
    Remedy,
    ServerError,
    UnreachableError,
)
from chatcli.language import N_, _
from chatcli.records import replace
from chatcli.settings.names import WrongValueError
from chatcli.settings.urls import clean_url
from chatcli.text.units import format_number, format_size

_MAX_SHOWN = 200  # characters of an address
_FAULTS = frozenset({408, 425})

# By whether the tokens of the request are known, and whether those of the window are.
_OVERFLOWS = {
    (True, True): N_(
        "the {needed} tokens of this request do not fit the {window}-token context window of `{model}` at {host}"
    ),
    (True, False): N_("the {needed} tokens of this request do not fit the context window of `{model}` at {host}"),
    (False, True): N_("this request does not fit the {window}-token context window of `{model}` at {host}"),
    (False, False): N_("this request does not fit the context window of `{model}` at {host}"),
}
_OVERFLOW_WITH_ANSWER = N_(
    "the {needed} tokens of this request and its answer do not fit the {window}-token context window of `{model}` "
    "at {host}"
)
_REFUSED = N_("{host} does not accept parameter `{name}`")
_REFUSED_FOR_MODEL = N_("{host} does not accept parameter `{name}` for `{model}`")
_TOO_LARGE = N_("the request is too large for {host} (413)")
_TOO_LARGE_WITH_SIZE = N_("the request of {size} is too large for {host} (413)")
# By whether the size of the request is told, and whether it names a model.
_REJECTIONS = {
    (True, True): N_("{host} rejected the request of {size} for `{model}`"),
    (True, False): N_("{host} rejected the request of {size}"),
    (False, True): N_("{host} rejected the request for `{model}`"),
    (False, False): N_("{host} rejected the request"),
}


def diagnose(case: Diagnosis) -> ChatError:
    """Return the error that *case* is."""
    return next(error for verdict in _VERDICTS if (error := verdict(case)))


def _redirect(case: Diagnosis) -> ChatError | None:
    if not 300 <= case.status < 400:
        return None
    target = _redirect_target(case.location)
    if target is None:
        what = case.with_number(_("{host} sent a redirect without a target", host=case.host))
        return RejectedError(what, server=case.server)
    is_base = _is_base_url(target)
    hint = _("set base_url to it if you trust it") if is_base else _("ask its operator for the correct address")
    what = _("{host} redirects to {target}", host=case.host, target=target)
    return RejectedError(what, hint=hint, server=case.server)


def _is_base_url(address: str) -> bool:
    """Return whether *address* would be taken as a base URL as it stands."""
    try:
        return clean_url(address) == address.rstrip("/")
    except WrongValueError:
        return False


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
    what = case.with_words(_("the proxy for {host} requires a login (407)", host=case.host))
    return UnreachableError(what, hint=_("check the proxy variables in your environment"), server=case.server)


def _filtered(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 403, 422, 451) or not case.means(wordings.FILTERED):
        return None
    what = case.with_words(_("the content filter of {host} refused this", host=case.host))
    hint = _("rephrase the message, or choose another model")
    return FilteredAnswerError(what, hint=hint, server=case.server)


def _unfit_model(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404):
        return None
    if case.means(wordings.RESPONSES_ONLY):
        hint: Hint = _("it supports only the Responses API: choose another model")
    elif case.means(wordings.NOT_A_CHAT_MODEL):
        hint = (_("choose a chat model"), Remedy("list_models"))
    else:
        return None
    what = case.with_words(_("`{model}` cannot chat at {host}", model=case.asked.model, host=case.host))
    return RejectedError(what, hint=hint, server=case.server)


def _retired_model(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404, 410) or not (case.means(wordings.RETIRED_MODEL) or _says_it_is_retired(case)):
        return None
    what = case.with_words(_("{host} has retired `{model}`", host=case.host, model=case.asked.model))
    return ModelRetiredError(what, hint=Remedy("list_models"), server=case.server)


def _says_it_is_retired(case: Diagnosis) -> bool:
    """Return whether the server's words put an end right behind the name of the model, and not behind a parameter."""
    named = re.escape(case.asked.model)
    return bool(named) and bool(
        re.search(rf"{named}\W{{0,3}}\s{wordings.RETIRED}", case.said.text or "", re.IGNORECASE)
    )


def _unknown_model(case: Diagnosis) -> ChatError | None:
    if case.status not in (400, 404) or not (case.means(wordings.UNKNOWN_MODEL) or _is_about_the_model(case)):
        return None
    pullable = "try pulling it" in (case.said.text or "") or (case.asked.local and case.host.endswith(":11434"))
    pulled = _("`ollama pull {model}` downloads it", model=case.asked.model)
    hint: Hint = pulled if pullable else Remedy("list_models")
    what = case.with_words(_("{host} has no model `{model}`", host=case.host, model=case.asked.model))
    return ModelNotFoundError(what, hint=hint, server=case.server)


def _is_about_the_model(case: Diagnosis) -> bool:
    """Return whether a 404 names the model in its own words, as the path of a request never does."""
    return case.status == 404 and bool(case.asked.model) and case.asked.model in (case.said.text or "")


def _wrong_path(case: Diagnosis) -> ChatError | None:
    nameless = case.said.is_page or case.said.message is None or case.means(wordings.NO_SUCH_PATH)
    if case.status != 405 and not (case.status == 404 and nameless):
        return None
    what = case.with_status(_("{host} does not serve this path", host=case.host))
    return RejectedError(what, hint=_("check base_url: most end in /v1"), server=case.server)


def _overflow(case: Diagnosis) -> ChatError | None:
    text = case.said.text or ""
    if case.status < 400 or not is_overflow(case.said.words, text):
        return None
    told = read_numbers(text)
    needed, window = case.said.needed_tokens or told.needed, case.said.window_tokens or told.window
    pattern = _OVERFLOWS[bool(needed), bool(window)]
    if needed and window and needed < window:
        pattern = _OVERFLOW_WITH_ANSWER
    counts = {"needed": format_number(needed or 0), "window": format_number(window or 0)}
    what = _(pattern, model=case.asked.model, host=case.host, **counts)
    what = what if needed or window else case.with_words(what)
    shorter = _("shorten it, or ask for a shorter answer (max_tokens)")
    return ContextTooLongError(
        what,
        needed_tokens=needed,
        window_tokens=window,
        hint=shorter if counts_answer(text) else _("shorten it, or start a new chat"),
        server=replace(case.server, answer_tokens=told.answer),
    )


def _overflow_as_rate(case: Diagnosis) -> ChatError | None:
    """Return the error for a request that no waiting makes fit, though the status is that of too many requests."""
    return _overflow(case) if case.status == 429 else None


def _parameter_refused(case: Diagnosis) -> ChatError | None:
    name = named_field(case.said.text or "", case.server.param, case.asked.sent) if case.status < 500 else None
    if name is None:
        return None
    pattern = _REFUSED_FOR_MODEL if case.asked.model else _REFUSED
    what = case.with_words(_(pattern, host=case.host, name=name, model=case.asked.model))
    left_out = Remedy("drop_parameter", _("leave out `{name}`", name=name), {"name": name})
    hint: Hint = (_("change it"), left_out)
    if name == "stream":
        hint = Remedy("turn_off_streaming")
    return ParameterRefusedError(what, hint=hint, server=case.server)


def _fault(case: Diagnosis) -> ChatError | None:
    if case.status < 500 and case.status not in _FAULTS and not case.means(wordings.BUSY):
        return None
    remedy = _("check the output of the server") if case.asked.local else _("try again later")
    what = case.with_status(_("{host} failed", host=case.host))
    return ServerError(what, hint=remedy, server=case.server)


def _rejected(case: Diagnosis) -> ChatError:
    sized = case.status in (413, 422) and case.asked.sent_bytes is not None
    places = {"host": case.host, "model": case.asked.model, "size": format_size(case.asked.sent_bytes or 0)}
    if case.status == 413:
        large = _(_TOO_LARGE_WITH_SIZE if sized else _TOO_LARGE, **places)
        hint = _("attach less, or exclude earlier turns")
        return RejectedError(case.with_words(large), hint=hint, server=case.server)
    what = case.with_status(_(_REJECTIONS[sized, bool(case.asked.model)], **places))
    return RejectedError(what, server=case.server)


def _blind(case: Diagnosis) -> ChatError | None:
    if case.status < 400 or not (_has_pictures(case.asked.sent) and is_blind(case.said.text or "")):
        return None
    what = case.with_status(_("`{model}` at {host} does not accept images", model=case.asked.model, host=case.host))
    hint = _("choose a model that does, or send the message without them")
    return ImagesRefusedError(what, hint=hint, server=case.server)


def _has_pictures(sent: Mapping[str, Any]) -> bool:
    messages = sent.get("messages")
    contents = [message.get("content") for message in messages] if isinstance(messages, list) else []
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(part.get("type") == "image_url" for part in parts)


# The first verdict that applies is the one; the last applies always.
_VERDICTS: tuple[Callable[[Diagnosis], ChatError | None], ...] = (
    *(
        _redirect,
        _proxy_login,
        _filtered,
        _overflow_as_rate,
        exhausted,
        rate_limited,
        _blind,
        stopped_on_the_way,
        from_elsewhere,
        unauthorised,
    ),
    *(
        unusable_attempt,
        tools_refused,
        _overflow,
        _unfit_model,
        _retired_model,
        _unknown_model,
        _wrong_path,
        _parameter_refused,
        _fault,
        _rejected,
    ),
)
