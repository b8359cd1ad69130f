"""What each part of a reply is drawn with: names to colours and attributes, as SGR codes.

The themes auto, dark and light use the 16 colours that every terminal lets its user choose, by name, so a reply fits
the user's own scheme. Named schemes (`ui.palettes`) bring colours of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style

from chatcli.render.look import Look
from chatcli.render.palettes import PALETTES


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
_SYSTEMS = {16: ColorSystem.STANDARD, 256: ColorSystem.EIGHT_BIT}
THEMES = frozenset({*_COLOURS, *PALETTES})
_SGR = re.compile(r"\x1b\[([\d;]*)m")


@cache
def inks(look: Look) -> Mapping[str, Ink]:
    """Return the ink of every name."""
    palette = PALETTES.get(look.theme)
    colours = palette.styles() if palette else _COLOURS[look.theme]
    system = _SYSTEMS.get(look.colours, ColorSystem.TRUECOLOR)
    chosen = {**_ATTRIBUTES, **(colours if look.colour else {})}
    return MappingProxyType({name: _ink(definition, system) for name, definition in chosen.items()})


def _ink(definition: str, system: ColorSystem) -> Ink:
    # A style remembers how it was drawn first, for however many colours that was; a copy has forgotten.
    drawn = Style.parse(definition or "none").copy().render("x", color_system=system)
    found = _SGR.match(drawn)
    return Ink(found[1]) if found else PLAIN
