"""The protocol as a judge of what is sent: a description of our own, as strict as the strictest server about what it
knows, and silent about fields that it does not know.

Its sources are the field tables of the protocol. What a server may leave out of a chunk is not asked for: be strict in
what is sent, and lenient in what is taken.
"""

from __future__ import annotations

from functools import cache
from typing import Any

REQUEST, CHUNK = "request", "chunk"


def _object(required: str = "", /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


def _one_of(*values: str) -> dict[str, Any]:
    return {"enum": list(values)}


def _number(least: float, most: float) -> dict[str, Any]:
    return {"type": ["number", "null"], "minimum": least, "maximum": most}


def _whole(least: int, most: int | None = None) -> dict[str, Any]:
    return {"type": ["integer", "null"], "minimum": least} | ({} if most is None else {"maximum": most})


def _list(item: Any, *, least: int = 0, most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least} | ({} if most is None else {"maxItems": most})


def _any(*schemas: Any) -> dict[str, Any]:
    return {"anyOf": list(schemas)}


_TEXT: dict[str, Any] = {"type": "string"}
_NULL: dict[str, Any] = {"type": "null"}
_FLAG: dict[str, Any] = {"type": ["boolean", "null"]}
_NAME = {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"}

_TEXT_PART = _object("type text", type=_one_of("text"), text=_TEXT)
_REFUSAL_PART = _object("type refusal", type=_one_of("refusal"), refusal=_TEXT)
_PICTURE = _object("url", url=_TEXT, detail=_one_of("auto", "low", "high", "original"))
_SOUND = _object("data format", data=_TEXT, format=_one_of("wav", "mp3"))
_FILE = _object("", filename=_TEXT, file_data=_TEXT, file_id=_TEXT)
_USER_PART = _any(
    _TEXT_PART,
    _object("type image_url", type=_one_of("image_url"), image_url=_PICTURE),
    _object("type input_audio", type=_one_of("input_audio"), input_audio=_SOUND),
    _object("type file", type=_one_of("file"), file=_FILE),
)


def _words(part: Any) -> dict[str, Any]:
    return _any(_TEXT, _list(part, least=1))


_CALL = _object(
    "id type function",
    id=_TEXT,
    type=_one_of("function"),
    function=_object("name arguments", name=_TEXT, arguments=_TEXT),
)
_ANSWER = _object(
    "role",
    role=_one_of("assistant"),
    content=_any(_words(_any(_TEXT_PART, _REFUSAL_PART)), _NULL),
    refusal={"type": ["string", "null"]},
    name=_TEXT,
    tool_calls=_list(_CALL),
)
_MESSAGE = _any(
    _object("role content", role=_one_of("system", "developer"), content=_words(_TEXT_PART), name=_TEXT),
    _object("role content", role=_one_of("user"), content=_words(_USER_PART), name=_TEXT),
    _object("role content tool_call_id", role=_one_of("tool"), content=_words(_TEXT_PART), tool_call_id=_TEXT),
    # An answer says something or asks for something.
    {"allOf": [_ANSWER, _any({"required": ["content"]}, {"required": ["tool_calls"]})]},
)
_FUNCTION = _object("name", name=_NAME, description=_TEXT, parameters={"type": "object"}, strict=_FLAG)
_TOOL = _object("type function", type=_one_of("function"), function=_FUNCTION)
_FORMAT = _any(
    _object("type", type=_one_of("text", "json_object")),
    _object(
        "type json_schema",
        type=_one_of("json_schema"),
        json_schema=_object("name", name=_NAME, description=_TEXT, schema={"type": "object"}, strict=_FLAG),
    ),
)
_SOURCE = _object("type", type=_one_of("approximate"), approximate={"type": "object"})

_DESCRIBED: dict[str, Any] = {
    REQUEST: _object(
        "model messages",
        model=_TEXT,
        messages=_list(_MESSAGE, least=1),
        stream=_FLAG,
        stream_options=_any(_NULL, _object("", include_usage={"type": "boolean"})),
        max_tokens=_whole(1),
        max_completion_tokens=_whole(1),
        temperature=_number(0, 2),
        top_p=_number(0, 1),
        presence_penalty=_number(-2, 2),
        frequency_penalty=_number(-2, 2),
        n=_whole(1, 128),
        seed={"type": ["integer", "null"]},
        stop=_any(_NULL, _TEXT, _list(_TEXT, least=1, most=4)),
        logit_bias={
            "type": ["object", "null"],
            "additionalProperties": {"type": "integer", "minimum": -100, "maximum": 100},
        },
        logprobs=_FLAG,
        top_logprobs={"type": "integer", "minimum": 0, "maximum": 20},
        response_format=_FORMAT,
        tools=_list(_TOOL, least=1, most=128),
        tool_choice=_any(
            _one_of("none", "auto", "required"),
            _object("type function", type=_one_of("function"), function=_object("name", name=_TEXT)),
        ),
        parallel_tool_calls={"type": "boolean"},
        reasoning_effort={"enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max", None]},
        verbosity={"enum": ["low", "medium", "high", None]},
        modalities=_any(_NULL, _list(_one_of("text", "audio"))),
        audio=_any(
            _NULL,
            _object("voice format", voice=_TEXT, format=_one_of("wav", "aac", "mp3", "flac", "opus", "pcm16")),
        ),
        prediction=_any(_NULL, _object("type content", type=_one_of("content"), content=_words(_TEXT_PART))),
        web_search_options=_object("", search_context_size=_one_of("low", "medium", "high"), user_location=_SOURCE),
        service_tier={"enum": ["auto", "default", "flex", "scale", "priority", "fast", None]},
        store=_FLAG,
        metadata={
            "type": ["object", "null"],
            "maxProperties": 16,
            "propertyNames": {"maxLength": 64},
            "additionalProperties": {"type": "string", "maxLength": 512},
        },
        user=_TEXT,
        safety_identifier={"type": "string", "maxLength": 128},
        prompt_cache_key=_TEXT,
        prompt_cache_retention={"enum": ["in_memory", "24h", None]},
        prompt_cache_options=_object("", ttl=_TEXT, mode=_one_of("implicit", "explicit")),
        moderation=_object("model", model=_TEXT),
    ),
    CHUNK: _object(
        "id object created model choices",
        id=_TEXT,
        object=_one_of("chat.completion.chunk"),
        created={"type": "integer"},
        model=_TEXT,
        choices=_list(
            _object(
                "index delta finish_reason",
                index=_whole(0),
                delta=_object(
                    "",
                    role=_one_of("developer", "system", "user", "assistant", "tool"),
                    content={"type": ["string", "null"]},
                    refusal={"type": ["string", "null"]},
                    tool_calls=_list(_object("index", index=_whole(0), id=_TEXT, type=_one_of("function"))),
                ),
                finish_reason={"enum": ["stop", "length", "tool_calls", "content_filter", "function_call", None]},
            )
        ),
        usage=_any(
            _NULL,
            _object(
                "prompt_tokens completion_tokens total_tokens",
                prompt_tokens={"type": "integer"},
                completion_tokens={"type": "integer"},
                total_tokens={"type": "integer"},
            ),
        ),
    ),
}


@cache
def judge(schema: str) -> Any:
    """Return the validator of REQUEST or CHUNK."""
    import jsonschema  # 50 ms that only those pay who judge

    return jsonschema.Draft202012Validator(_DESCRIBED[schema])


def faults(schema: str, value: Any) -> list[str]:
    """Return what is wrong with *value*, each fault with its place."""
    return [f"{error.json_path}: {error.message[:200]}" for error in judge(schema).iter_errors(value)]
