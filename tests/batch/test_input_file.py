"""A quote that is never closed takes in the rest of a table, which is no bad line among good ones."""

from __future__ import annotations

import io

import pytest

from chatcli.batch.input_file import InputRows, parse_rows
from chatcli.batch.rows import Row
from chatcli.errors import UsageError


def test_a_tab_separates_the_cells_of_a_file_that_says_so() -> None:
    """Commas and semicolons in its header are text."""
    rows = parse_rows([b"a;b;c,d\tprompt\n", b"1\thi, you\n"], "tsv")

    assert [row.prompt for row in rows if isinstance(row, Row)] == ["hi, you"]


def test_a_quote_that_is_never_closed_is_named_with_the_lines_it_takes_in() -> None:
    lines = ["prompt,id", *(f"p{number},{number}" for number in range(5)), '"p5,5', *(f"q{n},{n}0" for n in range(9))]
    rows = InputRows(lambda: io.BytesIO("\n".join(lines).encode()), "csv", "lost.csv")

    with pytest.raises(UsageError, match=r"line 7 is never closed, up to line 16"):
        list(rows)
