"""What a server says about waiting is read to the second, and rubbish is not there."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.retry_after import duration_s, server_wait_s

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("41", 41),
        (" 1.5 ", 1.5),
        ("1e9", 1e9),
        ("59.5s", 59.5),
        ("12ms", 0.012),
        ("6m0s", 360),
        ("1h2m3s", 3723),
        ("2d", 172800),
        ("500 milliseconds", 0.5),
        ("20 seconds", 20),
        ("1 minute 5 sec", 65),
        ("3 hours", 10800),
        ("2 minutes and 5 seconds", 125),
        ("1 hour, 2 minutes", 3720),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("soon", None),
        ("1_000", None),
        ("٣", None),
        ("5 parsecs", None),
    ],
)
def test_durations_are_read(text: str, seconds: float | None) -> None:
    assert duration_s(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after-ms": "250", "retry-after": "9"}, 0.25, id="milliseconds first"),
        pytest.param({"Retry-After": "1"}, 1, id="seconds"),
        pytest.param({"RETRY-AFTER": "1.5"}, 1.5, id="fractions, any case"),
        pytest.param({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": NOON}, 30, id="date against date"),
        pytest.param({"retry-after": "Saturday, 21-Nov-26 12:00:30 GMT", "date": NOON}, 30, id="old date"),
        pytest.param({"retry-after": "Sat Nov 21 12:00:30 2026", "date": NOON}, 30, id="oldest date"),
        pytest.param({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, None, id="date without a clock to read it by"),
        pytest.param({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT", "date": NOON}, None, id="date in the past"),
        pytest.param({"retry-after": "Sat, 99 Nov 2026 11:00:00 GMT", "date": NOON}, None, id="no date"),
        pytest.param({"retry-after": "-5"}, None, id="less than nothing"),
        pytest.param({"retry-after": "0"}, None, id="nothing"),
        pytest.param({"retry-after": "nan"}, None, id="not a number"),
        pytest.param({"retry-after": "9" * 400}, None, id="more than a float holds"),
        pytest.param({"retry-after": "1e9"}, 1e9, id="absurd but said"),
        pytest.param({"retry-after-ms": "-1", "retry-after": "2"}, 2, id="the next where the first is unreadable"),
        pytest.param({"x-ratelimit-reset-requests": "6m0s"}, 360, id="reset"),
        pytest.param({"x-ratelimit-reset-requests": "0"}, None, id="reset of nothing"),
        pytest.param({"x-ratelimit-reset-tokens": "-1", "x-ratelimit-reset-requests": "2"}, 2, id="one reset readable"),
        pytest.param({"x-ratelimit-reset-requests": "8s", "x-ratelimit-reset-tokens": "6m"}, 8, id="the sooner reset"),
        pytest.param(
            {
                **{"x-ratelimit-reset-requests": "8s", "x-ratelimit-remaining-requests": "59"},
                **{"x-ratelimit-reset-tokens": "1m", "x-ratelimit-remaining-tokens": "0"},
            },
            60,
            id="the reset of what is used up",
        ),
        pytest.param({"x-ratelimit-reset": "1795262430000", "date": NOON}, 30, id="reset as a point in time, ms"),
        pytest.param({"x-ratelimit-reset": "1795262430", "date": NOON}, 30, id="reset as a point in time, s"),
        pytest.param({"x-ratelimit-reset": "1795262430"}, None, id="point in time without a date"),
        pytest.param({"ratelimit-reset": "7"}, 7, id="reset without x-"),
        pytest.param({"x-ratelimit-reset-after": "7"}, 7, id="reset after"),
        pytest.param({"x-rate-limit-reset": "7"}, 7, id="reset with a dash more"),
        pytest.param({"anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:30Z", "date": NOON}, 30, id="reset, ISO"),
        pytest.param({"retry-after": "2026-11-21T12:00:30Z", "date": NOON}, None, id="a date of another kind"),
        pytest.param({"retry-after": "1795262430", "date": NOON}, 30, id="seconds since 1970"),
        pytest.param({"retry-after": "99999999999999"}, None, id="ages"),
        pytest.param({"retry-after": "5, 5"}, 5, id="the same twice, joined by a proxy"),
        pytest.param({"ratelimitbysize-reset": "20", "ratelimitbysize-remaining": "0"}, 20, id="a limit by size"),
        pytest.param({"ratelimit": "limit=9, remaining=0, reset=7"}, 7, id="all of a limit in one header"),
        pytest.param({"ratelimit": '"m";r=0;t=7,"d";r=5;t=900'}, 7, id="several limits in one, the exhausted one"),
        pytest.param({}, None, id="silence"),
    ],
)
def test_server_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert server_wait_s(headers, status=429) == seconds


def test_resets_count_for_rate_limits_alone() -> None:
    """They come with every answer, and a busy server is not busy until a quota is full again."""
    assert server_wait_s({"x-ratelimit-reset-tokens": "6m0s"}, status=503) is None


def test_hint_of_the_body_stands_between_retry_after_and_resets() -> None:
    resets = {"x-ratelimit-reset-tokens": "6m0s"}

    assert server_wait_s(resets, status=429, hinted_s=41.7) == 41.7
    assert server_wait_s({**resets, "retry-after": "3"}, status=429, hinted_s=41.7) == 3
    assert server_wait_s(resets, status=429, hinted_s=0) == 360


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_dates_are_in_gmt_wherever_the_user_is(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest form of a date does not say so."""
    headers = {"retry-after": "Sat Nov 21 12:00:30 2026", "date": NOON}

    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        seconds = server_wait_s(headers, status=429)
    time.tzset()

    assert seconds == 30


@given(st.dictionaries(st.sampled_from(["retry-after", "Retry-After-Ms", "date", "x-ratelimit-reset-a"]), st.text()))
def test_any_header_is_read_without_an_error(headers: dict[str, str]) -> None:
    wait_s = server_wait_s(headers, status=429)

    assert wait_s is None or wait_s > 0
