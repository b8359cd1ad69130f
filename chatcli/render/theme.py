"""Defines the styles of a reply: a rich theme, and the console that uses it.

Styles have the names that rich gives the parts of Markdown (`markdown.h1`, `markdown.code`, …); what rich has no name
for is called `code.…` in code, `logprob.…` in shades of probability and `chat.…` around an answer. The themes auto,
dark and light use the 16 colours that every terminal lets its user choose, so a reply fits the user's own scheme. Named
schemes bring colours of their own.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from errno import ENOENT
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.errors import StyleSyntaxError
from rich.style import Style
from rich.theme import Theme

from chatcli.language import N_, _
from chatcli.render.look import Look
from chatcli.render.palettes import PALETTES

PLAIN = Style.null()

_ATTRIBUTES = {
    "markdown.strong": "bold",
    "markdown.em": "italic",
    "markdown.s": "strike",
    "markdown.code": "bold",
    "markdown.link": "underline",
    "markdown.link_url": "dim",
    "markdown.h1": "bold underline",
    "markdown.h2": "bold",
    "markdown.h3": "bold",
    "markdown.h4": "bold italic",
    "markdown.h5": "italic",
    "markdown.h6": "italic",
    "markdown.item.bullet": "bold",
    "markdown.item.number": "bold",
    "markdown.block_quote": "dim",
    "markdown.hr": "dim",
    "markdown.table.header": "bold",
    "markdown.table.border": "dim",
    "markdown.code_block": "none",
    "markdown.code_info": "dim",
    "markdown.math": "none",
    "markdown.html": "dim",
    "code.keyword": "bold",
    "code.comment": "dim",
    "code.string": "none",
    "code.number": "none",
    "code.name": "none",
    "code.decorator": "none",
    "code.inserted": "bold",
    "code.deleted": "none",
    "logprob.likely": "dim",
    "logprob.open": "underline",
    "logprob.unlikely": "bold underline",
    "chat.title": "bold",
    "chat.dim": "dim",
    "chat.notice": "dim",
    "chat.refusal": "bold",
    "chat.spinner": "bold",
}
_AUTO = {
    "markdown.code": "cyan",
    "markdown.link": "underline cyan",
    "markdown.h1": "bold underline magenta",
    "markdown.h2": "bold magenta",
    "markdown.h3": "bold cyan",
    "markdown.item.bullet": "bold cyan",
    "markdown.item.number": "bold cyan",
    "markdown.math": "cyan",
    "code.keyword": "magenta",
    "code.comment": "dim italic",
    "code.string": "green",
    "code.number": "cyan",
    "code.name": "bold",
    "code.decorator": "cyan",
    "code.inserted": "green",
    "code.deleted": "red",
    "logprob.likely": "green",
    "logprob.open": "magenta",
    "logprob.unlikely": "bold red",
    "chat.refusal": "bold red",
    "chat.spinner": "bold cyan",
}
_DARK = {
    **_AUTO,
    "markdown.code": "bright_cyan",
    "markdown.link": "underline bright_blue",
    "markdown.h1": "bold underline bright_magenta",
    "markdown.h2": "bold bright_magenta",
    "markdown.h3": "bold bright_cyan",
    "code.keyword": "bright_magenta",
    "code.string": "bright_green",
    "code.number": "bright_yellow",
    "code.name": "bright_blue",
    "code.decorator": "bright_yellow",
}
_LIGHT = {
    **_AUTO,
    "markdown.code": "blue",
    "markdown.link": "underline blue",
    "markdown.h3": "bold blue",
    "markdown.item.bullet": "bold blue",
    "markdown.item.number": "bold blue",
    "code.number": "blue",
    "code.name": "bold blue",
    "code.decorator": "red",
}
_COLOURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"auto": _AUTO, "dark": _DARK, "light": _LIGHT, "none": {}}
)
_SYSTEMS = {16: ColorSystem.STANDARD, 256: ColorSystem.EIGHT_BIT}
_LONGEST_FILE = 1 << 20
THEMES = frozenset({*_COLOURS, *PALETTES})


@cache
def console_for(look: Look) -> Console:
    """Return the console that draws replies in *look*; rows are taken from it, nothing is printed on it."""
    encoding = "ascii" if look.ascii else "utf-8"
    return Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding=encoding),
        force_terminal=True,
        color_system="truecolor",  # the styles of the theme are within what the terminal has
        no_color=not look.colour,
        legacy_windows=False,
        width=80,
        height=24,
        highlight=False,
        markup=False,
        emoji=False,
        theme=theme_of(look),
    )


def theme_of(look: Look) -> Theme:
    """Return the style of every name, within what the terminal has; a file that cannot be used changes none."""
    system = _SYSTEMS.get(look.colours, ColorSystem.TRUECOLOR)
    colours = {**_ATTRIBUTES, **(_colours_of(look.theme) if look.colour else {})}
    styles = {name: Style.parse(definition) for name, definition in colours.items()}
    if "/" in look.theme:
        styles |= read_theme(look.theme).styles
    return Theme({name: _within(style, system, colour=look.colour) for name, style in styles.items()})


class FileTheme(NamedTuple):
    """The styles of a theme file, and what is wrong with it: empty where nothing is."""

    styles: Mapping[str, Style]
    complaint: str = ""


@cache
def read_theme(path: str) -> FileTheme:
    """Read a rich theme file: lines such as `markdown.h1 = bold red` below `[styles]`."""
    from configparser import Error as ConfigParserError  # wanted by the few who have such a file

    try:
        if not Path(path).is_file():  # opening a pipe would wait for its other end
            raise FileNotFoundError(ENOENT, _("file not found"))
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(_LONGEST_FILE)
        return FileTheme(Theme.from_file(io.StringIO(text), Path(path).name, inherit=False).styles)
    except (OSError, ValueError, ConfigParserError, StyleSyntaxError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        complaint = N_("Cannot use the theme file {path} (theme `auto` is used instead): {reason}")
        return FileTheme({}, _(complaint, path=path, reason=reason))


def complaint_of(look: Look) -> str:
    """Return what is wrong with the theme file of *look*, empty if there is none or nothing is."""
    return read_theme(look.theme).complaint if "/" in look.theme else ""


def _colours_of(theme: str) -> Mapping[str, str]:
    palette = PALETTES.get(theme)
    return palette.styles() if palette else _COLOURS.get(theme, _AUTO)


def _within(style: Style, system: ColorSystem, *, colour: bool) -> Style:
    """Return *style* in the nearest colours of *system*, for rich keeps how a style was drawn first."""
    if not colour:
        return style.without_color
    front, back = style.color, style.bgcolor
    return style + Style(
        color=front.downgrade(system) if front else None,
        bgcolor=back.downgrade(system) if back else None,
    )
