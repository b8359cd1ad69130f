"""Whatever a name holds, it stands in a table and in a code span as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatcli.commands.markdown import code, refilled, table


@pytest.mark.parametrize(
    ("text", "span"),
    [("", ""), ("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``b`", "``` a``b` ```")],
)
def test_a_span_has_as_many_backticks_as_it_takes(text: str, span: str) -> None:
    assert code(text) == span


@given(st.text(st.sampled_from("a`|\\ <&*_"), min_size=1).filter(lambda text: text == text.strip()))
def test_a_span_renders_as_its_text(text: str) -> None:
    inline = MarkdownIt().parseInline(code(text))[0].children or []

    assert [(token.type, token.content) for token in inline] == [("code_inline", text)]


@given(st.lists(st.text(st.sampled_from("a|` \n*_"), min_size=1), min_size=1, max_size=3))
def test_a_row_stays_one_row_with_all_its_cells(cells: list[str]) -> None:
    text = table(["h"] * len(cells), [cells])

    tokens = MarkdownIt().enable("table").parse(text)

    assert [token.type for token in tokens].count("td_open") == len(cells)
    assert [token.type for token in tokens].count("tr_open") == 2


@pytest.mark.parametrize(
    ("markdown", "joined"),
    [
        ("one\ntwo", "one two"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("- a\n  b\n- c", "- a b\n- c"),
        ("a:\n1. b\n2. c", "a:\n1. b\n2. c"),
        ("# T\nx\ny", "# T\nx y"),
        ("| a |\n| - |\n| 1 |\nafter", "| a |\n| - |\n| 1 |\nafter"),
        ("x\n```\na\nb\n```\ny\nz", "x\n```\na\nb\n```\ny z"),
    ],
)
def test_the_lines_of_a_paragraph_are_joined(markdown: str, joined: str) -> None:
    assert refilled(markdown) == joined
