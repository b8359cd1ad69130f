"""Describes how a reply should look, from user settings and terminal capabilities, as one value."""

from __future__ import annotations

from typing import Literal

from chatcli.language import _
from chatcli.records import frozen

NARROWEST_MARKDOWN = 10  # columns; below, text is shown as it is

Folding = Literal["folded", "shown", "hidden"]


@frozen
class Look:
    """The appearance of replies on a terminal.

    *theme* "auto" uses only colours that are readable on dark and on light; "none", or *colour* off, keeps bold and
    layout; a path (with a `/`) is that of a rich theme file, whose styles are laid over "auto". *colours* is how many
    the terminal has: 16, 256, or all of them (2 ** 24). *ascii* keeps our own marks (bullets, lines, the spinner)
    within ASCII; the text itself is never changed. *links* allows links that the terminal can open (OSC 8), for
    addresses that are shown in full. *has_keys* means that keys are watched while a reply streams; else only Ctrl+C
    means something.
    """

    theme: str = "auto"
    colour: bool = True
    colours: int = 16
    ascii: bool = False
    reasoning: Folding = "folded"
    markdown: bool = True
    links: bool = True
    has_keys: bool = True

    @property
    def stop_key(self) -> str:
        """What stops the reply, as it is named while it is waited for."""
        return _("Esc stops") if self.has_keys else _("Ctrl+C stops")
