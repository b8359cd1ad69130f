"""Names that providers accept, approvals that do not outlive what they were given for, output that stays bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.app.toolbox import approval_file
from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.records import replace
from chatcli.tools.arguments import read_arguments
from chatcli.tools.policy import ApprovalQuestion, Policy, ToolRules
from chatcli.tools.results import BoundedOutput, bound_text
from chatcli.tools.tool import NAME, Tool, ToolError, ToolOrigin, Toolset, wire_name

TOOL = Tool("f", "Does it.", {"type": "object"}, lambda _arguments, _cancellation: "", ToolOrigin("file", "content"))


@given(st.lists(st.text(max_size=80), unique=True, max_size=8))
def test_any_name_becomes_one_that_providers_accept_and_none_becomes_another(names: list[str]) -> None:
    sent = [wire_name(name) for name in names]

    assert all(NAME.fullmatch(name) for name in sent)
    assert len(set(sent)) == len(names)


@pytest.mark.parametrize(
    "changed",
    [
        replace(TOOL, description="Does it, and more."),
        replace(TOOL, parameters={"type": "object", "properties": {}}),
        replace(TOOL, origin=ToolOrigin("file", "other content")),
        replace(TOOL, origin=ToolOrigin("elsewhere", "content")),
        replace(TOOL, name="g"),
    ],
    ids=["description", "schema", "content", "origin", "name"],
)
def test_an_approval_does_not_outlive_a_change(changed: Tool, tmp_path: Path) -> None:
    dirs = AppDirs(tmp_path, tmp_path, tmp_path, tmp_path / "data")
    Policy(ToolRules(), approval_file(dirs)).grant(ApprovalQuestion(TOOL, {}), "always")

    later = Policy(ToolRules(), approval_file(dirs))

    assert later.verdict(TOOL) == "allow"
    assert later.verdict(changed) == "ask"


def test_what_is_granted_in_a_chat_ends_with_it(tmp_path: Path) -> None:
    chats = [object(), object()]
    policy = Policy(ToolRules(), approval_file(AppDirs(tmp_path, tmp_path, tmp_path, tmp_path)), lambda: chats[0])
    policy.grant(ApprovalQuestion(TOOL, {}), "chat")
    assert policy.verdict(TOOL) == "allow"

    chats.pop(0)

    assert policy.verdict(TOOL) == "ask"


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"`f`.*file.*other"):
        Toolset.of([TOOL, replace(TOOL, origin=ToolOrigin("other"))])


@given(st.lists(st.binary(max_size=30)), st.integers(2, 40))
def test_any_cut_of_an_output_gives_the_same_text_within_the_limit(pieces: list[bytes], most: int) -> None:
    whole, cut = BoundedOutput(most), BoundedOutput(most)
    data = b"".join(pieces)

    whole.feed(data)
    for piece in pieces:
        cut.feed(piece)

    assert cut.text() == whole.text()
    if len(data) <= most - most % 2:
        assert whole.text() == data.decode(errors="replace")


def test_head_and_tail_of_a_long_text_stay() -> None:
    text = bound_text("a" * 60_000 + "b" * 60_000, 1_000)

    assert text.startswith("a" * 500 + "\n[")
    assert text.endswith("]\n" + "b" * 500)
    assert "119.0 kB" in text


@pytest.mark.parametrize("text", ["", " ", "{}", '"{}"'])
def test_no_arguments_may_be_written_in_any_way(text: str) -> None:
    assert read_arguments(text, {"type": "object"}) == {}


@pytest.mark.parametrize("text", ["[]", "null", "{", '{"a": 1} x', "a", "1", "[" * 100_000])
def test_arguments_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(ToolError, match="JSON object"):
        read_arguments(text, {"type": "object"})


def test_half_characters_in_arguments_are_repaired() -> None:
    """JSON can write them, and no program can take them."""
    written = '{"a\\ud800": ["\\ud83d\\ude00", "\\udc00\\u0000", 1]}'

    assert read_arguments(written, {"type": "object"}) == {"a\ufffd": ["\U0001f600", "\ufffd\ufffd", 1]}


def test_an_invalid_schema_is_left_to_the_tool() -> None:
    """It may come from a server; the tool itself reports arguments that it cannot use."""
    assert read_arguments('{"a": 1}', {"type": "object", "properties": {"a": {"pattern": "("}}}) == {"a": 1}


NULLS = {
    "type": "object",
    "properties": {"must": {"type": "string"}, "may": {"type": "string"}, "empty": {"type": ["string", "null"]}},
    "required": ["must"],
}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"must": "x", "may": None}, {"must": "x"}),
        ({"must": "x", "empty": None}, {"must": "x", "empty": None}),
        ({"must": "x", "may": "y"}, {"must": "x", "may": "y"}),
    ],
    ids=["left out", "allowed", "nothing to mend"],
)
def test_an_optional_argument_that_is_null_is_left_out_where_null_is_not_allowed(given: Any, read: Any) -> None:
    assert read_arguments(json.dumps(given), NULLS) == read


@pytest.mark.parametrize("given", [{"must": None}, {"must": 5, "may": None}])
def test_no_other_mismatch_is_mended(given: Any) -> None:
    with pytest.raises(ToolError, match="must"):
        read_arguments(json.dumps(given), NULLS)
