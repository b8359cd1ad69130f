"""Mends what servers send before the SDK judges it: one faulty tool must not cost all the others of its server.

Only what is used here is kept of a tool, and its schema gets what strict providers demand of all: of one that they
reject, no tool of the request could be used. Schemas of results are dropped: nothing here relies on them, a server that
breaks its own would lose results that are good otherwise, and judging by them runs expressions that the server chose.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from mcp.client._transport import ReadStream
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCResponse

from chatcli.text.json_values import as_object, as_objects, as_text

_VALUES = frozenset({"enum", "const", "default", "examples", "required"})
_ITEMS = frozenset({"items", "prefixItems"})
_HINTS = frozenset({"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"})


class MendingStream:
    """The messages of *stream*, mended."""

    def __init__(self, stream: ReadStream[SessionMessage | Exception]) -> None:
        self._stream = stream

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message."""
        return _mended(await self._stream.receive())

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        return _mended(await self._stream.__anext__())

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stream.__aexit__(kind, error, trace)


def mend_tools(tools: Any) -> list[dict[str, Any]]:
    """Return the tools that have a name, each with what is used of it; of two with one name the first."""
    found: dict[str, dict[str, Any]] = {}
    for tool in as_objects(tools):
        if name := as_text(tool.get("name")):
            found.setdefault(name, _mended_tool(name, tool))
    return list(found.values())


def _mended_tool(name: str, tool: Mapping[str, Any]) -> dict[str, Any]:
    given = as_object(tool.get("inputSchema"))
    schema = _with_items({**given, "type": "object", "properties": as_object(given.get("properties"))})
    schema.pop("$schema", None)
    hints = as_object(tool.get("annotations"))
    annotations = {key: value for key, value in hints.items() if key in _HINTS and isinstance(value, bool)}
    described = {"name": name, "description": as_text(tool.get("description")), "inputSchema": schema}
    return {**described, "annotations": annotations} if annotations else described


def _with_items(schema: Any) -> Any:
    """Return *schema* with `items` in each array, which providers demand and JSON Schema does not."""
    if isinstance(schema, list):
        return [_with_items(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: entry if key in _VALUES else _with_items(entry) for key, entry in schema.items()}
    return {**found, "items": {}} if schema.get("type") == "array" and not _ITEMS & schema.keys() else found


def _mended(item: SessionMessage | Exception) -> SessionMessage | Exception:
    if isinstance(item, SessionMessage) and isinstance(item.message, JSONRPCResponse):
        result = item.message.result
        if isinstance(result.get("tools"), list):
            item.message.result = {**result, "tools": mend_tools(result["tools"])}
    return item
