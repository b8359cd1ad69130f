"""What the toolbar shows, and what it leaves out where there is little room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.window_fill import WindowFill
from chatcli.input.toolbar import ToolbarState, fragments, toolbar
from chatcli.records import replace
from chatcli.terminal import cells

FILL = WindowFill(3100, 128_000)
FULL = ToolbarState("gpt-x", "openai", FILL, cost=0.04, attachments=2, is_unlogged=True, title="My title")


def test_toolbar_shows_all_where_there_is_room() -> None:
    assert toolbar(FULL, 100) == "gpt-x@openai · ctx 3.1k/128k (2%) · $0.04 · 2 attached · unlogged · My title"


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (75, "gpt-x@openai · ctx 3.1k/128k (2%) · $0.04 · 2 attached · unlogged"),
        (64, "gpt-x@openai · ctx 3.1k/128k (2%) · $0.04 · unlogged"),
        (50, "gpt-x@openai · ctx 3.1k/128k (2%) · unlogged"),
        (43, "gpt-x · ctx 3.1k/128k (2%) · unlogged"),
        (39, "gpt-x · ctx 3.1k/128k (2%) · unlogged"),
        (38, "gpt-x · 2%"),
        (10, "gpt-x · 2%"),
        (9, "gpt… · 2%"),
        (8, ""),
    ],
)
def test_less_important_fields_leave_first(width: int, text: str) -> None:
    assert toolbar(FULL, width) == text


@pytest.mark.parametrize(("width", "text"), [(80, "guide · My title"), (30, "guide"), (12, "guide")])
def test_a_model_that_counts_nothing_has_no_context(width: int, text: str) -> None:
    assert toolbar(ToolbarState("guide", fill=None, title="My title"), width) == text


@given(
    st.text(),
    st.text(),
    st.text(),
    st.one_of(st.none(), st.integers(0, 10**7)),
    st.one_of(st.none(), st.integers(0, 10**7)),
    st.integers(9, 200),
)
def test_toolbar_never_takes_more_than_its_width(
    model: str, provider: str, title: str, used: int | None, window: int | None, width: int
) -> None:
    line = toolbar(ToolbarState(model, provider, WindowFill(used, window), title=title), width)

    assert cells.width(line) <= width
    assert "\n" not in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("fill", "pair"),
    [
        pytest.param(WindowFill(10, 100), ("", "ctx 10/100 (10%)"), id="normal"),
        pytest.param(WindowFill(50, 100), ("warn", "ctx 50/100 (50%)"), id="half"),
        pytest.param(WindowFill(80, 100), ("alarm", "ctx 80/100 (80%) !"), id="nearly full"),
        pytest.param(WindowFill(10, 100, is_estimate=True), ("", "ctx ~10/100 (10%)"), id="estimate"),
        pytest.param(WindowFill(10, None), ("", "ctx 10/?"), id="unknown window"),
        pytest.param(WindowFill(None, 100), ("", "ctx ?/100"), id="unknown use"),
        pytest.param(WindowFill(), ("", "ctx ?"), id="nothing known"),
        pytest.param(WindowFill(10, 100, is_truncated=True), ("alarm", "ctx 10/100 (10%) !"), id="truncated"),
    ],
)
def test_context_has_its_colour_and_its_sign(fill: WindowFill, pair: tuple[str, str]) -> None:
    assert pair in fragments(ToolbarState("m", fill=fill), 80)


@pytest.mark.parametrize(
    ("fill", "text"),
    [
        pytest.param(WindowFill(9, 10), "g… · 90% !", id="alarm"),
        pytest.param(WindowFill(), "gpt-x… · ?", id="unknown"),
        pytest.param(WindowFill(1, 10, is_estimate=True), "gp… · ~10%", id="estimate"),
        pytest.param(WindowFill(10**9, 10), "… · 999% !", id="far too full"),
    ],
)
def test_narrow_bar_shortens_the_model(fill: WindowFill, text: str) -> None:
    assert toolbar(ToolbarState("gpt-x-long-name", fill=fill), 10) == text


def test_long_name_leaves_room_for_the_percentage() -> None:
    assert toolbar(ToolbarState("x" * 100, fill=FILL), 60) == f"{'x' * 54}… · 2%"


def test_untrusted_names_are_shown_and_not_obeyed() -> None:
    line = toolbar(replace(FULL, model="\x1b[31mm", title="a\nb\u202e"), 200)

    assert line.startswith("^[[31mm@openai")
    assert line.endswith("a b⟨U+202E⟩")


def test_ascii_has_no_dots() -> None:
    assert toolbar(FULL, 100, ascii_only=True).isascii()
