"""Builds request bodies: only what was set, under the names this endpoint uses.

What a server may refuse is never sent unasked. A parameter that the endpoint is known not to take is left out and
named, so that the user can be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    Request,
    TextPart,
    ToolCall,
)
from chatcli.conversation.sendable import as_sent
from chatcli.conversation.tool_images import with_images_apart, with_results_answered
from chatcli.language import _
from chatcli.providers.provider import PrefillField, Provider
from chatcli.records import frozen
from chatcli.request.parameters import EXTRA

EFFORT = "reasoning_effort"
PROMPT = "prompt"  # the field that tells a completion of text from a chat


@frozen
class Encoded:
    """A request body, the options that this endpoint does not take, and sentences on what was written otherwise."""

    body: dict[str, Any]
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def encode(request: Request, row: Provider) -> Encoded:
    """Return the body for *request* at an endpoint with the habits of *row*."""
    body: dict[str, Any] = {"model": request.model, **_content_of(request, row)}
    if request.stream:
        body["stream"] = True
        if row.takes_stream_options:
            body["stream_options"] = {"include_usage": True}
    dropped = [name for name in request.options if name in row.unsupported]
    notes = [
        note
        for name, setting in request.options.items()
        if name not in row.unsupported and (note := _write_option(body, name, setting, request.model, row))
    ]
    body |= {name: list(value) if name == "messages" else value for name, value in request.raw.items()}
    if body.get("tools") and EFFORT not in request.options:
        notes += _let_tools_be_taken(body, row)
    if request.completes:
        _as_completions_have_it(body)
    if (shape := body.get("response_format")) and not request.completes:
        _ask_for_json(body, shape, takes_schema=row.takes_json_schema)
    return Encoded(body, tuple(dropped), tuple(notes))


def _write_option(body: dict[str, Any], name: str, setting: Any, model: str, row: Provider) -> str:
    """Add an option to *body*; return a sentence on what was written otherwise, or nothing."""
    if name == EFFORT and isinstance(setting, str):
        from chatcli.providers.reasoning_effort import encode_effort

        written = encode_effort(setting, model, row)
        body |= written.fields
        return written.note
    if name == "logit_bias":
        from chatcli.usage.logit_bias import has_named_tokens, resolve_bias

        setting = resolve_bias(setting, model) if has_named_tokens(setting) else setting
    body[_name(name, row)] = setting
    return ""


def path_of(body: Mapping[str, object]) -> str:
    """Return where *body* goes, below the base URL."""
    return "completions" if PROMPT in body else "chat/completions"


def _content_of(request: Request, row: Provider) -> dict[str, object]:
    if request.completes:
        return {PROMPT: "".join(message.text for message in request.messages)}
    messages = encode_messages(request.messages, row)
    if not request.prefill:
        return {"messages": messages}
    prefill = row.prefill or PrefillField()
    begun = {"role": "assistant", "content": request.prefill, **prefill.message}
    return {"messages": [*messages, begun], **prefill.body}


def _as_completions_have_it(body: dict[str, object]) -> None:
    """Rename what has another form there: the limit has its old name, and probabilities are asked for by a number."""
    if "max_completion_tokens" in body:
        body["max_tokens"] = body.pop("max_completion_tokens")
    most = body.pop("top_logprobs", None)
    if body.get("logprobs") is True:
        body["logprobs"] = most or 1
    elif body.get("logprobs") is False:
        del body["logprobs"]


def _let_tools_be_taken(body: dict[str, Any], row: Provider) -> list[str]:
    """Switch thinking off where a model refuses tools otherwise; return the sentence that says so."""
    from chatcli.providers.reasoning_effort import demanded_by_tools

    level = demanded_by_tools(body["model"], row)
    if not level:
        return []
    body[EFFORT] = level
    return [
        _("{model} supports tools only without reasoning: sending effort `{level}`", model=body["model"], level=level)
    ]


def _ask_for_json(body: dict[str, Any], shape: Any, *, takes_schema: bool) -> None:
    """Say in words that JSON is wanted where the words are needed.

    An endpoint without schemas is told the schema in the instructions. OpenAI and DeepSeek refuse JSON mode where no
    message holds the word.
    """
    kind = shape.get("type") if isinstance(shape, dict) else None
    if kind == "json_schema" and not takes_schema:
        schema = shape.get("json_schema")
        wanted = json.dumps(schema.get("schema") if isinstance(schema, dict) else schema, ensure_ascii=False)
        body["response_format"] = {"type": "json_object"}
        _instruct(body["messages"], f"Answer with JSON alone that fits this JSON Schema:\n{wanted}")
    elif kind == "json_object" and "json" not in json.dumps(body["messages"], ensure_ascii=False).lower():
        _instruct(body["messages"], "Answer in JSON.")


def _instruct(entries: list[dict[str, object]], words: str) -> None:
    """Add *words* to the system message, or make one of them."""
    first = entries[0] if entries else {}
    if first.get("role") in ("system", "developer") and isinstance(first.get("content"), str):
        entries[0] = {**first, "content": f"{first['content']}\n\n{words}".strip()}
    else:
        entries.insert(0, {"role": "system", "content": words})


def encode_messages(messages: Sequence[Message], row: Provider) -> list[dict[str, Any]]:
    """Return *messages* as an endpoint with the habits of *row* takes them."""
    habits = {"echo_reasoning": row.echoes_reasoning, "knows_developer": row.knows_developer}
    sent: Iterable[Message] = with_images_apart(messages)
    if row.wants_answered_results:
        sent = with_results_answered(sent)
    return [encode_message(message, **habits) for message in sent]


def encode_message(message: Message, *, echo_reasoning: bool = False, knows_developer: bool = True) -> dict[str, Any]:
    """Return *message* as the protocol has it; a single text goes as a plain string, which every server takes."""
    message = as_sent(message)
    role = message.role if knows_developer or message.role != "developer" else "system"
    entry: dict[str, object] = {"role": role, "content": _content(message)}
    if message.name:
        entry["name"] = message.name
    if message.tool_call_id:
        entry["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        entry["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
    if echo_reasoning and message.role == "assistant":
        entry["reasoning_content"] = message.reasoning
    return entry


def _name(name: str, row: Provider) -> str:
    if name.startswith(EXTRA):
        return name.removeprefix(EXTRA)
    if name == "max_tokens":
        return row.limit_field
    return row.renames.get(name, name)


def _content(message: Message) -> object:
    if all(isinstance(part, TextPart) for part in message.parts):
        text = message.text or message.refusal
        return text if text or not message.tool_calls else None
    return [_part(part) for part in _with_texts_joined(message.parts)]


def _with_texts_joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Join texts that follow each other: where one came from is nothing to the server."""
    for are_texts, run in groupby(parts, key=lambda part: isinstance(part, TextPart)):
        if are_texts:
            yield TextPart("".join(part.text for part in run if isinstance(part, TextPart)))
        else:
            yield from run


def _part(part: Part) -> dict[str, object]:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(url, detail):
            return {"type": "image_url", "image_url": {"url": url, **({"detail": detail} if detail else {})}}
        case FilePart(name, url):
            return {"type": "file", "file": {"filename": name, "file_data": url}}
        case AudioPart(url, form):
            return {"type": "input_audio", "input_audio": {"data": url.partition(",")[2], "format": form}}


def _tool_call(call: ToolCall) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function, **call.extra}
