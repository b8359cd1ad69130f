"""What each element of Markdown looks like, and what may not be lost."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.default_styles import DEFAULT_STYLES
from rich.markdown import Markdown

from chatcli.conversation.messages import Text
from chatcli.render.growing import SEGMENT, GrowingProse, read_prose
from chatcli.render.inline import Inline
from chatcli.render.live import Look, render
from chatcli.render.prose import Part
from chatcli.render.theme import PLAIN, console_for, theme_of
from tests.render.corpus import CORPUS
from tests.render.stage import Stage, letters, printed, rendered, trimmed, without_allowed

RULE = "──┼" + "─" * 17
LOOKS: dict[str, tuple[str, list[str]]] = {
    "headings": ("# A\n## B ##\ntext", ["A", "", "B", "", "text"]),
    "setext": ("A\nB\n===\ntext", ["A", "B", "", "text"]),
    "line_breaks_are_kept": ("a\nb  \nc\\\nd", ["a", "b", "c", "d"]),
    "break_of_html": ("a<br>b<BR/>c", ["a", "b", "c"]),
    "break_of_html_as_code": ("`<br>` `<BR/>` ``<br >``", ["<br> <BR/> <br >"]),
    "break_of_html_in_a_heading": ("# `<br>` a", ["<br> a"]),
    "break_of_html_in_a_list": ("- `<br/>`\n- a<br>b", [" • <br/>", " • a", "   b"]),
    "break_of_html_in_a_table": (
        "|a|b|\n|-|-|\n|`<br>`|c<br>d|",
        ["a    │ b", "─────┼──", "<br> │ c", "     │ d"],
    ),
    "break_of_html_escaped": ("\\<br> &lt;br&gt;", ["<br> <br>"]),
    "break_of_html_as_a_label": ("[`<br>`](x) ![<br>](y)", ["<br> (x) <br> (y)"]),
    "break_of_html_as_a_formula": ("$<br>$ $$<br/>$$", ["$<br>$ $$<br/>$$"]),
    "bullets": ("- a\n* b", [" • a", "", " • b"]),
    "numbers_count_on": ("9. a\n9. b\n9. c", [" 9. a", "10. b", "11. c"]),
    "numbers_keep_their_brackets": ("9) a\n9) b\n\n   c\n3) d", [" 9) a", "10) b", "", "    c", "11) d"]),
    "brackets_and_dots": ("3) a\n4. b\n- c\n  1) d", [" 3) a", "", " 4. b", "", " • c", "    1) d"]),
    "brackets_in_a_sentence": ("Do 1) again\n2) then", ["Do 1) again", "2) then"]),
    "nested": ("- a\n  1. b\n     - c", [" • a", "    1. b", "        • c"]),
    "tight_and_loose_as_in_the_source": ("- a\n- b\n\n- c", [" • a", " • b", "", " • c"]),
    "tasks": ("- [ ] a\n- [x] b", [" • [ ] a", " • [x] b"]),
    "long_items_hang": ("- " + "word " * 8, [" • word word word", "   word word word", "   word word"]),
    "long_words_begin_at_the_left_margin": (
        f"- a {'b' * 25} c d e f g h i j k l m n\n- o",
        [" • a", "b" * 20, "bbbbb c d e f g h i", "   j k l m n", " • o"],
    ),
    "long_words_begin_behind_the_mark_of_an_item": (f"1. {'b' * 25} c", [" 1. " + "b" * 16, "b" * 9 + " c"]),
    "long_words_in_a_quote": (f"> a\n> {'b' * 19}\n> c", ["▌ a", "b" * 19, "▌ c"]),
    "long_words_behind_ideographs": (f"- 见{'b' * 19}。好", [" • 见", "b" * 19, "   。好"]),
    "quote": ("> a\n>\n> b\n\nc", ["▌ a", "▌", "▌ b", "", "c"]),
    "quote_in_item": ("- > a", [" • ▌ a"]),
    "rule": ("a\n\n---\n\nb", ["a", "", "─" * 20, "", "b"]),
    "code_at_the_left_edge": ("```py\nx\n```", ["py", "x"]),
    "code_in_an_item": ("1. a\n   ```\n   x\n     y\n   ```\n   b", [" 1. a", "x", "  y", "    b"]),
    "code_as_an_item": ("- ```sh\n  x\n  ```\n-     y", [" • sh", "x", " •", "y"]),
    "code_in_a_quote": ("> ```\n> x\n> ```", ["▌ x"]),
    "html_is_text": (
        "<div>\n**a**\n</div>\n\nx <b>y</b> <!-- z -->",
        ["<div>", "**a**", "</div>", "", "x <b>y</b> <!-- z", "-->"],
    ),
    "link": ("[a](http://b.c)", ["a (http://b.c)"]),
    "link_with_its_address": ("[http://b.c](http://b.c)", ["http://b.c"]),
    "autolinks": ("<http://b.c> <a@b.c>", ["http://b.c a@b.c"]),
    "misleading_link": ("[http://b.c](http://e.f)", ["http://b.c", "(http://e.f)"]),
    "inert_addresses": ("[a](javascript:b)", ["[a](javascript:b)"]),
    "image": ("![a](b.png) ![](c.png)", ["a (b.png) c.png"]),
    "reference": ("[a][1]\n\n[1]: http://b.c", ["[a][1]", "", "[1]: http://b.c"]),
    "footnote": ("a[^1]\n\n[^1]: b\n[^2]: c", ["a[^1]", "", "[^1]: b", "[^2]: c"]),
    "formulas": ("\\(a_1*b*\\) $x_1$, $5 and $6", ["\\(a_1*b*\\) $x_1$, $5", "and $6"]),
    "formula_block": ("\\[\na_1 * b\n\\]", ["\\[", "a_1 * b", "\\]"]),
    "escapes": ("\\*a\\* &lt;b&gt; &#27;c", ["*a* <b> �c"]),
    "hidden_characters_of_entities": ("&#x202e;a &zwnj;b", ["⟨U+202E⟩a ⟨U+200C⟩b"]),
    "strike": ("~~a~~ ~b~", ["a ~b~"]),
    "table": ("| a | b |\n|--:|:-:|\n| 1 | x |\n| 22 |", [" a │ b", "───┼──", " 1 │ x", "22 │"]),
    "table_with_too_many_cells": ("|a|b|\n|-|-|\n|1|2|3|", ["a │ b", "──┼──────", "1 │ 2 | 3"]),
    "table_with_code": ("|a|\n|-|\n|`x \\| y`|", ["a", "─────", "x | y"]),
    "table_with_bars_in_code": ("|a|b|\n|-|-|\n|`x|y`|1|", ["a   │ b", "────┼──", "x|y │ 1"]),
    "table_with_bars_in_code_of_its_heading": ("|`a|b`|c|\n|-|-|\n|1|2|", ["a|b │ c", "────┼──", "1   │ 2"]),
    "table_with_open_code": ("|a|b|\n|-|-|\n|`x|y`|", ["a  │ b", "───┼───", "`x │ y`"]),
    "table_that_wraps": (
        "|a|b|\n|-|-|\n|1|one two three four|\n|2|x|",
        ["a │ b", RULE, "1 │ one two three", "  │ four", RULE, "2 │ x"],
    ),
    "table_as_records": (
        "|aaaaaaaa|bbbbbbbb|cccccccc|\n|-|-|-|\n|1|2|3|\n|4|5|6|",
        ["aaaaaaaa: 1", "bbbbbbbb: 2", "cccccccc: 3", "", "aaaaaaaa: 4", "bbbbbbbb: 5", "cccccccc: 6"],
    ),
    "table_in_an_item": ("- |a|\n  |-|\n  |b|", [" • a", "   ─", "   b"]),
    "ideographs": ("这是一个很长的段落，没有空格。（好）", ["这是一个很长的段落，", "没有空格。（好）"]),
    "long_word": ("see " + "x" * 30, ["see", "x" * 20, "x" * 10]),
    "markup_of_rich": ("[bold]a[/bold] :smile:", ["[bold]a[/bold]", ":smile:"]),
    "empty": ("\n \n", []),
}


@pytest.mark.parametrize(("text", "rows"), LOOKS.values(), ids=LOOKS)
def test_each_element_looks_as_it_should(text: str, rows: list[str]) -> None:
    assert rendered(text, 20) == rows


# What rich hides, draws otherwise or cuts off.
HIDES = {
    "html",
    "table_wider_than_the_screen",
    "maths",
    "controls",
    "table",
    "table_of_many_columns",
    "links",
    "references",
}


@pytest.mark.parametrize("width", range(18, 60, 3))
def test_a_table_parts_no_word_of_usual_length(width: int) -> None:
    """Where its columns do not fit, it is records, however narrow the screen."""
    rows = (
        ["tool", "state", "description"],
        ["read_file", "off, asks", "Return the text of a file"],
        ["now", "off", "x"],
    )
    head, *body = ["|".join(row) for row in rows]
    text = "\n".join([head, "-|-|-", *body])

    shown = io.StringIO()
    render(text, shown, size=lambda: (width, 24), look=Look(colour=False), is_whole=True)
    said = re.sub(r"\x1b\[\d*m", "", shown.getvalue()).replace(":", " ").split()

    assert not {word for row in rows for cell in row for word in cell.split()} - set(said)


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - HIDES))
def test_every_letter_that_rich_shows_is_shown(name: str) -> None:
    """rich renders the whole text at once: what it shows, we show too, in its order."""
    stream = io.StringIO()
    Console(file=stream, width=1000).print(Markdown(CORPUS[name], hyperlinks=False))

    ours = iter(letters(rendered(CORPUS[name], 1000)))

    assert all(letter in ours for letter in letters(trimmed(stream.getvalue().split("\n"))))


# Colours and links --------------------------------------------------------------------------------


def test_bold_and_italic_need_no_colour() -> None:
    assert (
        printed("**a** *b* ~~c~~ `d`", look=Look(colour=False))
        == "\x1b[1ma\x1b[0m \x1b[3mb\x1b[0m \x1b[9mc\x1b[0m \x1b[1md\x1b[0m\n"
    )


@pytest.mark.parametrize("look", [Look(colour=False), Look(theme="none")], ids=["no_colour", "theme_none"])
def test_without_colours_only_attributes_are_written(look: Look) -> None:
    text = "\n\n".join(CORPUS.values())

    codes = {int(code) for sgr in re.findall(r"\x1b\[([\d;]+)m", printed(text, look=look)) for code in sgr.split(";")}

    assert codes <= {0, 1, 2, 3, 4, 9}
    assert rendered(text, look=look) == rendered(text)


def codes_of(look: Look) -> set[int]:
    """Return the SGR parameters of the styles that replies are drawn with."""
    own = theme_of(look).styles.keys() - DEFAULT_STYLES.keys() | {f"markdown.{name}" for name in ("h1", "code", "link")}
    drawn = "".join(theme_of(look).styles[name].render("x") for name in own)
    return {int(code) for sgr in re.findall(r"\x1b\[([\d;]+)m", drawn) for code in sgr.split(";")} - {0}


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_themes_use_the_sixteen_colours_of_the_terminal(theme: str) -> None:
    look = Look(theme=theme)

    codes = codes_of(look)

    assert codes <= {1, 2, 3, 4, 9, *range(30, 38), *range(90, 98)}
    assert codes & {*range(30, 38), *range(90, 98)}


def test_the_default_theme_is_readable_on_dark_and_on_light() -> None:
    codes = codes_of(Look())

    assert not codes & {30, 33, 34, 37, *range(90, 98)}


def test_only_an_address_that_is_shown_can_be_opened() -> None:
    text = "<https://a.b> [https://a.b](https://a.b) [x](https://c.d) [ftp://e](ftp://e) <a@b.c> [https://f](https://g)"

    shown = re.findall(r"\x1b\]8;id=\d+;([^\x1b]+)\x1b\\(?:\x1b\[[\d;]+m)?([^\x1b]+)", printed(text, 200))

    assert shown == [(address, address) for address in ("https://a.b", "https://a.b", "https://c.d", "https://g")]
    assert "\x1b]8" not in printed(text, look=Look(links=False))


def test_an_address_cannot_end_its_sequence() -> None:
    links = re.findall(r"\x1b\]8;([^\x1b]*)\x1b\\", printed("<https://a.b/\x1b\\\x07> https://a.b/\x07\u202ec"))

    assert [link.partition(";")[2] for link in links] == [
        "https://a.b/%5E%5B%5C%5EG",
        "",
        "https://a.b/%5EG%E2%9F%A8U+202E%E2%9F%A9c",
        "",
    ]
    assert without_allowed(printed("[a](https://b.c/&#27;&#x9b;)")).strip("\n").isprintable()


# A paragraph that grows --------------------------------------------------------------------------------

signs = ["*", "**", "_", "`", "``", "[", "]", "(", ")", "<", ">", "!", "\\", "&amp;", "~~", "$", "$$", "\\(", "\\)"]
wholes = ["a", "b", "1", ".", " ", " ", " ", "\n", "word ", "](x)", "http://y", "<b>", "(x 't')", "é", "字", "：", "는"]
wholes += ["https://e.com/_f_", "/*g*", "。", "www.a.b", "<br>"]
marks = st.sampled_from([*signs, *wholes])
sources = st.lists(marks, max_size=40).map("".join)


def joined(parts: Sequence[Part]) -> list[Part]:
    """Return the parts letter by letter, without the spaces at the ends of lines."""
    merged = [(sign, style) for text, style in parts for sign in text]
    while merged and merged[-1][0] in " \n":
        merged.pop()
    text = "".join(sign for sign, _ in merged)
    dropped = {place for found in re.finditer(r" *\n *", text) for place in range(*found.span()) if text[place] == " "}
    return [letter for place, letter in enumerate(merged) if place not in dropped]


@settings(max_examples=400, deadline=None)
@given(sources, st.lists(st.integers(1, 9), min_size=1, max_size=10))
def test_a_paragraph_reads_the_same_whether_it_grows_or_not(source: str, sizes: list[int]) -> None:
    inline = Inline(console_for(Look()), links=True)
    prose = GrowingProse(inline)
    place = number = 0
    while place < len(source):
        place += sizes[number % len(sizes)]
        number += 1
        grown = prose.parts(source[:place])

    assert not source or joined(grown) == joined(inline.parse(source, PLAIN))


def test_a_long_paragraph_is_read_in_segments_that_depend_on_its_text_alone() -> None:
    source = "*a b** `c " * (SEGMENT // 3) + "x" * (3 * SEGMENT) + " *y*"
    inline = Inline(console_for(Look()), links=True)
    prose = GrowingProse(inline)

    for place in range(0, len(source), 13):
        prose.parts(source[:place])

    assert joined(prose.parts(source)) == joined(read_prose(inline, source))


def test_marks_across_the_end_of_a_segment_still_pair_where_a_space_is_near() -> None:
    source = "word " * (SEGMENT // 5 - 4) + "**bold that goes on over the end of it** end"

    shown = printed(source, 10_000)

    assert "**" not in shown


def test_text_without_marks_is_what_the_parser_says() -> None:
    text = "a  \n b\n\tc"

    assert "".join(part for part, _ in read_prose(Inline(console_for(Look()), links=True), text)) == "a\nb\n    c"


@pytest.mark.parametrize("link", ["[apple.com](https://аpple.com)", "<https://аpple.com>"])
def test_a_host_that_only_looks_like_another_is_marked(link: str) -> None:
    """Its first letter is Cyrillic; what the browser would ask for is shown, and no click leads there."""
    shown = printed(link, look=Look(colour=False))

    assert shown.rstrip().endswith(" (https://xn--pple-43d.com, mixed script)\x1b[0m")
    assert "\x1b]8" not in shown


# Marks at the end of what is still written ----------------------------------------------------------------------------

WAITING = {
    "opening": (["a **", "b"], ["a", "a **b"]),
    "closing_half": (["**a*", "* b"], ["**a", "a b"]),
    "closing": (["**a**", " b"], ["a", "a b"]),
    "both_in_pieces": (["a *", "*b", "*", "*", "."], ["a", "a **b", "a **b", "a b", "a b."]),
    "a_product": (["2 *", " 3"], ["2", "2 * 3"]),
    "next_to_ideographs": (["他**", "重要：**", "这"], ["他", "他重要：", "他重要：这"]),
    "struck": (["~~a~", "~"], ["~~a", "a"]),
    "underscores": (["my_", "name"], ["my", "my_name"]),
    "in_an_item": (["- a **", "b**"], [" • a", " • a b"]),
    "in_a_heading": (["# a **", "b"], ["a", "a **b"]),
    "words_behind": (["a *", " b c"], ["a", "a * b c"]),
    "in_code": (["```\na *", "*"], ["a *", "a **"]),
}


@pytest.mark.parametrize(("deltas", "shown"), WAITING.values(), ids=WAITING)
def test_marks_at_the_end_wait_for_the_next_letter(deltas: list[str], shown: list[str]) -> None:
    stage, rows = Stage(), []
    for delta in deltas:
        stage.feed(Text(delta))
        stage.draw()
        rows.append(stage.rows[-1])

    assert rows == shown


def test_marks_in_an_open_cell_wait_for_the_next_letter() -> None:
    stage = Stage()
    for delta in ["|a|\n|-|\n|b", " *", "*c"]:
        stage.feed(Text(delta))
        stage.draw()

    assert not re.search(r"b \*(?!\*)", stage.written)


def test_marks_at_the_end_of_a_reply_are_shown() -> None:
    assert Stage().play(["a **"]) == ["a **"]
