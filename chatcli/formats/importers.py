"""Imports conversations: our JSON, arrays of messages, JSON Lines, and ChatGPT's export. Pure.

Unknown content is left out; input that is not a conversation is an error that says where.
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
from chatcli.conversation.titles import title_of_tree
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Tree
from chatcli.errors import UsageError
from chatcli.formats.metadata import read_facts, read_state
from chatcli.formats.transcript import FORMAT, VERSION, ExportedChat
from chatcli.language import N_, _
from chatcli.records import replace
from chatcli.text.json_errors import describe_fault, describe_json_error
from chatcli.text.json_values import as_int, as_list, as_number, as_object, as_optional_text, as_text, parse_json

_ROLES, _STATUSES = frozenset(get_args(Role)), frozenset(get_args(Status))
_SYSTEM = ("system", "developer")
_KNOWN = N_(
    'use JSON exported by chat, {"messages": [...]}, a list of messages, JSON Lines, or ChatGPT\'s conversations.json'
)
_MOST_ID = 1_000_000_000


def read_chats(text: str) -> list[ExportedChat]:
    """Return the conversations in *text*; raises UsageError, and imports nothing, if any part is invalid."""
    document = _document(text)
    if _is_messages(document):
        return [_from_messages(document, 1)]
    found = document if isinstance(document, list) else [document]
    if not found:
        raise UsageError(_("it contains no conversation"), hint=_(_KNOWN))
    return [_record(item, number) for number, item in enumerate(found, 1)]


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UsageError(_("it is nested too deeply to be a conversation"), hint=_(_KNOWN)) from error
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or parse_json(lines[0]) is None:  # not one conversation a line
            raise UsageError(_("it is not JSON: {fault}", fault=describe_json_error(error)), hint=_(_KNOWN)) from error
        return [_line(line, number) for number, line in enumerate(lines, 1)]


def _line(text: str, number: int) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        wrong = describe_json_error(error)
        if isinstance(error, json.JSONDecodeError):  # which line of the file it is, is told already
            wrong = _("column {column}: {fault}", column=error.colno, fault=describe_fault(error))
        raise UsageError(_("line {number} is not JSON: {fault}", number=number, fault=wrong), hint=_(_KNOWN)) from error


def _record(item: Any, number: int) -> ExportedChat:
    if isinstance(item, dict):
        if item.get("format") == FORMAT:
            return _ours(item, number)
        if isinstance(item.get("mapping"), dict):
            return _chatgpt(item)
        if isinstance(item.get("messages"), list):
            return _from_messages(item["messages"], number, title=as_text(item.get("title")))
    if _is_messages(item):
        return _from_messages(item, number)
    raise UsageError(_("conversation {number} has no messages", number=number), hint=_(_KNOWN))


def _is_messages(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(one, dict) and "role" in one for one in item)


# Our own ------------------------------------------------------------------------------------------------------------


_NEWER = N_("conversation {number} was written by a newer version of chat (format {version})")


def _ours(item: Mapping[str, object], number: int) -> ExportedChat:
    version = item.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise UsageError(_(_NEWER, number=number, version=version), hint=_("update chat"))
    tree = Tree()
    for position, entry in enumerate(as_list(item.get("messages")), 1):
        if not isinstance(entry, dict):
            raise UsageError(
                _("conversation {number}: message {position} is not an object", number=number, position=position)
            )
        try:
            tree.put(_node(entry, tree.next_id))
        except ValueError as error:
            raise UsageError(_("conversation {number}: {problem}", number=number, problem=error)) from error
    state = read_state(as_object(item.get("state")))
    tree.head = state.head if state.head in tree else None
    state = replace(state, head=tree.head)
    return ExportedChat(
        as_text(item.get("title")) or title_of_tree(tree),
        tree,
        state,
        as_text(item.get("id")),
        _seconds(item.get("created_at")),
    )


def _node(entry: Mapping[str, Any], next_id: int) -> Node:
    facts = entry.get("facts")
    read = read_facts(facts) if isinstance(facts, dict) else None
    return Node(_id(entry) or next_id, as_int(entry.get("parent")), _message(entry), read)


def _id(entry: Mapping[str, object]) -> int | None:
    id = as_int(entry.get("id"))
    if id is not None and not 1 <= id <= _MOST_ID:
        raise ValueError(_("message id {id} is not between 1 and {most}", id=id, most=_MOST_ID))  # becomes a UsageError
    return id


# Messages of the protocol -------------------------------------------------------------------------------------------


def _from_messages(found: list[Any], number: int, *, title: str = "") -> ExportedChat:
    tree, system = Tree(), list[str]()
    for position, entry in enumerate(found, 1):
        if not isinstance(entry, dict) or "role" not in entry:
            raise UsageError(
                _("conversation {number}: message {position} has no role", number=number, position=position),
                hint=_(_KNOWN),
            )
        message = _message(entry)
        if message.role in _SYSTEM and tree.head is None:
            system.append(message.text)
        else:
            tree.head = tree.add(message, parent=tree.head).id
    return ExportedChat(title or title_of_tree(tree), tree, ChatState(head=tree.head, system="\n\n".join(system)))


def _message(entry: Mapping[str, object]) -> Message:
    role: Any = as_text(entry.get("role"))
    status: Any = as_text(entry.get("status"))
    return Message(
        role if role in _ROLES else "user",
        tuple(_parts(entry.get("content"))),
        name=as_optional_text(entry.get("name")),
        reasoning=as_text(entry.get("reasoning")) or as_text(entry.get("reasoning_content")),
        refusal=as_text(entry.get("refusal")),
        tool_calls=tuple(_calls(entry)),
        tool_call_id=as_optional_text(entry.get("tool_call_id")),
        status=status if status in _STATUSES else "complete",
    )


def _parts(content: Any) -> Iterator[Part]:
    if isinstance(content, str):
        yield from [TextPart(as_text(content))] if content else []
    for part in as_list(content):
        if isinstance(part, str) and part:
            yield TextPart(as_text(part))
        elif isinstance(part, dict) and as_text(part.get("text")):
            yield TextPart(as_text(part.get("text")), as_text(part.get("source")) or None)
        elif isinstance(part, dict) and "image_url" in part:
            yield from _image(part["image_url"])
        elif isinstance(part, dict):
            yield from _attached(as_object(part.get("file")), as_object(part.get("input_audio")))


def _attached(file: Mapping[str, object], audio: Mapping[str, object]) -> Iterator[Part]:
    if url := as_text(file.get("file_data")):
        yield FilePart(as_text(file.get("filename")) or "file", url)
    if data := as_text(audio.get("data")):
        form = as_text(audio.get("format")) or "wav"
        yield AudioPart(f"data:audio/{form};base64,{data}", form)


def _image(found: Any) -> Iterator[Part]:
    url = as_text(found) or as_text(as_object(found).get("url"))
    if url:
        yield ImagePart(url, as_text(as_object(found).get("detail")) or None)


def _calls(entry: Mapping[str, object]) -> Iterator[ToolCall]:
    for position, call in enumerate(as_list(entry.get("tool_calls"))):
        function = as_object(as_object(call).get("function"))
        if function:
            id = as_text(call.get("id")) or f"call_{position}"
            yield ToolCall(
                id, as_text(function.get("name")), as_text(function.get("arguments")), as_object(call.get("extra"))
            )
    legacy = as_object(entry.get("function_call"))
    if legacy:
        yield ToolCall("call_0", as_text(legacy.get("name")), as_text(legacy.get("arguments")))


# ChatGPT's export ---------------------------------------------------------------------------------------------------


def _chatgpt(item: Mapping[str, Any]) -> ExportedChat:
    mapping: Mapping[str, Any] = item["mapping"]
    tree, ids = Tree(), dict[str, int | None]()
    for name in _in_order(mapping):
        entry = as_object(mapping.get(name))
        parent = ids.get(as_text(entry.get("parent")))
        message = _chatgpt_message(as_object(entry.get("message")))
        ids[name] = tree.add(message, parent=parent, facts=_chatgpt_facts(entry)).id if message else parent
    head = ids.get(as_text(item.get("current_node"))) or (tree.next_id - 1 or None)
    tree.head = head
    model = next((node.facts.model for node in reversed(tree.nodes) if node.facts and node.facts.model), "")
    created_at = _seconds(item.get("create_time"))
    return ExportedChat(
        as_text(item.get("title")) or title_of_tree(tree),
        tree,
        ChatState(head=head, model=model),
        created_at=created_at,
    )


def _in_order(mapping: Mapping[str, Any]) -> list[str]:
    """Return the names of the nodes, each after its parent; cycles are broken where they are found."""
    order: dict[str, None] = {}
    for name in mapping:
        path: list[str] = []
        step = name
        while step in mapping and step not in order and step not in path:
            path.append(step)
            step = as_text(as_object(mapping[step]).get("parent"))
        order |= dict.fromkeys(reversed(path))
    return list(order)


def _chatgpt_message(found: Mapping[str, object]) -> Message | None:
    role = as_text(as_object(found.get("author")).get("role"))
    if role not in ("user", "assistant") or as_object(found.get("metadata")).get(
        "is_visually_hidden_from_conversation"
    ):
        return None
    content = as_object(found.get("content"))
    kind = as_text(content.get("content_type"))
    text = "\n".join(_spoken(content))
    if kind in ("thoughts", "reasoning_recap", "user_editable_context", "model_editable_context") or not text.strip():
        return None
    if kind == "code":
        text = f"```{as_text(content.get('language')).replace('unknown', '')}\n{text}\n```"
    return Message("user" if role == "user" else "assistant", (TextPart(text),))


def _spoken(content: Mapping[str, Any]) -> Iterator[str]:
    if text := as_text(content.get("text")):
        yield text
    for part in as_list(content.get("parts")):
        if isinstance(part, str):
            yield as_text(part)
        elif isinstance(part, dict):
            yield as_text(part.get("text")) or f"[{as_text(part.get('content_type')) or 'attachment'}]"


def _chatgpt_facts(entry: Mapping[str, object]) -> AnswerFacts | None:
    model = as_text(as_object(as_object(entry.get("message")).get("metadata")).get("model_slug"))
    return AnswerFacts(model=model) if model else None


# Content parts of any source ----------------------------------------------------------------------------------------


def _seconds(found: Any) -> float:
    return number if (number := as_number(found)) is not None and 0 <= number < 1e11 else 0.0
