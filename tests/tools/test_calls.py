"""A call that cannot be one is refused in English to the model, and in the user's language to the user."""

from __future__ import annotations

import pytest

from chatcli.conversation.messages import ToolCall
from chatcli.conversation.tool_lines import describe_report
from chatcli.language import speaking
from chatcli.tools.calls import read_call
from chatcli.tools.tool import Tool, Toolset

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = Toolset({"weather": Tool("weather", "Weather of a city", SCHEMA, lambda _arguments, _cancellation: "sunny")})


@pytest.mark.parametrize(
    ("wire", "english", "chinese"),
    [
        (ToolCall("1", "weather", "[1]"), "not a JSON object", "不是 JSON 对象"),
        (ToolCall("1", "weather", "{}"), "do not match the schema", "不符合 schema"),
        (ToolCall("1", "wether", "{}"), "There is no tool `wether`", "没有工具 `wether`"),
        (ToolCall("1", "x", "{}"), "The tools are: weather.", "可用的工具：weather。"),
    ],
)
def test_a_refusal_is_worded_for_each_reader(wire: ToolCall, english: str, chinese: str) -> None:
    with speaking("zh"):
        result = read_call(TOOLS, wire).result
        assert result is not None
        assert english in result.text
        assert result.text.isascii()
        assert chinese in describe_report(result)
    assert english in describe_report(read_call(TOOLS, wire).result or result)
