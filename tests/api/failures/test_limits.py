"""Money, the allowance of a day, a rate, the key, a firewall: each is told from the others, at every status.

Sentences are made of a noun of money and a lack; the tables hold what servers and gateways say.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.classify import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import AuthenticationError, ChatError, QuotaError, RateLimitError, RejectedError
from tests.support.hints import hint_of


def refused(
    status: int, said: Any, headers: dict[str, str] | None = None, *, key_source: str | None = "$FOO_KEY"
) -> ChatError:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return classify(status, headers or {}, body, FailedRequest("api.foo.com", "gpt-x", key_source))


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


NOUNS = ["credits", "balance", "funds", "prepaid balance", "quota", "free trial", "spending limit", "monthly budget"]
LACKS = [
    "Your @ has been exhausted",
    "insufficient @ for this request",
    "The @ of this account is used up.",
    "This key has no @ left. Top it up in the console.",
    "You ran out of @",
    "You've reached the @ of your plan",
    "@ too low",
    "The @ does not suffice: add a card, or purchase more @",
    "Error 7: the @ exceeded",
]


@given(noun=st.sampled_from(NOUNS), lack=st.sampled_from(LACKS), status=st.sampled_from([400, 401, 402, 403, 429, 500]))
def test_a_lack_of_money_is_one_at_every_status(noun: str, lack: str, status: int) -> None:
    error = refused(status, said(lack.replace("@", noun)))

    assert isinstance(error, QuotaError)
    assert "key from $FOO_KEY" in error.what or "monthly" in error.what


@pytest.mark.parametrize(
    "text",
    [
        "Your newly created team doesn't have any credits or licenses yet.",
        "Insufficient credits. This account never purchased credits.",
        "Insufficient credits — top up your balance",
        "customer_verification_required: requires a valid credit card",
        "missing payment method",
        "drained prepaid balance",
        "This workspace has no credits",
        "user quota is not enough",
        "pre-consume token quota failed, user quota: $0.05, need quota: $0.10",
        "account suspended due to insufficient balance",
        "Access denied: account is in arrears",
        "Key limit exceeded (total limit). Manage it in the settings",
        "Billing hard limit has been reached",
        "ExceededBudget: User=x over budget. Spend=10, Budget=5",
        "The free trial has ended",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
        "Workspace spend limit reached",
        "The free tier of the model has been exhausted. Disable the free tier only mode.",
        "Your account has reached the set inference limit for the model, and the model service has been paused.",
        "令牌额度不足",
        "您的账户已欠费",
        "用户余额不足，请充值",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_servers_speak_of_money_in_their_ways(text: str, status: int) -> None:
    assert isinstance(refused(status, said(text)), QuotaError)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, said("You exceeded your limit of concurrent requests.", code="INSUFFICIENT QUOTA"), RateLimitError),
        (429, said("The load of the group is saturated", code="insufficient_quota"), RateLimitError),
        (429, said("Quota exceeded for quota metric x and limit 'requests per minute'"), RateLimitError),
        (429, said("You exceeded your current quota", details=[{"retryDelay": "26s"}]), RateLimitError),
        (429, said("This request would exceed your account's rate limit"), RateLimitError),
        (429, said("Limit: 6000 per minute. Need more? Upgrade at https://x.ai/settings/billing"), RateLimitError),
        (413, said("Too large: TPM 6000. Need more? Upgrade at https://x.ai/settings/billing"), RejectedError),
        (429, said("A trial key is limited to 20 calls / minute. Upgrade to a production key."), RateLimitError),
        (429, said("您的账户已达到速率限制"), RateLimitError),
        (403, said("You do not have permission"), AuthenticationError),
        (403, said("The model's license must be accepted"), AuthenticationError),
        (500, said("disk quota exceeded"), ChatError),
        (400, said("The thinking budget exceeds the limit"), RejectedError),
        (401, said("Incorrect API key provided"), AuthenticationError),
        (400, said("API key not valid. Please pass a valid API key."), AuthenticationError),
        (500, said("invalid x-api-key"), AuthenticationError),
        (422, said("no auth credentials found"), AuthenticationError),
    ],
)
def test_a_rate_a_right_or_a_key_is_no_money(status: int, body: Any, kind: type[ChatError]) -> None:
    error = refused(status, body)

    assert isinstance(error, kind)
    assert not isinstance(error, QuotaError)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Rate limit exceeded: free-models-per-day", "daily"),
        ("You have reached your weekly usage limit", "weekly"),
        ("Weekly usage limit reached. Resets in 6hr 29min.", "weekly"),
        ("You have reached your weekly limit. Your quota will reset in 3 days.", "weekly"),
        ("daily free allocation of 10,000 neurons used up", "daily"),
        ("Key limit exceeded (daily limit)", "daily"),
        ("Rate limit reached for tokens per day (TPD): Limit 100000, Used 99000. Try again in 14m24s", "daily"),
        ("Monthly usage limit reached", "monthly"),
        ("You've hit your usage limit for today", "daily"),
        ("Free tier limit: 50 requests/day", "daily"),
        ("Rate limit of 50 per 86400s exceeded for one user", "daily"),
        ("5-hour limit reached - resets 3am", "5-hour"),
        ("今日使用次数已达上限", "daily"),
        ("您已达到每周使用上限", "weekly"),
    ],
)
@pytest.mark.parametrize("status", [402, 403, 429])
def test_the_allowance_of_a_period_is_named(text: str, period: str, status: int) -> None:
    error = refused(status, said(text))

    assert isinstance(error, QuotaError)
    assert f"the {period} limit at api.foo.com" in error.what


@given(st.integers(1_700_000_000, 4_000_000_000), st.sampled_from(["header", "header ms", "text", "metadata", "iso"]))
def test_the_moment_of_a_reset_is_told_wherever_it_stands(moment: int, place: str) -> None:
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    text = f"daily limit reached, it resets at {written}" if place == "text" else "daily limit reached"
    header = {"header": str(moment), "header ms": str(moment * 1000), "iso": written}.get(place)
    metadata = {"headers": {"X-RateLimit-Reset": str(moment * 1000)}} if place == "metadata" else {}

    error = refused(429, said(text, metadata=metadata), {"x-ratelimit-reset-requests": header} if header else None)

    local = time.localtime(moment)
    assert isinstance(error, QuotaError)
    assert f"{local.tm_mday} {time.strftime('%B at %H:%M', local)}" in hint_of(error)


@given(st.integers(1, 10**7))
def test_what_the_credit_still_pays_for_is_named(tokens: int) -> None:
    text = f"This request requires more credits. You requested up to 65536 tokens, but can only afford {tokens}."

    error = refused(402, said(text))

    assert isinstance(error, QuotaError)
    assert f"--max-tokens {tokens}" in hint_of(error)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>Attention Required! | Cloudflare</title></head></html>",
        b"<html><title>403 Forbidden</title><center>nginx</center></html>",
        b"error code: 1010",
        b"error code: 1020",
        b"RBAC: access denied",
        b"<!DOCTYPE html><title>Just a moment...</title>",
        said("Request blocked by security policy"),
        said("Blocked by the firewall"),
    ],
)
def test_a_firewall_has_judged_no_key(body: Any) -> None:
    error = refused(403, body)

    assert isinstance(error, RejectedError)
    assert "firewall" in error.what
    assert "the key was not checked" in hint_of(error)
    assert "$FOO_KEY" not in error.what


ELSEWHERE = [
    said("Country, region, or territory not supported", code="unsupported_country_region_territory"),
    said("Access denied due to Virtual Network/Firewall rules"),
    said("The client IP address 192.0.2.1 is not authorized to access this"),
    said("This service is not available in your country"),
]


@pytest.mark.parametrize("key_source", [None, "$FOO_KEY"])
@pytest.mark.parametrize("body", ELSEWHERE)
def test_a_refused_place_is_not_blamed_on_the_key(body: Any, key_source: str | None) -> None:
    error = refused(403, body, key_source=key_source)

    assert isinstance(error, RejectedError)
    assert "country or network" in error.what
    assert "key is not the reason" in hint_of(error)


@pytest.mark.parametrize("body", [said("This model is not available in your region"), said("Host not allowed")])
def test_what_a_region_lacks_is_not_the_place_of_the_user(body: Any) -> None:
    assert isinstance(refused(403, body), AuthenticationError)


@pytest.mark.parametrize(
    ("body", "needs_key"),
    [
        (said("Missing Authentication Token"), True),
        (said("Method doesn't allow unregistered callers. Please use API Key"), True),
        ({"detail": "Not authenticated"}, True),
        ({"error": "unauthorized"}, True),
        (b"", False),
        (said("Forbidden"), False),
        (said("Host not allowed"), False),
        (said("Request not allowed", type="forbidden"), False),
    ],
)
def test_only_a_refusal_that_speaks_of_keys_says_that_one_is_required(body: Any, *, needs_key: bool) -> None:
    """A server on the loopback answers so to a host name it does not know, and has no keys at all."""
    error = refused(403, body, key_source=None)

    assert ("requires a key" in error.what) is needs_key
    assert ("hosts and addresses" in hint_of(error)) is not needs_key
    assert "chat keys set" in hint_of(error)
