"""Finds bare URLs in text: `https://example.com/_foo_/bar` stays literal, whatever marks it contains.

As GitHub's autolinks (https://github.github.com/gfm/#autolinks-extension-), with more that people write: hosts without
a dot, an address right behind an ideograph, and one that ends before a full stop of another script or before the marks
that close emphasis around it. linkify-it-py looks for hosts of any kind, which takes 700 lines and finds `file.py` to
be one; and in markdown-it it comes after the marks, so it gets `https://example.com/` and `bar`.
"""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

BEGINNING = r"(?<![A-Za-z0-9])(?:(?:https?|ftp)://(?=[^\s<>\[\]()*_~`.,:;!?])|www\.(?=[^\W_]))"
_BEGINNING = re.compile(BEGINNING, re.IGNORECASE)
# What no address continues with: space, quotes of a text, punctuation of scripts without spaces, the marks that close
# emphasis before a character of such a script.
_END = re.compile(
    r"[\s<>`\"、。，；：？！（）【】《》「」『』〈〉〔〕“”‘’…｜]|\\(?=\s|$)|[*~]+(?=[^\x00-\x7f])|\*\*(?=[^\w/.?=&*-]|$)"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TRAILING = frozenset("?!.,:;*_~'")
_OPENING = {")": "(", "]": "["}


def address(state: StateInline, silent: bool) -> bool:
    """Read an address: a link to itself, or text within the label of another link."""
    if not _BEGINNING.match(state.src, state.pos, state.posMax):
        return False
    end = _end(state.src, state.pos, state.posMax)
    shown = _ESCAPED.sub(r"\1", state.src[state.pos : end])
    if not silent:
        _push(state, shown)
    state.pos = end
    return True


def _push(state: StateInline, shown: str) -> None:
    is_link = state.linkLevel == 0 and shown[:4].lower() != "www."
    if is_link:
        state.push("link_open", "a", 1).attrs = {"href": shown}
    state.push("address", "", 0).content = shown
    if is_link:
        state.push("link_close", "a", -1)


def _end(source: str, start: int, limit: int) -> int:
    """Return where the address ends that begins at *start*."""
    found = _END.search(source, start, limit)
    end = _unbalanced(source, start, found.start() if found else limit)
    while source[end - 1] in _TRAILING:
        end = _before_entity(source, start, end) if source[end - 1] == ";" else end - 1
    return end


def _before_entity(source: str, start: int, end: int) -> int:
    """Return where the entity begins that ends with the semicolon before *end*, else the semicolon's place."""
    position = source.rfind("&", start, end)
    return position if position > start and source[position + 1 : end - 1].isalnum() else end - 1


def _unbalanced(source: str, start: int, end: int) -> int:
    """Return the place of the first bracket that closes none of the address, or *end*."""
    open_brackets: list[str] = []
    for position in range(start, end):
        mark = source[position]
        if mark in "([":
            open_brackets.append(mark)
        elif mark in ")]" and (not open_brackets or open_brackets.pop() != _OPENING[mark]):
            return position
    return end
