"""The Chinese README shows the commands, tables, links and figures of the English one, and is typeset as Chinese."""

import re
from collections import Counter
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatcli.help.topics import load_topics
from tests.help.test_topics import TABLES

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
TERMS = dict(
    re.findall(r"([A-Za-z][A-Za-z ]+)（([^（）]+)）", CHINESE.partition("常见的英文词有：")[2].partition("。")[0])
)
HAN = r"[\u3400-\u9fff]"
FULL_WIDTH = r"[，。：；！？、（）]"


def parsed(page: str) -> list[Token]:
    return MarkdownIt().enable("table").parse(page)


def blocks(page: str) -> list[list[str]]:
    """Return the lines of each block of commands without their comments."""
    return [
        [re.sub(r" +# .*", "", line) for line in token.content.splitlines()]
        for token in parsed(page)
        if token.type == "fence"
    ]


def inlines(page: str) -> list[Token]:
    return [token for token in parsed(page) if token.type == "inline"]


def links_to_others(page: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("README")]


def prose(page: str) -> str:
    """Return what stands outside blocks and code."""
    return re.sub(r"`[^`]*`", "`code`", re.sub(r"^```\n.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE))


def first_cells(page: str) -> list[list[str]]:
    """Return what is not language in the first cell of each row: code, keys, the pages that are linked."""
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    return [re.findall(r"`[^`]+`|\]\([^)]+\)|(?:Ctrl|Alt)\+\w+|Esc", row.split(" | ")[0]) for row in rows]


def test_both_have_the_same_structure() -> None:
    english, chinese = ([token.type for token in parsed(page)] for page in (ENGLISH, CHINESE))
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    note = chinese.index("bullet_list_open") - len(paragraph)  # the one about the language of the program

    assert chinese[note : note + 3] == paragraph
    assert chinese[:note] + chinese[note + 3 :] == english


def test_both_give_the_same_commands_in_the_same_order() -> None:
    assert sum(map(len, blocks(ENGLISH))) > 25
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_both_have_the_same_tables() -> None:
    assert len(first_cells(ENGLISH)) > 20
    assert first_cells(CHINESE) == first_cells(ENGLISH)


def test_both_have_the_same_links_and_each_leads_to_the_other() -> None:
    assert links_to_others(CHINESE) == links_to_others(ENGLISH)
    assert "](README.zh-CN.md)" in ENGLISH.partition("\n## ")[0]
    assert "](README.md)" in CHINESE.partition("\n## ")[0]


def test_both_have_the_same_figures_and_code() -> None:
    figures = [re.findall(r"\d[\d.]*\b", prose(page)) for page in (ENGLISH, CHINESE)]
    quoted = [set(re.findall(r"`[^`\n]+`", page)) for page in (ENGLISH, CHINESE)]

    assert len(figures[0]) > 15
    assert Counter(figures[0]) == Counter(figures[1])
    assert len(quoted[0]) > 30
    assert quoted[0] == quoted[1]


def test_the_words_that_a_reader_meets_in_english_are_those_of_the_program() -> None:
    said = "\n".join(topic.text for topic in load_topics(TABLES)).lower()

    assert {
        "context window": "上下文窗口",
        "token": "令牌",
        "temperature": "温度",
        "branch": "分支",
    }.items() <= TERMS.items()
    assert [word for word in TERMS if word.lower() not in said] == []
    assert [word for word in TERMS.values() if CHINESE.count(word) < 1] == []


def test_chinese_and_latin_are_a_space_apart_and_punctuation_is_full_width() -> None:
    text = prose(CHINESE).replace("**", "")

    assert re.findall(rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`]{HAN}", text) == []
    assert re.findall(rf"{HAN} ?[,;:?!.()]|[,;:?!()] ?{HAN}", re.sub(r"\]\([^)]*\)", "", text)) == []
    cells = [cell.strip() for cell in re.split(r"[|\n]", text)]
    assert [cell for cell in cells if re.search(rf"{FULL_WIDTH} | {FULL_WIDTH}", cell)] == []


def test_no_line_of_chinese_is_wrapped_and_no_mark_of_emphasis_is_left() -> None:
    """A line break is shown as a space between two characters; full-width punctuation can keep `**` from closing."""
    parts = [part for token in inlines(CHINESE) for part in token.children or ()]

    assert sum(part.type == "strong_open" for part in parts) > 8
    assert [part for part in parts if part.type == "softbreak"] == []
    assert [part.content for part in parts if part.type == "text" and "**" in part.content] == []
