"""What a server offers, as far as it reaches a model: names, descriptions and schemas of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.json_values import as_object, as_objects, as_text, parse_json

MOST_TOOLS = 500  # of a server; every request contains all of them
MOST_LISTED_BYTES = 500_000
_CONTEXT_LINES = 2


@frozen
class ListedTool:
    """A tool as its server describes it. *hints* are claims of the server about safety, which decide nothing."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    hints: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """Return the tool as JSON."""
        parts = {"description": self.description, "parameters": dict(self.parameters), "hints": dict(self.hints)}
        return {"name": self.name, **parts}


@frozen
class Listing:
    """The tools of a server that is at *address*, shown to people as *shown*."""

    address: str
    shown: str
    tools: tuple[ListedTool, ...]

    def text(self) -> str:
        """Return the listing for people to compare: one line for each line of a description or schema."""
        return "\n".join([self.shown, *(line for tool in self.tools for line in _lines(tool))])

    def overview(self) -> str:
        """Return the listing for people to read: what models are told of each tool."""
        return "\n".join([self.shown, *(line for tool in self.tools for line in (tool.name, *_described(tool)))])

    def to_json(self) -> str:
        """Return the tools as JSON."""
        return json.dumps([tool.document() for tool in self.tools], sort_keys=True)


def read_tools(text: str) -> tuple[ListedTool, ...]:
    """Return the tools in JSON that `to_json` wrote."""
    return tuple(
        ListedTool(
            as_text(one.get("name")),
            as_text(one.get("description")),
            as_object(one.get("parameters")),
            as_object(one.get("hints")),
        )
        for one in as_objects(parse_json(text))
    )


def changes(old: Listing, new: Listing) -> str:
    """Return a diff of two listings."""
    import difflib  # only after a change

    lines = difflib.unified_diff(
        old.text().splitlines(), new.text().splitlines(), "accepted", "now", n=_CONTEXT_LINES, lineterm=""
    )
    return "\n".join(lines)


def _lines(tool: ListedTool) -> Sequence[str]:
    schema = [
        f"  {line}" for line in json.dumps(tool.parameters, indent=1, ensure_ascii=False, sort_keys=True).splitlines()
    ]
    return [tool.name, *_described(tool), *schema]


def _described(tool: ListedTool) -> list[str]:
    """Return what is said of a tool; hints are named as what they are, claims of the server."""
    claims = [
        _("(it says {name}: {value})", name=name, value=json.dumps(tool.hints[name])) for name in sorted(tool.hints)
    ]
    return [f"  {line}" for line in (*tool.description.splitlines(), *claims) if line.strip()]
