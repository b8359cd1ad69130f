"""A call that cannot be one, or fails, is told in English to the model, and in the user's language to the user."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

from chatcli.conversation.messages import Event, ToolCall, ToolReported
from chatcli.conversation.tool_lines import describe_report
from chatcli.files.foreign import ForeignReader
from chatcli.language import speaking
from chatcli.tools.built_in import built_in_tools
from chatcli.tools.calls import read_call
from chatcli.tools.loop import ToolLoop
from chatcli.tools.policy import Policy, ToolRules
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


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("name", "arguments", "sent", "told"),
    [
        ("calculate", {"expression": "1/0"}, "`1/0` has no value: division by zero.", "`1/0` 无法求值：除以零。"),
        ("read_file", {"path": "x"}, "There is no file `x`.", "没有文件 `x`。"),
        ("read_file", {"path": ".."}, "is outside of the folder", "在允许读取的文件夹之外"),
        ("fetch_url", {"url": "x"}, "`x` is not a web address", "`x` 不是网址"),
        ("fetch_url", {"url": "http://127.0.0.1/"}, "is not a public address", "不是公网地址"),
        ("run", {"argv": ["/x"]}, "cannot be started: No such file", "无法启动 `/x`：没有那个文件"),
    ],
)
def test_a_failure_is_worded_for_each_reader(
    tmp_path: Path, name: str, arguments: dict[str, Any], sent: str, told: str
) -> None:
    shown: list[Event] = []
    tools = built_in_tools(tmp_path, ForeignReader(), {}, 5.0)
    rules = ToolRules(allow=frozenset(tools))
    loop = ToolLoop(
        Toolset(tools), Policy(rules, cast("Any", ())), lambda _question: "once", lambda: nullcontext(shown.append)
    )

    (message,) = loop.answer([ToolCall("1", name, json.dumps(arguments))]).messages

    assert sent in message.text
    last = shown[-1]
    assert isinstance(last, ToolReported)
    assert told in describe_report(last)
