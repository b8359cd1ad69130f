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
)
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    OversizedRequestError,
    QuotaError,
    RateLimitError,
    RejectedError,
    Remedy,
)
from chatcli.text.units import format_duration, format_number

_SOON_S = 60.0  # a limit of a day that is full again so soon is waited for like any other
_NEXT = {"daily": "day", "weekly": "week", "monthly": "month"}


def exhausted(case: Diagnosis) -> ChatError | None:
    """Return the error for an account or an allowance that is used up, which waiting a little does not mend."""
    if case.status == 429 and case.means(wordings.BEYOND_LIMIT):
        hint = "shorten the request: it exceeds the limit on its own"
        return OversizedRequestError(
            f"the request is too large for {case.host}{case.because}", hint=hint, server=case.server
        )
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


def _used_up(case: Diagnosis, period: str) -> ChatError:
    what = f"the {period} limit at {case.host} has been reached{case.number}{case.because}"
    hint = _when(case) or (f"it resets with the next {_NEXT[period]}" if period in _NEXT else "try again later")
    return QuotaError(what, hint=hint, server=case.server)


def _empty_account(case: Diagnosis, text: str) -> ChatError:
    owner = f"the account of the key from {case.asked.key_source}" if case.asked.key_source else "the account"
    if tokens := affordable_tokens(text):
        what = f"the credit of {owner} at {case.host} does not cover this request{case.number}{case.because}"
        left = f"it still covers an answer of {format_number(tokens)} tokens"
        remedy = Remedy("limit_answer", f"max_tokens {tokens} fits", {"name": str(tokens)})
        return QuotaError(what, hint=(left, remedy), server=case.server)
    what = f"{owner} at {case.host} has run out of credit or quota{case.number}{case.because}"
    hint = _when(case) or "waiting will not help: check its balance and limits"
    return QuotaError(what, hint=hint, server=case.server)


def rate_limited(case: Diagnosis) -> ChatError | None:
    """Return the error for too many requests in too short a time."""
    if case.status != 429:
        return None
    what = f"rate limit of {case.host} reached{case.for_model}{case.because}"
    return RateLimitError(what, hint=_when(case) or "wait a moment and try again", server=case.server)


def _when(case: Diagnosis) -> str:
    """Return when requests are taken again, empty where the server does not say."""
    if wait_s := case.server.retry_after_s:
        return f"it accepts requests again in {format_duration(wait_s)}"
    if not (moment_s := case.server.resets_at_s):
        return ""
    moment = time.localtime(moment_s)
    return f"the limit resets on {moment.tm_mday} {time.strftime('%B at %H:%M', moment)}"


def stopped_on_the_way(case: Diagnosis) -> ChatError | None:
    """Return the error for a page or a code of something in front of the server, which has judged no key."""
    if case.status not in (401, 403) or not (case.said.is_page or is_firewall(case.said.text or "")):
        return None
    if case.status == 401:
        what = f"a proxy or gateway in front of {case.host} requires a login{case.number}{case.because}"
        hint = "check base_url, and whether this network has a proxy or a login page"
        return AuthenticationError(what, hint=hint, server=case.server)
    what = f"a firewall or proxy in front of {case.host} stopped the request{case.number}{case.because}"
    hint = "the key was not checked: try another network, or check base_url"
    return RejectedError(what, hint=hint, server=case.server)


def unauthorised(case: Diagnosis) -> ChatError | None:
    """Return the error for a key that is missing, wrong, or may not do this."""
    if case.status not in (401, 403) and not is_key_rejected(case.said.words, case.said.text or ""):
        return None
    if case.asked.key_source is None:
        what = f"{case.host} requires a key, and none was sent{case.number}{case.because}"
        return AuthenticationError(what, hint=Remedy("save_key", values={"name": "PROVIDER"}), server=case.server)
    if case.status == 403:
        what = f"{case.host} does not allow this request with the key from {case.asked.key_source} (403){case.because}"
        return AuthenticationError(
            what, hint="check what the key is allowed to do, and from which addresses", server=case.server
        )
    what = f"key from {case.asked.key_source} rejected by {case.host}{case.because}"
    return AuthenticationError(what, hint="check the key, or use another one", server=case.server)
