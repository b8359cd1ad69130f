"""Styles inline Markdown: the content of a paragraph, a heading or a cell.

What a leaf means comes from the type of its token, never from its words: `<br>` is a line break as a tag, and four
letters as code. Where a link leads is always shown, and can be followed where it is shown in full.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token
from rich.console import Console
from rich.style import Style

from chatcli.language import _
from chatcli.markdown.data_addresses import shorten_data
from chatcli.markdown.inline import InlineParser
from chatcli.render.prose import Part
from chatcli.text.hosts import mixes_scripts
from chatcli.text.sanitizer import sanitize

# A text without any of these is nothing but text.
_MARKS = re.compile(r"[*_`\[<&\\~$]|https?://|ftp://|www\.|data:", re.IGNORECASE)
EMPHASIS = ("*", "_", "~")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OTHER = "\0"  # stands for anything but plain text
# Marks that may yet find a partner: an emphasis that can open, code, a link's address, a tag, a formula.
_OPEN = re.compile(
    r"`|\]\(|\*+(?=[^\s*])|(?<![^\W_])_+(?=[^\s_])|~~(?=[^\s~])|<(?=[A-Za-z/!?])|\$[$\0]|\$(?=[^\s$])[^\n]{0,200}\Z|\\\Z"
)
_STYLES = {
    "strong_open": "markdown.strong",
    "em_open": "markdown.em",
    "s_open": "markdown.s",
    "code_inline": "markdown.code",
    "math": "markdown.math",
}
_WEB = ("http://", "https://")
_LONGEST_LINK = 2000  # terminals ignore longer ones


class Inline:
    """Turns inline Markdown into parts, in the styles of a console."""

    def __init__(self, console: Console, *, links: bool) -> None:
        self._style = console.get_style
        self._links = links
        self._parser = _parser()
        self._read: tuple[str, Sequence[Token]] = "", ()  # what was asked about last is mostly drawn next

    def parse(self, source: str, style: Style, *, is_open: bool = False) -> list[Part]:
        """Return the text of one segment.

        If it *is_open*, an address at its end may be the beginning of another, and marks at its end that close nothing
        wait for the next letter.
        """
        if not _MARKS.search(source):
            return [(_unpadded(source).replace("\t", "    "), style)]
        tokens = self._tokens(source, is_open=is_open)
        if is_open and _waits(source, tokens):
            return self.parse(_without_marks(source), style)
        is_link = is_open and len(tokens) > 2 and (tokens[-2].type, tokens[-1].type) == ("address", "link_close")
        return self._drawn([*tokens[:-3], tokens[-2]] if is_link else tokens, style)

    def shown(self, source: str) -> str:
        """Return what of an open *source* is shown: all but marks at its end that wait for the next letter."""
        waits = source.endswith(EMPHASIS) and _waits(source, self._tokens(source, is_open=True))
        return _without_marks(source) if waits else source

    def settles(self, source: str) -> bool:
        """Return whether nothing that follows *source*, after a space, can change how it reads."""
        if not _MARKS.search(source):
            return True
        tokens = self._tokens(source)
        text = "".join(token.content if token.type == "text" else _hint(token) for token in tokens)
        return not _OPEN.search(text) and _depth(text) == 0

    def _tokens(self, source: str, *, is_open: bool = False) -> Sequence[Token]:
        if is_open:
            return self._parser.parseInline(source, {"is_open": True})[0].children or ()
        if source != self._read[0]:
            self._read = source, self._parser.parseInline(source, {"is_open": False})[0].children or ()
        return self._read[1]

    def _drawn(self, tokens: Sequence[Token], style: Style) -> list[Part]:
        parts: list[Part] = []
        styles = [style]
        links: list[tuple[str, int]] = []
        for token in tokens:
            if token.type == "link_open":
                links.append((str(token.attrs.get("href", "")), len(parts)))
                styles.append(styles[-1] + self._style("markdown.link"))
            elif token.type == "link_close":
                styles.pop()
                self._end_link(parts, *links.pop(), styles[-1])
            elif token.nesting == 1:
                styles.append(styles[-1] + self._style(_STYLES[token.type]))
            elif token.nesting == -1:
                styles.pop()
            else:
                parts += self._leaf(token, styles[-1])
        return parts

    def _leaf(self, token: Token, style: Style) -> list[Part]:
        """Return the text of a token without children."""
        match token.type:
            case "softbreak" | "hardbreak":
                return [("\n", style)]
            case "html_inline" if _BREAK.fullmatch(token.content):
                return [("\n", style)]
            case "html_inline":
                return [(sanitize(shorten_data(token.content)).replace("\t", "    "), style)]
            case "image":
                return self._image(token, style)
            case "code_inline" | "math":
                style = style + self._style(_STYLES[token.type])
        return [(sanitize(token.content).replace("\t", "    "), style)]

    def _image(self, token: Token, style: Style) -> list[Part]:
        source = str(token.attrs.get("src", ""))
        label = sanitize(token.content).strip()
        link = style + self._style("markdown.link")
        if not label:
            return [self._address(source, link)]
        return [(label, link), *self._target(source, style)]

    def _end_link(self, parts: list[Part], target: str, start: int, style: Style) -> None:
        """Show where the link that began at part *start* leads, unless its text says so."""
        label = "".join(text for text, _ignored in parts[start:])
        is_shown = normalized(label) == normalized(target).removeprefix("mailto:")
        if _is_deceptive(target) or not is_shown:
            parts += self._target(target, style)
        elif link := self._link(target):
            parts[start:] = [(text, drawn.update_link(link)) for text, drawn in parts[start:]]

    def _target(self, target: str, style: Style) -> list[Part]:
        """Return what stands behind a label: the address, which can be followed."""
        around = style + self._style("markdown.link_url")
        if _is_deceptive(target):
            return [(_(" ({address}, mixed script)", address=sanitize(normalized(target))), around)]
        return [(" (", around), self._address(target, around), (")", around)]

    def _address(self, target: str, style: Style) -> Part:
        """Return an address as it is written, or in ASCII where its host is not."""
        shown = sanitize(normalized(target) if _has_foreign_host(target) else target)
        return shown, style.update_link(link) if (link := self._link(target)) else style

    def _link(self, target: str) -> str:
        """Return what a terminal may open, empty where it may not."""
        link = normalized(target) if self._links and len(target) <= _LONGEST_LINK else ""
        return link if link.lower().startswith(_WEB) and not _is_deceptive(target) else ""


@cache
def _parser() -> InlineParser:
    """Return the one parser: it keeps nothing of what it reads."""
    return InlineParser()


@lru_cache(maxsize=256)
def normalized(target: str) -> str:
    """Return an address as it goes over the wire: in ASCII, its host in Punycode."""
    return sanitize(normalizeLink(target))


def _has_foreign_host(target: str) -> bool:
    return "xn--" in normalized(target).lower()


def _is_deceptive(target: str) -> bool:
    """Return whether the host of a link may only look like another one."""
    if not _has_foreign_host(target):
        return False
    try:
        return mixes_scripts(urlsplit(normalized(target)).hostname or "")
    except ValueError:
        return True


def _unpadded(text: str) -> str:
    """Return *text* without the spaces around its line breaks."""
    if "\n" not in text:
        return text
    first, *others, last = text.split("\n")
    return "\n".join([first.rstrip(" "), *(line.strip(" ") for line in others), last.lstrip(" ")])


def _waits(source: str, tokens: Sequence[Token]) -> bool:
    """Return whether *source* ends in marks whose meaning the next letter decides."""
    return source.endswith(EMPHASIS) and not _closes(tokens)


def _without_marks(source: str) -> str:
    return source.rstrip("".join(EMPHASIS))


def _closes(tokens: Sequence[Token]) -> bool:
    """Return whether the marks at the end of a text close what opened, and no part of more marks."""
    tokens = [token for token in tokens if token.type != "text" or token.content]
    if not tokens or tokens[-1].nesting != -1:
        return False
    return not any(
        before.type == "text" and before.content.endswith(EMPHASIS) and token.nesting == 1
        for before, token in itertools.pairwise(tokens)
    )


def _hint(token: Token) -> str:
    """Return the stand-in for a token other than text in the search for unpaired marks."""
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "image" and token.markup:
        return token.markup  # its address may still go on
    if token.type == "text_special" and token.markup in ("\\(", "\\["):
        return "$$"  # a formula that may yet end
    return _OTHER


def _depth(text: str) -> int:
    """Return how many brackets are open at the end of *text*."""
    depth = 0
    for mark in text:
        if mark == "[":
            depth += 1
        elif mark == "]":
            depth = max(0, depth - 1)
    return depth
