"""Turns any history into messages that every server accepts, so that no conversation becomes unusable.

One system message, first; no empty answers; no two user messages in a row; the tool calls of an answer followed by
their results in the same order, with a placeholder where there is none; no result without its call; no two calls with
one id; no arguments that are not JSON; no impossible tool names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count

from chatcli.conversation.answers import without_reasoning
from chatcli.conversation.messages import ImagePart, Message, Part, TextPart, ToolCall, text_message
from chatcli.conversation.tree import Node
from chatcli.records import replace
from chatcli.text.json_values import parse_json
from chatcli.text.patterns import pattern

IMAGE_STAND_IN = "(an image)"  # for an answer of images alone, because servers reject empty messages
_IMAGE_DATA = "data:image/"
# Gateways write the images of a model into its text. What is shorter, a model may have written itself.
_IMAGE_IN_TEXT = pattern(r"(data:image/[\w.+-]+);base64,[\w+/=%-]{2000,}", re.ASCII)
# https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages: the name of a function.
_UNFIT = pattern(r"[^A-Za-z0-9_-]")
_MOST_NAME = 64
INTERRUPTED = "The call was interrupted: there is no result."
_TURNS = ("user", "assistant")
_SYSTEM = ("system", "developer")


def sendable(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return *messages* in an order and form that a strict server accepts; valid messages stay unchanged."""
    if _is_plain(messages):
        return tuple(messages)
    system = [message for message in messages if message.role in _SYSTEM]
    rest = [message for message in messages if message.role not in _SYSTEM]
    return (*_one_system(system), *_merge_users(_answer_calls(_drop_empty(rest))))


def without_foreign(messages: Sequence[Message], path: Iterable[Node], provider: str) -> Sequence[Message]:
    """Return *messages*, which are on *path*, newest first, without fields specific to providers other than *provider*.

    These are signatures and reasoning from the provider of the answer.
    """
    wanted, foreign = {id(message) for message in messages if message.role == "assistant"}, set()
    for node in path:
        if not wanted:
            break
        if id(node.message) in wanted:
            wanted.discard(id(node.message))
            if node.facts and node.facts.provider not in ("", provider):
                foreign.add(id(node.message))
    return (
        [without_reasoning(message) if id(message) in foreign else message for message in messages]
        if foreign
        else messages
    )


def as_sent(message: Message) -> Message:
    """Return *message* as it is sent: the images of an answer are not sent back, because servers reject them there."""
    if message.role != "assistant" or not any(map(_holds_image, message.parts)):
        return message
    texts = (_IMAGE_IN_TEXT.sub(r"\1", part.text) for part in message.parts if isinstance(part, TextPart))
    return replace(message, parts=(TextPart("".join(texts) or IMAGE_STAND_IN),))


def _holds_image(part: Part) -> bool:
    return _IMAGE_DATA in part.text if isinstance(part, TextPart) else isinstance(part, ImagePart)


def _is_plain(messages: Sequence[Message]) -> bool:
    """Return whether questions and answers alternate and none is empty, as in almost all histories."""
    begins_with_system = bool(messages) and messages[0].role == "system" and bool(messages[0].text)
    last = "assistant"
    for message in messages[1:] if begins_with_system else messages:
        role = message.role
        if role == last or role not in _TURNS or message.tool_calls or not message.parts:
            return False
        last = role
    return True


def _one_system(messages: list[Message]) -> list[Message]:
    said = [message for message in messages if message.text]
    if len(said) < 2:
        return said
    return [text_message(said[0].role, "\n\n".join(message.text for message in said))]


def _drop_empty(messages: Sequence[Message]) -> Iterator[Message]:
    for message in messages:
        if message.role != "assistant" or message.parts or message.tool_calls or message.refusal:
            yield message


def _answer_calls(messages: Iterator[Message]) -> Iterator[Message]:
    calls: tuple[ToolCall, ...] = ()
    results: list[Message] = []
    for message in messages:
        if message.role == "tool":
            results.append(message)
            continue
        yield from _in_order(calls, results)
        calls, results = message.tool_calls, []
        yield _with_whole_calls(message) if calls else message
    yield from _in_order(calls, results)


def _in_order(calls: Sequence[ToolCall], results: list[Message]) -> Iterator[Message]:
    """Yield one result for each of *calls*, in their order; drop those of other calls."""
    for call, id in zip(calls, _distinct_ids(calls), strict=True):
        place = next((place for place, result in enumerate(results) if result.tool_call_id == call.id), None)
        found = text_message("tool", INTERRUPTED, tool_call_id=id) if place is None else results.pop(place)
        yield found if found.tool_call_id == id else replace(found, tool_call_id=id)


def _distinct_ids(calls: Sequence[ToolCall]) -> list[str]:
    """Return an id for each of *calls*; imported ones may have none, or share one."""
    ids: list[str] = []
    for place, call in enumerate(calls):
        made_up = (f"call_{number}" for number in count(place))
        ids.append(next(id for id in chain([call.id], made_up) if id and id not in ids))
    return ids


def _with_whole_calls(message: Message) -> Message:
    """Return *message* with valid ids, names and arguments: servers reject a whole history because of one bad call."""
    calls = tuple(map(_whole, message.tool_calls, _distinct_ids(message.tool_calls)))
    return message if calls == message.tool_calls else replace(message, tool_calls=calls)


def _whole(call: ToolCall, id: str) -> ToolCall:
    arguments = call.arguments if _is_object(call.arguments) else "{}"
    name = _UNFIT.sub("_", call.name)[:_MOST_NAME] or "unnamed"
    whole = replace(call, id=id, name=name, arguments=arguments)
    return call if whole == call else whole


def _is_object(text: str) -> bool:
    return not text or isinstance(parse_json(text), dict)


def _merge_users(messages: Iterator[Message]) -> list[Message]:
    merged: list[Message] = []
    for message in messages:
        if merged and message.role == merged[-1].role == "user" and message.name == merged[-1].name:
            merged[-1] = replace(merged[-1], parts=(*merged[-1].parts, TextPart("\n\n"), *message.parts))
        else:
            merged.append(message)
    return merged
