"""Colours for code, line by line: the lexer's state is kept, so a line is coloured once, when it arrives.

Pygments makes no promise about time, and some of its patterns take time that grows with the square of the line. So long
lines stay plain, and after a slow line the rest of its block does. Only colours depend on it, never text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer  # type: ignore[import-untyped]  # it has no types
from pygments.lexers import find_lexer_class, get_all_lexers  # type: ignore[import-untyped]  # as above
from pygments.token import (  # type: ignore[import-untyped]  # as above
    Comment,
    Error,
    Generic,
    Keyword,
    Literal,
    Name,
    Operator,
    _TokenType,
)
from rich.console import Console
from rich.style import Style

from chatcli.render.prose import Part
from chatcli.render.theme import PLAIN

# With lines of 500 characters the slowest of 45 languages takes 80 ms, the first use of its patterns included.
LONGEST_LINE = 500
SLOWEST_LINE_S = 0.1

TAB_STOP = 4
_COMMENT = "/* x */\n"
_ROOT = ("root",)
_NAMES: Mapping[_TokenType, str] = {
    Comment: "code.comment",
    Comment.Preproc: "code.decorator",
    Keyword: "code.keyword",
    Keyword.Constant: "code.number",
    Keyword.Type: "code.name",
    Literal.Number: "code.number",
    Literal.String: "code.string",
    Literal.String.Interpol: "code.number",
    Name.Attribute: "code.decorator",
    Name.Class: "code.name",
    Name.Decorator: "code.decorator",
    Name.Function: "code.name",
    Name.Tag: "code.keyword",
    Operator.Word: "code.keyword",
    Generic.Deleted: "code.deleted",
    Generic.Inserted: "code.inserted",
    Generic.Heading: "code.keyword",
    Generic.Subheading: "code.keyword",
    Generic.Prompt: "code.comment",
}


class CodeHighlighter:
    """The lines of one block of code, in the language that its fence names."""

    def __init__(self, language: str, console: Console, *, clock: Callable[[], float] = time.thread_time) -> None:
        self._console = console
        self._styles: dict[_TokenType, Style] = {}
        self._clock = clock
        self._lexer = _lexer(language.lower()) if language else None
        self._stack: tuple[str, ...] = _ROOT
        self._in_comment = False

    def line(self, text: str) -> list[Part]:
        """Return the next line with its colours, tabs as spaces."""
        text = text.expandtabs(TAB_STOP)
        if self._lexer is None or len(text) > LONGEST_LINE:
            return [(text, PLAIN)]
        begun = self._clock()
        parts = [(part, self._style(kind)) for kind, part in self._tokens(text + "\n") if part != "\n"]
        if self._clock() - begun > SLOWEST_LINE_S:
            self._lexer = None
        return [(part.removesuffix("\n"), style) for part, style in parts]

    def _style(self, kind: _TokenType) -> Style:
        style = self._styles.get(kind)
        if style is None:
            style = self._styles[kind] = self._console.get_style(_name(kind))
        return style

    def _tokens(self, line: str) -> Iterator[tuple[_TokenType, str]]:
        if isinstance(self._lexer, RegexLexer) and not isinstance(self._lexer, ExtendedRegexLexer):
            return self._with_state(self._lexer, line)
        return ((kind, part) for _, kind, part in self._lexer.get_tokens_unprocessed(line)) if self._lexer else iter(())

    def _with_state(self, lexer: RegexLexer, line: str) -> Iterator[tuple[_TokenType, str]]:
        """Read one line from the state in which the last one ended.

        Comments that a lexer reads with one pattern over many lines are followed here.
        """
        position = 0
        while position < len(line):
            if self._in_comment or self._comment_opens(lexer, line, position):
                end = line.find("*/", position if self._in_comment else position + 2)
                self._in_comment = end < 0
                stop = len(line) if end < 0 else end + 2
                yield Comment, line[position:stop]
                position = stop
                continue
            matched, kinds = self._step(lexer, line, position)
            yield from kinds
            position = matched

    def _comment_opens(self, lexer: RegexLexer, line: str, position: int) -> bool:
        """Tell whether a comment begins here that does not end in this line."""
        if not line.startswith("/*", position) or line.find("*/", position + 2) >= 0:
            return False
        before, end = self._stack, 0
        found: list[Any] = []
        while not found and end < len(_COMMENT):
            end, kinds = self._step(lexer, _COMMENT, end)
            found = [kind for kind, part in kinds if part]
        self._stack = before
        return bool(found) and found[0] in Comment

    def _step(self, lexer: Any, line: str, position: int) -> tuple[int, list[tuple[_TokenType, str]]]:
        """Match the first pattern of the current state; return where it ends, and what it found."""
        for match, action, state in lexer._tokens[self._stack[-1]]:
            found = match(line, position)
            if not found:
                continue
            kinds = _acted(lexer, action, found)
            self._stack = _next(self._stack, state)
            return found.end(), kinds
        if line[position] == "\n":
            self._stack = _ROOT
        return position + 1, [(Error, line[position])]


def _acted(lexer: RegexLexer, action: Any, found: re.Match[str]) -> list[tuple[_TokenType, str]]:
    """Return what a pattern's action makes of a match; actions are a token type, a callback or nothing."""
    if action is None:
        return []
    if isinstance(action, _TokenType):
        return [(action, found[0])]
    return [(kind, part) for _, kind, part in action(lexer, found)]


def _next(stack: tuple[str, ...], change: Any) -> tuple[str, ...]:
    """Return the stack of states after a change as Pygments writes it: a number to pop, names to push, or nothing."""
    if change is None:
        return stack
    if isinstance(change, int):
        return stack[:1] if abs(change) >= len(stack) else stack[:change]
    for state in change if isinstance(change, tuple) else (change,):
        if state == "#pop":
            stack = stack[: max(1, len(stack) - 1)]
        else:
            stack = (*stack, stack[-1] if state == "#push" else state)
    return stack


def _name(kind: _TokenType) -> str:
    """Return the name of the style for a token type: its own or that of the nearest type above it."""
    known = (_NAMES[above] for above in reversed(kind.split()) if above in _NAMES)
    return next(known, "none")


@cache
def _lexer(language: str) -> Lexer | None:
    """Return the lexer for a language; None where there is none. Only Pygments' own are looked at, not plugins."""
    for name, aliases, _, _ in get_all_lexers(plugins=False):
        if language in aliases:
            found = find_lexer_class(name)
            return found() if found else None
    return None
