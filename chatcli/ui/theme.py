"""What each part of a reply is drawn with: names to colours and attributes, as SGR codes.

Only the 16 colours that every terminal lets its user choose are used, by name, so a reply fits the user's own scheme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style

from chatcli.ui.look import Look


class Ink(NamedTuple):
    """What text is drawn with: the parameters of an SGR sequence, and the address that a click opens."""

    codes: str = ""
    link: str = ""

    def over(self, other: Ink) -> Ink:
        """Return this ink laid over *other*: it adds attributes, and its colour wins."""
        if not self.codes:
            return other
        return Ink(f"{other.codes};{self.codes}" if other.codes else self.codes, other.link)


PLAIN = Ink()

_ATTRIBUTES = {
    "strong": "bold",
    "em": "italic",
    "s": "strike",
    "code": "bold",
    "link": "underline",
    "url": "dim",
    "h1": "bold underline",
    "h2": "bold",
    "h3": "bold",
    "h4": "bold italic",
    "h5": "italic",
    "h6": "italic",
    "marker": "bold",
    "quote": "dim",
    "rule": "dim",
    "head": "bold",
    "border": "dim",
    "fence": "dim",
    "dim": "dim",
    "notice": "dim",
    "refusal": "bold",
    "spinner": "bold",
    "math": "",
    "html": "dim",
    "keyword": "bold",
    "comment": "dim",
    "string": "",
    "number": "",
    "name": "",
    "decorator": "",
    "inserted": "bold",
    "deleted": "",
}
_AUTO = {
    "code": "cyan",
    "link": "underline cyan",
    "h1": "bold underline magenta",
    "h2": "bold magenta",
    "h3": "bold cyan",
    "marker": "bold cyan",
    "refusal": "bold red",
    "spinner": "bold cyan",
    "math": "cyan",
    "keyword": "magenta",
    "comment": "dim italic",
    "string": "green",
    "number": "cyan",
    "name": "bold",
    "decorator": "cyan",
    "inserted": "green",
    "deleted": "red",
}
_DARK = {
    **_AUTO,
    "code": "bright_cyan",
    "link": "underline bright_blue",
    "h1": "bold underline bright_magenta",
    "h2": "bold bright_magenta",
    "h3": "bold bright_cyan",
    "keyword": "bright_magenta",
    "string": "bright_green",
    "number": "bright_yellow",
    "name": "bright_blue",
    "decorator": "bright_yellow",
}
_LIGHT = {
    **_AUTO,
    "code": "blue",
    "link": "underline blue",
    "h3": "bold blue",
    "marker": "bold blue",
    "number": "blue",
    "name": "bold blue",
    "decorator": "red",
}
_COLOURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"auto": _AUTO, "dark": _DARK, "light": _LIGHT, "none": {}}
)
_SGR = re.compile(r"\x1b\[([\d;]*)m")


@cache
def inks(look: Look) -> Mapping[str, Ink]:
    """Return the ink of every name."""
    chosen = {**_ATTRIBUTES, **(_COLOURS[look.theme] if look.colour else {})}
    return MappingProxyType({name: _ink(definition) for name, definition in chosen.items()})


def _ink(definition: str) -> Ink:
    drawn = Style.parse(definition or "none").render("x", color_system=ColorSystem.STANDARD)
    found = _SGR.match(drawn)
    return Ink(found[1]) if found else PLAIN
