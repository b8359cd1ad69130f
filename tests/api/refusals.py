"""Refusals as each server shapes them, in words of the tests' own but for those by which a refusal is known.

`REFUSALS` holds server and case, status, body (objects are sent as JSON) and the error that each must become.
"""

from __future__ import annotations

import json
from typing import Any

from chatcli.api import refused_parameters
from chatcli.api.failures import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    ContextTooLongError,
    ModelNotFoundError,
    ModelRetiredError,
    ParameterRefusedError,
    QuotaError,
    RateLimitError,
    RejectedError,
    ServerError,
    ServerReport,
)


def _openai(message: str, type: str = "invalid_request_error", code: Any = None, param: Any = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def _llamacpp(status: int, message: str, type: str = "invalid_request_error", **fields: Any) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "type": type, **fields}}


def _litellm(status: int, message: str, type: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": f"litellm.{message}\nmodel=m. fallbacks=None.", "type": type, "code": str(status)}}


def _fastapi(*complaints: tuple[str, str]) -> dict[str, Any]:
    return {"detail": [{"type": "value_error", "loc": ["body", name], "msg": what} for name, what in complaints]}


def _nginx(title: str) -> str:
    return f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n</body>\n</html>\n"


REFUSALS: dict[str, tuple[int, Any, type[ChatError]]] = {
    "openai, key": (401, _openai("Incorrect API key provided: sk-…", code="invalid_api_key"), AuthenticationError),
    "openai, model": (404, _openai("The model `n` does not exist", code="model_not_found"), ModelNotFoundError),
    "openai, rate": (429, _openai("Limit 100, used 100", "tokens", "rate_limit_exceeded"), RateLimitError),
    "openai, quota": (429, _openai("No money left", "insufficient_quota", "insufficient_quota"), QuotaError),
    "openai, window": (
        400,
        _openai("maximum context length is 100 tokens", code="context_length_exceeded", param="messages"),
        ContextTooLongError,
    ),
    "openai, value": (
        400,
        _openai("'temperature' does not support 0.5", code="unsupported_value", param="temperature"),
        ParameterRefusedError,
    ),
    "openai, role": (400, _openai("No such role", code="unsupported_value", param="messages[0].role"), RejectedError),
    "openai, fault": (500, _openai("The server had an error", "server_error"), ServerError),
    "azure, deployment": (404, {"error": {"code": "DeploymentNotFound", "message": "Not there"}}, ModelNotFoundError),
    "azure, path": (404, {"error": {"code": "404", "message": "Resource not found"}}, RejectedError),
    "deepseek, balance": (402, _openai("Insufficient Balance", "unknown_error"), QuotaError),
    "groq, call": (400, _openai("No schema fits the call", code="tool_use_failed"), RejectedError),
    "gemini, list": (
        429,
        [{"error": {"code": 429, "message": "Exhausted", "status": "RESOURCE_EXHAUSTED"}}],
        RateLimitError,
    ),
    "gemini, window": (
        400,
        {"error": {"code": 400, "message": "The input token count exceeds the maximum number of tokens allowed 100."}},
        ContextTooLongError,
    ),
    "openrouter, upstream": (
        429,
        {"error": {"code": 429, "message": "Provider says no", "metadata": {"raw": "slow down", "provider_name": "X"}}},
        RateLimitError,
    ),
    "vllm, window": (
        400,
        {"object": "error", "message": "maximum context length is 100 tokens", "type": "BadRequestError", "code": 400},
        ContextTooLongError,
    ),
    "llama.cpp, key": (401, _llamacpp(401, "Invalid API Key", "authentication_error"), AuthenticationError),
    "llama.cpp, window": (
        400,
        _llamacpp(400, "too many", "exceed_context_size_error", n_prompt_tokens=120, n_ctx=100),
        ContextTooLongError,
    ),
    "llama.cpp, path": (404, _llamacpp(404, "File Not Found", "not_found_error"), RejectedError),
    "llama.cpp, off": (501, _llamacpp(501, "No embeddings without a flag", "not_supported_error"), ServerError),
    "llama.cpp, loading": (503, _llamacpp(503, "Loading model", "unavailable_error"), ServerError),
    "ollama, model": (404, {"error": {"message": 'model "n" not found, try pulling it first'}}, ModelNotFoundError),
    "ollama, bare": (404, {"error": "model 'n' not found"}, ModelNotFoundError),
    "lm studio, window": (400, {"error": "Input does not fit in context length"}, ContextTooLongError),
    "lm studio, window in a stream": (
        200,
        'event: error\ndata: {"error":{"message":"Input does not fit in context length"}}\n\n',
        ContextTooLongError,
    ),
    "litellm, key": (401, _litellm(401, "AuthenticationError: no such key", "auth_error"), AuthenticationError),
    "litellm, model": (400, _litellm(400, "BadRequestError: Invalid model name passed in model=n"), ModelNotFoundError),
    "litellm, window": (400, _litellm(400, "ContextWindowExceededError: no luck"), ContextTooLongError),
    "litellm, rate": (429, _litellm(429, "RateLimitError: slow", "throttling_error"), RateLimitError),
    "litellm, upstream": (500, _litellm(500, "InternalServerError: Connection error."), ServerError),
    "fastapi, path": (404, {"detail": "Not Found"}, RejectedError),
    "fastapi, method": (405, {"detail": "Method Not Allowed"}, RejectedError),
    "fastapi, field": (422, _fastapi(("top_k", "Extra inputs are not permitted")), ParameterRefusedError),
    "fastapi, model": (422, _fastapi(("model", "Field required")), RejectedError),
    "starlette, fault": (500, "Internal Server Error", ServerError),
    "nginx, gateway": (502, _nginx("502 Bad Gateway"), ServerError),
    "nginx, size": (413, _nginx("413 Request Entity Too Large"), RejectedError),
    "nginx, login": (401, _nginx("401 Authorization Required"), AuthenticationError),
    "nginx, moved": (301, _nginx("301 Moved Permanently"), RejectedError),
    "nginx, path": (404, _nginx("404 Not Found"), RejectedError),
    "cloudflare, fault": (520, _nginx("Web server is returning an unknown error"), ServerError),
    "zod, key": (
        400,
        {
            "success": False,
            "error": {"issues": [{"code": "unrecognized_keys", "message": "Unrecognized key: 'top_k'"}]},
        },
        ParameterRefusedError,
    ),
    "serde, field": (400, "Failed to parse the body: unknown field `top_k`, expected `model`", ParameterRefusedError),
    "vllm, tuple": (
        400,
        {"message": "[{'type': 'extra_forbidden', 'loc': ('body', 'top_k'), 'msg': 'Extra inputs are not permitted'}]"},
        ParameterRefusedError,
    ),
    "openrouter, day": (429, {"error": {"message": "Limit reached: free-models-per-day", "code": 429}}, QuotaError),
    "new-api, quota": (403, _openai("该令牌额度已用尽", "new_api_error"), QuotaError),
    "a balance": (400, {"error": {"message": "账户余额不足，请充值"}}, QuotaError),
    "xai, credits": (403, _openai("The team has used all available credits"), QuotaError),
    "a firewall's code": (403, "error code: 1020", RejectedError),
    "copilot, window": (400, _openai("prompt token count of 140000 exceeds the limit of 128000"), ContextTooLongError),
    "tensorrt, window": (500, "Prompt length (9000) exceeds maximum input length (8192)", ContextTooLongError),
    "a window": (400, {"error": {"message": "输入长度超过模型最大上下文长度 8192"}}, ContextTooLongError),
    "bedrock, window": (400, {"message": "Input is too long for requested model."}, ContextTooLongError),
    "groq, retired": (400, _openai("It is gone", code="model_decommissioned"), ModelRetiredError),
    "openai, retired": (
        404,
        _openai("The model `gpt-x` has been deprecated", code="model_not_found"),
        ModelRetiredError,
    ),
    "an end of life": (410, _openai("gpt-x reached its end of life"), ModelRetiredError),
    "a timeout": (408, _openai("Took too long", "request_timeout", "request_timeout"), ServerError),
    "forbidden": (403, _openai("Forbidden.", "permission_error", "forbidden"), AuthenticationError),
    "another gateway": (504, "", ServerError),
}

FILTERED_CODES = (
    "content_filter content_policy_violation contentpolicyviolationerror responsibleaipolicyviolation "
    "data_inspection_failed flagged_input refusal 1301"
)
OVERFLOW_CODES = (
    "context_length_exceeded exceed_context_size_error model_context_window_exceeded contextwindowexceedederror "
    "token_limit_exceeded 1261"
)


_PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}


def refuse(status: int, message: str = "m", **said: Any) -> ChatError:
    """Return the error for an answer in the shape of OpenAI's; *said* joins its message."""
    body = json.dumps({"error": {"message": message, **said}}).encode()
    sent = {"model": "gpt-x", "messages": [_PICTURE], "top_k": 1, "temperature": 0.5, "tools": [{}]}
    return classify.classify(status, {}, body, FailedRequest("h.example", "gpt-x", "$KEY", sent=sent))


def heal(message: str, code: str | None = None) -> bool:
    """Return whether a refusal of `seed` is mended by leaving it out."""
    server = ServerReport(status=400, message=message, param="seed", code=code)
    return refused_parameters.mend({"model": "m", "messages": [], "seed": 1}, server) is not None
