"""What is exported reads back as it was, and whatever is imported is a conversation or an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    TextPart,
    ToolCall,
    Usage,
    text_message,
)
from chatcli.conversation.tool_images import result_images
from chatcli.conversation.tree import AnswerFacts, ChatState, Summary, Tree
from chatcli.errors import UsageError
from chatcli.formats.html import to_html
from chatcli.formats.importers import read_chats
from chatcli.formats.transcript import FORMAT, ExportedChat, to_json, to_markdown, to_training
from chatcli.records import replace

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
PARTS = st.lists(
    st.builds(TextPart, WORDS, st.none() | WORDS)
    | st.builds(ImagePart, WORDS, st.sampled_from([None, "low"]))
    | st.builds(FilePart, WORDS, WORDS)
    | st.builds(AudioPart, WORDS.map("data:audio/wav;base64,{}".format), st.just("wav")),
    max_size=3,
)
CALLS = st.lists(st.builds(ToolCall, WORDS, WORDS, WORDS, st.dictionaries(WORDS, WORDS, max_size=1)), max_size=2)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["user", "assistant", "tool"]),
    PARTS.map(tuple),
    reasoning=st.just("") | WORDS,
    tool_calls=CALLS.map(tuple),
    tool_call_id=st.none() | WORDS,
    status=st.sampled_from(["complete", "length", "cancelled"]),
)
FACTS = st.none() | st.builds(
    AnswerFacts,
    model=WORDS,
    usage=st.none() | st.builds(Usage, st.integers(0, 9), cost=st.just(0.5)),
    took_s=st.none() | st.floats(0, 9),
    sources=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
)
SHAPES = st.lists(st.tuples(st.integers(0, 9), MESSAGES, FACTS), max_size=6)


def grown(shape: list[tuple[int, Message, AnswerFacts | None]]) -> Tree:
    tree = Tree()
    for number, (place, message, facts) in enumerate(shape, 1):
        tree.head = tree.add(message, parent=(place % number) or None, facts=facts).id
    return tree


def talk() -> ExportedChat:
    tree = Tree()
    for message in (
        text_message("user", "What is 1 + 1?"),
        Message("assistant", reasoning="hm", tool_calls=(ToolCall("c", "add", '{"a": 1}', {"sig": "x"}),)),
        text_message("tool", "``` 2", tool_call_id="c"),
        text_message("assistant", "It is 2.", status="cancelled"),
    ):
        tree.head = tree.add(message, parent=tree.head, facts=AnswerFacts(why="you")).id
    return ExportedChat("A *title*\n", tree, ChatState(head=4, model="gpt-x", system="Be\nbrief"))


@given(SHAPES, WORDS)
def test_our_json_reads_back_as_it_was(shape: list[tuple[int, Message, AnswerFacts | None]], title: str) -> None:
    tree = grown(shape)
    state = ChatState(
        tree.head, "m", "p", "S", {"n": 2}, frozenset({1}), frozenset({2}), Summary(1, "short"), (("q", "a"),)
    )
    record = ExportedChat(title, tree, state, "01AAAA", 5.0)

    assert read_chats(to_json(record)) == [record]


def test_a_training_line_holds_what_the_format_knows() -> None:
    line = json.loads(to_training(talk()))

    assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert line["messages"][2] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}],
    }
    assert line["messages"][4] == {"role": "assistant", "content": "It is 2."}


def test_an_image_of_a_result_is_in_every_export() -> None:
    image = ImagePart("data:image/png;base64,eA==")
    record = talk()
    branch = [node.message for node in record.branch]
    branch[2] = replace(branch[2], parts=(*branch[2].parts, image))
    tree = Tree()
    for message in branch:
        tree.head = tree.add(message, parent=tree.head).id
    record = replace(record, tree=tree)

    assert f"````\n\n![image]({image.url})" in to_markdown(record)
    assert image.url in to_html(record)
    assert result_images(read_chats(to_json(record))[0].branch[2].message) == (image,)
    trained = json.loads(to_training(record))["messages"]
    assert [message["role"] for message in trained[2:]] == ["assistant", "tool", "user", "assistant"]
    assert [part["type"] for part in trained[4]["content"]] == ["text", "image_url"]


def test_lines_of_training_read_back_as_conversations() -> None:
    records = read_chats(to_training(talk()) * 2)

    assert [record.state.system for record in records] == ["Be\nbrief"] * 2
    assert [node.message.text for node in records[0].branch] == ["What is 1 + 1?", "", "``` 2", "It is 2."]
    assert records[0].title == "What is 1 + 1?"


def test_markdown_reads_as_a_document() -> None:
    text = to_markdown(talk(), day="2026-01-02")

    assert text.startswith(
        "# A *title*\n\n2026-01-02 · gpt-x\n\n> **System:** Be\n> brief\n\n## You\n\nWhat is 1 + 1?\n"
    )
    assert "<summary>Reasoning</summary>\n\nhm\n" in text
    assert "````\n``` 2\n````" in text
    assert text.endswith("It is 2.\n\n*(cancelled: you)*\n")


def chatgpt() -> list[dict[str, Any]]:
    """One conversation as ChatGPT exports it: a hidden system message, an edited question, code, and thoughts."""

    def node(parent: str | None, role: str, content: dict[str, Any], **metadata: Any) -> dict[str, Any]:
        message = {"author": {"role": role}, "content": content, "metadata": metadata}
        return {"parent": parent, "message": message}

    def text(*parts: Any) -> dict[str, Any]:
        return {"content_type": "text", "parts": list(parts)}

    image = {"content_type": "image_asset_pointer", "asset_pointer": "file://x"}
    mapping = {
        "answer": node("ask", "assistant", text("Paris"), model_slug="gpt-5"),
        "root": {"parent": None, "message": None},
        "hidden": node("root", "system", text(""), is_visually_hidden_from_conversation=True),
        "ask": node("hidden", "user", text("France?")),
        "edited": node("hidden", "user", text("Italy?", image)),
        "thought": node("edited", "assistant", {"content_type": "thoughts", "thoughts": []}),
        "code": node("thought", "assistant", {"content_type": "code", "language": "python", "text": "print(1)"}),
    }
    return [{"title": "Capitals", "create_time": 1_700_000_000.5, "mapping": mapping, "current_node": "code"}]


def test_an_export_of_chatgpt_comes_with_its_branches() -> None:
    record = read_chats(json.dumps(chatgpt()))[0]

    assert (record.title, record.created_at, record.state.model) == ("Capitals", 1_700_000_000.5, "gpt-5")
    assert [node.message.text for node in record.branch] == [
        "Italy?\n[image_asset_pointer]",
        "```python\nprint(1)\n```",
    ]
    assert [node.message.text for node in record.tree.children(None)] == ["France?", "Italy?\n[image_asset_pointer]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("[]", "no conversation"),
        ("5", "conversation 1 has no messages"),
        ('{"a": 1}\n{"a"', "line 2 is not JSON"),
        ('[{"messages": [{"role": "user"}]}, {}]', "conversation 2 has no messages"),
        ('{"messages": [{"content": "x"}]}', "message 1 has no role"),
        ('{"format": "chat conversation", "version": 9}', "newer version"),
        ('{"format": "chat conversation", "version": 1, "messages": [{"id": 1, "parent": 7, "role": "user"}]}', "7"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=range(9),
)
def test_what_is_no_conversation_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_chats(text)


NAMES = [
    *("mapping", "messages", "role", "content", "parent", "message", "author", "parts", "text", "tool_calls", "id"),
    *("function", "format", "version", "state", "head", "title", "metadata", "current_node", "type", "image_url"),
    *("facts", "usage", "summary", "pinned", "options"),
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["user", FORMAT, "\ud800", ""])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
)


@given(JSON)
def test_any_json_is_a_conversation_or_an_error_of_ours(document: Any) -> None:
    try:
        records = read_chats(json.dumps(document))
    except UsageError:
        return
    assert all(to_json(record) for record in records)
