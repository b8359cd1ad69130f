"""A request is sent again when that is safe and of use, as often and as late as promised, and never otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.http.broken import FailureKind
from chatcli.api.retry import Decision, Failure, Stop, Tries, Wait, backoff_s, decide
from chatcli.providers.endpoint import RetryPolicy
from chatcli.records import replace

BUSY = [408, 409, 425, 429, 503, 529]
AMBIGUOUS = [500, 501, 502, 504, 524]
FINAL = [301, 400, 401, 402, 403, 404, 405, 407, 413, 422, 451, 498]
NOTHING_TRIED, CAREFUL = Tries(), RetryPolicy()
BOLD = RetryPolicy(retry_ambiguous=True)


def status(number: int | None, **headers: str) -> Failure:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Failure(FailureKind.STATUS, "api.foo.com", status=number, headers=named, bytes_received=100)


def ask(
    failure: Failure, *, tries: Tries = NOTHING_TRIED, elapsed_s: float = 0.0, policy: RetryPolicy = CAREFUL
) -> Decision:
    return decide(failure, tries, elapsed_s=elapsed_s, policy=policy, chance=0.0)


def retries(failure: Failure, policy: RetryPolicy = CAREFUL) -> int:
    """Count how often the same failure is answered with a wait."""
    tries, limit = Tries(), 10
    for count in range(limit):
        decision = ask(failure, tries=tries, policy=policy)
        if isinstance(decision, Stop):
            return count
        tries = tries.after(failure, decision)
    return limit


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        pytest.param(Failure(FailureKind.DNS, "api.foo.com"), 2, id="no address"),
        pytest.param(Failure(FailureKind.REFUSED, "api.foo.com"), 2, id="refused"),
        pytest.param(Failure(FailureKind.REFUSED, "localhost"), 0, id="refused on this machine"),
        pytest.param(Failure(FailureKind.REFUSED, "[::1]"), 0, id="refused on this machine by number"),
        pytest.param(Failure(FailureKind.TLS_CUT, "api.foo.com"), 2, id="handshake cut"),
        pytest.param(Failure(FailureKind.CERTIFICATE, "api.foo.com"), 0, id="certificate"),
        pytest.param(Failure(FailureKind.PROXY, "api.foo.com"), 0, id="proxy"),
        pytest.param(Failure(FailureKind.CONNECT_TIMEOUT, "api.foo.com"), 1, id="connect timeout"),
        pytest.param(Failure(FailureKind.CLOSED, "api.foo.com"), 0, id="fresh connection closed"),
        pytest.param(Failure(FailureKind.CLOSED, "api.foo.com", reused=True), 1, id="kept connection was dead"),
        pytest.param(
            Failure(FailureKind.CLOSED, "api.foo.com", reused=True, bytes_received=9), 0, id="kept, but had answered"
        ),
        pytest.param(Failure(FailureKind.STALLED, "api.foo.com", reused=True), 0, id="kept, but stalled"),
        pytest.param(Failure(FailureKind.FIRST_BYTE_TIMEOUT, "api.foo.com"), 0, id="first byte limit"),
        pytest.param(Failure(FailureKind.PROTOCOL, "api.foo.com"), 0, id="not HTTP"),
        *(pytest.param(status(number), 2, id=str(number)) for number in BUSY),
        *(pytest.param(status(number), 0, id=str(number)) for number in (*AMBIGUOUS, *FINAL)),
        pytest.param(status(None), 0, id="error in the stream without a status"),
        pytest.param(replace(status(429), hopeless=True), 0, id="429 of an empty account"),
        pytest.param(status(429, x_should_retry="false"), 0, id="server says no"),
        pytest.param(status(500, X_Should_Retry="true"), 2, id="server says yes"),
        pytest.param(status(400, x_should_retry="true"), 0, id="server says yes to what cannot work"),
    ],
)
def test_retries_are_as_many_as_promised(failure: Failure, expected: int) -> None:
    assert retries(failure) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        *(pytest.param(status(number), 1, id=str(number)) for number in AMBIGUOUS),
        pytest.param(status(None), 1, id="error in the stream without a status"),
        pytest.param(Failure(FailureKind.CLOSED), 1, id="fresh connection closed"),
        pytest.param(Failure(FailureKind.CLOSED, reused=True), 2, id="kept connection, then the fresh one too"),
        pytest.param(Failure(FailureKind.FIRST_BYTE_TIMEOUT), 1, id="first byte limit"),
        pytest.param(Failure(FailureKind.CLOSED, bytes_received=1), 0, id="closed after a byte"),
        pytest.param(Failure(FailureKind.STALLED, bytes_received=1), 0, id="stalled"),
        pytest.param(status(500, x_should_retry="false"), 0, id="server says no"),
        *(pytest.param(status(number), 0, id=str(number)) for number in FINAL),
    ],
)
def test_the_user_may_allow_one_ambiguous_resend(failure: Failure, expected: int) -> None:
    assert retries(failure, BOLD) == expected


def test_kept_connection_is_replaced_once_at_once_and_silently() -> None:
    dead = Failure(FailureKind.CLOSED, reused=True)

    first = ask(dead)
    assert first == Wait(0.0, fresh=True)

    assert ask(dead, tries=Tries().after(dead, first)) == Stop("ambiguous")


def test_replacing_a_connection_uses_up_no_retry() -> None:
    dead = Failure(FailureKind.CLOSED, reused=True)

    tries = Tries().after(dead, Wait(0.0, fresh=True))

    assert ask(status(503), tries=tries) == Wait(0.5)


def test_a_refusal_a_lost_name_and_two_cut_handshakes_still_reach_the_server() -> None:
    tries = Tries()

    for kind in (FailureKind.REFUSED, FailureKind.DNS, FailureKind.TLS_CUT, FailureKind.TLS_CUT):
        failure = Failure(kind, "api.foo.com")
        decision = ask(failure, tries=tries)
        assert isinstance(decision, Wait)
        tries = tries.after(failure, decision)


@pytest.mark.parametrize(
    ("failure", "tries", "why"),
    [
        pytest.param(status(401), Tries(), "final", id="cannot help"),
        pytest.param(status(503), Tries((FailureKind.STATUS,) * 2), "tried", id="has been tried"),
        pytest.param(status(502), Tries(), "ambiguous", id="may have been billed"),
        pytest.param(status(None), Tries(), "ambiguous", id="an error without a number"),
        pytest.param(Failure(FailureKind.CLOSED), Tries(), "ambiguous", id="may be at work"),
        pytest.param(
            Failure(FailureKind.STALLED, bytes_received=1), Tries(), "ambiguous", id="stalled before any text"
        ),
        pytest.param(status(502, x_should_retry="false"), Tries(), "final", id="server says no"),
        pytest.param(replace(status(503), shown=True), Tries(), "shown", id="text is out"),
    ],
)
def test_stopping_says_why(failure: Failure, tries: Tries, why: str) -> None:
    decision = ask(failure, tries=tries)

    assert isinstance(decision, Stop)
    assert decision.why == why


def test_names_are_looked_up_again_within_three_seconds_only() -> None:
    lost = Failure(FailureKind.DNS, "api.foo.com")

    assert ask(lost, elapsed_s=2.5) == Wait(0.5)
    assert ask(lost, elapsed_s=2.6) == Stop("tried")


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        pytest.param({"retry-after": "1"}, 1, id="seconds"),
        pytest.param({"retry-after": "1.5"}, 1.5, id="fraction"),
        pytest.param(
            {"retry-after": "Sat, 21 Nov 2026 13:00:07 GMT", "date": "Sat, 21 Nov 2026 13:00:00 GMT"}, 7, id="date"
        ),
        pytest.param({"retry-after": "-5"}, 0.5, id="below zero: our own"),
        pytest.param({"retry-after": "nan"}, 0.5, id="unreadable: our own"),
        pytest.param({"retry-after-ms": "1200"}, 1.2, id="milliseconds"),
        pytest.param({"retry-after": "60"}, 60, id="as long as the cap"),
    ],
)
@pytest.mark.parametrize("number", [429, 503, 529])
def test_server_decides_how_long_to_wait(number: int, headers: dict[str, str], wait_s: float) -> None:
    assert ask(Failure(FailureKind.STATUS, status=number, headers=headers)) == Wait(wait_s)


@pytest.mark.parametrize("asked", ["61", "1e9"])
def test_no_wait_begins_that_is_longer_than_the_cap(asked: str) -> None:
    assert ask(status(429, retry_after=asked)) == Stop("too_long", float(asked))


def test_the_cap_is_the_users() -> None:
    assert ask(status(429, retry_after="61"), policy=RetryPolicy(max_wait_s=90)) == Wait(61)
    assert ask(status(429), policy=RetryPolicy(max_wait_s=0.1)) == Wait(0.1)


def test_wait_named_in_the_body_counts() -> None:
    assert ask(replace(status(429), hinted_wait_s=41.7)) == Wait(41.7)


def test_headers_count_for_statuses_alone() -> None:
    assert ask(Failure(FailureKind.TLS_CUT, headers={"retry-after": "50"})) == Wait(0.5)


@pytest.mark.parametrize(
    ("retry", "chance", "wait_s"),
    [(0, 0, 0.5), (1, 0, 1), (0, 1, 0.375), (3, 0, 4), (4, 0, 8), (5, 0, 8), (5000, 1, 6)],
)
def test_backoff_doubles_up_to_eight_seconds_less_a_quarter_by_chance(retry: int, chance: float, wait_s: float) -> None:
    assert backoff_s(retry, chance=chance) == wait_s


FAILURES = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind),
    host=st.sampled_from(["api.foo.com", "localhost"]),
    status=st.none() | st.integers(300, 599),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "retry-after-ms", "x-should-retry", "date"]),
        st.sampled_from(["1", "0", "-5", "nan", "1e9", "true", "false", "soon"]),
    ),
    reused=st.booleans(),
    bytes_received=st.integers(0, 2),
    shown=st.booleans(),
    hopeless=st.booleans(),
    hinted_wait_s=st.none() | st.floats(),
)
POLICIES = st.builds(RetryPolicy, max_wait_s=st.floats(0, 1e6), retry_ambiguous=st.booleans())


@given(FAILURES, POLICIES, st.floats(0, 1))
def test_nothing_shown_is_asked_for_again(failure: Failure, policy: RetryPolicy, chance: float) -> None:
    decision = decide(replace(failure, shown=True), Tries(), elapsed_s=0, policy=policy, chance=chance)

    assert decision == Stop("shown")


@given(FAILURES, POLICIES, st.floats(0, 1), st.floats(0, 100))
def test_waits_are_never_negative_nor_above_the_cap(
    failure: Failure, policy: RetryPolicy, chance: float, elapsed_s: float
) -> None:
    decision = decide(failure, Tries(), elapsed_s=elapsed_s, policy=policy, chance=chance)

    if isinstance(decision, Wait):
        assert 0 <= decision.seconds <= policy.max_wait_s
    if isinstance(decision, Stop) and decision.why == "too_long":
        assert decision.wait_s is not None
        assert decision.wait_s > policy.max_wait_s


@given(st.lists(FAILURES, max_size=40), POLICIES)
def test_every_request_is_given_up_at_last(failures: list[Failure], policy: RetryPolicy) -> None:
    """Whatever goes wrong in whatever order, no more attempts are made than the kinds allow together."""
    tries = Tries()

    for failure in failures:
        decision = decide(failure, tries, elapsed_s=0, policy=policy, chance=0)
        if isinstance(decision, Wait):
            tries = tries.after(failure, decision)

    assert all(tries.retried.count(kind) <= 2 for kind in FailureKind)
    assert len(tries.retried) <= 11


@given(
    FAILURES.filter(
        lambda failure: failure.kind in (FailureKind.CLOSED, FailureKind.FIRST_BYTE_TIMEOUT, FailureKind.STALLED)
    )
)
def test_what_may_have_been_billed_is_not_sent_twice_unasked(failure: Failure) -> None:
    fresh = replace(failure, reused=False)

    assert isinstance(ask(fresh), Stop)
