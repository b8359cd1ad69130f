"""Inline Markdown as styled text: what stands within a paragraph, a heading, a cell.

Addresses are always shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from rich.console import Console
from rich.style import Style

from chatcli.render.prose import Part
from chatcli.text.hosts import mixes_scripts
from chatcli.text.sanitizer import sanitize

_MARKS = re.compile(r"[*_`\[<&\\~$]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OTHER = "\0"  # stands for what is no plain text
# Marks that may yet find a partner: an emphasis that can open, code, a link's address, a tag, a formula.
_OPEN = re.compile(
    r"`|\]\(|\*+(?=[^\s*])|(?<![^\W_])_+(?=[^\s_])|~~(?=[^\s~])|<(?=[A-Za-z/!?])|\$[$\0]|\$(?=[^\s$])[^\n]{0,200}\Z|\\\Z"
)
_MATH = re.compile(
    r"\\\((?:.+?)\\\)|\\\[(?:.+?)\\\]|\$\$(?:.+?)\$\$|\$(?![\s$])[^\n$]{0,200}?(?<![\s\\])\$(?!\d)", re.DOTALL
)
_STYLES = {
    "strong_open": "markdown.strong",
    "em_open": "markdown.em",
    "s_open": "markdown.s",
    "code_inline": "markdown.code",
    "math": "markdown.math",
}
_WEB = ("http://", "https://")


class Inline:
    """Turns inline Markdown into parts, in the styles of a console."""

    def __init__(self, console: Console, *, links: bool) -> None:
        self._style = console.get_style
        self._links = links
        self._parser = _parser()

    def parse(self, source: str, style: Style) -> list[Part]:
        """Return the text of one segment."""
        if not _MARKS.search(source):
            return [(_unpadded(source).replace("\t", "    "), style)]
        return self._drawn(self._tokens(source), style)

    def settles(self, source: str) -> bool:
        """Tell whether nothing that follows *source*, after a space, can change how it reads."""
        if not _MARKS.search(source):
            return True
        tokens = self._tokens(source)
        text = "".join(token.content if token.type == "text" else _hint(token) for token in tokens)
        return not _OPEN.search(text) and _depth(text) == 0

    def _tokens(self, source: str) -> Sequence[Token]:
        return self._parser.parseInline(source)[0].children or ()

    def _drawn(self, tokens: Sequence[Token], style: Style) -> list[Part]:
        parts: list[Part] = []
        styles = [style]
        links: list[tuple[str, int]] = []
        for token in tokens:
            if token.type == "link_open":
                links.append((sanitize(str(token.attrs.get("href", ""))), len(parts)))
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
        if token.type in ("softbreak", "hardbreak") or _BREAK.fullmatch(token.content):
            return [("\n", style)]
        if token.type == "image":
            return self._image(token, style)
        if token.type in _STYLES:
            style = style + self._style(_STYLES[token.type])
        return [(sanitize(token.content).replace("\t", "    "), style)]

    def _image(self, token: Token, style: Style) -> list[Part]:
        source = sanitize(str(token.attrs.get("src", "")))
        label = sanitize(token.content).strip()
        link = style + self._style("markdown.link")
        if not label:
            return [(source, link)]
        return [(label, link), (f" ({source})", style + self._style("markdown.link_url"))]

    def _end_link(self, parts: list[Part], target: str, start: int, style: Style) -> None:
        """Show where the link that began at part *start* leads, unless its text says so."""
        label = "".join(text for text, _ in parts[start:])
        address = style + self._style("markdown.link_url")
        if _is_deceptive(target):
            parts.append((f" ({target}, mixed script)", address))
        elif label not in (target, target.removeprefix("mailto:")):
            parts.append((f" ({target})", address))
        elif self._links and target.startswith(_WEB):
            parts[start:] = [(text, drawn.update_link(target)) for text, drawn in parts[start:]]


def _is_deceptive(target: str) -> bool:
    """Tell whether the host of a link may only look like another one."""
    if "xn--" not in target:  # the parser has written every host in ASCII
        return False
    try:
        return mixes_scripts(urlsplit(target).hostname or "")
    except ValueError:
        return True


def _unpadded(text: str) -> str:
    """Return *text* without the spaces around its line breaks."""
    if "\n" not in text:
        return text
    first, *others, last = text.split("\n")
    return "\n".join([first.rstrip(" "), *(line.strip(" ") for line in others), last.lstrip(" ")])


def _hint(token: Token) -> str:
    """Return what stands for a token that is no text when looking for marks without a partner."""
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
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


def _parser() -> MarkdownIt:
    """Return CommonMark's inline rules with strikethrough and mathematics; block rules are not used."""
    parser = MarkdownIt("commonmark").enable("strikethrough")
    parser.disable(["text_join"])  # what was escaped must be told from marks
    parser.inline.ruler.before("escape", "math", _math)
    return parser


def _math(state: StateInline, silent: bool) -> bool:
    """Read a formula, which keeps its marks: nothing in it is Markdown."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _MATH.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("math", "", 0).content = found[0]
    state.pos = found.end()
    return True
