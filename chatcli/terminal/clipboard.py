"""Reads and writes the clipboard with the programs of this system, or over ssh through the terminal.

A missing program is not an error: the next one is tried, and the one that worked is returned.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from chatcli.errors import UsageError

OSC_52_MOST = 74_994  # bytes: what xterm takes of one sequence, encoded
_PATIENCE_S = 5.0
_NO_TOOL = "no clipboard program found"
_HINT = "install wl-clipboard or xclip"


def read_image(environ: Mapping[str, str]) -> bytes:
    """Return the picture in the clipboard as PNG, empty if there is none or no tool can read it."""
    for command in _image_readers(environ):
        if (data := _run(command)) and data.startswith(b"\x89PNG"):
            return data
    return b""


def read_clipboard(environ: Mapping[str, str]) -> str:
    """Return the text in the clipboard; raises UsageError where nothing can read it."""
    for command in _readers(environ):
        data = _run(command)
        if data is not None:
            return data.decode("utf-8", "replace").replace("\r\n", "\n")
    raise UsageError(_NO_TOOL, kept="nothing was pasted", hint=_HINT)


def copy_text(text: str, environ: Mapping[str, str], terminal: TextIO | None) -> str:
    """Put *text* into the clipboard and return by what; raises UsageError where nothing can."""
    for command in _writers(environ):
        if _run(command, text.encode("utf-8", "replace")) is not None:
            return command[0]
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    if terminal is None:
        raise UsageError(_NO_TOOL, kept="nothing was copied", hint=_HINT)
    if len(encoded) > OSC_52_MOST:
        raise UsageError(f"{_NO_TOOL}, and the text is too long for the terminal's clipboard", hint=_HINT)
    # Terminals that know it keep what stands in it, also through ssh; all others ignore it.
    terminal.write(f"\x1b]52;c;{encoded}\x07")
    terminal.flush()
    return "the terminal (OSC 52), if it supports that"


def _readers(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    if sys.platform == "darwin":
        yield ("pbpaste",)
    elif os.name == "nt":
        yield ("powershell", "-NoProfile", "-Command", "Get-Clipboard -Raw")
    if environ.get("WAYLAND_DISPLAY"):
        yield ("wl-paste", "--no-newline")
    if environ.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-o")
        yield ("xsel", "--clipboard", "--output")


def _image_readers(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    if sys.platform == "darwin":
        yield ("pngpaste", "-")
    if environ.get("WAYLAND_DISPLAY"):
        yield ("wl-paste", "--type", "image/png")
    if environ.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-t", "image/png", "-o")


def _writers(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    if sys.platform == "darwin":
        yield ("pbcopy",)
    elif os.name == "nt":
        yield ("clip",)
    if environ.get("WAYLAND_DISPLAY"):
        yield ("wl-copy",)
    if environ.get("DISPLAY"):
        yield ("xclip", "-selection", "clipboard", "-i")
        yield ("xsel", "--clipboard", "--input")
    if environ.get("TMUX"):
        yield ("tmux", "load-buffer", "-w", "-")  # which hands it on; a sequence from within it would end there


def _run(command: Sequence[str], data: bytes | None = None) -> bytes | None:
    """Return what *command* prints, None where it is not there or fails."""
    import subprocess  # only those pay for it who copy or paste by a command

    reads = data is None
    try:
        # What keeps a selection alive stays in the background, and must not hold our pipe open.
        done = subprocess.run(
            command,
            input=data,
            stdin=subprocess.DEVNULL if reads else None,
            stdout=subprocess.PIPE if reads else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else (done.stdout or b"")
