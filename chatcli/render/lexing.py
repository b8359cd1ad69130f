"""Runs Pygments' lexers line by line, carrying the state at the end of each line to the next.

Pygments reads whole texts. Its lexers that work by patterns are followed here from one pattern to the next; the others
read every line by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer  # type: ignore[import-untyped]  # it has no types
from pygments.lexers import find_lexer_class, get_all_lexers  # type: ignore[import-untyped]  # as above
from pygments.token import Comment, Error, _TokenType  # type: ignore[import-untyped]  # as above

Token: TypeAlias = tuple[_TokenType, str]

_COMMENT = "/* x */\n"
_ROOT = ("root",)


class LineLexer:
    """A lexer that continues from line to line; *watch* is called between tokens, and may raise to end it."""

    def __init__(self, lexer: Lexer, watch: Callable[[], None]) -> None:
        self._lexer = lexer
        self._watch = watch
        self._stack: tuple[str, ...] = _ROOT
        self._in_comment = False

    def read(self, line: str) -> Iterator[Token]:
        """Return the tokens of a line that ends in a newline."""
        if isinstance(self._lexer, RegexLexer) and not isinstance(self._lexer, ExtendedRegexLexer):
            yield from self._by_patterns(line)
            return
        for _, kind, part in self._lexer.get_tokens_unprocessed(line):
            self._watch()
            yield kind, part

    def _by_patterns(self, line: str) -> Iterator[Token]:
        """Read one line from the state in which the last one ended.

        Comments that a lexer reads with one pattern over many lines are followed here.
        """
        position = 0
        while position < len(line):
            if self._in_comment or self._comment_opens(line, position):
                end = line.find("*/", position if self._in_comment else position + 2)
                self._in_comment = end < 0
                stop = len(line) if end < 0 else end + 2
                yield Comment, line[position:stop]
                position = stop
                continue
            position, tokens = self._step(line, position)
            yield from tokens

    def _comment_opens(self, line: str, position: int) -> bool:
        """Return whether a comment begins here that does not end in this line."""
        if not line.startswith("/*", position) or line.find("*/", position + 2) >= 0:
            return False
        before, end = self._stack, 0
        found: list[object] = []
        while not found and end < len(_COMMENT):
            end, tokens = self._step(_COMMENT, end)
            found = [kind for kind, part in tokens if part]
        self._stack = before
        return bool(found) and found[0] in Comment

    def _step(self, line: str, position: int) -> tuple[int, list[Token]]:
        """Match the first pattern of the current state; return where it ends, and what it found."""
        self._watch()
        for match, action, state in self._lexer._tokens[self._stack[-1]]:
            found = match(line, position)
            if found:
                tokens = _acted(self._lexer, action, found)
                self._stack = _next(self._stack, state)
                return found.end(), tokens
        if line[position] == "\n":
            self._stack = _ROOT
        return position + 1, [(Error, line[position])]


@cache
def find_lexer(language: str) -> Lexer | None:
    """Return the lexer for a language, None if there is none. Only Pygments' own are looked at, not plugins."""
    for name, aliases, _, _ in get_all_lexers(plugins=False):
        if language in aliases:
            found = find_lexer_class(name)
            return found() if found else None
    return None


def _acted(lexer: RegexLexer, action: Any, found: re.Match[str]) -> list[Token]:
    """Return what a pattern's action makes of a match; actions are a token type, a callback or nothing."""
    if action is None:
        return []
    if isinstance(action, _TokenType):
        return [(action, found[0])]
    return [(kind, part) for _, kind, part in action(lexer, found)]


def _next(stack: tuple[str, ...], change: object) -> tuple[str, ...]:
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
