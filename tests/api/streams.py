"""Streams as each provider shapes them, composed for the tests, and the reply that each must give.

What is typical of a provider is in its stream, at its place: comments, blank deltas, filters, growing usage, an id that
changes. `tests.api.test_recordings` plays them whole and in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.answers import JSON, chunk, sse

_USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
_CALL = ("call_1", "look_up", '{"city": "Köln"}')


@dataclass(frozen=True, slots=True)
class Written:
    """A *stream* and what it says; *usage* is tokens in and out, *fault* the message of an error in it."""

    stream: bytes
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    finish: str | None = "stop"
    usage: tuple[int, int] | None = (12, 5)
    fault: str = ""


def _calling(**fields: Any) -> dict[str, Any]:
    """Return a chunk with a piece of a tool call; *name* and *arguments* belong to its function."""
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return chunk(tool_calls=[{"index": 0, **fields, "function": function}])


def _each(events: tuple[JSON, ...], **fields: Any) -> list[JSON]:
    return [{**event, **fields} for event in events]


_OPENAI = sse(
    *_each(
        (
            chunk("", role="assistant", refusal=None),
            chunk("Köln"),
            chunk(" 🌧"),
            chunk(finish="stop"),
            chunk(choices=[], usage=_USAGE, obfuscation="k2"),
        ),
        service_tier="default",
        system_fingerprint=None,
        obfuscation="Qx7",
    )
)
_OPENAI_CALL = sse(
    chunk(content=None, role="assistant"),
    _calling(id="call_1", type="function", name="look_up", arguments=""),
    *(_calling(arguments=piece) for piece in ('{"', "city", '": "', "Kö", "ln", '"}')),
    chunk(finish="tool_calls"),
    chunk(choices=[], usage=_USAGE),
)
_OPENAI_REFUSAL = sse(
    chunk("", role="assistant", refusal=None),
    chunk(refusal="I cannot"),
    chunk(refusal=" do that."),
    chunk(finish="stop"),
    chunk(choices=[], usage=_USAGE),
)
_AZURE = sse(
    {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": [{"prompt_index": 0}]},
    chunk("", role="assistant"),
    {**chunk("Köln"), "choices": [{"index": 0, "delta": {"content": "Köln"}, "content_filter_results": {"hate": {}}}]},
    chunk(finish="stop"),
    chunk(choices=[], usage=_USAGE),
)
_DEEPSEEK = sse(
    *_each(
        (
            chunk(content=None, reasoning_content="", role="assistant"),
            chunk(content=None, reasoning_content="Hm"),
            chunk(content=None, reasoning_content=", Rhine."),
            chunk("Köln", reasoning_content=None),
        ),
        usage=None,
    ),
    chunk("", "stop", reasoning_content=None, usage=_USAGE | {"prompt_cache_hit_tokens": 8}),
)
_GROQ = sse(
    {**chunk("", role="assistant"), "x_groq": {"id": "req_1", "seed": 7}},
    chunk(reasoning="Hm", channel="analysis"),
    _calling(id="call_1", type="function", name="look_up", arguments='{"city": "Köln"}'),
    {**chunk(finish="tool_calls"), "x_groq": {"id": "req_1", "usage": _USAGE | {"queue_time": 0.01}}},
)
_GROQ_FAULT = sse(
    chunk("", role="assistant"),
    chunk(reasoning="Hm", channel="analysis"),
    b'event: error\ndata: {"error": {"message": "the call fits no schema", "code": "tool_use_failed"}}\n\n',
    done=False,
)
_OPENROUTER = sse(
    b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n",
    *_each(
        (
            chunk("", role="assistant", reasoning=None, reasoning_details=[]),
            chunk("", role="assistant", reasoning="Hm", reasoning_details=[{"type": "reasoning.text", "text": "Hm"}]),
            chunk("Köln", role="assistant"),
            chunk("", "stop", role="assistant"),
            chunk("", role="assistant", usage=_USAGE | {"cost": 0.0004, "is_byok": False}),
        ),
        provider="Upstream",
    ),
)
_OPENROUTER_FAULT = sse(
    chunk("Kö", role="assistant"),
    {**chunk("", "error"), "error": {"code": 502, "message": "the provider has gone", "metadata": {}}},
    done=False,
)
_MISTRAL = sse(
    chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}], role="assistant"),
    chunk(content=[{"type": "text", "text": "Kö"}, {"type": "reference", "reference_ids": [1]}]),
    chunk("ln"),
    chunk("", "stop", usage=_USAGE | {"num_cached_tokens": 4}),
)
_MISTRAL_CALL = sse(
    _calling(id="call_1", type="function", name="look_up", arguments=""),
    _calling(type="function", name="", arguments='{"city": "Köln"}'),
    chunk("", "tool_calls", usage=_USAGE),
)
_XAI = sse(
    chunk(reasoning_content="Hm", role="assistant", usage=_USAGE | {"completion_tokens": 1}),
    chunk("Köln"),
    chunk(finish="stop"),
    chunk(choices=[], usage=_USAGE | {"total_tokens": 107, "completion_tokens_details": {"reasoning_tokens": 90}}),
)
_PERPLEXITY = sse(
    *(
        {
            **chunk(text, role="assistant", usage=_USAGE | {"completion_tokens": count}),
            "object": kind,
            "citations": ["https://a.example"],
        }
        for text, count, kind in (("Kö", 1, "chat.completion.chunk"), ("ln", 2, "chat.completion.chunk"))
    ),
    {**chunk("", "stop", role="assistant", usage=_USAGE), "object": "chat.completion.done"},
)
_ALIBABA = sse(
    chunk("", role="assistant", usage=None),
    chunk("Kö", usage=None),
    chunk("ln", usage=None),
    chunk("", "stop", usage=None),
    chunk(choices=[], usage=_USAGE),
)
_GEMINI = sse(
    chunk(
        tool_calls=[
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "look_up", "arguments": '{"city": "Köln"}'},
                "extra_content": {"google": {"thought_signature": "c2ln"}},
            }
        ],
        role="assistant",
    ),
    chunk(finish="stop", usage=_USAGE),
)
_OLLAMA = b"".join(
    part.replace(b"\n", b"\r\n")
    for part in (sse(chunk("", role="assistant", reasoning="Hm"), chunk("Köln"), done=False), sse(chunk("", "stop")))
)

WRITTEN = {
    "openai": Written(_OPENAI, "Köln 🌧"),
    "openai, a call": Written(_OPENAI_CALL, calls=(_CALL,), finish="tool_calls"),
    "openai, a refusal": Written(_OPENAI_REFUSAL, refusal="I cannot do that."),
    "azure": Written(_AZURE, "Köln"),
    "deepseek": Written(_DEEPSEEK, "Köln", "Hm, Rhine."),
    "groq, a call": Written(_GROQ, reasoning="Hm", calls=(_CALL,), finish="tool_calls"),
    "groq, a fault": Written(_GROQ_FAULT, reasoning="Hm", finish=None, usage=None, fault="the call fits no schema"),
    "openrouter": Written(_OPENROUTER, "Köln", "Hm"),
    "openrouter, a fault": Written(_OPENROUTER_FAULT, "Kö", finish=None, usage=None, fault="the provider has gone"),
    "mistral": Written(_MISTRAL, "Köln", "Hm"),
    "mistral, a call": Written(_MISTRAL_CALL, calls=(_CALL,), finish="tool_calls"),
    "xai": Written(_XAI, "Köln", "Hm"),
    "perplexity": Written(_PERPLEXITY, "Köln"),
    "alibaba": Written(_ALIBABA, "Köln"),
    "gemini, a call": Written(_GEMINI, calls=(_CALL,)),
    "ollama, lines that end in CRLF": Written(_OLLAMA, "Köln", "Hm", usage=None),
}
