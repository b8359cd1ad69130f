"""What a server reports of one request makes the estimate of the next one right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import ImagePart, Message, TextPart, Usage, text_message
from chatcli.conversation.token_budget import HEARD_FROM, RATES, Refused, TokenBudget
from tests.support.scripted import Letters

LONG = [text_message("user", "q" * 60), text_message("assistant", "a" * 40)]  # a hundred letters


def measure(**fields: object) -> tuple[TokenBudget, list[Scale]]:
    kept: list[Scale] = []

    def keep(scale: Scale | None, _window: int | None) -> None:
        kept.extend([scale] if scale else [])

    return TokenBudget(Letters(), keep=keep, **fields), kept  # type: ignore[arg-type]  # fields of any type


@given(st.integers(HEARD_FROM, 500), st.floats(*RATES))
def test_after_a_report_the_same_messages_take_what_was_reported(letters: int, rate: float) -> None:
    messages, reported = [text_message("user", "x" * letters)], max(round(letters * rate), 1)
    budget, kept = measure()

    budget.learn(messages, Usage(reported))

    assert abs(budget.total(messages) - reported) <= 1 or not RATES[0] <= reported / letters <= RATES[1]
    assert kept in ([budget.scale], [])


def test_before_any_report_a_guess_is_the_counters() -> None:
    assert [TokenBudget(Letters()).guess(message) for message in LONG] == [60, 40]


def test_nothing_is_counted_before_a_count_is_asked_for() -> None:
    class Dear(Letters):
        asked = 0

        def count(self, message: Message) -> int:
            self.asked += 1
            return super().count(message)

    counter = Dear()
    budget = TokenBudget(counter)

    budget.learn(LONG, Usage(200))

    assert counter.asked == 0
    assert budget.count(LONG[0]) == pytest.approx(120, rel=0.02)


@pytest.mark.parametrize(
    ("messages", "usage"),
    [
        (LONG, None),
        (LONG, Usage()),
        (LONG, Usage(100 * 17)),
        (LONG, Usage(20)),
        ([text_message("user", "short")], Usage(12)),
        ([Message("user", (TextPart("x" * 100), ImagePart("data:,")))], Usage(900)),
    ],
    ids=["no report", "no number", "beyond belief", "far too few", "too short to tell", "an image"],
)
def test_what_says_nothing_about_texts_is_not_taken_to_heart(messages: list[Message], usage: Usage | None) -> None:
    budget, kept = measure()

    budget.learn(messages, usage)

    assert (budget.total([text_message("user", "x" * 100)]), kept) == (100, [])


def test_tokens_from_the_cache_that_are_told_apart_count_too() -> None:
    budget, _ = measure()

    budget.learn(LONG, Usage(20, cached_tokens=130))

    assert budget.total(LONG) == 150


def test_a_refusal_tells_how_far_the_count_was_off() -> None:
    budget, kept = measure()

    budget.learn_refusal(LONG, {}, Refused(needed=300, window_tokens=256))
    budget.learn_refusal(LONG, {}, Refused())

    assert (budget.total(LONG), budget.window_tokens, len(kept)) == (300, 256, 1)


def test_what_a_request_takes_beside_its_messages_is_part_of_the_report() -> None:
    budget, _ = measure(extra=lambda options: 3 + len(options), window_tokens=800)

    budget.learn(LONG, Usage(208), {"tools": []})

    assert budget.total(LONG, {"tools": []}) == 208
    assert budget.available_tokens({"tools": []}) == 700 - 8
