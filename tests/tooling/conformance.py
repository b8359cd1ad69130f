"""The client that the official MCP conformance suite starts: lists the tools of a server, and calls each.

    npx @modelcontextprotocol/conformance client --suite all --command "python -m tests.tooling.conformance"

The suite appends the address of its server, and reads the exit code. Questions of the server are answered with their
defaults.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from chatcli.files.private_json import DurableRecords
from chatcli.text.json_values import as_object
from chatcli.tools.inquiries import Form, Question, UserAnswer
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.pins import FIELDS, Pins
from chatcli.tools.mcp.server_tools import ServerTools
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.tool import Cancellation, Inquiry, Tool, ToolError

_USUAL = {"number": 1, "integer": 1, "boolean": True, "array": [], "object": {}}
_TIMEOUT_S = 20


def main() -> int:
    """Talk to the server at the address in the last argument; return the exit code."""
    url = sys.argv[-1]
    connections = Connections(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        pins = Pins(DurableRecords(Path(folder) / "pins.json", "pins", FIELDS))
        source = ServerTools(McpServer("suite", url=url, address=url), pins, connections, _TIMEOUT_S)
        try:
            source.accept(source.inspect(Cancellation())[0])
            for tool in source.current() or ():
                print(tool.name, _call(tool))
        except ToolError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            connections.close()
    return 0


def _call(tool: Tool) -> str:
    properties = as_object(tool.parameters.get("properties"))
    given = {name: _usual(as_object(schema)) for name, schema in properties.items()}
    result = tool.run(given, Cancellation())
    while isinstance(result, Inquiry):
        result = result.resume(_answer(result.question), Cancellation())
    return result if isinstance(result, str) else result.text


def _usual(schema: dict[str, Any]) -> Any:
    return schema.get("default", _USUAL.get(str(schema.get("type")), "text"))


def _answer(question: Question) -> UserAnswer:
    if not isinstance(question, Form):
        return UserAnswer("decline")
    return UserAnswer("accept", {one.name: one.default for one in question.fields if one.default is not None})


if __name__ == "__main__":
    sys.exit(main())
