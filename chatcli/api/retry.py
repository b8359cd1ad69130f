"""Decides whether a failed request is retried, and after how long.

Rules, in the order they are asked:

- What has been shown is never asked for again, and what the server may have worked on is never sent twice unless the
  user allowed it (`retry_ambiguous`): a duplicate costs money.
- A kept connection that turns out to be dead is replaced once, silently: the request had not arrived.
- The server's word on waiting beats our own backoff, up to the cap; beyond the cap nothing is waited for at all.

Everything here is a pure function of its arguments: the clock and the dice are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from chatcli.api.http.broken import FailureKind
from chatcli.providers.endpoint import RetryPolicy
from chatcli.records import field, frozen, replace
from chatcli.text.hosts import is_loopback

# No part of an answer exists under these, so asking again cannot be billed twice.
_REPEATABLE = frozenset({408, 409, 425, 429, 503, 529})
_STATUS_RETRIES = 2
_DNS_PATIENCE_S = 3.0
_BACKOFF_S, _BACKOFF_CAP_S, _JITTER = 0.5, 8.0, 0.25


@frozen
class Failure:
    """One failed attempt. *host* is the name in base_url, without port; an address it resolves to does not count.

    *bytes_received* counts the whole response, its head included; *shown* says whether a part of the answer was
    handed on. *status* None belongs to an error object that names none; *hopeless* marks a permanent one
    (an empty account). *hinted_wait_s* is a wait named in the body.
    """

    kind: FailureKind
    host: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    reused: bool = False
    bytes_received: int = 0
    shown: bool = False
    hopeless: bool = False
    hinted_wait_s: float | None = None


@frozen
class Wait:
    """Send again after *seconds*; *fresh* asks for a new connection, and for silence about it."""

    seconds: float
    fresh: bool = False


@frozen
class Stop:
    """Do not send again.

    *why*: `shown` (part of the answer is out), `final` (trying again cannot help), `tried` (it has been tried),
    `ambiguous` (the server may have worked on it, so only the user may send it again), `too_long` (the server asks
    for more than the cap: *wait_s* seconds).
    """

    why: Literal["shown", "final", "tried", "ambiguous", "too_long"]
    wait_s: float | None = None


Decision: TypeAlias = Wait | Stop


@frozen
class Tries:
    """What has been tried for one request: a kind for each retry, and whether a dead connection was replaced.

    Each kind has retries of its own, so a name that resolves at last does not use up those of a busy server.
    """

    retried: tuple[FailureKind, ...] = ()
    refreshed: bool = False

    def after(self, failure: Failure, wait: Wait) -> Tries:
        """Return the tries once *wait*, decided for *failure*, has been acted upon."""
        return replace(self, refreshed=True) if wait.fresh else replace(self, retried=(*self.retried, failure.kind))


def decide(failure: Failure, tries: Tries, *, elapsed_s: float, policy: RetryPolicy, chance: float) -> Decision:
    """Say whether to send again after *failure*.

    *elapsed_s* counts from the first attempt on a monotonic clock; *chance* is a random number from 0 to 1.
    """
    if failure.shown:
        return Stop("shown")
    if failure.reused and failure.bytes_received == 0 and failure.kind is FailureKind.CLOSED and not tries.refreshed:
        return Wait(0.0, fresh=True)
    if tries.retried.count(failure.kind) >= _retries_allowed(failure, policy):
        return Stop(_reason_to_stop(failure, tries))
    return _timed(failure, tries, elapsed_s=elapsed_s, policy=policy, chance=chance)


def _timed(failure: Failure, tries: Tries, *, elapsed_s: float, policy: RetryPolicy, chance: float) -> Decision:
    asked_s = None
    if failure.kind is FailureKind.STATUS:
        from chatcli.api.failures.retry_after import server_wait_s  # with its expressions: few requests fail

        asked_s = server_wait_s(failure.headers, status=failure.status, hinted_s=failure.hinted_wait_s)
    if asked_s is not None and asked_s > policy.max_wait_s:
        return Stop("too_long", asked_s)
    wait_s = min(backoff_s(len(tries.retried), chance=chance), policy.max_wait_s) if asked_s is None else asked_s
    if failure.kind is FailureKind.DNS and elapsed_s + wait_s > _DNS_PATIENCE_S:
        return Stop("tried")
    return Wait(wait_s)


def _retries_allowed(failure: Failure, policy: RetryPolicy) -> int:
    match failure.kind:
        case FailureKind.DNS | FailureKind.TLS_CUT:
            return 2
        case FailureKind.REFUSED:
            return 0 if is_loopback(failure.host) else 2
        case FailureKind.CONNECT_TIMEOUT:
            return 1
        case FailureKind.CLOSED | FailureKind.FIRST_BYTE_TIMEOUT:
            return int(policy.retry_ambiguous and failure.bytes_received == 0)
        case FailureKind.STATUS:
            return _status_retries(failure, policy)
        case _:
            return 0


def _status_retries(failure: Failure, policy: RetryPolicy) -> int:
    if failure.hopeless or _advice(failure) == "false":
        return 0
    if failure.status in _REPEATABLE:
        return _STATUS_RETRIES if policy.retries_refusals else 0
    if not _is_ambiguous(failure):
        return 0
    return _STATUS_RETRIES if _advice(failure) == "true" else int(policy.retry_ambiguous)


def _advice(failure: Failure) -> str:
    from chatcli.api.failures.retry_after import by_lower_name

    return by_lower_name(failure.headers).get("x-should-retry", "").strip().lower()


def _is_ambiguous(failure: Failure) -> bool:
    """Return whether the server may have worked on the request, and been paid for it."""
    if failure.kind is FailureKind.STATUS:
        settled = failure.hopeless or failure.status in _REPEATABLE or _advice(failure) == "false"
        return (failure.status is None or failure.status >= 500) and not settled
    return failure.kind in (FailureKind.CLOSED, FailureKind.FIRST_BYTE_TIMEOUT, FailureKind.STALLED)


def _reason_to_stop(failure: Failure, tries: Tries) -> Literal["ambiguous", "tried", "final"]:
    if _is_ambiguous(failure):
        return "ambiguous"
    return "tried" if failure.kind in tries.retried else "final"


def backoff_s(retry: int, *, chance: float) -> float:
    """Return our own wait before the retry of number *retry*, counted from 0."""
    doublings = min(retry, 10)  # the cap is reached long before, and 2.0 ** 1100 would overflow
    return min(_BACKOFF_CAP_S, _BACKOFF_S * 2.0**doublings) * (1 - _JITTER * chance)
