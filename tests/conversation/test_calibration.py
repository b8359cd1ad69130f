"""A server that counts by a rule is understood after a few reports, and noise makes no rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.calibration import MOST_REPORTS, CountReport, Scale, learn_scale

TEXTS = [(20, 90, 1), (55, 210, 3), (80, 390, 5), (130, 520, 7), (90, 470, 7), (120, 430, 5)]


def reports(each: float, around: float, *, by_bytes: bool) -> list[CountReport]:
    """Return what a server that counts exactly so reports of requests (tokens, bytes, messages)."""
    scale = Scale(each, around, by_bytes)
    return [CountReport(*text, seen=scale.of(CountReport(*text, seen=0))) for text in TEXTS]


@given(st.floats(0.5, 3), st.floats(0, 20), st.booleans())
def test_a_server_that_counts_by_a_rule_is_understood(each: float, around: float, by_bytes: bool) -> None:
    known = reports(each, around, by_bytes=by_bytes)

    learnt = learn_scale(known[:-1], Scale())

    assert learnt.of(known[-1]) == pytest.approx(known[-1].seen, rel=0.06)


def test_one_report_gives_a_ratio_of_tokens() -> None:
    learnt = learn_scale([CountReport(100, 400, 2, seen=150)], Scale())

    assert not learnt.by_bytes
    assert learnt.of(CountReport(200, 800, 4, 0)) == pytest.approx(300, rel=0.01)


def test_without_reports_what_was_known_stays() -> None:
    before = Scale(2, 3, by_bytes=True)

    assert learn_scale([], before) == before
    assert learn_scale([CountReport(0, 0, 0, 5), CountReport(5, 5, 1, 0)], before) == before


def test_old_reports_are_forgotten() -> None:
    old, new = reports(5, 0, by_bytes=False), [CountReport(50 + n, 200 + 4 * n, 3, 50 + n) for n in range(MOST_REPORTS)]

    assert learn_scale([*old, *new], Scale()).of(CountReport(60, 240, 3, 0)) == pytest.approx(60, rel=0.01)


def test_more_text_and_fewer_tokens_is_chance() -> None:
    learnt = learn_scale([CountReport(100, 400, 2, 200), CountReport(200, 800, 2, 100)], Scale())

    assert learnt.each > 0


@given(st.lists(st.tuples(*[st.integers(1, 10_000)] * 4), min_size=1, max_size=10), st.integers(1, 10**6))
def test_whatever_is_reported_sizes_are_finite_and_never_negative(
    rows: list[tuple[int, int, int, int]], tokens: int
) -> None:
    learnt = learn_scale([CountReport(*row) for row in rows], Scale())

    assert 0 <= learnt.of(CountReport(tokens, tokens * 4, 1, 0)) < float("inf")
