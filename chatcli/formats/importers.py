"""Reads conversations that others wrote: our JSON, arrays of messages, lines of them, and the export of ChatGPT. Pure.

What is not known is left out and counted; what is no conversation at all is an error that says where.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    Role,
    Status,
    TextPart,
    ToolCall,
)
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Tree
from chatcli.errors import UsageError
from chatcli.formats.metadata import numeric, read_facts, read_state, text_of, whole_number
from chatcli.formats.transcript import FORMAT, VERSION, ExportedChat
from chatcli.records import replace

_ROLES, _STATUSES = frozenset(get_args(Role)), frozenset(get_args(Status))
_SYSTEM = ("system", "developer")
_KNOWN = (
    'it takes its own JSON, {"messages": [...]}, a list of messages, lines of those, or ChatGPT\'s conversations.json'
)
_TITLE = 80


def read_chats(text: str) -> list[ExportedChat]:
    """Return the conversations in *text*; raises UsageError where it is none, and then all of it is refused."""
    document = _document(text)
    if _is_messages(document):
        return [_from_messages(document, 1)]
    found = document if isinstance(document, list) else [document]
    if not found:
        raise UsageError("there is no conversation in it", hint=_KNOWN)
    return [_record(item, number) for number, item in enumerate(found, 1)]


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UsageError("it is nested too deeply to be a conversation", hint=_KNOWN) from error
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise UsageError(f"it is not JSON: {error}", hint=_KNOWN) from error
        return [_line(line, number) for number, line in enumerate(lines, 1)]


def _line(text: str, number: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"line {number} is not JSON: {error}", hint=_KNOWN) from error


def _record(item: Any, number: int) -> ExportedChat:
    if isinstance(item, dict):
        if item.get("format") == FORMAT:
            return _ours(item, number)
        if isinstance(item.get("mapping"), dict):
            return _chatgpt(item)
        if isinstance(item.get("messages"), list):
            return _from_messages(item["messages"], number, title=text_of(item.get("title")))
    if _is_messages(item):
        return _from_messages(item, number)
    raise UsageError(f"conversation {number} has no messages", hint=_KNOWN)


def _is_messages(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(one, dict) and "role" in one for one in item)


# Our own ------------------------------------------------------------------------------------------------------------


def _ours(item: Mapping[str, Any], number: int) -> ExportedChat:
    version = item.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise UsageError(f"conversation {number} was written by a newer chat (version {version})", hint="update chat")
    tree = Tree()
    for position, entry in enumerate(_list(item.get("messages")), 1):
        if not isinstance(entry, dict):
            raise UsageError(f"conversation {number}: message {position} is no object")
        try:
            tree.put(
                Node(
                    whole_number(entry.get("id")) or tree.next_id,
                    whole_number(entry.get("parent")),
                    _message(entry),
                    read_facts(facts) if isinstance(facts := entry.get("facts"), dict) else None,
                )
            )
        except ValueError as error:
            raise UsageError(f"conversation {number}: {error}") from error
    state = read_state(_dict(item.get("state")))
    tree.head = state.head if state.head in tree else None
    state = replace(state, head=tree.head)
    return ExportedChat(
        text_of(item.get("title")) or _title(tree),
        tree,
        state,
        text_of(item.get("id")),
        _seconds(item.get("created_at")),
    )


# Messages of the protocol -------------------------------------------------------------------------------------------


def _from_messages(found: list[Any], number: int, *, title: str = "") -> ExportedChat:
    tree, system = Tree(), list[str]()
    for position, entry in enumerate(found, 1):
        if not isinstance(entry, dict) or "role" not in entry:
            raise UsageError(f"conversation {number}: message {position} has no role", hint=_KNOWN)
        message = _message(entry)
        if message.role in _SYSTEM and tree.head is None:
            system.append(message.text)
        else:
            tree.head = tree.add(message, parent=tree.head).id
    return ExportedChat(title or _title(tree), tree, ChatState(head=tree.head, system="\n\n".join(system)))


def _message(entry: Mapping[str, Any]) -> Message:
    role: Any = text_of(entry.get("role"))
    status: Any = text_of(entry.get("status"))
    name, call_id = entry.get("name"), entry.get("tool_call_id")
    return Message(
        role if role in _ROLES else "user",
        tuple(_parts(entry.get("content"))),
        name=text_of(name) if isinstance(name, str) else None,
        reasoning=text_of(entry.get("reasoning")) or text_of(entry.get("reasoning_content")),
        refusal=text_of(entry.get("refusal")),
        tool_calls=tuple(_calls(entry)),
        tool_call_id=text_of(call_id) if isinstance(call_id, str) else None,
        status=status if status in _STATUSES else "complete",
    )


def _parts(content: Any) -> Iterator[Part]:
    if isinstance(content, str):
        yield from [TextPart(text_of(content))] if content else []
    for part in _list(content):
        if isinstance(part, str) and part:
            yield TextPart(text_of(part))
        elif isinstance(part, dict) and text_of(part.get("text")):
            yield TextPart(text_of(part.get("text")), text_of(part.get("source")) or None)
        elif isinstance(part, dict) and "image_url" in part:
            yield from _image(part["image_url"])
        elif isinstance(part, dict):
            yield from _attached(_dict(part.get("file")), _dict(part.get("input_audio")))


def _attached(file: Mapping[str, Any], audio: Mapping[str, Any]) -> Iterator[Part]:
    if url := text_of(file.get("file_data")):
        yield FilePart(text_of(file.get("filename")) or "file", url)
    if data := text_of(audio.get("data")):
        form = text_of(audio.get("format")) or "wav"
        yield AudioPart(f"data:audio/{form};base64,{data}", form)


def _image(found: Any) -> Iterator[Part]:
    url = text_of(found) or text_of(_dict(found).get("url"))
    if url:
        yield ImagePart(url, text_of(_dict(found).get("detail")) or None)


def _calls(entry: Mapping[str, Any]) -> Iterator[ToolCall]:
    for position, call in enumerate(_list(entry.get("tool_calls"))):
        function = _dict(_dict(call).get("function"))
        if function:
            id = text_of(call.get("id")) or f"call_{position}"
            yield ToolCall(
                id, text_of(function.get("name")), text_of(function.get("arguments")), _dict(call.get("extra"))
            )
    legacy = _dict(entry.get("function_call"))
    if legacy:
        yield ToolCall("call_0", text_of(legacy.get("name")), text_of(legacy.get("arguments")))


# ChatGPT's export ---------------------------------------------------------------------------------------------------


def _chatgpt(item: Mapping[str, Any]) -> ExportedChat:
    mapping: Mapping[str, Any] = item["mapping"]
    tree, ids = Tree(), dict[str, int | None]()
    for name in _in_order(mapping):
        entry = _dict(mapping.get(name))
        parent = ids.get(text_of(entry.get("parent")))
        message = _chatgpt_message(_dict(entry.get("message")))
        ids[name] = tree.add(message, parent=parent, facts=_chatgpt_facts(entry)).id if message else parent
    head = ids.get(text_of(item.get("current_node"))) or (tree.next_id - 1 or None)
    tree.head = head
    model = next((node.facts.model for node in reversed(tree.nodes) if node.facts and node.facts.model), "")
    created_at = _seconds(item.get("create_time"))
    return ExportedChat(
        text_of(item.get("title")) or _title(tree), tree, ChatState(head=head, model=model), created_at=created_at
    )


def _in_order(mapping: Mapping[str, Any]) -> list[str]:
    """Return the names of the nodes, each after its parent; circles are cut where they are met."""
    order: dict[str, None] = {}
    for name in mapping:
        path: list[str] = []
        step = name
        while step in mapping and step not in order and step not in path:
            path.append(step)
            step = text_of(_dict(mapping[step]).get("parent"))
        order |= dict.fromkeys(reversed(path))
    return list(order)


def _chatgpt_message(found: Mapping[str, Any]) -> Message | None:
    role = text_of(_dict(found.get("author")).get("role"))
    if role not in ("user", "assistant") or _dict(found.get("metadata")).get("is_visually_hidden_from_conversation"):
        return None
    content = _dict(found.get("content"))
    kind = text_of(content.get("content_type"))
    text = "\n".join(_spoken(content))
    if kind in ("thoughts", "reasoning_recap", "user_editable_context", "model_editable_context") or not text.strip():
        return None
    if kind == "code":
        text = f"```{text_of(content.get('language')).replace('unknown', '')}\n{text}\n```"
    return Message("user" if role == "user" else "assistant", (TextPart(text),))


def _spoken(content: Mapping[str, Any]) -> Iterator[str]:
    if text := text_of(content.get("text")):
        yield text
    for part in _list(content.get("parts")):
        if isinstance(part, str):
            yield text_of(part)
        elif isinstance(part, dict):
            yield text_of(part.get("text")) or f"[{text_of(part.get('content_type')) or 'attachment'}]"


def _chatgpt_facts(entry: Mapping[str, Any]) -> AnswerFacts | None:
    model = text_of(_dict(_dict(entry.get("message")).get("metadata")).get("model_slug"))
    return AnswerFacts(model=model) if model else None


# What may stand anywhere --------------------------------------------------------------------------------------------


def _title(tree: Tree) -> str:
    first = next((node.message.text for node in tree.nodes if node.message.role == "user"), "")
    return " ".join(first.split())[:_TITLE]


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _seconds(found: Any) -> float:
    return float(number) if (number := numeric(found)) is not None and abs(number) < 1e11 else 0.0
