"""Recognises answers of other interfaces, which come from a base URL that is not that of Chat Completions.

Each row: the interface, the right base URL at the same provider, and what only that interface sends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chatcli.language import N_
from chatcli.records import frozen
from chatcli.text.json_values import as_objects, as_text, first_object

Payload = Mapping[str, Any]
_BLOCKS = ("message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop")


@frozen
class ForeignProtocol:
    """An interface that is not Chat Completions; *remedy* says which base URL to use."""

    title: str
    remedy: str
    is_spoken_in: Callable[[Payload], bool]


def _anthropic(payload: Payload) -> bool:
    is_message = payload.get("type") == "message" and isinstance(payload.get("content"), list)
    return is_message or payload.get("type") in _BLOCKS


def _gemini(payload: Payload) -> bool:
    parts = first_object(*as_objects(payload.get("candidates"))).get("content")
    return isinstance(parts, dict) and "parts" in parts


def _responses(payload: Payload) -> bool:
    return payload.get("object") == "response" or as_text(payload.get("type")).startswith("response.")


def _ollama(payload: Payload) -> bool:
    return isinstance(payload.get("response"), str) and isinstance(payload.get("done"), bool)


def _bedrock(payload: Payload) -> bool:
    return isinstance(first_object(payload.get("output")).get("message"), dict) or "contentBlockDelta" in payload


def _dashscope(payload: Payload) -> bool:
    output = first_object(payload.get("output"))
    return "finish_reason" in output or isinstance(output.get("choices"), list)


def _cohere(payload: Payload) -> bool:
    is_event = as_text(payload.get("type")) in ("message-start", "content-start", "content-delta", "message-end")
    return is_event or {"text", "generation_id"} <= payload.keys()


def _llamacpp(payload: Payload) -> bool:
    return isinstance(payload.get("content"), str) and isinstance(payload.get("stop"), bool)


def _qianfan(payload: Payload) -> bool:
    return isinstance(payload.get("result"), str) and not {"is_end", "is_truncated"}.isdisjoint(payload)


def _hunyuan(payload: Payload) -> bool:
    return isinstance(first_object(payload.get("Response"), payload).get("Choices"), list)


def _text_generation(payload: Payload) -> bool:
    return "generated_text" in payload or {"token", "details"} <= payload.keys()


_PROTOCOLS = (
    ForeignProtocol(
        N_("Anthropic's Messages API"), N_("set base_url to https://api.anthropic.com/v1 at Anthropic"), _anthropic
    ),
    ForeignProtocol(
        N_("Google's Gemini API"),
        N_("set base_url to https://generativelanguage.googleapis.com/v1beta/openai at Google"),
        _gemini,
    ),
    ForeignProtocol(
        N_("OpenAI's Responses API"), N_("set base_url to https://api.openai.com/v1 at OpenAI"), _responses
    ),
    ForeignProtocol(
        N_("Ollama's native API"), N_("set base_url to http://localhost:11434/v1 for a local Ollama"), _ollama
    ),
    ForeignProtocol(
        N_("Amazon Bedrock's Converse API"),
        N_("set base_url to https://bedrock-runtime.REGION.amazonaws.com/openai/v1 at AWS"),
        _bedrock,
    ),
    ForeignProtocol(
        N_("DashScope's native API"),
        N_("set base_url to https://dashscope.aliyuncs.com/compatible-mode/v1 at Alibaba Cloud"),
        _dashscope,
    ),
    ForeignProtocol(
        N_("Cohere's native API"), N_("set base_url to https://api.cohere.ai/compatibility/v1 at Cohere"), _cohere
    ),
    ForeignProtocol(
        N_("llama.cpp's native API"), N_("set base_url to the address of that server with /v1 at its end"), _llamacpp
    ),
    ForeignProtocol(N_("Baidu's native API"), N_("set base_url to https://qianfan.baidubce.com/v2 at Baidu"), _qianfan),
    ForeignProtocol(
        N_("Tencent's native API"),
        N_("set base_url to https://api.hunyuan.cloud.tencent.com/v1 at Tencent Cloud"),
        _hunyuan,
    ),
    ForeignProtocol(
        "Text Generation Inference",
        N_("set base_url to the address of that server with /v1 at its end"),
        _text_generation,
    ),
)


def foreign_protocol(payload: object) -> ForeignProtocol | None:
    """Return the protocol that *payload*, a part of an answer, belongs to; None if it may be Chat Completions."""
    if not isinstance(payload, dict) or "choices" in payload or "error" in payload:
        return None
    return next((protocol for protocol in _PROTOCOLS if protocol.is_spoken_in(payload)), None)
