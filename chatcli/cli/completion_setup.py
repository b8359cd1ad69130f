"""What Typer does when it sets up completion, without its effects on other programs and in the user's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import TextIO

from chatcli.language import _

# What Typer adds to .zshrc where that sets no style yet, and the same for this program alone.
_OF_ALL = "zstyle ':completion:*' menu select"
_OF_CHAT = "zstyle ':completion:*:*:chat:*' menu select"


_INSTALLED = re.compile(r"(?:\w+\.)?(\w+) completion installed in (.+)\nCompletion will take effect .+\n")


@contextmanager
def narrowed_style(zshrc: Path) -> Iterator[None]:
    """Let the style that is added to *zshrc* inside hold for `chat` alone; what stood there before is left alone."""
    before = _read(zshrc)
    try:
        yield
    finally:
        after = _read(zshrc)
        if _OF_ALL in after and _OF_ALL not in before:
            zshrc.write_text(after.replace(_OF_ALL, _OF_CHAT), encoding="utf-8")


def _read(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8")
    return ""


@contextmanager
def worded(stdout: TextIO) -> Iterator[None]:
    """Word for *stdout* what is printed inside."""
    with redirect_stdout(StringIO()) as said:
        try:
            yield
        finally:
            stdout.write(_INSTALLED.sub(_told, said.getvalue()))


def _told(installed: re.Match[str]) -> str:
    shell, path = installed.groups()
    words = _(
        "Completion for {shell} installed in {path}. It works in terminals opened from now on.", shell=shell, path=path
    )
    return f"{words}\n"
