"""Highlights code line by line, as soon as a line is complete.

Pygments makes no promise about its lexers: some end on an exception, some swallow text, some never come to an end, and
some take time that grows with the square of the line. So each line is guarded, and after the first harm the rest of its
block is plain. Only colours depend on it, never text. Pygments is imported for the first
language, because most answers have no code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style

from chatcli.render.prose import Part

if TYPE_CHECKING:
    from pygments.token import _TokenType  # type: ignore[import-untyped]  # it has no types

    from chatcli.render.lexing import LineLexer, Token

LONGEST_LINE = 1000
SLOWEST_LINE_S = 0.1
TAB_STOP = 4

_MOST_STEPS = 10  # for a character of a line; a lexer that makes more goes round in circles
_NAMES: Mapping[str, str] = {
    "Comment": "code.comment",
    "Comment.Preproc": "code.decorator",
    "Keyword": "code.keyword",
    "Keyword.Constant": "code.number",
    "Keyword.Type": "code.name",
    "Literal.Number": "code.number",
    "Literal.String": "code.string",
    "Literal.String.Interpol": "code.number",
    "Name.Attribute": "code.decorator",
    "Name.Class": "code.name",
    "Name.Decorator": "code.decorator",
    "Name.Function": "code.name",
    "Name.Tag": "code.keyword",
    "Operator.Word": "code.keyword",
    "Generic.Deleted": "code.deleted",
    "Generic.Inserted": "code.inserted",
    "Generic.Heading": "code.keyword",
    "Generic.Subheading": "code.keyword",
    "Generic.Prompt": "code.comment",
}


class HarmfulLexerError(Exception):
    """A lexer takes too long, or makes no progress."""


class CodeHighlighter:
    """The lines of one block of code, in the language that its fence names.

    *clock* says how much a line has taken. It is asked only when *wall*, which no system call is made for, has gone on
    as far: nothing takes more of the processor than time passes.
    """

    def __init__(
        self,
        language: str,
        console: Console,
        *,
        clock: Callable[[], float] = time.thread_time,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._styles: dict[_TokenType, Style] = {}
        self._clock, self._wall = clock, wall
        self._until_s = self._until_wall_s = 0.0
        self._steps = 0
        self._lexer = self._lexer_of(language.lower()) if language else None

    @property
    def is_plain(self) -> bool:
        """Whether the block has no colours, or no more of them."""
        return self._lexer is None

    def line(self, text: str) -> list[Part]:
        """Return the next line with its colours, tabs as spaces."""
        text = text.expandtabs(TAB_STOP)
        tokens = self._tokens(text) if self._lexer else None
        if tokens is None:
            self._lexer = None
            return [(text, self._console.get_style("markdown.code_block"))]
        parts: list[Part] = []
        for kind, part in tokens:
            style = self._style(kind)
            if parts and parts[-1][1] is style:
                parts[-1] = parts[-1][0] + part, style
            else:
                parts.append((part, style))
        text, style = parts.pop()  # the end of the line is in the last one
        return [*parts, (text[:-1], style)] if len(text) > 1 else parts

    def _tokens(self, text: str) -> list[Token] | None:
        """Return the tokens of a line, None where its lexer did harm."""
        if self._lexer is None or len(text) > LONGEST_LINE:
            return None
        self._until_s, self._until_wall_s = self._clock() + SLOWEST_LINE_S, self._wall() + SLOWEST_LINE_S
        self._steps = _MOST_STEPS * (len(text) + 1)
        try:
            tokens = list(self._lexer.read(text + "\n"))
        except Exception:  # third-party lexers may raise anything; colours must not cost the answer
            return None
        return tokens if "".join([part for _, part in tokens]) == text + "\n" else None

    def _watch(self) -> None:
        self._steps -= 1
        if self._steps < 0 or (self._wall() > self._until_wall_s and self._clock() > self._until_s):
            raise HarmfulLexerError

    def _lexer_of(self, language: str) -> LineLexer | None:
        from chatcli.render.lexing import LineLexer, find_lexer

        try:
            found = find_lexer(language)
        except Exception:  # as above: its patterns are made when it is first wanted
            return None
        return LineLexer(found, self._watch) if found else None

    def _style(self, kind: _TokenType) -> Style:
        style = self._styles.get(kind)
        if style is None:
            base = self._console.get_style("markdown.code_block")
            style = self._styles[kind] = base + self._console.get_style(_name(kind))
        return style


def _name(kind: _TokenType) -> str:
    """Return the name of the style for a token type: its own or that of the nearest type above it."""
    types = (".".join(kind[:length]) for length in range(len(kind), 0, -1))
    return next((_NAMES[name] for name in types if name in _NAMES), "none")
