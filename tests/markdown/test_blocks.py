from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatcli.markdown.blocks import Blocks
from chatcli.markdown.leaves import Block, Item, Quote

Leaf = tuple[Any, ...]


def split(text: str) -> list[Block]:
    machine = Blocks()
    return machine.feed(text) + machine.close()


# What markdown-it makes of a whole text -----------------------------------------------------------------------------


def oracle(text: str) -> list[Leaf]:
    """Return the leaves of a text as markdown-it sees them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    leaves: list[Leaf] = []
    path: list[tuple[str, int, int | None]] = []
    numbers: list[int | None] = []
    for place, token in enumerate(tokens):
        if token.type == "blockquote_open":
            path.append(("quote", place, None))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)
        elif token.type == "list_item_open":
            path.append(("item", place, numbers[-1]))
            numbers[-1] = None if numbers[-1] is None else numbers[-1] + 1
        elif token.type in ("blockquote_close", "list_item_close"):
            if path[-1][0] == "item" and not any(path[-1] in leaf[-1] for leaf in leaves):
                leaves.append(("paragraph", "", tuple(path)))  # an item without content is to be seen
            path.pop()
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
        else:
            leaves += [(*leaf, tuple(path)) for leaf in _leaves(tokens, place)]
    return _renumbered(leaves)


def _leaves(tokens: Sequence[Token], place: int) -> list[Leaf]:
    token, before = tokens[place], tokens[place - 1]
    if token.type == "inline" and before.type == "paragraph_open":
        return [("paragraph", _stripped(token.content))]
    if token.type == "inline" and before.type == "heading_open":
        return [("heading" + before.tag[1], _stripped(token.content))]
    if token.type == "inline":
        return [("cell", token.content)]
    if token.type == "hr":
        return [("rule", "")]
    if token.type == "fence":
        return [("fence", token.info.strip()), *(("code", line) for line in _kept(token.content))]
    if token.type in ("code_block", "html_block"):
        return [("code" if token.type == "code_block" else "html", line) for line in _kept(token.content)]
    return []


def _stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n"))


def _kept(text: str) -> list[str]:
    lines = [line if line.strip() else "" for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _renumbered(leaves: list[Leaf]) -> list[Leaf]:
    """Return leaves whose containers are numbered in the order in which they appear."""
    ids: dict[int, int] = {}
    return [
        (*leaf[:-1], tuple((kind, ids.setdefault(id, len(ids)), number) for kind, id, number in leaf[-1]))
        for leaf in leaves
    ]


def ours(text: str) -> list[Leaf]:
    """Return the leaves of a text as `Blocks` sees them, in the oracle's terms."""
    leaves: list[Leaf] = []
    for block in split(text):
        path = tuple(
            ("item", node.id, node.number) if isinstance(node, Item) else ("quote", node.id, None)
            for node in block.path
        )
        if block.kind in ("table", "row"):
            leaves += [("cell", cell, path) for cell in _row(block)]
        elif block.kind == "heading":
            leaves.append((f"heading{block.level}", _stripped(block.text), path))
        elif block.kind == "fence":
            leaves.append(("fence", block.info, path))
        elif block.kind != "end":
            leaves.append((block.kind, _stripped(block.text) if block.kind == "paragraph" else block.text, path))
    return _renumbered(leaves)


def _row(block: Block) -> list[str]:
    from chatcli.markdown.lines import cells

    width = len(block.info)
    return (cells(block.text) + [""] * width)[:width]


prefixes = st.sampled_from(["", "", "", "> ", ">", "- ", "  ", "   ", "1. ", "2) ", "7. ", "* ", "    ", " "])
marks = [
    "# h",
    "## h ##",
    "#",
    "---",
    "===",
    "--",
    "```",
    "````",
    "~~~",
    "```py",
    "***",
    "+",
    "-",
    "1.",
    "_ _ _",
    "* * *",
]
tables = ["| a | b |", "|---|:-:|", "| 1 | 2 | 3", "x | y"]
html = ["<div>", "</div>", "<!-- x", "-->", "<b>", "<script>", "</script> a"]
words = ["a", "b c", "word", "word", "word and", "**d** e", "", "", "`x`", "- - x", "\\", "#x", "12", "- "]
contents = st.sampled_from([*marks, *tables, *html, *words])
lines = st.builds(lambda before, content: "".join(before) + content, st.lists(prefixes, max_size=3), contents)
documents = st.lists(lines, max_size=12).map("\n".join)


