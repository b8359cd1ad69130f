"""Counts the tokens of tool descriptions, by the rule in OpenAI's cookbook.

https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken, "Counting tokens for chat completions with tool
calls". Tools that are not functions, or have an unusual form, count as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

Count = Callable[[str], int]

_END = 12  # after the last function
_PROPERTIES, _PROPERTY, _CHOICES, _CHOICE = 3, 3, -3, 3
_OLDER = "cl100k_base"


def tool_tokens(tools: object, count: Count, encoding: str) -> int:
    """Return the tokens of *tools*, a request field; *encoding* distinguishes older models from newer ones."""
    if not isinstance(tools, list) or not tools:
        return 0
    begin = 10 if encoding == _OLDER else 7
    return _END + sum(_tool(tool, count, begin) for tool in tools)


def json_tokens(value: object, count: Count) -> int:
    """Return the tokens of *value* as JSON without spaces."""
    return count(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def _tool(tool: object, count: Count, begin: int) -> int:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping):
        return begin + json_tokens(tool, count)
    described = f"{function.get('name', '')}:{_sentence(function)}"
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    tokens = begin + count(described)
    if isinstance(properties, Mapping) and properties:
        tokens += _PROPERTIES + sum(_property(name, schema, count) for name, schema in properties.items())
    return tokens


def _property(name: str, schema: object, count: Count) -> int:
    if not isinstance(schema, Mapping) or {"properties", "items", "anyOf", "$ref"} & schema.keys():
        return _PROPERTY + count(name) + json_tokens(schema, count)
    choices: object = schema.get("enum")
    tokens = _PROPERTY + count(f"{name}:{schema.get('type', '')}:{_sentence(schema)}")
    if isinstance(choices, list) and choices:
        tokens += _CHOICES + sum(_CHOICE + count(str(choice)) for choice in choices)
    return tokens


def _sentence(described: Mapping[str, object]) -> str:
    return str(described.get("description", "")).removesuffix(".")
