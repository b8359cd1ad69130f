"""A refusal of tools is told from everything else that is said about tools, with what to do."""

from __future__ import annotations

import json

import pytest

from chatcli.api.failures.classify import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import RejectedError, Remedy

ASKED = FailedRequest("h", "m", None, sent={"model": "m", "messages": [], "tools": [{"type": "function"}]})

REFUSED = [
    (400, "registry.ollama.ai/library/gemma:latest does not support tools", "drop_tools"),
    (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', "options"),
    (500, "tools param requires --jinja flag", "options"),
    (
        404,
        "No endpoints found that support tool use. To learn more, visit: https://x",
        "drop_tools",
    ),
    (400, "tools is not supported in this model. For a list of supported models, refer to https://x", "drop_tools"),
    (400, "Functions are not supported for this API version or this model version.", "drop_tools"),
    (405, "deepinfra error: Tool calling is not supported for model: mistralai/Mistral", "drop_tools"),
    (500, "Internal server error: Unsupported tool_call_parser: None", "drop_tools"),
    (400, "`m` doesn't support function calling", "drop_tools"),
    (400, "Unknown parameter: 'tools'.", "drop_tools"),
    (422, "Extra inputs are not permitted: tools", "drop_tools"),
    (400, "当前模型不支持工具调用", "drop_tools"),
    (400, "Function calling is not enabled for models/gemma-3-27b-it", "drop_tools"),
    (
        400,
        "Function tools with reasoning_effort are not supported for gpt-5.6-terra in /v1/chat/completions. To use "
        "function tools, use /v1/responses or set reasoning_effort to 'none'.",
        "tools_without_reasoning",
    ),
    (
        400,
        "Function tools are not supported for gpt-6-astra here. Use /v1/responses.",
        "Responses API",
    ),
]
OTHERS = [
    (
        400,
        "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be false.",
    ),
    (
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages for each 'tool_call_id'.",
    ),
    (400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."),
    (400, "Function call is missing a thought_signature in functionCall parts."),
    (
        400,
        "Invalid 'tools': array too long. Expected maximum length 128, but got length 129.",
    ),
    (404, "The model `m` does not exist"),
    (500, "Internal server error"),
]


@pytest.mark.parametrize(("status", "said", "hint"), REFUSED, ids=[said[:40] for _, said, _ in REFUSED])
def test_a_model_or_server_without_tools_is_named_with_the_remedy(status: int, said: str, hint: str) -> None:
    error = classify(status, {}, b'{"error": {"message": "%s"}}' % said.replace('"', '\\"').encode(), ASKED)

    assert isinstance(error, RejectedError)
    assert "does not accept tools" in error.what
    assert hint in (error.hint.kind if isinstance(error.hint, Remedy) else str(error.hint))


@pytest.mark.parametrize(("status", "said"), OTHERS, ids=[said[:40] for _, said in OTHERS])
def test_what_else_is_said_of_tools_is_no_refusal_of_them(status: int, said: str) -> None:
    error = classify(status, {}, b'{"error": {"message": "%s"}}' % said.encode(), ASKED)

    assert "does not accept tools" not in error.what


@pytest.mark.parametrize("wrote", ['{"name": "f", "arguments": {"a": 1}}', "<function=f>" + "x" * 9_000, None])
@pytest.mark.parametrize(("code", "kind"), [("tool_use_failed", "tool call"), ("json_validate_failed", "answer")])
def test_what_the_model_wrote_in_vain_is_shown(code: str, kind: str, wrote: str | None) -> None:
    body = {"message": "Failed to call a function.", "code": code, "failed_generation": wrote}

    error = classify(400, {}, json.dumps({"error": body}).encode(), ASKED)

    assert isinstance(error, RejectedError)
    assert f"invalid {kind}" in error.what
    assert (wrote or "")[:200] in error.what
    assert len(error.what) < 500
    assert error.hint


def test_without_tools_in_the_request_nothing_is_said_of_them() -> None:
    asked = FailedRequest("h", "m", None, sent={"model": "m", "messages": []})

    error = classify(400, {}, b'{"error": {"message": "m does not support tools"}}', asked)

    assert "does not accept tools" not in error.what