def is_told_apart(text: str) -> bool:
    """Return whether markdown-it differs from CommonMark's rules for *text*, which we follow."""
    # It takes marks that are indented like code for marks where a paragraph of a container might go on.
    # It takes a line with the mark of a container for the heading of a table outside of it.
    # It ends a list at two blank lines behind an empty item.
    told = r" {4}[^ab]|^ *(?:[>*+-]|\d+[.)]).*\|.*\n *\||(?:[*+-]|\d+[.)]) *\n[ >]*\n[ >]*\n"
    return re.search(told, text, re.MULTILINE) is not None


@settings(max_examples=120)
@given(documents)
def test_leaves_are_those_of_markdown_it(text: str) -> None:
    assume(not is_told_apart(text))

    assert ours(text) == oracle(text)


@given(st.lists(documents.map(lambda text: text + "\n") | st.sampled_from(["$$\n", "\\[ x", "[1]: b\n", "\t", "\n"])))
def test_any_cut_gives_the_same_blocks(pieces: list[str]) -> None:
    text = "".join(pieces)
    machine = Blocks()

    fed = [block for character in text for block in machine.feed(character)] + machine.close()

    assert fed == split(text)


@given(documents, st.data())
def test_the_tail_is_what_the_end_would_make_final(text: str, data: st.DataObject) -> None:
    machine = Blocks()
    cut = data.draw(st.integers(0, len(text)))
    final = machine.feed(text[:cut])

    tail = machine.tail

    partial = text[:cut].rpartition("\n")[2]
    assert [*final, *tail] in (split(text[:cut]), split(text[: cut - len(partial)]))


@given(documents, documents)
def test_looking_at_the_tail_changes_nothing(text: str, rest: str) -> None:
    machine, quiet = Blocks(), Blocks()

    first = [block for character in text for block in (machine.feed(character), machine.tail)[0]]

    assert first == quiet.feed(text)
    assert machine.feed(rest) + machine.close() == quiet.feed(rest) + quiet.close()


@given(documents)
def test_containers_begin_exactly_once(text: str) -> None:
    begun: set[int] = set()
    for block in split(text):
        opened = block.path[len(block.path) - block.opens :]
        assert not begun & {container.id for container in opened}
        begun |= {container.id for container in opened}
        assert {node.id for node in block.path if isinstance(node, Item)} <= begun


@given(documents, st.integers(1, 4))
def test_the_tail_is_the_same_whether_it_was_looked_at_before_or_not(text: str, step: int) -> None:
    machine = Blocks()
    for place in range(0, len(text), step):
        final = machine.feed(text[place : place + step])
        fresh = Blocks()
        fresh.feed(text[: place + step])

        assert machine.tail == fresh.tail
        assert all(block.key for block in final)


def test_a_line_that_begins_like_the_last_one_is_not_taken_for_it() -> None:
    machine = Blocks()
    machine.feed("word")
    assert [block.text for block in machine.tail] == ["word"]

    machine.feed("\nword and")

    assert [block.text for block in machine.tail] == ["word\nword and"]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in split(text)]


PIECES = {
    "definitions_are_lines_of_their_own": (
        "[1]: http://a\n[^x]: A note.\ntext",
        [("definition", "[1]: http://a"), ("definition", "[^x]: A note."), ("paragraph", "text")],
    ),
    "definition_does_not_interrupt": ("text\n[1]: x", [("paragraph", "text\n[1]: x")]),
    "mathematics_keeps_its_lines": (
        "a\n$$\nx\n=\n$$\nb",
        [("paragraph", "a")] + [("math", x) for x in ("$$", "x", "=", "$$")] + [("paragraph", "b")],
    ),
    "mathematics_in_brackets": ("\\[\n- x\n\\]", [("math", "\\["), ("math", "- x"), ("math", "\\]")]),
    "formula_in_a_line_of_its_own": ("$$x$$\ny", [("math", "$$x$$"), ("paragraph", "y")]),
    "formula_in_a_sentence": ("$$x$$ is y", [("paragraph", "$$x$$ is y")]),
    "mathematics_ends_at_a_blank_line": ("$$\nx\n\n# h", [("math", "$$"), ("math", "x"), ("heading", "h")]),
    "tab_makes_code": ("\tx\n \ty", [("code", "x"), ("code", "y")]),
    "tab_behind_a_mark": ("-\tx\n\n\ty", [("paragraph", "x"), ("paragraph", "y")]),
    "code_keeps_blank_lines_within": (
        "```\n\na\n\n\nb\n\n```",
        [("fence", "")] + [("code", x) for x in ("", "a", "", "", "b")],
    ),
    "code_without_an_end": ("~~~py\nx\n\n", [("fence", ""), ("code", "x")]),
    "fence_within_a_longer_fence": ("````\n```\n````", [("fence", ""), ("code", "```")]),
    "table_in_place_of_its_heading": (
        "a\n| b |c|\n|-|-|\n|1\n\nd",
        [("paragraph", "a"), ("table", "| b |c|"), ("row", "|1"), ("end", ""), ("paragraph", "d")],
    ),
    "line_separators_of_unicode_end_no_line": ("a\u2028b\x0bc", [("paragraph", "a\u2028b\x0bc")]),
}


