"""Keeps the completion that is set up for zsh from changing how the menus of all other programs look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What Typer adds to .zshrc where that sets no style yet, and the same for this program alone.
_OF_ALL = "zstyle ':completion:*' menu select"
_OF_CHAT = "zstyle ':completion:*:*:chat:*' menu select"


@contextmanager
def narrowed_style(zshrc: Path) -> Iterator[None]:
    """Let the style that is added to *zshrc* inside hold for `chat` alone; existing settings are left alone."""
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
