"""A saved token goes to the server and the origin that it was saved for, and is never shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.files.own import app_dirs
from chatcli.files.private_json import DurableRecords
from chatcli.settings.keystore import KeyStore, key_store
from chatcli.settings.urls import origin_of
from chatcli.text.redactor import Secret
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.pins import FIELDS, Pins
from chatcli.tools.mcp.server_tools import ServerTools
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.tokens import token_origin
from chatcli.tools.tool import Cancellation, ToolError
from tests.conftest import Chat, OpenServer
from tests.support.answers import failure

TOKEN = "tok-saved-123456"
DENIED = failure(401, "who are you?", {"connection": "close"})


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return key_store(app_dirs({"HOME": str(tmp_path)}))


@pytest.mark.parametrize(
    ("saved", "headers", "command", "sent", "why"),
    [
        ({"mcp:wiki": "here"}, {}, (), f"Bearer {TOKEN}", "401.*was refused"),
        ({"mcp:wiki": "elsewhere"}, {}, (), None, "the saved key is for https://elsewhere.example"),
        ({"mcp:other": "here", "wiki": "here"}, {}, (), None, "no key is saved for mcp:wiki"),
        ({"mcp:wiki": "here"}, {"authorization": "Basic x"}, (), "Basic x", "401"),
        ({"mcp:wiki": "here"}, {}, ("echo", "printed"), "Bearer printed", "401.*was refused"),
    ],
    ids=["its own", "for another origin", "of another server", "a header instead", "a command instead"],
)
def test_a_saved_token_goes_to_its_server_and_origin_alone(
    saved: Mapping[str, str],
    headers: Mapping[str, str],
    command: tuple[str, ...],
    sent: str | None,
    why: str,
    store: KeyStore,
    server: OpenServer,
    tmp_path: Path,
) -> None:
    scripted = server(always=DENIED)
    url = f"http://127.0.0.1:{scripted.port}/mcp?a=b"
    for name, place in saved.items():
        origin = origin_of(f"http://127.0.0.1:{scripted.port}" if place == "here" else "https://elsewhere.example")
        store.set_key(name, origin=origin, key=TOKEN)
    connections = Connections({}, [], store)
    found = McpServer("wiki", url=url, headers=headers, token_command=command, address=url)
    pins = Pins(DurableRecords(tmp_path / "pins.json", "pins", FIELDS))

    with pytest.raises(ToolError, match=why) as raised:
        ServerTools(found, pins, connections, 20).inspect(Cancellation())
    connections.close()

    assert {post.headers.get("authorization") for post in scripted.posts} == {sent}
    tokens = [Secret(sent.removeprefix("Bearer "))] if sent and sent.startswith("Bearer ") else []
    assert {*connections.secrets} == {*tokens}
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (McpServer("wiki", url="http://wiki.example/mcp"), "unencrypted to http://wiki.example"),
        (McpServer("wiki", argv=("wiki-server",)), "is a program"),
    ],
    ids=["unencrypted", "a program"],
)
def test_no_token_is_saved_that_could_not_be_sent(server: McpServer, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        token_origin(server)


def test_a_token_is_saved_sent_and_removed_by_the_name_of_its_server(chat: Chat, server: OpenServer) -> None:
    scripted = server(always=DENIED)
    folder = chat.home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    entry = {"url": f"http://127.0.0.1:{scripted.port}/mcp"}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"wiki": entry}}), encoding="utf-8")

    unknown = chat("keys", "set", "mcp:wikki", stdin=TOKEN)
    saved = chat("keys", "set", "mcp:wiki", stdin=TOKEN)
    checked = chat("tools", "check")
    asked = chat("ask", "hi")

    assert (unknown.exit_code, saved.exit_code) == (3, 0)
    assert "wiki" in unknown.stderr
    assert {post.headers.get("authorization") for post in scripted.posts} == {f"Bearer {TOKEN}"}
    assert "401" in checked.stderr
    assert TOKEN not in checked.stdout + checked.stderr + saved.stdout + saved.stderr
    assert (asked.exit_code, "chat connect" in asked.stderr) == (3, True)  # a server is no provider
    assert chat("keys", "list").stdout == f"mcp:wiki  http://127.0.0.1:{scripted.port}\n"
    assert chat("keys", "remove", "mcp:wiki").exit_code == 0