@pytest.mark.parametrize(("text", "pieces"), PIECES.values(), ids=PIECES)
def test_blocks_beyond_commonmark(text: str, pieces: list[tuple[str, str]]) -> None:
    assert kinds(text) == pieces


UNDECIDED = [
    "-",
    "- ",
    "---",
    "=",
    "|",
    "|--",
    "#",
    "`",
    "```",
    "~~",
    "1",
    "12.",
    "> ",
    "> - ",
    "**",
    "$",
    "\\",
    "- 1. ",
    " ",
]


@pytest.mark.parametrize("line", UNDECIDED)
def test_a_line_of_marks_is_not_shown_before_it_tells_what_it_is(line: str) -> None:
    machine = Blocks()
    machine.feed("text\n" + line)

    assert [block.text for block in machine.tail] == ["text"]


@pytest.mark.parametrize("line", ["a", "-x", "--- x", "# h", "**b", "1. x", "> q", "<div"])
def test_a_line_with_text_is_shown_at_once(line: str) -> None:
    machine = Blocks()
    machine.feed(line)

    assert [block.text.strip("# ") or block.kind for block in machine.tail]


def test_the_end_of_a_fence_is_not_shown_as_code() -> None:
    machine = Blocks()
    machine.feed("```\nx\n``")

    assert machine.tail == []


def test_lines_of_code_are_final_when_they_end() -> None:
    machine = Blocks()

    assert [block.text for block in machine.feed("```\nx = 1\ny")] == ["", "x = 1"]
    assert [block.text for block in machine.tail] == ["y"]


def test_an_item_is_final_when_the_next_begins() -> None:
    machine = Blocks()

    assert [block.text for block in machine.feed("1. a\n2. b\n")] == ["a"]


def test_gaps_are_those_of_the_source() -> None:
    assert [block.gap for block in split("- a\n- b\n\n- c\n\n  d\n  - e")] == [False, False, True, True, False]


def test_the_key_of_an_open_leaf_is_known() -> None:
    machine = Blocks()
    machine.feed("a\n\n")
    assert machine.open_key == 0

    machine.feed("b")
    partial = machine.open_key
    machine.feed("\n")

    assert partial == machine.open_key == machine.close()[0].key


WORST = {
    "comments": "<!--" * 10_000,
    "quotes": ">" * 40_000,
    "lists": "- " * 20_000,
    "numbers": "1. " * 14_000,
    "rules": "* " * 20_000 + "x",
    "brackets": "[" * 50_000,
    "bars": "|" * 40_000 + "\n" + "|-" * 20_000,
    "blank_lines_in_code": "```\n" + "\n" * 50_000 + "x",
    "lines_of_a_paragraph": "a\n" * 30_000,
    "nested_quotes_in_lines": (">" * 50 + "a\n\n") * 500,
    "attributes": "<a " + "b=c " * 10_000,
    "setext": "-" * 50_000 + "x",
    "cells": "| a |\n|---|\n" + "\\|" * 20_000,
    "marks_of_headings": "#" * 40_000,
    "spaces": " " * 50_000 + "x",
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_worst_text_takes_linear_time(text: str) -> None:
    """Twice the text may take three times as long, with room for a busy machine, but not thirty times."""

    def cost_s(times: int) -> float:
        begun_s = time.process_time()
        machine = Blocks()
        for place in range(0, len(text) * times, 5000):
            machine.feed((text * times)[place : place + 5000])
            assert machine.tail is not None
        machine.close()
        return time.process_time() - begun_s

    assert cost_s(2) < 10 * cost_s(1) + 0.5


def test_containers_nest_only_so_deep() -> None:
    (block,) = split("> " * 200 + "x")

    assert len(block.path) == 64
    assert all(isinstance(container, Quote) for container in block.path)
    assert block.text.endswith("> x")
