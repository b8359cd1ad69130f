"""Inline Markdown as styled text: what stands within a paragraph, a heading, a cell.

A paragraph that grows is parsed only from its last settled place on: a space before which every mark has found its
partner, so that nothing that follows can change what stands before. Whether a text is cut there or not, it reads the
same. Two things differ from a parse of the whole, and the same in a stream as at once: marks further apart than
`SEGMENT` characters do not pair, which keeps the worst text cheap; and addresses are always shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chatcli.render.rows import Span
from chatcli.render.theme import PLAIN, Ink
from chatcli.text.hosts import mixes_scripts
from chatcli.text.sanitizer import sanitize

SEGMENT = 1000
_LEAST_SEGMENT = SEGMENT // 2
_TRIES = (1, 2, 4, 8, 16, 32, 64)  # which spaces before the end of a segment are tried as its end

_MARKS = re.compile(r"[*_`\[<&\\~$]")
_SPACE = re.compile(r"\s")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OTHER = "\0"  # stands for what is no plain text
# Marks that may yet find a partner: an emphasis that can open, code, a link's address, a tag, a formula.
_OPEN = re.compile(
    r"`|\]\(|\*+(?=[^\s*])|(?<![^\W_])_+(?=[^\s_])|~~(?=[^\s~])|<(?=[A-Za-z/!?])|\$[$\0]|\$(?=[^\s$])[^\n]{0,200}\Z|\\\Z"
)
_MATH = re.compile(
    r"\\\((?:.+?)\\\)|\\\[(?:.+?)\\\]|\$\$(?:.+?)\$\$|\$(?![\s$])[^\n$]{0,200}?(?<![\s\\])\$(?!\d)", re.DOTALL
)
_INKS = {"strong_open": "strong", "em_open": "em", "s_open": "s", "code_inline": "code", "math": "math"}
_WEB = ("http://", "https://")


class Inline:
    """Turns inline Markdown into spans, in the inks of a look."""

    def __init__(self, inks: Mapping[str, Ink], *, links: bool) -> None:
        self._inks = inks
        self._links = links
        self._parser = _parser()

    def spans(self, source: str, ink: Ink = PLAIN) -> list[Span]:
        """Return the text of *source*, however long it is."""
        return Prose(self).spans(source, ink)

    def parse(self, source: str, ink: Ink) -> list[Span]:
        """Return the text of one segment."""
        if not _MARKS.search(source):
            return [(_unpadded(source).replace("\t", "    "), ink)]
        return self._drawn(self._tokens(source), ink)

    def settles(self, source: str) -> bool:
        """Tell whether nothing that follows *source*, after a space, can change how it reads."""
        if not _MARKS.search(source):
            return True
        tokens = self._tokens(source)
        text = "".join(token.content if token.type == "text" else _hint(token) for token in tokens)
        return not _OPEN.search(text) and _depth(text) == 0

    def _tokens(self, source: str) -> Sequence[Token]:
        return self._parser.parseInline(source)[0].children or ()

    def _drawn(self, tokens: Sequence[Token], ink: Ink) -> list[Span]:
        spans: list[Span] = []
        inks = [ink]
        links: list[tuple[str, int]] = []
        for token in tokens:
            if token.type == "link_open":
                links.append((sanitize(str(token.attrs.get("href", ""))), len(spans)))
                inks.append(self._inks["link"].over(inks[-1]))
            elif token.type == "link_close":
                inks.pop()
                self._end_link(spans, *links.pop(), inks[-1])
            elif token.nesting == 1:
                inks.append(self._inks[_INKS[token.type]].over(inks[-1]))
            elif token.nesting == -1:
                inks.pop()
            else:
                spans += self._leaf(token, inks[-1])
        return spans

    def _leaf(self, token: Token, ink: Ink) -> list[Span]:
        """Return the text of a token without children."""
        if token.type in ("softbreak", "hardbreak") or _BREAK.fullmatch(token.content):
            return [("\n", ink)]
        if token.type == "image":
            return self._image(token, ink)
        if token.type in _INKS:
            ink = self._inks[_INKS[token.type]].over(ink)
        return [(sanitize(token.content).replace("\t", "    "), ink)]

    def _image(self, token: Token, ink: Ink) -> list[Span]:
        source = sanitize(str(token.attrs.get("src", "")))
        label = sanitize(token.content).strip()
        if not label:
            return [(source, self._inks["link"].over(ink))]
        return [(label, self._inks["link"].over(ink)), (f" ({source})", self._inks["url"].over(ink))]

    def _end_link(self, spans: list[Span], target: str, start: int, ink: Ink) -> None:
        """Show where the link that began at span *start* leads, unless its text says so."""
        label = "".join(text for text, _ in spans[start:])
        if _is_deceptive(target):
            spans.append((f" ({target}, mixed script)", self._inks["url"].over(ink)))
        elif label not in (target, target.removeprefix("mailto:")):
            spans.append((f" ({target})", self._inks["url"].over(ink)))
        elif self._links and target.startswith(_WEB):
            spans[start:] = [(text, drawn._replace(link=target)) for text, drawn in spans[start:]]


def _is_deceptive(target: str) -> bool:
    """Tell whether the host of a link may only look like another one."""
    if "xn--" not in target:  # the parser has written every host in ASCII
        return False
    try:
        return mixes_scripts(urlsplit(target).hostname or "")
    except ValueError:
        return True


class Prose:
    """Inline Markdown that grows; what is settled is parsed once."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._ink = PLAIN
        self._pinned: tuple[str, list[Span]] = "", []
        self._settled = ""
        self._spans: list[Span] = []
        self._segment = 0  # where the segment begins that is still being read
        self._tried = 0
        self.age = 0  # how often it began anew

    @property
    def settled(self) -> int:
        """How many characters of the text do not change any more."""
        return sum(len(text) for text, _ in self._spans)

    def spans(self, source: str, ink: Ink = PLAIN) -> list[Span]:
        """Return the text of *source*, which mostly begins with the source of the last call."""
        if ink != self._ink or not source.startswith(self._settled):
            self._begin(source, ink)
        while len(source) - self._segment > SEGMENT:
            self._segment = self._boundary(source)
            self._settle(source, self._segment)
        self._advance(source)
        return self._spans + self._inline.parse(source[len(self._settled) :], self._ink)

    def pin(self, source: str, characters: int) -> None:
        """Make final how the first *characters* of the text read: they are about to leave the screen."""
        if characters > self.settled:
            self._spans = self.spans(source, self._ink)
            self._settled = source
            self._segment = len(source)
            self._pinned = source, self._spans.copy()

    def _begin(self, source: str, ink: Ink) -> None:
        """Begin anew: the source has lost its end, or has become a heading; what is pinned stays."""
        self.age += 1
        pinned, spans = self._pinned if source.startswith(self._pinned[0]) else ("", [])
        self._ink, self._settled, self._spans = ink, pinned, spans.copy()
        self._segment = self._tried = len(pinned)

    def _advance(self, source: str) -> None:
        """Settle what can be: the text up to the last space, if its marks have found each other."""
        position = max(source.rfind(" "), source.rfind("\n"))
        if position <= max(self._tried, len(self._settled)):
            return
        self._tried = position
        if self._inline.settles(source[len(self._settled) : position]):
            self._settle(source, position)

    def _settle(self, source: str, position: int) -> None:
        if position > len(self._settled):
            for text, ink in self._inline.parse(source[len(self._settled) : position], self._ink):
                if self._spans and self._spans[-1][1] is ink and len(self._spans[-1][0]) < SEGMENT:
                    self._spans[-1] = (self._spans[-1][0] + text, ink)
                else:
                    self._spans.append((text, ink))
            self._settled = source[:position]

    def _boundary(self, source: str) -> int:
        """Return where the segment ends that is longer than may be: at a settled place if one is near.

        It depends on the text alone, so a stream and the whole text are cut at the same places.
        """
        window = source[self._segment : self._segment + SEGMENT]
        spaces = [found.start() for found in _SPACE.finditer(window, _LEAST_SEGMENT)]
        tries = (spaces[-count] for count in _TRIES if count <= len(spaces))
        position = next((position for position in tries if self._inline.settles(window[:position])), None)
        if position is None:
            position = spaces[-1] if spaces else len(window)
        return self._segment + position


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
