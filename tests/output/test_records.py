"""Tables in plain text are records: every value behind its heading, nothing of the text around them changed."""

from __future__ import annotations

import io
import re

import pytest
from rich.table import Table

from chatcli.commands.markdown import code, table
from chatcli.output.interactive import TerminalOutput
from chatcli.output.plain import Notes, PlainOutput
from chatcli.output.records import SpokenLines, with_records
from chatcli.render.look import Look
from chatcli.terminal.cells import width
from tests.render.corpus import CORPUS
from tests.render.stage import cut
from tests.support.growth import is_linear

HEAD = ("", "model", "window")
ROWS = [("1", code("qwen3|中文"), "128 000"), ("2", "llama", "")]


def test_each_value_stands_behind_its_heading() -> None:
    assert with_records(f"Before\n\n{table(HEAD, ROWS)}\n\na | b") == (
        "Before\n\n1\nmodel: qwen3|中文\nwindow: 128 000\n\n2\nmodel: llama\n\na | b"
    )


def test_of_two_columns_the_first_names_the_second_in_the_heading_too() -> None:
    rows = [(code("/help"), "List commands"), ("**Model**", "")]

    spoken = with_records(table(("command", "what it does"), rows))

    assert spoken == "command: what it does\n/help: List commands\nModel"
    assert with_records(table(("", ""), rows)) == "/help: List commands\nModel"


@pytest.mark.parametrize("text", ["", "no table", "| a | b |", "a | b\n\n| - | - |", "`| a |`\ntext"])
def test_text_without_a_table_stays_as_it_is(text: str) -> None:
    assert with_records(text) == text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("The theme is `nord`.", "The theme is nord."),
        ("`a` and ``b`c``", "a and b`c"),
        ("`/x` | `y`", "/x | y"),
        ("no ` mark, ```js x``` y", "no ` mark, js x y"),
        ("```\n`x`\n```\n`y`", "```\n`x`\n```\ny"),
    ],
)
def test_names_in_our_own_words_are_spoken_without_marks(written: str, spoken: str) -> None:
    assert with_records(written, is_ours=True) == spoken
    assert with_records(written) == written


DATA = "data:image/png;base64," + "iVBORw0KGgo" * 30
SPOKEN = [
    (
        f"Before\n\n{table(HEAD, ROWS)}\n\nAfter **it**.",
        "Before\n\n1\nmodel: qwen3|中文\nwindow: 128 000\n\n2\nmodel: llama\n\nAfter **it**.",
    ),
    (
        f"![p]({DATA}) and\n| a | b |\n|---|---|\n| 1 | {DATA} |",
        "![p](data:image/png, 247 B) and\na: b\n1: data:image/png, 247 B",
    ),
    (f"```\n| a | b |\n|---|---|\n{DATA}\n```\n| a | b |\n", f"```\n| a | b |\n|---|---|\n{DATA}\n```\n| a | b |\n"),
    ("~~~~\n~~~\n| a |\n|---|\n~~~~\nx | y\nz | w", "~~~~\n~~~\n| a |\n|---|\n~~~~\nx | y\nz | w"),
]


@pytest.mark.parametrize(("text", "spoken"), SPOKEN, ids=range(len(SPOKEN)))
def test_an_answer_is_spoken_in_whole_lines_however_it_is_cut(text: str, spoken: str) -> None:
    for size in (1, 3, 7, len(text)):
        lines = SpokenLines()
        pieces = [lines.feed(piece) for piece in cut(text, size)]

        assert "".join(pieces) + lines.close() == spoken
        assert all(piece.endswith("\n") for piece in pieces if piece)


@pytest.mark.parametrize("text", [CORPUS[name] for name in ("emphasis", "fence_in_fence", "nested_lists", "links")])
def test_what_is_no_table_is_spoken_as_it_was_written(text: str) -> None:
    assert with_records(text) == text


@pytest.mark.parametrize(("is_terminal", "shown"), [(True, "model: llama"), (False, "| 2 | llama |  |")])
def test_a_screen_gets_records_and_a_pipe_gets_rows(is_terminal: bool, shown: str) -> None:
    stdout = io.StringIO()

    PlainOutput(stdout, Notes(stdout, str), is_terminal=is_terminal).say(table(HEAD, ROWS))

    assert shown in stdout.getvalue().splitlines()


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_the_columns_of_a_command_stand_below_each_other(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TerminalOutput, "size", lambda _: (columns, 24))
    stdout = io.StringIO()
    rows = [("请问 how do I count 中文 words?", "8"), ("👍 thumbs up", "1 200"), ("한국어 글자", "17")]

    output = TerminalOutput(stdout, Notes(stdout, str), lambda: Look(colour=False))
    output.say(table(("title", "tokens"), rows, numbers=["tokens"]))

    lines = re.sub(r"\x1b\[[0-9;]*m", "", stdout.getvalue()).splitlines()
    assert {width(line.partition("│")[0]) for line in lines if "│" in line} == {width(lines[0].partition("│")[0])}
    assert all(width(line) <= columns for line in lines)
    assert [line.split()[-1] for line in lines if "200" in line or "17" in line] == ["200", "17"]


def test_anything_that_rich_can_draw_is_drawn_on_a_terminal_and_left_out_of_plain_text() -> None:
    drawn, plain = io.StringIO(), io.StringIO()
    picture = Table("name", "文字")
    picture.add_row("a", "b")

    TerminalOutput(drawn, Notes(drawn, str), lambda: Look(colour=False)).draw(picture)
    PlainOutput(plain, Notes(plain, str)).draw(picture)

    assert "文字" in drawn.getvalue()
    assert "┃" in drawn.getvalue()
    assert plain.getvalue() == ""


@pytest.mark.parametrize("unit", ["`", "``", "`a", "` ", "**", "|", "\\|", "a`|"])
def test_time_grows_with_a_cell_of_marks_and_not_with_its_square(unit: str) -> None:
    def read(size: int) -> str:
        return with_records(f"| a | b |\n|-|-|\n| {unit * (size // len(unit))} | c |\n", is_ours=True)

    assert is_linear(read, 2_000, 8)
