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

import httpx

from chatcli.files.own import app_dirs
from chatcli.files.private_json import DurableRecords
from chatcli.text.json_values import as_object, as_text, parse_json
from chatcli.text.redactor import Secret
from chatcli.tools.inquiries import Form, Question, SignInPage, UserAnswer
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.oauth_settings import OAuthSettings
from chatcli.tools.mcp.pins import FIELDS, Pins
from chatcli.tools.mcp.server_tools import ServerTools
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.sign_ins import sign_ins
from chatcli.tools.parallel import run_asking, run_call
from chatcli.tools.tool import Tool, ToolError

_USUAL = {"number": 1, "integer": 1, "boolean": True, "array": [], "object": {}}
_TIMEOUT_S = 20
_DOCUMENT = "https://conformance-test.local/client-metadata.json"


def main() -> int:
    """Talk to the server at the address in the last argument; return the exit code."""
    url = sys.argv[-1]
    with tempfile.TemporaryDirectory() as folder:
        dirs = app_dirs({"HOME": folder})
        connections = Connections(os.environ, sign_ins=sign_ins(dirs))
        pins = Pins(DurableRecords(dirs.pins, "pins", FIELDS))
        server = McpServer("suite", url=url, address=url, oauth=_settings(url, Path(folder)))
        source = ServerTools(server, pins, connections, _TIMEOUT_S)
        try:
            source.accept(run_asking(source.inspect, _answer)[0])
            for tool in source.current() or ():
                print(tool.name, _call(tool))
        except ToolError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            connections.close()
    return 0


def _settings(url: str, folder: Path) -> OAuthSettings:
    """Return what the suite lets the client know beforehand."""
    known = as_object(parse_json(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}")))
    id, key = as_text(known.get("client_id")), as_text(known.get("private_key_pem"))
    secret = Secret(found) if (found := as_text(known.get("client_secret"))) else None
    if not id:
        return OAuthSettings(client_metadata_url=_DOCUMENT)
    if "client-credentials" not in os.environ.get("MCP_CONFORMANCE_SCENARIO", ""):
        return OAuthSettings(client_id=id, client_secret=secret)
    (folder / "key.pem").write_text(key, encoding="utf-8")
    algorithm = as_text(known.get("signing_algorithm")) or "ES256"
    path = str(folder / "key.pem") if key else ""
    return OAuthSettings(id, secret, "", path, algorithm, _issuer(url), is_program=True)


def _issuer(url: str) -> str:
    """Return the authorization server of the suite, which its users would know."""
    origin, path = url.rpartition("/mcp")[0], "/.well-known/oauth-protected-resource"
    found = [httpx.get(f"{origin}{path}{end}", trust_env=False) for end in ("/mcp", "")]
    return next(str(answer.json()["authorization_servers"][0]) for answer in found if answer.is_success)


def _call(tool: Tool) -> str:
    properties = as_object(tool.parameters.get("properties"))
    given = {name: _usual(as_object(schema)) for name, schema in properties.items()}
    return run_call(tool, given, _answer)


def _usual(schema: dict[str, Any]) -> Any:
    return schema.get("default", _USUAL.get(str(schema.get("type")), "text"))


def _answer(question: Question) -> UserAnswer:
    if isinstance(question, SignInPage):
        redirect = httpx.get(question.url, follow_redirects=False, trust_env=False)
        return UserAnswer("accept", {"address": redirect.headers["location"]})
    if not isinstance(question, Form):
        return UserAnswer("decline")
    return UserAnswer("accept", {one.name: one.default for one in question.fields if one.default is not None})


if __name__ == "__main__":
    sys.exit(main())
