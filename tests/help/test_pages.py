"""The pages of each language say the same: the same sections, with the same commands, code blocks and tables."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from chatcli.help.topics import NAMES
from chatcli.language import CATALOGUES
from chatcli.terminal import cells

PAGES = files("chatcli.help") / "pages"
HEADING = re.compile(r"^(#{1,2}) .+\n(<!-- .+ -->\n)?", re.MULTILINE)
BLOCK = re.compile(r"^```.*?^```$|^ {4}.+$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r" +# .+$", re.MULTILINE)
TABLE = re.compile(r"^\{\{\w+\}\}$", re.MULTILINE)
SPAN = re.compile(r"(`+) ?(.+?) ?\1(?!`)", re.DOTALL)
LIST = re.compile(r"^(?:-|\d\.) ", re.MULTILINE)
HAN, FULL_WIDTH = "[\u3400-\u9fff]", "[，。；：！？、（）“”]"
WORDED = {"in", "out", "[Pasted #1: 214 lines, 9.1 kB]"}  # what the program shows in the user's language

each_page = pytest.mark.parametrize(("language", "name"), [(one, name) for one in CATALOGUES for name in NAMES])


def sections(page: str) -> list[list[str]]:
    """Return level, keywords and body of each section."""
    _before, *parts = HEADING.split(page)
    return [parts[index : index + 3] for index in range(0, len(parts), 3)]


def spans(body: str) -> set[str]:
    found = {" ".join(span.split()) for _ticks, span in SPAN.findall(BLOCK.sub("", body))}
    return {span for span in found if span.isascii()} - WORDED


@each_page
def test_a_page_says_what_the_english_one_says(language: str, name: str) -> None:
    english, translated = ((PAGES / folder / f"{name}.md").read_text("utf-8") for folder in (".", language))

    for before, after in zip(sections(english), sections(translated), strict=True):
        assert before[:2] == after[:2]
        assert [COMMENT.sub("", block) for block in BLOCK.findall(before[2])] == [
            COMMENT.sub("", block) for block in BLOCK.findall(after[2])
        ]
        for found in (TABLE, LIST):
            assert found.findall(before[2]) == found.findall(after[2])
        assert spans(before[2]) == spans(after[2])
        assert before[2].count("\n| ") == after[2].count("\n| ")


@each_page
def test_a_page_is_translated(language: str, name: str) -> None:
    """No paragraph is left in English, and none is broken into lines, which would leave blanks between characters."""
    page = TABLE.sub(
        "", BLOCK.sub("", re.sub(r"<!-- .+ -->\n", "", (PAGES / language / f"{name}.md").read_text("utf-8")))
    )

    for line in filter(None, page.split("\n")):
        assert any(cells.width(letter) == 2 for letter in line) or line.startswith(("|---", "## vi", "## Azure")), line
    assert not re.search(r"[^\n|][\n][^\n#|-]", re.sub(r"^(?:-|\d\.) .*\n", "\n", page, flags=re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_chinese_and_latin_are_a_space_apart_and_punctuation_is_full_width(name: str) -> None:
    page = re.sub(r"<!-- .+ -->", "", (PAGES / "zh" / f"{name}.md").read_text("utf-8"))
    text = SPAN.sub("`x`", TABLE.sub("", BLOCK.sub("", page)).replace('`"""`', "`x`"))

    assert re.findall(rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`]{HAN}", text) == []
    assert re.findall(rf"{HAN} ?[,;:?!()]|[,;:?!()] ?{HAN}", text) == []
    assert re.findall(rf"{FULL_WIDTH} | {FULL_WIDTH}", re.sub(r"\| | \|", "", text)) == []
