"""Turns results of servers into text for a model, and the images that it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatcli.conversation.messages import ImagePart
from chatcli.language import _
from chatcli.request.images import decode_base64
from chatcli.text.json_values import as_object, as_objects, as_text, parse_json
from chatcli.text.units import format_size
from chatcli.tools.images import read_result_image
from chatcli.tools.tool import IllustratedResult, ToolError, ToolResult

_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "image/svg+xml"})


def read_result(result: Mapping[str, Any], *, remark: str = "") -> ToolResult:
    """Return the result of a call, with *remark* at its end; raises ToolError with it if the tool reports an error.

    Structured content is added where no text says the same. Images are named in their place and returned beside the
    text, as far as models can read them; only the kind and size of sounds and other data are given.
    """
    blocks = as_objects(result.get("content"))
    texts: list[str] = []
    images: list[ImagePart] = []
    for block in blocks:
        text, image = _read_block(block, len(images) + 1)
        texts.append(text)
        images += [image] if image else []
    if "structuredContent" in result:
        structured = result["structuredContent"]
        if not any(_says(as_text(block.get("text")), structured) for block in blocks):
            texts.append(json.dumps(structured, ensure_ascii=False))
    text = "\n".join(filter(None, [*texts, remark]))
    if result.get("isError"):
        raise ToolError(text or _("The tool reported an error without a text."), tuple(images))
    return IllustratedResult(text, tuple(images)) if images else text


def _read_block(block: Mapping[str, Any], number: int) -> tuple[str, ImagePart | None]:
    """Return a block as text, with its image if it has one that models can read; *number* is that of the image."""
    resource = as_object(block.get("resource"))
    if block.get("type") == "image":
        encoded, head = block.get("data"), ""
    elif as_text(resource.get("mimeType")).startswith("image/") and "blob" in resource:
        encoded, head = resource["blob"], f"[resource: {as_text(resource.get('uri'))}]\n"
    else:
        return block_text(block), None
    text, image = read_result_image(_decoded(encoded), number)
    return (head + text, image) if image else (f"{block_text(block)}\n{text}", None)


def block_text(block: Mapping[str, Any]) -> str:
    """Return a block of content as text."""
    match block.get("type"):
        case "text":
            return as_text(block.get("text"))
        case "image" | "audio" as kind:
            return f"[{kind}: {_kind_and_size(block, 'data')}]"
        case "resource_link":
            title = as_text(block.get("title")) or as_text(block.get("name"))
            words = (title, as_text(block.get("uri")), as_text(block.get("description")))
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
    if text := _text_in(resource):
        return f"[resource: {uri}]\n{text}"
    return f"[resource: {uri}, {_kind_and_size(resource, 'blob')}]"


def _text_in(resource: Mapping[str, Any]) -> str:
    """Return the text that a resource holds as bytes, empty if it holds none."""
    kind = as_text(resource.get("mimeType")).partition(";")[0].strip().lower()
    if not kind.startswith("text/") and kind not in _TEXTS:
        return ""
    try:
        return _decoded(resource.get("blob")).decode()
    except UnicodeDecodeError:
        return ""


def _says(text: str, structured: Any) -> bool:
    """Return whether *text* is *structured* as JSON, or its only value."""
    values = list(structured.values()) if isinstance(structured, dict) else []
    return parse_json(text) == structured or values == [text]


def _kind_and_size(holder: Mapping[str, Any], key: str) -> str:
    kind = as_text(holder.get("mimeType")) or "unknown type"
    data = _decoded(holder.get(key))
    return f"{kind}, {format_size(len(data))}" if data else kind


def _decoded(text: Any) -> bytes:
    """Return the bytes of *text* in base64, none if it is not."""
    try:
        return decode_base64(as_text(text))
    except ValueError:
        return b""
