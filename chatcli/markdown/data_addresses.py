"""Shortens data URLs (`data:image/png;base64,…`) to their type and size.

A picture that is written as data would fill screens with unreadable letters. Short ones stay as they are, and so
does what stands in code. markdown-it looks at the target of a link letter by letter, and refuses most of these; so a
link with such a target is read here as a whole, also while it is still written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatcli.text.units import format_size

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

LONGEST_SHOWN = 100
BEGINNING = r"(?<![A-Za-z0-9])data:(?=[\w.+/-]*[;,])"
_HEAD = r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[\w.+%-]*)*(?:;(?:base64|utf-?8))*,"
_DATA = rf"(?P<head>{_HEAD})(?P<content>(?<=64,)[\w+/=%-]*+|[^\s<>\"'()\[\]`]*+)"
_ADDRESS = re.compile(_DATA, re.IGNORECASE | re.ASCII)
_BEHIND = r">?(?:[ \t]+\"[^\"\n]{0,200}(?:\Z|\"))?[ \t]*(?:\)|\Z)"  # its title, and the end of the link
_LINK = re.compile(rf"!?\[(?P<label>[^\[\]\n]*)\]\([ \t]*<?{_DATA}{_BEHIND}", re.IGNORECASE | re.ASCII)
_WITHIN = re.compile(rf"(?<![A-Za-z0-9]){_DATA}", re.IGNORECASE | re.ASCII)
_TARGET = re.compile(rf"{_DATA}(?:{_BEHIND})?", re.IGNORECASE | re.ASCII)
_BEGINNING = re.compile(BEGINNING, re.IGNORECASE | re.ASCII)


def data_address(state: StateInline, silent: bool) -> bool:
    """Read an address of data that stands in a text."""
    found = _ADDRESS.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "dD" else None
    if not found or not _is_shortened(state, found, len(found[0])):
        return False
    if not silent:
        state.push("address", "", 0).content = _shown(found)
    state.pos = found.end()
    return True


def data_link(state: StateInline, silent: bool) -> bool:
    """Read a picture or a link to data."""
    found = _LINK.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "![" else None
    if not found or not _is_shortened(state, found, len(found["head"] + found["content"])):
        return False
    if not silent:
        token = state.push("image", "img", 0)
        token.content = found["label"]
        token.attrs = {"src": _shown(found)}
        token.markup = "" if found[0].endswith(")") else "]("  # it is still open
    state.pos = found.end()
    return True


def shorten_data(text: str, *, is_open: bool = False) -> str:
    """Return *text*, such as HTML, with its long addresses of data shortened.

    One at the end of a text that *is_open* may become long, and is shortened too.
    """
    if "data:" not in text:
        return text
    return _WITHIN.sub(lambda found: _shown(found) if is_open and found.end() == len(text) else _shortened(found), text)


def end_of_data(text: str, start: int, limit: int) -> int:
    """Return the end of the last address of data that begins between *start* and *limit*, with the link's if it is one.

    0 if none begins there.
    """
    begin = max((found.start() for found in _BEGINNING.finditer(text, start, limit)), default=-1)
    is_target = text[max(0, begin - 1) : begin] in ("(", "<")
    found = (_TARGET if is_target else _ADDRESS).match(text, begin) if begin >= 0 else None
    return found.end() if found else 0


def _is_shortened(state: StateInline, found: re.Match[str], size: int) -> bool:
    """Return whether an address is long; one that ends an open text (`is_open` in its environment) may become so."""
    return size > LONGEST_SHOWN or (bool(state.env.get("is_open")) and found.end() == len(state.src))


def _shortened(found: re.Match[str]) -> str:
    return _shown(found) if len(found[0]) > LONGEST_SHOWN else found[0]


def _shown(found: re.Match[str]) -> str:
    """Return the address without what it holds: its type and its size in bytes."""
    content = found["content"]
    is_base64 = found["head"].lower().endswith(";base64,")
    size = len(content.rstrip("=")) * 3 // 4 if is_base64 else len(content) - 2 * content.count("%")
    return f"data:{found['type'] or 'text/plain'}, {format_size(size)}"
