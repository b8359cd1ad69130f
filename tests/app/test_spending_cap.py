"""Whatever is asked and however it ends, a run stays within its money."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.app.spending_cap import PricedModel, SpendingCap
from chatcli.conversation.messages import Event, Listener, Notice, Request, Text, Usage, UsageReported
from chatcli.conversation.model_info import Price
from chatcli.errors import ChatError, IncompleteAnswerError, RejectedError, ServerReport, UnreachableError
from tests.conftest import OpenServer
from tests.support.answers import chunk, sse, stream_head
from tests.support.program import run

PRICE = Price(2.0, 10.0)  # dollars per million tokens
PROMPT = 1_000


def cap(max_cost: float | None = None, *, budget_stop: float = 0.0, spent_today: float = 0.0) -> SpendingCap:
    return SpendingCap(max_cost, lambda: budget_stop, lambda: spent_today)


def ask(
    limit: SpendingCap,
    *steps: Event | ChatError,
    price: Price | None = PRICE,
    most: int | None = None,
    **options: Any,
) -> tuple[Request | None, list[Event]]:
    """Return the request that was sent, None for none, and what was shown."""
    sent: list[Request] = []
    shown: list[Event] = []

    def send(request: Request, show: Listener) -> None:
        sent.append(request)
        for step in steps:
            if isinstance(step, ChatError):
                raise step
            show(step)

    try:
        limit.send(
            Request("m", (), options), shown.append, PricedModel("m", send, price, lambda _request: PROMPT, most)
        )
    except RejectedError:
        assert not sent
    except ChatError:
        assert sent
    return (sent[0] if sent else None), shown


@given(
    st.lists(st.tuples(st.integers(0, 2_000), st.none() | st.integers(1, 3_000)), max_size=12), st.floats(0.001, 0.2)
)
def test_answers_never_cost_more_than_the_limit(questions: list[tuple[int, int | None]], dollars: float) -> None:
    """Each answer is as long as it wants, up to the limit that was sent for it."""
    limit, spent = cap(dollars), 0.0
    for length, wanted in questions:
        usage: list[Event] = []

        def send(request: Request, show: Listener, length: int = length, usage: list[Event] = usage) -> None:
            tokens = min(length, request.options["max_tokens"])
            usage.append(UsageReported(Usage(PROMPT, tokens)))
            show(usage[0])

        options = {"max_tokens": wanted} if wanted else {}
        model = PricedModel("m", send, PRICE, lambda _request: PROMPT)
        try:
            limit.send(Request("m", (), options), lambda _event: None, model)
        except RejectedError:
            continue
        event = usage[0]
        assert isinstance(event, UsageReported)
        spent += PRICE.cost(event.usage) or 0.0

    assert spent <= dollars * (1 + 1e-9)


def test_what_is_left_buys_the_limit_that_is_sent_and_the_user_is_told() -> None:
    request, shown = ask(cap(0.012))

    assert request is not None
    assert request.options == {"max_tokens": 1_000}
    assert [event.message for event in shown if isinstance(event, Notice) and "1 000" in event.message]


@pytest.mark.parametrize(
    ("limit", "given"),
    [
        (cap(0.002), {}),
        (cap(0.012), {"max_tokens": 1_001}),
        (cap(0.012), {"max_completion_tokens": 501, "n": 2}),
        (cap(budget_stop=1.0, spent_today=1.0), {}),
        (cap(5.0, budget_stop=1.0, spent_today=0.999), {}),
        (cap(5.0), {"price": None}),
    ],
    ids=["prompt alone", "own limit", "own limit, twice", "day is over", "the lower of two", "no price"],
)
def test_what_might_cost_more_is_not_sent(limit: SpendingCap, given: dict[str, Any]) -> None:
    price = None if "price" in given else PRICE
    options = {name: value for name, value in given.items() if name != "price"}

    assert ask(limit, price=price, **options) == (None, [])


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([UsageReported(Usage(PROMPT, 500))], 0.005),
        ([UsageReported(Usage(PROMPT, 500, cost=0.001))], 0.011),
        ([UnreachableError("not sent", server=ServerReport(status=503))], 0.012),
        ([Text("a" * 100), IncompleteAnswerError("cut")], 0.009),
    ],
    ids=["usage", "cost as billed", "refused", "cut"],
)
def test_the_next_question_has_what_the_last_one_left(steps: Sequence[Event | ChatError], left: float) -> None:
    limit = cap(0.012)
    ask(limit, *steps)

    request, _ = ask(limit)

    assert request is not None
    assert request.options["max_tokens"] == pytest.approx((left - 0.002) / 10e-6, abs=1)


def test_a_model_that_costs_nothing_is_not_limited() -> None:
    request, shown = ask(cap(budget_stop=1.0, spent_today=2.0), price=Price(0, 0))

    assert request is not None
    assert (request.options, shown) == ({}, [])


def test_the_longest_answer_of_a_model_is_no_news() -> None:
    request, shown = ask(cap(5.0), most=4_096)

    assert request is not None
    assert (request.options["max_tokens"], shown) == (4_096, [])


def test_an_answer_that_ends_at_what_the_money_buys_is_complete(server: OpenServer, home: Path) -> None:
    """The limit counts as the user's own, and without a price nothing is sent."""
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[models."m"]\nprice = { input = 2.0, output = 10.0 }\n', encoding="utf-8")
    config.chmod(0o600)
    model = server([stream_head(), sse(chunk("Cut", finish="length"))])

    ran = run("ask", "--base-url", model.url, "-m", "m", "--max-cost", "0.01", "hi", home=home)
    unpriced = run("ask", "--base-url", model.url, "-m", "other", "--max-cost", "0.01", "hi", home=home)

    assert (ran.exit_code, ran.stdout) == (0, "Cut")
    (post,) = model.posts
    assert 900 < (post.json.get("max_tokens") or post.json["max_completion_tokens"]) < 1_000
    assert "max_tokens" in ran.stderr
    assert unpriced.exit_code == 8
    assert "other" in unpriced.stderr
