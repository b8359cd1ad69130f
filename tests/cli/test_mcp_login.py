"""`chat tools login` and `logout`: signing in to an MCP server at a terminal, and what is said without one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatcli.files.own import app_dirs
from chatcli.tools.mcp.sign_ins import sign_ins
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.authorization import AuthorizationWorld
from tests.tools.test_mcp_sign_in import get


@pytest.fixture
def world(home: Path, server: OpenServer) -> AuthorizationWorld:
    """A server `wiki` that demands a sign-in, and a program `own`, which are configured."""
    authorization = AuthorizationWorld()
    authorization.port = server(always=authorization.answer).port
    config = home / ".config" / "chatcli"
    config.mkdir(parents=True, mode=0o700)
    servers = {"wiki": {"url": authorization.url}, "own": {"command": "own-server"}}
    (config / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    return authorization


def test_at_a_terminal_the_page_is_shown_whole_and_the_browser_comes_back(
    terminal: OpenTerminal, chat: Chat, home: Path, world: AuthorizationWorld
) -> None:
    """Nothing is opened without consent; Esc gives up; what was granted serves `check`, until it is forgotten."""
    screen = terminal("tools", "login", "wiki", columns=300)
    screen.wait_for("asks you to sign in")
    screen.wait_for("N: no]")
    screen.type("e\r")
    screen.wait_for("Waiting for the browser")
    screen.type("\x1b")
    screen.wait_for("you declined")
    assert screen.wait_exit() == 3

    screen = terminal("tools", "login", "wiki", columns=300)
    screen.wait_for("N: no]")
    (page,) = re.findall(r"^ +(http://\S+/authorize\?\S+)", screen.text, re.MULTILINE)
    assert "on the host 127.0.0.1" in screen.text
    screen.type("e\r")
    screen.wait_for("Waiting for the browser")
    screen.type("\r")  # Enter alone waits on
    status, _, said = get(get(page)[1])
    assert (status, "signed in" in said) == (200, True)
    screen.wait_for("signed in to wiki")
    assert screen.wait_exit() == 0
    assert "access-token" not in screen.text

    checked = chat("tools", "check", "--yes", "wiki")
    assert f"wiki: signed in at {world.origin}" in checked.stderr
    assert "wiki__echo" in checked.stdout
    assert chat("tools", "run", "wiki__echo").stdout == '"said"\n'
    assert len(world.asked_for("/authorize")) == 1
    assert [chat("tools", "logout", "wiki").exit_code for _ in range(2)] == [0, 3]
    assert not sign_ins(app_dirs({"HOME": str(home)})).find("wiki", world.url).tokens


def test_without_a_terminal_the_command_that_signs_in_is_named(chat: Chat, world: AuthorizationWorld) -> None:
    checked, logged_in = chat("tools", "check"), chat("tools", "login", "wiki")
    unknown, program = chat("tools", "login", "wikki"), chat("tools", "login", "own")

    for ran in (checked, logged_in):
        assert ran.exit_code == 3
        assert "no terminal" in ran.stderr
        assert "`chat tools login wiki`" in ran.stderr
    assert (unknown.exit_code, "wiki" in unknown.stderr) == (3, True)
    assert (program.exit_code, "is a program" in program.stderr) == (3, True)
    assert world.asked_for("/authorize") == []
