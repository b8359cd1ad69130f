"""The row that says what a turn waits for fits at every width, and loses no part of a word."""

from __future__ import annotations

import pytest

from chatcli.render.status import describe_state
from chatcli.terminal import cells

STATES = ["waiting", "answering", "running read_file, fetch_url", "rate limit of 20 requests a minute, attempt 2 of 5"]


@pytest.mark.parametrize("is_ascii", [False, True])
@pytest.mark.parametrize("key", ["Esc stops", "Ctrl+O unfolds"])
@pytest.mark.parametrize("state", STATES)
def test_state_fits_at_every_width_in_whole_words(state: str, key: str, is_ascii: bool) -> None:
    words = {*state.split(), *key.split(), "12", "s", "-", "·"}
    for columns in range(14, 100):
        said = describe_state(state, "12 s", key, columns, is_ascii=is_ascii)

        assert cells.width(said) <= columns
        assert {word.rstrip(".…,") or "-" for word in said.split()} <= {word.rstrip(",") for word in words}
        assert said.startswith(state.split()[0])
        assert key in said or columns < len(f"{state.split()[0]}... - {key}")


def test_time_leaves_first_then_words_then_the_key() -> None:
    def said(columns: int) -> str:
        return describe_state("loading the model", "3 s", "Esc stops", columns, is_ascii=True)

    assert [said(columns) for columns in (33, 32, 28, 24, 21, 19)] == [
        "loading the model 3 s - Esc stops",
        "loading the model - Esc stops",
        "loading the... - Esc stops",
        "loading... - Esc stops"[:24],
        "loading the model",
        "loading the model",
    ]
