from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.input.interrupts import Interrupts, Meaning


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("presses", "meanings"),
    [
        pytest.param([(0, False)], ["ask"], id="first"),
        pytest.param([(0, False), (2.0, False)], ["ask", "leave"], id="second in time"),
        pytest.param([(0, False), (2.1, False), (2.0, False)], ["ask", "ask", "leave"], id="second too late"),
        pytest.param([(0, True), (0.9, False), (0.9, False)], ["clear", "nothing", "nothing"], id="hammering"),
        pytest.param([(0, True), (1.0, False), (0.1, False)], ["clear", "ask", "leave"], id="after a pause"),
        pytest.param([(0, False), (0.5, True), (1.0, False)], ["ask", "clear", "ask"], id="text between"),
    ],
)
def test_what_presses_mean(presses: list[tuple[float, bool]], meanings: list[Meaning]) -> None:
    clock = Clock()
    interrupts = Interrupts(clock, may_leave=True)
    found = []

    for wait_s, has_text in presses:
        clock.now += wait_s
        found.append(interrupts.press(has_text=has_text))

    assert found == meanings


@given(st.lists(st.floats(min_value=0, max_value=0.99), max_size=50))
def test_no_hammering_after_a_stop_ever_leaves_or_clears(waits: list[float]) -> None:
    clock = Clock()
    interrupts = Interrupts(clock, may_leave=True)
    interrupts.settle()

    for wait_s in waits:
        clock.now += wait_s
        assert interrupts.press(has_text=True) == "nothing"


@given(st.lists(st.floats(min_value=0, max_value=3), max_size=50))
def test_leaving_can_be_switched_off(waits: list[float]) -> None:
    clock = Clock()
    interrupts = Interrupts(clock, may_leave=False)

    for wait_s in waits:
        clock.now += wait_s
        assert interrupts.press(has_text=False) == "ask"


def test_a_press_at_the_prompt_before_does_not_count_as_the_first() -> None:
    interrupts = Interrupts(Clock(), may_leave=True)
    interrupts.press(has_text=False)

    interrupts.begin()

    assert interrupts.press(has_text=False) == "ask"
