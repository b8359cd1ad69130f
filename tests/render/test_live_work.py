"""A reply ten times as long is at most twelve times the work, whatever its shape; work is counted in calls."""

from __future__ import annotations

from itertools import islice

import pytest

from chatcli.conversation.messages import Text
from tests.bench.replies import tall_tables
from tests.render.stage import Stage, cut, printed
from tests.support.work import calls
from tests.tooling.shapes import MOST_WORK, growth, shapes

WORDS = "the quick brown fox jumps over a lazy dog while seven wizards boil their tea "
# What is repeated, behind what begins it.
SHAPES = {
    "paragraphs": ("", WORDS + "**bold** `code`\n\n"),
    "one_paragraph": ("", WORDS),
    "links": ("", "see [a link](https://example.com/a_b) and "),
    "addresses": ("", "https://example.com/_a_/b "),
    "formulas": ("", "so $x_1 + y_2$ and "),
    "open_marks": ("", "a *b `c [d "),
    "ideographs": ("", "这是一个用来测试换行的中文段落，因为没有空格。"),
    "one_word": ("", "abcdefghij"),
    "picture": ("![a](data:image/png;base64,", "iVBORw0KGgo"),
    "code": ("```python\n", "x = compute(1, 'text')  # why\n"),
    "one_line_of_code": ("```python\n", "x = compute(1, 'text'); "),
    "list": ("", "- item with **bold** words\n"),
    "nested_list": ("", "- a\n  - b words\n    - c words\n"),
    "quote": ("", "> > quoted words and more of them\n"),
    "long_item": ("- ", WORDS),
    "table": ("| a | b |\n|---|---|\n", "| one | two *words* |\n"),
    "table_of_20_columns": ("|" + " a |" * 20 + "\n|" + "---|" * 20 + "\n", "|" + " b |" * 20 + "\n"),
    "long_cell": ("| a | b |\n|---|---|\n| x | ", WORDS),
}


def work(beginning: str, piece: str, size: int) -> int:
    """Return the calls it takes to show a reply of *size* characters, 1000 in a frame."""
    text = (beginning + piece * (size // len(piece) + 1))[:size]
    turn = Stage().turn

    def play() -> None:
        for delta in cut(text, 1000):
            turn.feed(Text(delta), 0)
            turn.frame((80, 24), 0)
        turn.end(0)
        turn.frame((80, 24), 0)

    return calls(play)


@pytest.mark.parametrize(("beginning", "piece"), SHAPES.values(), ids=SHAPES)
def test_work_grows_with_the_reply(beginning: str, piece: str) -> None:
    work(beginning, piece, 2_000)  # what is imported and kept at the first time is no work of the reply

    assert work(beginning, piece, 20_000) <= 12 * work(beginning, piece, 2_000)


@pytest.mark.parametrize(("beginning", "piece"), list(islice(shapes(7), 3)))
def test_generated_shapes_of_replies_are_linear(beginning: str, piece: str) -> None:
    """A sample of `python -m tests.tooling.shapes`, which tries any number of them."""
    assert growth(beginning, piece)[0] <= MOST_WORK


@pytest.mark.parametrize("table", tall_tables(30).values(), ids=tall_tables())
def test_a_table_taller_than_the_screen_writes_little_more_than_its_text(table: str) -> None:
    assert len(Stage().stream(cut(table, 12)).encode()) < 1.5 * len(printed(table).encode())


def test_a_wider_column_moves_what_stands_right_of_it() -> None:
    """The rows above are moved by the terminal, and not written again."""
    stage = Stage()
    stage.feed(Text("| a | b |\n|---|---|\n" + "| one | what stands in the second column |\n" * 12))
    stage.draw()

    stage.feed(Text("| one more | x |\n"))

    assert len(stage.draw()) < 13 * 40
    assert stage.rows[2].index("what") == stage.rows[-1].index("x")


@pytest.mark.parametrize("cell", ["a phrase that takes several lines", "a"])
def test_rows_behind_a_full_screen_keep_the_columns(cell: str) -> None:
    row = f"| name | {'words ' * 20}| {cell} |\n"
    rows = Stage().play(cut("| a | b | c |\n|---|---|---|\n" + row * 12 + f"| some longer name | x | {cell} |\n", 40))

    assert rows[-1].startswith("name") or rows[-1].index("│") == rows[0].index("│")


def test_a_cell_that_is_still_written_moves_no_other_row() -> None:
    stage = Stage()
    stage.feed(Text("| a | b |\n|---|---|\n| one | two |\n| o"))
    stage.draw()

    for delta in cut("ne, `code` and much more than the others hold", 3):
        stage.feed(Text(delta))
        assert len(stage.draw()) < 60
