"""One word for how long to think, in the fields and levels of every endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.encode import encode
from chatcli.conversation.messages import Request, text_message
from chatcli.providers.reasoning_effort import encode_effort
from chatcli.providers.table import PLAIN, PROVIDERS
from chatcli.request.parameters import EFFORTS

ON, OFF = {"type": "enabled"}, {"type": "disabled"}
# https://platform.openai.com/docs/guides/reasoning, and the pages of each provider on thinking.
FORMS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("plain", "m", "xhigh", {"reasoning_effort": "xhigh"}),
    ("plain", "m", "none", {"reasoning_effort": "none"}),
    ("openai", "gpt-5-mini", "none", {"reasoning_effort": "minimal"}),
    ("openai", "gpt-5.1", "xhigh", {"reasoning_effort": "high"}),
    ("openai", "gpt-5.6-luna", "none", {"reasoning_effort": "none"}),
    ("openai", "gpt-6-luna", "minimal", {"reasoning_effort": "low"}),
    ("openai", "gpt-6-astra", "none", {"reasoning_effort": "low"}),
    ("openai", "o3", "max", {"reasoning_effort": "high"}),
    ("openai", "gpt-4o", "low", {"reasoning_effort": "low"}),
    ("deepseek", "deepseek-v4-pro", "medium", {"thinking": ON, "reasoning_effort": "high"}),
    ("deepseek", "deepseek-v4-pro", "minimal", {"thinking": ON, "reasoning_effort": "low"}),
    ("deepseek", "deepseek-flash", "none", {"thinking": OFF}),
    ("moonshot", "kimi-k2.6", "high", {"thinking": ON}),
    ("moonshot", "kimi-k3.1-pro", "none", {"reasoning_effort": "low"}),
    ("zai", "glm-5.3", "max", {"thinking": ON, "reasoning_effort": "max"}),
    ("dashscope", "qwen3.8-flash", "low", {"enable_thinking": True}),
    ("siliconflow", "x", "none", {"enable_thinking": False}),
    ("together", "openai/gpt-oss-120b", "low", {"reasoning_effort": "low"}),
    ("together", "x", "none", {"reasoning": {"enabled": False}}),
    ("openrouter", "x", "high", {"reasoning": {"effort": "high"}}),
    ("openrouter", "x", "none", {"reasoning": {"enabled": False}}),
    ("mistral", "x", "low", {"reasoning_effort": "high"}),
    ("groq", "openai/gpt-oss-120b", "high", {"reasoning_effort": "high", "reasoning_format": "parsed"}),
    ("anthropic", "claude-x", "none", {"thinking": OFF}),
    ("xai", "grok-4.7", "none", {"reasoning_effort": "low"}),
    ("ollama", "qwen3", "max", {"reasoning_effort": "max"}),
    ("llamacpp", "x", "none", {"chat_template_kwargs": {"enable_thinking": False}}),
    ("vllm", "x", "low", {"chat_template_kwargs": {"enable_thinking": True}, "reasoning_effort": "low"}),
]


@pytest.mark.parametrize(("provider", "model", "level", "fields"), FORMS)
def test_an_effort_is_written_as_the_endpoint_wants_it(
    provider: str, model: str, level: str, fields: dict[str, Any]
) -> None:
    written = encode_effort(level, model, PROVIDERS.get(provider, PLAIN))

    assert written.fields == fields


@given(st.sampled_from(EFFORTS), st.sampled_from(sorted(PROVIDERS)), st.sampled_from(["gpt-6-astra", "x", "kimi-k3"]))
def test_what_is_not_sent_as_asked_is_said(level: str, provider: str, model: str) -> None:
    written = encode_effort(level, model, PROVIDERS[provider])

    sent = written.fields.get("reasoning_effort")
    assert written.fields
    if sent not in (None, level):
        assert f"`{sent}` is sent" in written.note


def test_it_is_said_once_with_the_request() -> None:
    encoded = encode(Request("o3", (text_message("user", "q"),), {"reasoning_effort": "max"}), PROVIDERS["openai"])

    assert encoded.body["reasoning_effort"] == "high"
    assert encoded.notes == ("o3 has no effort `max`, so `high` is sent",)


TOOLS = [{"type": "function", "function": {"name": "now"}}]


@pytest.mark.parametrize(
    ("model", "options", "effort"),
    [("gpt-5.6-luna", {}, "none"), ("gpt-5.6-luna", {"reasoning_effort": "low"}, "low"), ("gpt-4o", {}, None)],
)
def test_tools_are_let_through_where_thinking_would_refuse_them(
    model: str, options: dict[str, Any], effort: str | None
) -> None:
    encoded = encode(Request(model, (text_message("user", "q"),), {"tools": TOOLS, **options}), PROVIDERS["openai"])

    assert encoded.body.get("reasoning_effort") == effort
    assert bool(encoded.notes) == (effort == "none")
