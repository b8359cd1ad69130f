"""Turns results of servers into text for a model."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from chatcli.language import _
from chatcli.text.json_values import as_object, as_objects, as_text, parse_json
from chatcli.text.units import format_size
from chatcli.tools.tool import ToolError


def result_text(result: Mapping[str, Any]) -> str:
    """Return the result of a call as text; raises ToolError with that text if the tool reports an error.

    Structured content is added where no text says the same. Of pictures and sounds only kind and size are told, because
    results of tools are text.
    """
    blocks = as_objects(result.get("content"))
    texts = [block_text(block) for block in blocks]
    if "structuredContent" in result:
        structured = result["structuredContent"]
        if not any(_says(as_text(block.get("text")), structured) for block in blocks):
            texts.append(json.dumps(structured, ensure_ascii=False))
    text = "\n".join(filter(None, texts))
    if result.get("isError"):
        raise ToolError(text or _("The tool reported an error without a text."))
    return text


def block_text(block: Mapping[str, Any]) -> str:
    """Return a block of content as text."""
    match block.get("type"):
        case "text":
            return as_text(block.get("text"))
        case "image" | "audio" as kind:
            return f"[{kind}: {_kind_and_size(block, 'data')}]"
        case "resource_link":
            words = (as_text(block.get(key)) for key in ("title", "uri", "description"))
            return f"[resource: {' · '.join(filter(None, words))}]"
        case "resource":
            return resource_text(as_object(block.get("resource")))
        case kind:
            return f"[{kind}]"


def resource_text(resource: Mapping[str, Any]) -> str:
    """Return the content of a resource, after a line that names it."""
    uri = as_text(resource.get("uri"))
    if "text" in resource:
        return f"[resource: {uri}]\n{as_text(resource['text'])}"
    return f"[resource: {uri}, {_kind_and_size(resource, 'blob')}]"


def _says(text: str, structured: Any) -> bool:
    """Return whether *text* is *structured* as JSON, or its only value."""
    values = list(structured.values()) if isinstance(structured, dict) else []
    return parse_json(text) == structured or values == [text]


def _kind_and_size(holder: Mapping[str, Any], key: str) -> str:
    kind = as_text(holder.get("mimeType")) or "unknown type"
    try:
        size = len(b64decode(as_text(holder.get(key)), validate=False))
    except ValueError:
        return kind
    return f"{kind}, {format_size(size)}"
