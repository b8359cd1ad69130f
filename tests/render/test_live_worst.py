"""The worst Markdown known: the text is shown, and no frame takes long."""

from __future__ import annotations

from functools import partial

import pytest
from rich.console import Console
from rich.table import Table
from rich.theme import Theme

from chatcli.conversation.messages import Text
from chatcli.render.highlight import LONGEST_LINE, CodeHighlighter
from chatcli.render.live import Look
from chatcli.render.theme import console_for
from tests.render.stage import Stage, cut, letters, rendered
from tests.support.work import calls

# About 40 ms on a machine of today; what grows with the square of a segment is far above it.
MOST_CALLS = 400_000

WORST = {
    "comments": "<!--a" * 8_000,
    "comments_in_a_line": "a <!--" * 5_000,
    "table_of_300_by_300": "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "b|" * 300 + "\n") * 30,
    "brackets": "[a" * 8_000,
    "links": "[a](" * 8_000,
    "images": "![a" * 4_000,
    "java_in_one_line": "```java\n" + "a a a " * 3_400 + "\n```",
    "java_in_many_lines": "```java\n" + ("a " * 240 + "\n") * 20 + "```",
    "emphasis": "*a " * 8_000,
    "strong": "**a" * 4_000,
    "underscores": "_a__b" * 6_000,
    "backticks": "".join("`" * count + "a" for count in range(1, 200)),
    "tags": "<a " * 8_000,
    "formulas": "$a " * 8_000,
    "open_formulas": "\\(a" * 8_000,
    "quotes": ">" * 20_000 + "a",
    "nested_lists": "- " * 5_000 + "a",
    "spaces": "    " + " " * 30_000 + "x",
    "blank_lines": "\n" * 50_000 + "x",
    "blank_lines_in_code": "```\n" + "\n" * 30_000 + "x\n```",
    "one_long_word": "x" * 100_000,
    "one_long_line_of_code": "```python\n" + "x = 1; " * 15_000,
    "ideographs": "字" * 20_000,
    "joined_emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 3_000,
    "accents": "e" + "\u0301" * 10_000,
    "overrides": "a\u202e" * 5_000,
    "one_wide_cell": "|a|b|\n|-|-|\n|" + "x" * 20_000 + "|y|\n",
    "long_table": "|a|b|\n|-|-|\n" + "|1|2 **b** `c`|\n" * 1_000,
    "long_list": "- a\n" * 5_000,
    "headings": "# a\n" * 3_000,
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_worst_markdown_is_shown_without_a_long_frame(text: str) -> None:
    stage = Stage(80, 24)
    drawn: list[str] = []

    def show(delta: str) -> None:
        stage.feed(Text(delta))
        drawn.append(stage.turn.frame(stage.size, 0))

    first, others, last = cut(text, 500)[:6], cut(text, 500)[6:-2], cut(text, 500)[6:][-2:]
    counts = [calls(partial(show, delta)) for delta in first]
    for delta in others:
        show(delta)
    counts += [calls(partial(show, delta)) for delta in last]
    stage.turn.end(0)
    drawn.append(stage.turn.frame(stage.size, 0))

    assert max(counts) < MOST_CALLS
    assert set(text.strip()) & set("".join(drawn).replace("\x1b", ""))


@pytest.mark.parametrize("name", ["brackets", "emphasis", "tags", "formulas", "comments_in_a_line", "strong"])
def test_the_worst_markdown_reads_the_same_in_a_stream(name: str) -> None:
    text = WORST[name][:3000]

    assert letters(Stage(80, 24).play(cut(text, 61))) == letters(rendered(text))


# Colours for code ---------------------------------------------------------------------------------------------------


NAMES = ("keyword", "string", "number", "comment", "name", "decorator")
CONSOLE = console_for(Look())


def colours(language: str, *lines: str) -> list[list[tuple[str, str]]]:
    """Return for each line its coloured parts with the name of their style."""
    named = Console(theme=Theme({f"code.{name}": f"link {name}" for name in NAMES}))
    code = CodeHighlighter(language, named)
    return [[(text, style.link) for text, style in code.line(line) if style.link] for line in lines]


def test_a_string_over_several_lines_keeps_its_colour() -> None:
    _, second, third = colours("python", 'x = """a', "b def", 'c""" + 1')

    assert second == [("b def", "string")]
    assert third[0][1] == "string"
    assert ("1", "number") in third


@pytest.mark.parametrize("language", ["c", "java", "js", "ts", "go", "rust", "css", "php", "kotlin", "swift", "cpp"])
def test_a_comment_over_several_lines_keeps_its_colour(language: str) -> None:
    opening = "<?php x /* a" if language == "php" else "x /* a"

    _, second, _, fourth = colours(language, opening, "int b", "c */", "d /* e */ f")

    assert second == [("int b", "comment")]
    assert "".join(part for part, name in fourth if name == "comment") == "/* e */"


def test_a_comment_in_a_string_opens_none() -> None:
    assert colours("js", 'a = "/*";', "const b = 1")[1][0] == ("const", "keyword")


@pytest.mark.parametrize("language", ["yaml", "ruby", "json", "makefile", "console", "html", "sql", "bash", "diff"])
def test_lexers_of_every_kind_keep_the_text(language: str) -> None:
    code = CodeHighlighter(language, CONSOLE)

    for line in ["a: 'b' # c", "", "  - <<EOF", '{"x": [1, 2]}', "$ ls -l `x", "<b class='y'>z</b>", "+ é\t字"]:
        assert "".join(text for text, _ in code.line(line)) == line.expandtabs(4)


def test_a_line_that_is_still_written_has_no_colours() -> None:
    stage = Stage()
    stage.feed(Text("```python\ndef f"))

    assert "\x1b[" not in stage.draw().rpartition("\n")[2]

    stage.feed(Text("():\n"))

    assert "\x1b[35mdef\x1b[0m" in stage.draw()


def test_long_lines_and_unknown_languages_stay_plain() -> None:
    assert colours("python", "x = 1 " * LONGEST_LINE) == [[]]
    assert colours("nonsense", "def x") == [[]]
    assert colours("", "def x") == [[]]


def test_states_that_are_pushed_and_popped_are_followed() -> None:
    assert ("x", "number") not in colours("js", "`a ${ x + `b` } c`", "let y")[0]
    assert colours("js", "`a ${ x + `b` } c`", "let y")[1] == [("let", "keyword")]


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_block_that_cannot_be_drawn_is_shown_as_it_is(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails in a library: every word stands, what follows has its look, and one line says what happened."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(Table, "add_column", fail)
    text = "*a*\n\n| b | c |\n|---|---|\n| d | e |\n| f | *g* |\n\n- h\n\n|i|\n|-|\n|j|\n\n*k*"

    rows = Stage(200, 24).play(cut(text, size))
    remarks = [row for row in rows if "ZeroDivisionError: a fault" in row]
    others = [row for row in rows if row and row not in remarks]

    assert letters(others) == "abcdefghijk"
    assert others[-1] == "k"
    assert len(remarks) == 1
