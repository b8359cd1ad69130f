"""Images that a model sends: saved and named on every surface, exported, deleted with their chat, and not sent back."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import chunk, sse, stream_head
from tests.support.program import run
from tests.support.server import Server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
LINK = "https://x.example/a.png"


def drawing(server: OpenServer) -> Server:
    """Return a server that answers with an image, then with the address of one."""
    images = ([{"type": "image_url", "image_url": {"url": url}}] for url in (DATA, LINK))
    drawn, linked = ([stream_head(), sse(chunk(images=image), chunk(finish="stop"))] for image in images)
    return server(drawn, linked, always=drawn)


def files(home: Path) -> list[Path]:
    return sorted(home.rglob("pictures/*/*.png"))


def test_images_in_pipes_and_scripts(server: OpenServer, home: Path) -> None:
    model = drawing(server)
    ask = ("--base-url", model.url, "ask", "-m", "m")

    first = run(*ask, "draw", home=home)
    (file,) = files(home)
    assert (first.exit_code, first.stdout, file.read_bytes()) == (0, "", PNG)
    assert all(word in first.stderr for word in (str(file), "image/png", "68 B"))

    second = run(*ask, "-c", "another", home=home)
    assert (second.exit_code, LINK in second.stderr) == (0, True)
    assert DATA not in json.dumps(model.posts[1].json)
    assert [message["content"] for message in model.posts[1].json["messages"][::2]] == ["draw", "another"]

    third = [json.loads(line) for line in run(*ask, "-c", "--json", "more", home=home).stdout.splitlines()]
    (event,) = [row for row in third if row["type"] == "image"]
    assert (event["path"], event["mime"], event["bytes"]) == (str(file), "image/png", 68)
    assert third[-1]["exit_code"] == 0

    unsaved = run(*ask, "--no-log", "--json", "draw", home=home)
    assert DATA in unsaved.stdout
    assert len(files(home)) == 1

    exports = {kind: run("sessions", "export", "draw", "--format", kind, home=home) for kind in ("md", "json", "html")}
    assert all(DATA in done.stdout and LINK in done.stdout for done in exports.values())
    assert f"![image]({LINK})" not in exports["md"].stdout

    run("sessions", "delete", "-y", "draw", home=home)
    assert not (home / ".local/share/chatcli/pictures").exists() or not files(home)


def test_images_in_a_conversation(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    screen = terminal("-m", "m", server=drawing(server), columns=160, rows=50)
    screen.wait_for(is_at_prompt)

    screen.type("draw\r")
    screen.wait_for(lambda screen: "image/png, 68 B" in screen.text and is_at_prompt(screen))
    (file,) = files(home)
    screen.type("/raw\r")
    screen.wait_for(lambda screen: screen.text.count(file.name) == 2 and is_at_prompt(screen))
    screen.type("/clear\r")
    screen.wait_for("New chat")
    screen.type("/resume draw\r")
    screen.wait_for(lambda screen: screen.text.count(file.name) == 3 and is_at_prompt(screen))
    assert "empty" not in screen.text
