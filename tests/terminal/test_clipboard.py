"""The clipboard is whatever program is there; over ssh the terminal keeps it."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest

from chatcli.errors import UsageError
from chatcli.terminal import clipboard
from tests.request.test_images import png

X11 = {"DISPLAY": ":0"}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds all programs there are."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_text_is_copied_and_pasted_through_a_program(tools: Path) -> None:
    kept = tools / "kept"
    program(tools, "xclip", f'case "$*" in *-o) cat {kept};; *) cat > {kept};; esac')

    assert clipboard.copy_text("漢字\n", X11, None) == "xclip"
    assert clipboard.read_clipboard(X11) == "漢字\n"


def test_a_program_that_fails_gives_way_to_the_next(tools: Path) -> None:
    program(tools, "wl-paste", "exit 1")
    program(tools, "xsel", "printf hello")
    program(tools, "xclip", "exit 1")

    assert clipboard.read_clipboard({"WAYLAND_DISPLAY": "w", **X11}) == "hello"


def test_a_picture_is_read_and_text_is_none(tools: Path) -> None:
    (tools / "a.png").write_bytes(png(2, 2))
    program(tools, "wl-paste", f"cat {tools / 'a.png'}")
    program(tools, "xclip", "printf text")

    assert clipboard.read_image({"WAYLAND_DISPLAY": "w"}) == png(2, 2)
    assert clipboard.read_image(X11) == b""


def test_without_a_program_the_terminal_is_asked(tools: Path) -> None:
    screen = io.StringIO()

    assert clipboard.copy_text("hello", {}, screen).startswith("the terminal")
    assert screen.getvalue() == f"\x1b]52;c;{base64.b64encode(b'hello').decode()}\x07"


def test_within_tmux_its_buffer_is_what_reaches_the_clipboard(tools: Path) -> None:
    program(tools, "tmux", f'printf "%s " "$@" > {tools}/words; cat > {tools}/kept')
    screen = io.StringIO()

    assert clipboard.copy_text("x" * 100_000, {"TMUX": "/tmp/tmux-0/default,1,0"}, screen) == "tmux"

    assert (tools / "words").read_text() == "load-buffer -w - "
    assert len((tools / "kept").read_text()) == 100_000
    assert screen.getvalue() == ""


@pytest.mark.parametrize("text", ["x", "x" * 100_000])
def test_where_nothing_can_keep_it_that_is_said(tools: Path, text: str) -> None:
    with pytest.raises(UsageError, match="clipboard"):
        clipboard.copy_text(text, {}, None if len(text) == 1 else io.StringIO())
    with pytest.raises(UsageError, match="no clipboard program"):
        clipboard.read_clipboard({})
