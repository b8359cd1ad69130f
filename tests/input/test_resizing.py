"""The window changes its width at the prompt."""

from __future__ import annotations

from chatcli.input.resizing import settling_s


def test_tmux_is_waited_for_longer() -> None:
    """It reports a size up to 250 ms after it has broken the rows."""
    assert settling_s({"TMUX": "/tmp/tmux"}) > 0.25 > settling_s({})
    assert settling_s({"TERM": "screen-256color"}) > 0.25 > settling_s({"TERM": "xterm-256color"})
