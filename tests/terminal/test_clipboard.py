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


JPEG = b"\xff\xd8\xff\xe0 of a browser"
WINDOWS = {"WSL_DISTRO_NAME": "Debian"}


def clipboard_of(tools: Path, name: str, listing: str, *types: str, data: bytes) -> None:
    """Write a program that offers *data* in *types*, and text for anything else."""
    (tools / "data").write_bytes(data)
    asked = "|".join(f"*{kind}" for kind in types)
    offered = " ".join(("text/plain", *types))
    program(
        tools, name, f'case "$*" in {listing}) echo {offered};; {asked}) cat {tools / "data"};; *) echo text;; esac'
    )


@pytest.mark.parametrize(
    ("name", "listing", "environ"),
    [("wl-paste", "--list-types", {"WAYLAND_DISPLAY": "w"}), ("xclip", "*TARGETS", X11)],
)
@pytest.mark.parametrize(
    ("types", "data"),
    [(["image/png"], png(2, 2)), (["image/jpeg"], JPEG), (["image/jpeg", "image/png"], png(2, 2))],
    ids=["png", "jpeg", "both"],
)
def test_a_picture_is_read_in_a_type_that_is_offered(
    tools: Path, name: str, listing: str, environ: dict[str, str], types: list[str], data: bytes
) -> None:
    clipboard_of(tools, name, listing, *types, data=data)

    assert clipboard.read_image(environ) == data


def test_text_is_not_a_picture(tools: Path) -> None:
    program(tools, "wl-paste", 'case "$*" in --list-types) echo text/plain;; *) echo text;; esac')
    program(tools, "xclip", "printf text")

    assert clipboard.read_image({"WAYLAND_DISPLAY": "w", **X11}) == b""


def test_below_windows_its_own_clipboard_is_read(tools: Path) -> None:
    (tools / "data").write_bytes(png(2, 2))
    program(
        tools,
        "powershell.exe",
        f'case "$*" in *GetImage*) cat {tools / "data"};; *) printf "a\\r\\nb\\r\\n\\r\\n";; esac',
    )

    assert clipboard.read_image(WINDOWS) == png(2, 2)
    assert clipboard.read_clipboard(WINDOWS) == "a\nb\n"


def test_on_a_mac_a_picture_comes_from_its_script_where_no_program_is_installed(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    program(tools, "osascript", f"echo '«data PNGf{png(2, 2).hex().upper()}»'")

    assert clipboard.read_image({}) == png(2, 2)


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
