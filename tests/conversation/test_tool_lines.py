"""A call of a tool has one line, in which what matters most stands first, however long the rest is."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.conversation.messages import ToolCall, ToolReported
from chatcli.conversation.tool_lines import describe_report

CALL = ToolCall("1", "weather", '{"city": "Paris"}')


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (ToolReported(CALL, "done", "sunny", 1.25), 'weather · 5 B, 1.2 s · {"city": "Paris"}'),
        (ToolReported(CALL, "done", "é"), 'weather · 2 B · {"city": "Paris"}'),
        (ToolReported(CALL, "failed", "no\nsuch city"), 'weather · failed: no such city · {"city": "Paris"}'),
        (ToolReported(CALL, "denied"), 'weather · not run · {"city": "Paris"}'),
        (ToolReported(CALL, "interrupted"), 'weather · stopped by you · {"city": "Paris"}'),
        (ToolReported(ToolCall("1", "now", "{}"), "denied"), "now · not run"),
        (ToolReported(ToolCall("1", " \n", ""), "denied"), "(no name) · not run"),
    ],
)
def test_the_line_says_how_a_call_ended(report: ToolReported, line: str) -> None:
    assert describe_report(report) == line


@pytest.mark.parametrize("field", ["name", "arguments"])
def test_whatever_a_model_writes_is_one_line_of_bounded_length(field: str) -> None:
    changes: dict[str, Any] = {"name": "n", "arguments": "a", field: "x\n" * 100_000}

    line = describe_report(ToolReported(ToolCall("1", **changes), "failed", "y\n" * 100_000))

    assert "\n" not in line
    assert len(line) < 450
