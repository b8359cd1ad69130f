"""Errors about keys, rate limits and credit: credit is checked before rates, and both before the key."""

from __future__ import annotations

import time

from chatcli.api.failures import wordings
from chatcli.api.failures.diagnosis import Diagnosis
from chatcli.api.failures.limits import (
    affordable_tokens,
    exhausted_period,
    is_about_credit,
    is_credit_code,
    is_firewall,
    is_key_rejected,
    wants_key,
)
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    Hint,
    OversizedRequestError,
    QuotaError,
    RateLimitError,
    RejectedError,
    Remedy,
)
from chatcli.language import N_, _
from chatcli.text.units import format_day, format_duration, format_number

_SOON_S = 60.0  # a limit of a day that is full again so soon is waited for like any other
# Messages for an allowance that is used up, and when it is renewed.
_PERIODS = {
    "daily": (N_("the daily limit at {host} has been reached"), N_("it resets with the next day")),
    "weekly": (N_("the weekly limit at {host} has been reached"), N_("it resets with the next week")),
    "monthly": (N_("the monthly limit at {host} has been reached"), N_("it resets with the next month")),
}
_OTHER_PERIOD = (N_("the {period} limit at {host} has been reached"), N_("try again later"))


def exhausted(case: Diagnosis) -> ChatError | None:
    """Return the error for an account or an allowance that is used up, which waiting a little does not mend."""
    if case.status == 429 and case.means(wordings.BEYOND_LIMIT):
        what = case.with_words(_("the request is too large for {host}", host=case.host))
        hint = _("shorten the request: it exceeds the limit on its own")
        return OversizedRequestError(what, hint=hint, server=case.server)
    words, text = case.said.words, case.said.text or ""
    is_credit = case.status == 402 or (case.status >= 400 and is_about_credit(words, text))
    if case.status in (402, 403, 429) or is_credit:
        wait_s = case.server.retry_after_s
        is_long = wait_s is None or wait_s > _SOON_S
        if period := exhausted_period(words, text if is_long else ""):
            return _used_up(case, period)
    # A server that says how long to wait means what it says, unless it is the code that speaks of money.
    is_patient = case.status == 429 and case.server.retry_after_s is not None and not is_credit_code(words)
    return _empty_account(case, text) if is_credit and not is_patient else None


_TOO_LITTLE = N_("the credit of the account at {host} does not cover this request")
_TOO_LITTLE_OF_KEY = N_("the credit of the account of the key from {source} at {host} does not cover this request")
_NOTHING_LEFT = N_("the account at {host} has run out of credit or quota")
_NOTHING_LEFT_OF_KEY = N_("the account of the key from {source} at {host} has run out of credit or quota")


def _used_up(case: Diagnosis, period: str) -> ChatError:
    reached, resets = _PERIODS.get(period, _OTHER_PERIOD)
    what = case.with_status(_(reached, host=case.host, period=period))
    return QuotaError(what, hint=_when(case) or _(resets), server=case.server)


def _empty_account(case: Diagnosis, text: str) -> ChatError:
    source = case.asked.key_source
    if tokens := affordable_tokens(text):
        pattern = _TOO_LITTLE_OF_KEY if source else _TOO_LITTLE
        left = _("it still covers an answer of {tokens} tokens", tokens=format_number(tokens))
        remedy = Remedy("limit_answer", _("max_tokens {tokens} fits", tokens=tokens), {"name": str(tokens)})
        hint: Hint = (left, remedy)
    else:
        pattern = _NOTHING_LEFT_OF_KEY if source else _NOTHING_LEFT
        hint = _when(case) or _("waiting will not help: check its balance and limits")
    what = case.with_status(_(pattern, source=source, host=case.host))
    return QuotaError(what, hint=hint, server=case.server)


def rate_limited(case: Diagnosis) -> ChatError | None:
    """Return the error for too many requests in too short a time."""
    if case.status != 429:
        return None
    pattern = (
        N_("rate limit of {host} reached for `{model}`") if case.asked.model else N_("rate limit of {host} reached")
    )
    what = case.with_words(_(pattern, host=case.host, model=case.asked.model))
    return RateLimitError(what, hint=_when(case) or _("wait a moment and try again"), server=case.server)


def _when(case: Diagnosis) -> str:
    """Return when requests are taken again, empty where the server does not say."""
    if wait_s := case.server.retry_after_s:
        return _("it accepts requests again in {duration}", duration=format_duration(wait_s))
    if not (moment_s := case.server.resets_at_s):
        return ""
    moment = time.localtime(moment_s)
    day = format_day(moment.tm_mday, moment.tm_mon)
    return _("the limit resets on {day} at {time}", day=day, time=time.strftime("%H:%M", moment))


def stopped_on_the_way(case: Diagnosis) -> ChatError | None:
    """Return the error for a page or a code of something in front of the server, which has judged no key."""
    if case.status not in (401, 403) or not (case.said.is_page or is_firewall(case.said.text or "")):
        return None
    if case.status == 401:
        what = case.with_status(_("a proxy or gateway in front of {host} requires a login", host=case.host))
        hint = _("check base_url and the key, and whether this network has a proxy or a login page")
        return AuthenticationError(what, hint=hint, server=case.server)
    what = case.with_status(_("a firewall or proxy in front of {host} stopped the request", host=case.host))
    hint = _("the key was not checked: try another network, or check base_url")
    return RejectedError(what, hint=hint, server=case.server)


def from_elsewhere(case: Diagnosis) -> ChatError | None:
    """Return the error for a request that is not accepted from where it came, whatever its key."""
    table = wordings.USER_LOCATION if case.status == 400 else wordings.PLACE
    if case.status not in (400, 401, 403, 451) or not case.means(table):
        return None
    what = case.with_status(_("{host} does not accept requests from this country or network", host=case.host))
    hint = _("the key is not the reason: try another network, or another provider")
    return RejectedError(what, hint=hint, server=case.server)


def unauthorised(case: Diagnosis) -> ChatError | None:
    """Return the error for a key that is missing, wrong, or may not do this."""
    if case.status not in (401, 403) and not is_key_rejected(case.said.words, case.said.text or ""):
        return None
    source = case.asked.key_source
    if source is None:
        return _without_key(case)
    if case.status == 403:
        refused = _(
            "{host} does not allow this request with the key from {source} (403)", host=case.host, source=source
        )
        hint = _("check what the key is allowed to do, and from which addresses")
        return AuthenticationError(case.with_words(refused), hint=hint, server=case.server)
    what = case.with_words(_("key from {source} rejected by {host}", source=source, host=case.host))
    return AuthenticationError(what, hint=_("check the key, or use another one"), server=case.server)


def _without_key(case: Diagnosis) -> ChatError:
    """Return the error for a refusal of a request without a key: a 403 that speaks of none may mean other things."""
    save = Remedy("save_key", values={"name": "PROVIDER"})
    if case.status != 403 or wants_key(case.said.words, case.said.text or ""):
        what = case.with_status(_("{host} requires a key, and none was sent", host=case.host))
        return AuthenticationError(what, hint=save, server=case.server)
    what = case.with_status(_("{host} refused the request, which carried no key", host=case.host))
    doubt = _("if it requires no key, check which hosts and addresses it allows")
    return AuthenticationError(what, hint=(doubt, save), server=case.server)
