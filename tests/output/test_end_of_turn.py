"""The line that sums a turn up."""

import pytest

from chatcli.conversation.window_fill import WindowFill
from chatcli.output.end_of_turn import TurnFigures, end_of_turn


def test_ascii_has_no_dots() -> None:
    assert end_of_turn(TurnFigures(prompt_tokens=1, completion_tokens=2), ascii_only=True).isascii()


def test_end_of_turn_tells_all() -> None:
    turn = TurnFigures("", 1200, 356, fill=WindowFill(3100, 128_000), cost=0.0012, total_s=4.6, first_s=0.4)

    assert end_of_turn(turn) == "in 1.2k out 356 · ctx 3.1k/128k (2%) · $0.0012 · 4.6 s · first 0.4 s · 85 tok/s"


@pytest.mark.parametrize(
    ("turn", "line"),
    [
        pytest.param(TurnFigures(), "", id="nothing"),
        pytest.param(TurnFigures("stopped by you", completion_tokens=5), "stopped by you · out 5", id="reason first"),
        pytest.param(
            TurnFigures(prompt_tokens=9, completion_tokens=1, is_estimate=True), "in ~9 out ~1", id="estimates"
        ),
        pytest.param(TurnFigures(completion_tokens=5, total_s=0.05), "out 5 · 0.05 s", id="too short for a speed"),
        pytest.param(TurnFigures("cut\x1b[0m"), "cut^[[0m", id="untrusted reason"),
    ],
)
def test_end_of_turn_tells_only_what_is_known(turn: TurnFigures, line: str) -> None:
    assert end_of_turn(turn) == line


ALL = TurnFigures("stopped by you", 1200, 356, fill=WindowFill(3100, 128_000), cost=0.0012, total_s=4.6, first_s=0.4)


def test_end_of_turn_fits_at_every_width_and_loses_whole_fields() -> None:
    whole = end_of_turn(ALL).split(" · ")
    for columns in range(14, len(end_of_turn(ALL)) + 1):
        line = end_of_turn(ALL, columns=columns)

        assert len(line) <= columns
        assert line.startswith("stopped by you")
        assert set(line.split(" · ")) <= set(whole)


def test_speed_and_times_leave_before_the_cost_and_the_window_last() -> None:
    assert end_of_turn(ALL, columns=80) == ("stopped by you · in 1.2k out 356 · ctx 3.1k/128k (2%) · $0.0012 · 4.6 s")
    assert end_of_turn(ALL, columns=40) == "stopped by you · ctx 3.1k/128k (2%)"
