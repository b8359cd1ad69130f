"""What the body of a refusal says about waiting is found in its fields and in its sentences."""

from typing import Any

import pytest

from chatcli.api.failures.bodies import read_error_body
from chatcli.api.failures.body_waits import wait_in_text_s
from tests.support.growth import is_linear


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Limit 30000. Please try again in 41.724s. Visit x", 41.724),
        ("Please try again in 1m3s.", 63),
        ("try again in 500ms", 0.5),
        ("Please retry after 26 seconds.", 26),
        ("Please retry in 37.32s", 37.32),
        ("Wait for 2 minutes", 120),
        ("Weekly usage limit reached. Resets in 6hr 29min.", 23340),
        ("Your quota will reset after 27h41m36s", 99696),
        ("All accounts have exhausted their quota (reset after 5m)", 300),
        ("Your quota will reset in 3 days.", 259200),
        ("Please wait 43 seconds before retrying.", 43),
        ("Rate limited. Retry-After: 30", 30),
        ("Try again in 2 minutes and 5 seconds", 125),
        ("Please try again in about 20 seconds", 20),
        ("wait at least 1m", 60),
        ("Come back in 15 minutes.", 900),
        ("Requests are accepted again in 45s", 45),
        ("请求过于频繁，请在 30 秒后重试", 30),
        ("请 2 分钟后再试", 120),
        ("5小时之后重置", 18000),
        ("30秒後に再試行してください", 30),
        ("10초 후에 다시 시도하세요", 10),
        ("每 60 秒 10 次", None),
        ("please retry 3 times", None),
        ("retry after 2026-11-21", None),
        ("try again later", None),
    ],
)
def test_wait_is_found_in_a_sentence(text: str, seconds: float | None) -> None:
    assert wait_in_text_s(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("unit", ["", "_s", "Seconds", "_in_seconds", "_ms"])
@pytest.mark.parametrize("name", ["retry_after", "Retry-After", "retryDelay", "resets_in", "reset_after", "wait_time"])
def test_a_field_for_a_wait_is_one_in_every_spelling(name: str, unit: str) -> None:
    said = read_error_body({"error": {"message": "slow down", name + unit.removeprefix("_in"): 1500}})

    assert said.retry_after_s == (1.5 if unit == "_ms" else 1500)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"message": "m", "retry_after": 2.5}, 2.5),
        ({"message": "m", "retryDelay": "41s"}, 41),
        ({"message": "m", "details": [{"retryDelay": {"seconds": "7", "nanos": 1}}]}, 7),
        ({"detail": "m", "parameters": {"retry_after": 30}}, 30),
        ({"error": "loading", "estimated_time": 20.0}, 20),
        ({"error": {"message": "try again in 9 s", "retry_after": 8}}, 8),
        ({"message": "m", "retry_after": None}, None),
        ({"message": "m", "retry_after": True}, None),
        ({"message": "m", "retry": 3, "wait_list": 5}, None),
    ],
)
def test_a_field_for_a_wait_is_found_wherever_it_stands(body: Any, seconds: float | None) -> None:
    assert read_error_body(body).retry_after_s == seconds


@pytest.mark.parametrize(
    ("value", "moment"), [(1795262430, 1795262430), (1795262430000, 1795262430), ("2026-11-21T12:00:30Z", 1795262430)]
)
def test_a_field_for_a_moment_is_read_like_a_header(value: Any, moment: float) -> None:
    assert read_error_body({"error": {"message": "m", "resets_at": value}}).resets_at_s == moment


@pytest.mark.parametrize("unit", ["9", "9.", "retry in ", "1m", "秒后", "1 "])
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    assert is_linear(lambda size: wait_in_text_s(unit * (size // len(unit))), 2_000, 8)
