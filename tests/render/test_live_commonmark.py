"""The law of the reply on the screen holds for every example of the specifications of CommonMark and GitHub."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path

import pytest

from chatcli.render.look import Look
from chatcli.render.page import Page
from tests.render.stage import Stage, cut, rendered

DATA = Path(__file__).parent.parent / "data" / "markdown"
# References that are defined after their use cannot be known while they stream: what is printed is not taken back.
LATE = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)
COLUMNS = 60
SHARES = 10  # of the examples, for as many tests


def examples(name: str) -> dict[str, str]:
    """Return the texts of a specification by their numbers."""
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {f"{name}-{found['example']}": found["markdown"] for found in map(json.loads, lines)}


EXAMPLES = examples("commonmark") | examples("gfm")
EARLY = {name: text for name, text in EXAMPLES.items() if not LATE.search(text)}
WITH_REFERENCES = {name: text for name, text in EXAMPLES.items() if LATE.search(text)}


def rows(deltas: list[str]) -> list[str]:
    """Return the rows of a text that comes in pieces, a frame after each."""
    page, shown = Page(Look()), []
    for delta in deltas:
        page.feed(delta)
        shown += page.draw(COLUMNS, 100)[0]
    page.close()
    return [row.text for row in shown + page.draw(COLUMNS, 100)[0]]


def test_all_examples_are_there() -> None:
    assert len(examples("commonmark")) == 652
    assert len(examples("gfm")) == 25


@pytest.mark.parametrize("share", range(SHARES))
def test_the_examples_read_block_by_block_as_whole(share: int) -> None:
    for name, text in islice(EARLY.items(), share, None, SHARES):
        whole = rows([text])

        for deltas in (cut(text, 1), cut(text, 5), text.splitlines(keepends=True)):
            assert rows(deltas) == whole, name


@pytest.mark.parametrize("text", list(EARLY.values())[::13], ids=list(EARLY)[::13])
def test_an_example_stands_on_the_screen_as_if_rendered_once(text: str) -> None:
    assert Stage(24, 30).play(cut(text, 3)) == rendered(text, 24)


def test_the_examples_with_references_show_every_word() -> None:
    """The words stand there once; only whether they are a link may depend on when its definition came."""
    for name, text in WITH_REFERENCES.items():
        words = re.findall(r"[^\W_]{2,}", " ".join(rows([text])))

        shown = " ".join(rows(cut(text, 1)))

        assert all(word in shown for word in words), name
