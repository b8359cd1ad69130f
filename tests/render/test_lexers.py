"""Colouring code can do no harm: whatever a lexer does, the text stands, and the frame comes to its end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from pygments.lexer import Lexer, RegexLexer, default  # type: ignore[import-untyped]  # it has no types
from pygments.token import Keyword, Text, _TokenType  # type: ignore[import-untyped]  # as above

from chatcli.render import lexing
from chatcli.render.highlight import LONGEST_LINE, CodeHighlighter
from chatcli.render.look import Look
from chatcli.render.theme import console_for
from tests.tooling.lexers import PROGRAM, SESSION, aliases, faults

CONSOLE = console_for(Look())
Unread = Iterator[tuple[int, _TokenType, str]]

KNOWN = ["pycon", "pytb", "py2tb", "postgresql", "plpgsql", "postgres-console", "matlabsession", "rconsole", "tnt", "c"]
KNOWN += ["console", "python", "js", "html", "php", "sql", "bash", "yaml", "rust", "md", "octave", "julia-repl"]
DRAWN = random.Random(20).sample(sorted(aliases()), 30)


@pytest.mark.parametrize("language", sorted({*KNOWN, *DRAWN}))
def test_no_lexer_changes_a_letter_or_takes_long(language: str) -> None:
    assert not list(faults(language, [*SESSION, *PROGRAM], at_cuts=False))


@pytest.mark.parametrize("language", KNOWN)
def test_no_cut_of_a_line_does_harm(language: str) -> None:
    lines = SESSION if "con" in language or "tb" in language else PROGRAM

    assert not list(faults(language, lines, at_cuts=True))


class Raises(Lexer):  # type: ignore[misc]  # Pygments has no types
    def get_tokens_unprocessed(self, text: str) -> Unread:
        yield 0, Keyword, text[0]
        raise LookupError("a bug of its own")


class Swallows(Lexer):  # type: ignore[misc]  # as above
    def get_tokens_unprocessed(self, text: str) -> Unread:
        yield 0, Keyword, text[2:]


class Repeats(Lexer):  # type: ignore[misc]  # as above
    def get_tokens_unprocessed(self, text: str) -> Unread:
        yield 0, Keyword, text
        yield 0, Keyword, text


class Idles(Lexer):  # type: ignore[misc]  # as above
    def get_tokens_unprocessed(self, _text: str) -> Unread:
        while True:
            yield 0, Keyword, ""


class Circles(RegexLexer):  # type: ignore[misc]  # as above
    tokens = {"root": [("a", Text), default("other")], "other": [default("#pop")]}  # noqa: RUF012  # as Pygments has it


class Grows(RegexLexer):  # type: ignore[misc]  # as above
    tokens = {"root": [default("#push")]}  # noqa: RUF012  # as above


class Recurses(Lexer):  # type: ignore[misc]  # as above
    def get_tokens_unprocessed(self, text: str) -> Unread:
        yield from self.get_tokens_unprocessed(text)


HARMFUL = [Raises, Swallows, Repeats, Idles, Circles, Grows, Recurses]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Lexer]], CodeHighlighter]:
    def highlighter(lexer: type[Lexer]) -> CodeHighlighter:
        monkeypatch.setattr(lexing, "find_lexer", lambda _language: lexer())
        return CodeHighlighter("x", CONSOLE)

    return highlighter


@pytest.mark.parametrize("lexer", HARMFUL)
def test_after_harm_the_rest_of_the_block_is_plain(
    lexer: type[Lexer], use: Callable[[type[Lexer]], CodeHighlighter]
) -> None:
    code = use(lexer)

    shown = [code.line(line) for line in ("if b", "else c")]

    assert ["".join(part for part, _ in line) for line in shown] == ["if b", "else c"]
    assert not any(style for line in shown for _, style in line)
    assert code.is_plain


def test_a_lexer_that_cannot_be_made_leaves_the_block_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_language: str) -> Lexer:
        raise RuntimeError("a pattern that does not compile")

    monkeypatch.setattr(lexing, "find_lexer", fail)

    assert CodeHighlighter("x", CONSOLE).line("if b")[0][0] == "if b"


def test_a_line_that_takes_long_is_plain_and_so_are_those_behind_it() -> None:
    step_s = 0.0
    now_s = 0.0

    def clock() -> float:
        nonlocal now_s
        now_s += step_s
        return now_s

    code = CodeHighlighter("python", CONSOLE, clock=clock, wall=clock)
    quick = code.line("x = 1")
    step_s = 0.06

    assert len(quick) > 1
    assert [len(code.line("x = 1")) for _ in range(2)] == [1, 1]


def test_behind_a_line_that_is_too_long_the_block_is_plain() -> None:
    code = CodeHighlighter("python", CONSOLE)

    assert len(code.line("x = 1")) > 1
    assert len(code.line("x = 1 " * LONGEST_LINE)) == 1
    assert len(code.line("x = 1")) == 1
