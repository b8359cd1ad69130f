"""An answer of another interface is named, with the right base URL; one of Chat Completions is never taken for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcli.api.decode import AnswerDecoder
from chatcli.api.failures.classify import in_stream
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.api.http.sse import ServerEvent
from chatcli.errors import ChatError, ServerError
from tests.support.answers import chunk

ASKED = FailedRequest("h.example", "m", None)
ANSWERS: list[tuple[str, str, Any]] = [
    ("Messages", "api.anthropic.com/v1", {"type": "message", "role": "assistant", "content": [{"type": "text"}]}),
    ("Messages", "api.anthropic.com/v1", {"type": "message_start", "message": {"type": "message", "content": []}}),
    ("Messages", "api.anthropic.com/v1", {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}),
    ("Gemini", "/v1beta/openai", {"candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}}]}),
    ("Responses", "api.openai.com/v1", {"object": "response", "status": "completed", "output": [{"type": "message"}]}),
    ("Responses", "api.openai.com/v1", {"type": "response.output_text.delta", "delta": "a"}),
    ("Ollama", ":11434/v1", {"model": "m", "response": "a", "done": False}),
    ("Converse", "/openai/v1", {"output": {"message": {"role": "assistant", "content": [{"text": "a"}]}}}),
    ("Converse", "/openai/v1", {"contentBlockDelta": {"delta": {"text": "a"}}}),
    ("DashScope", "/compatible-mode/v1", {"output": {"text": "a", "finish_reason": "stop"}, "request_id": "r"}),
    ("Text Generation", "/v1", {"generated_text": "a"}),
    ("Messages", "api.anthropic.com/v1", {"type": "message", "content": [{"type": "text"}], "stop_reason": "end_turn"}),
    ("Cohere", "/compatibility/v1", {"type": "content-delta", "delta": {"message": {"content": {"text": "a"}}}}),
    ("Cohere", "/compatibility/v1", {"text": "a", "generation_id": "g", "finish_reason": "COMPLETE"}),
    ("llama.cpp", "/v1", {"content": "a", "stop": True, "model": "m", "timings": {}}),
    ("Baidu", "qianfan.baidubce.com/v2", {"object": "chat.completion", "result": "a", "is_truncated": False}),
    ("Tencent", "tencent.com/v1", {"Response": {"Choices": [{"Message": {"Content": "a"}}]}}),
]


def decoder() -> AnswerDecoder:
    return AnswerDecoder(lambda payload: in_stream(payload, ASKED))


def feed(payload: Any) -> None:
    machine = decoder()
    machine.feed(ServerEvent(json.dumps(payload)))
    machine.close()


@pytest.mark.parametrize(("title", "address", "payload"), ANSWERS, ids=str)
def test_the_interface_is_named_with_the_right_base_url(title: str, address: str, payload: Any) -> None:
    with pytest.raises(ChatError) as raised:
        feed(payload)

    assert isinstance(raised.value, ServerError)
    assert "h.example" in raised.value.what
    assert title in raised.value.what
    assert address in str(raised.value.hint)


@pytest.mark.parametrize("payload", [payload for _, _, payload in ANSWERS], ids=str)
def test_what_else_a_server_sends_beside_an_answer_disturbs_nothing(payload: Any) -> None:
    machine = decoder()
    machine.feed(ServerEvent(json.dumps(chunk("Hello"))))
    machine.feed(ServerEvent(json.dumps({**payload, **chunk(finish="stop")})))
    machine.feed(ServerEvent(json.dumps(payload)))

    assert machine.has_ended
