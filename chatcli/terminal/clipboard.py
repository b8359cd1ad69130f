"""Reads and writes the clipboard with the programs of this system, or over ssh through the terminal.

A missing program is not an error: the next one is tried, and the one that worked is returned.
"""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

from chatcli.errors import UsageError
from chatcli.language import N_, _

OSC_52_MOST = 74_994  # bytes: what xterm takes of one sequence, encoded
_PATIENCE_S = 5.0
# What pictures begin with, the best type to ask for first.
_IMAGES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF", "image/gif": b"GIF8"}
_XCLIP = ("xclip", "-selection", "clipboard")
_TEXT_OF_WINDOWS = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-Clipboard -Raw"
_IMAGE_OF_WINDOWS = (
    "Add-Type -AssemblyName System.Windows.Forms, System.Drawing;"
    "$image = [Windows.Forms.Clipboard]::GetImage();"
    "if ($image) { $file = New-Object IO.MemoryStream;"
    "$image.Save($file, [Drawing.Imaging.ImageFormat]::Png);"
    "$file.WriteTo([Console]::OpenStandardOutput()) }"
)
_NO_TOOL = N_("no clipboard program found")
_HINT = N_("install wl-clipboard or xclip")


def read_image(environ: Mapping[str, str]) -> bytes:
    """Return the picture in the clipboard, empty if there is none or no tool can read it."""
    for read in _image_readers(environ):
        data = read()
        if any(data.startswith(beginning) for beginning in _IMAGES.values()):
            return data
    return b""


def read_clipboard(environ: Mapping[str, str]) -> str:
    """Return the text in the clipboard; raises UsageError where nothing can read it."""
    for command in _readers(environ):
        data = _run(command)
        if data is not None:
            text = data.decode("utf-8", "replace").replace("\r\n", "\n")
            # PowerShell ends what it writes with a line end of its own.
            return text.removesuffix("\n") if command[0].startswith("powershell") else text
    raise UsageError(_(_NO_TOOL), kept=_("nothing was pasted"), hint=_(_HINT))


def copy_text(text: str, environ: Mapping[str, str], terminal: TextIO | None) -> str:
    """Put *text* into the clipboard and return by what; raises UsageError where nothing can."""
    for command in _writers(environ):
        if _run(command, text.encode("utf-8", "replace")) is not None:
            return command[0]
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    if terminal is None:
        raise UsageError(_(_NO_TOOL), kept=_("nothing was copied"), hint=_(_HINT))
    if len(encoded) > OSC_52_MOST:
        what = _("no clipboard program found, and the text is too long for the terminal's clipboard")
        raise UsageError(what, hint=_(_HINT))
    # Terminals that know it keep what stands in it, also through ssh; all others ignore it.
    terminal.write(f"\x1b]52;c;{encoded}\x07")
    terminal.flush()
    return _("the terminal (OSC 52), if it supports that")


def _readers(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    if sys.platform == "darwin":
        yield ("pbpaste",)
    elif os.name == "nt":
        yield _powershell("powershell", _TEXT_OF_WINDOWS)
    if environ.get("WAYLAND_DISPLAY"):
        yield ("wl-paste", "--no-newline")
    if environ.get("DISPLAY"):
        yield (*_XCLIP, "-o")
        yield ("xsel", "--clipboard", "--output")
    if _is_wsl(environ):
        yield _powershell("powershell.exe", _TEXT_OF_WINDOWS)


def _image_readers(environ: Mapping[str, str]) -> Iterator[Callable[[], bytes]]:
    if sys.platform == "darwin":
        yield lambda: _run(("pngpaste", "-")) or b""
        yield lambda: _hexadecimal(_run(("osascript", "-e", "the clipboard as «class PNGf»")) or b"")
    elif os.name == "nt":
        yield lambda: _run(_powershell("powershell", _IMAGE_OF_WINDOWS)) or b""
    if environ.get("WAYLAND_DISPLAY"):
        yield lambda: _of_best_type(("wl-paste", "--list-types"), ("wl-paste", "--type"))
    if environ.get("DISPLAY"):
        yield lambda: _of_best_type((*_XCLIP, "-o", "-t", "TARGETS"), (*_XCLIP, "-o", "-t"))
    if _is_wsl(environ):
        yield lambda: _run(_powershell("powershell.exe", _IMAGE_OF_WINDOWS)) or b""


def _is_wsl(environ: Mapping[str, str]) -> bool:
    """Return whether this system runs inside of Windows, whose clipboard its programs can read."""
    return bool(environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"))


def _of_best_type(listing: Sequence[str], reading: Sequence[str]) -> bytes:
    """Return the picture in the first of the types we know that *listing* lists, empty where it lists none."""
    offered = (_run(listing) or b"").decode("utf-8", "replace").split()
    best = next((kind for kind in _IMAGES if kind in offered), None)
    return _run((*reading, best)) or b"" if best else b""


def _hexadecimal(data: bytes) -> bytes:
    """Return the bytes that AppleScript writes as `«data PNGf89504E47…»`."""
    found = re.search(rb"PNGf([0-9A-Fa-f]+)", data)
    return bytes.fromhex(found[1].decode()) if found and len(found[1]) % 2 == 0 else b""


def _powershell(program: str, script: str) -> Sequence[str]:
    return (program, "-NoProfile", "-STA", "-Command", script)


def _writers(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    if sys.platform == "darwin":
        yield ("pbcopy",)
    elif os.name == "nt":
        yield ("clip",)
    if environ.get("WAYLAND_DISPLAY"):
        yield ("wl-copy",)
    if environ.get("DISPLAY"):
        yield (*_XCLIP, "-i")
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
