"""Slash commands about what goes along with the next message, and what leaves by the clipboard."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import echo, sent, types
from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.server import Server

# A clipboard of its own: what is written lies in a file, and there is no picture in it.
CLIPBOARD = """#!/bin/sh
case "$*" in *image*) exit 1;; *-i*) cat >"$HOME/clipboard";; *) cat "$HOME/clipboard";; esac
"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def clipboard(home: Path) -> dict[str, str]:
    """The environment in which `xclip`, and whatever else macOS has in its place, reads and writes a file."""
    folder = home / "bin"
    folder.mkdir()
    for name, arguments in (("xclip", '"$@"'), ("pbcopy", "-i"), ("pbpaste", "-o"), ("pngpaste", "image")):
        (folder / name).write_text(CLIPBOARD.replace('"$*"', f"{arguments.replace('$@', '$*')}"))
        (folder / name).chmod(0o700)
    return {"PATH": f"{folder}:/usr/bin:/bin", "DISPLAY": ":0", "WAYLAND_DISPLAY": ""}


def parts(scripted: Server) -> list[dict[str, Any]]:
    """Return the parts of the last message that is not text alone."""
    content = scripted.posts[-1].json["messages"][-1]["content"]
    return content if isinstance(content, list) else []


@types("file", "image", "attach")
def test_what_is_attached_goes_along_once(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    (home / "my notes.txt").write_text("ALPHA")
    (home / "more.txt").write_text("BETA")
    (home / "dot.png").write_bytes(PIXEL)
    scripted = server(always=answer("Yes."))
    opened = dialogue(scripted)
    opened.enter("/attach")

    opened.enter('/file "my notes.txt"')
    opened.enter("/file more.txt")
    opened.enter("/image dot.png low")
    listed = opened.enter("/attach list")
    assert [name in listed for name in ("my notes.txt", "more.txt", "dot.png")] == [True, True, True]
    opened.enter("/attach drop a2")
    assert not scripted.posts
    opened.enter("What?")

    assert "ALPHA" in sent(scripted)[-1]
    assert "BETA" not in sent(scripted)[-1]
    assert sent(scripted)[-1].endswith("What?") or sent(scripted)[-1].startswith("What?")
    [picture] = [part["image_url"] for part in parts(scripted) if part["type"] == "image_url"]
    assert base64.b64decode(picture["url"].partition("base64,")[2]) == PIXEL
    assert picture["detail"] == "low"
    opened.enter("And?")
    assert sent(scripted)[-1] == "And?"

    opened.enter("/file more.txt")
    opened.enter("/attach clear")
    opened.enter("/file more.txt")
    opened.enter("/drop a1")
    opened.enter("Nothing?")
    assert sent(scripted)[-1] == "Nothing?"
    opened.refuse("/file nowhere.txt")
    opened.refuse("/image nowhere.png")


@types("copy", "paste")
def test_the_clipboard_takes_an_answer_and_gives_a_text(
    server: OpenServer, dialogue: OpenDialogue, home: Path, clipboard: dict[str, str]
) -> None:
    scripted = server(answer("one\n\n```\nx = 1\n```\n\n```\ny = 2\n```"), answer("two"), always=echo)
    opened = dialogue(scripted, env=clipboard)
    opened.refuse("/copy")
    opened.enter("A?")
    copied = {}
    for line in ("/copy code 1", "/copy code 2"):
        opened.enter(line)
        copied[line] = (home / "clipboard").read_text()
    opened.enter("B?")
    for line in ("/copy", "/copy 1", "/copy all"):
        opened.enter(line)
        copied[line] = (home / "clipboard").read_text()

    assert [copied[line].strip() for line in ("/copy code 1", "/copy code 2", "/copy")] == ["x = 1", "y = 2", "two"]
    assert copied["/copy 1"].startswith("one\n\n```")
    assert [word in copied["/copy all"] for word in ("A?", "one", "B?", "two")] == [True] * 4
    (home / "clipboard").write_text("GAMMA")
    opened.enter("/paste")
    opened.enter("C?")
    assert "GAMMA" in sent(scripted)[-1]
    assert "C?" in sent(scripted)[-1]


def test_without_a_program_the_terminal_takes_the_copy(server: OpenServer, terminal: OpenTerminal) -> None:
    shown = terminal("-m", "m", server=server(answer("Pâris")))
    for line, waited in (("A?", "Pâris"), ("/copy", "OSC 52")):
        shown.wait_for(is_at_prompt)
        shown.type(line)
        shown.press("enter")
        shown.wait_for(waited)

    assert b"\x1b]52;c;" + base64.b64encode("Pâris".encode()) + b"\x07" in shown.raw


def test_a_terminal_that_knows_no_escapes_gets_none_for_a_copy(server: OpenServer, dialogue: OpenDialogue) -> None:
    opened = dialogue(server(answer("Paris")))
    opened.enter("A?")

    opened.refuse("/copy")

    assert b"\x1b" not in opened.shown.raw
