"""The law of the reply on the screen: however it arrives, it stands there in the end as if rendered once."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatcli.conversation.messages import Text
from chatcli.render.live import Look
from tests.render.corpus import CORPUS
from tests.render.stage import Reflowing, Stage, cut, letters, printed, rendered, without_allowed

SCREENS = [(80, 24), (41, 12)]
EVERYTHING = "\n\n".join(CORPUS.values())
# pyte joins an accent to no letter in the last column; on a narrow screen many are.
UNACCENTED = {name: text for name, text in CORPUS.items() if name not in ("scripts", "emoji")}

pieces = st.one_of(st.sampled_from(list(CORPUS.values())), st.text("ab *_`#->|1.[](\n~\\$", max_size=30))
documents = st.lists(pieces, min_size=1, max_size=4).map("\n".join)
# What a mark that pairs hides or repeats has letters here: addresses, tags, entities.
LETTERLESS = [text for name, text in UNACCENTED.items() if name not in ("links", "html", "escapes")]
unaccented = st.lists(st.sampled_from(LETTERLESS), min_size=1, max_size=2).map("\n".join)
deltas = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def parts(text: str, sizes: list[int]) -> list[str]:
    places = [0]
    while places[-1] < len(text):
        places.append(places[-1] + sizes[len(places) % len(sizes)])
    return [text[start:end] for start, end in itertools.pairwise(places)]


# Letter by letter on the small screen, where most is repainted, and both screens in the two faster ways.
@pytest.mark.parametrize(("screen", "sizes"), [(SCREENS[0], (9, 1000)), (SCREENS[1], (1, 9, 1000))], ids=str)
@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_a_reply_stands_as_if_rendered_once(text: str, screen: tuple[int, int], sizes: Sequence[int]) -> None:
    whole = rendered(text, screen[0])

    for size in sizes:
        assert Stage(*screen).play(cut(text, size)) == whole, size


@settings(max_examples=60)
@given(documents, deltas, st.sampled_from([(80, 24), (33, 30), (120, 40)]))
def test_any_text_at_any_cut_stands_as_if_rendered_once(text: str, sizes: list[int], screen: tuple[int, int]) -> None:
    assert Stage(*screen).play(parts(text, sizes)) == rendered(text, screen[0])


@settings(max_examples=40)
@given(unaccented, deltas, st.integers(1, 30), st.integers(1, 6))
@example("-\n\n1.\n2. b", [1], 10, 1)  # only the empty row before an item has left
@example("1. **First**: do `x`", [11], 10, 1)  # a part has left before the marks are whole
@example("one | two\n--- | ---\n", [9], 5, 1)  # a part would have left before the line is a heading
def test_on_the_smallest_screen_every_letter_stands_once(text: str, sizes: list[int], columns: int, rows: int) -> None:
    """Marks that pair over more than the screen holds are shown as they are; letters are neither lost nor doubled."""
    shown = Stage(columns, rows).play(parts(text, sizes))

    assert letters(shown) == letters(rendered(text, columns))


@pytest.mark.parametrize("columns", [1, 9, 10, 500])
def test_every_width_shows_everything(columns: int) -> None:
    text = "\n\n".join(UNACCENTED.values())

    assert letters(Stage(columns, 24).play(cut(text, 100))) == letters(rendered(text, columns))


@pytest.mark.parametrize("columns", [1, 5, 9])
def test_below_ten_columns_the_text_stands_as_it_is(columns: int) -> None:
    text = "# Title\n\n- **a** b\n\n```\nx\n```"

    assert letters(Stage(columns, 24).play(cut(text, 3))) == letters([text])
    assert "".join(Stage(columns, 24).play(cut(text, 3))) == text.replace("\n", "").replace(" ", "") or columns > 1


def test_a_size_of_zero_is_taken_for_80_by_24() -> None:
    stage = Stage(80, 24)
    stage.size = (0, 0)

    assert stage.play(cut(EVERYTHING, 100)) == rendered(EVERYTHING)
    assert printed("word " * 30, 0) == printed("word " * 30, 80)


def test_without_markdown_the_text_stands_as_it_is() -> None:
    text = "\n# **a**  b\n\n\n  - c [x](y)\n| a |\n"

    assert Stage(look=Look(markdown=False)).play(cut(text, 2)) == ["# **a**  b", "", "", "  - c [x](y)", "| a |"]


@settings(max_examples=40)
@given(
    st.integers(1, 50),
    st.integers(3, 30),
    st.sampled_from(["- {} x", "> a {} b", "1. c\n   - d 见{}。e {} f", "{} {}"]),
)
def test_long_words_stand_as_if_rendered_once_on_any_screen(size: int, rows: int, text: str) -> None:
    text = text.replace("{}", "https://e.com/" + "".join(str(number) for number in range(80)))

    assert Stage(40, rows).play(cut(text, size)) == rendered(text, 40)


@pytest.mark.parametrize("text", ["- see {} x", "> a {} b", "1. c\n   - {}", "> - a {}"])
def test_a_long_address_is_copied_whole(text: str) -> None:
    """The rows of a word end where the terminal breaks them, and nothing stands between."""
    address = "https://e.com/" + "x" * 150

    assert address in without_allowed(printed(text.replace("{}", address), 40, Look(links=False)))


def test_frames_may_come_at_any_time() -> None:
    chance = random.Random(1)
    stage = Stage()
    for delta in parts(EVERYTHING, [chance.randint(1, 60) for _ in range(50)]):
        stage.feed(Text(delta))
        if chance.random() < 0.3:
            stage.draw()

    assert stage.end() == rendered(EVERYTHING)


def test_no_row_ends_with_a_space() -> None:
    assert not re.search(r" (?:\x1b\[[0-9;]*m)*\n", printed(EVERYTHING))


def test_only_colours_relative_movement_and_erasing_are_written() -> None:
    rest = without_allowed(Stage(41, 12).stream(cut(EVERYTHING, 5)))

    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", rest)
    assert "\n" not in rest.replace("\r\n", "")


def test_the_cursor_never_goes_above_the_screen() -> None:
    for columns, rows in ((80, 24), (30, 5), (20, 1)):
        written = Stage(columns, rows).stream(cut(EVERYTHING, 5))

        assert all(int(up) < rows for up in re.findall(r"\x1b\[(\d+)A", written))


def test_bytes_grow_with_the_text_and_little_more_than_one_render() -> None:
    prose = "\n\n".join([CORPUS["mixed"], CORPUS["paragraphs"], CORPUS["long_code"], CORPUS["chinese"]])

    def written(times: int) -> int:
        return len(Stage().stream(cut("\n\n".join([prose] * times), 4)).encode())

    assert written(8) < 2.1 * written(4)
    assert written(4) < 2 * len(printed("\n\n".join([prose] * 4)).encode())


def test_the_last_row_grows_by_its_new_letters_alone() -> None:
    stage = Stage()
    stage.feed(Text("Hello, wor"))
    stage.draw()
    stage.feed(Text("ld and"))

    assert stage.draw() == "ld and"


def test_what_is_final_is_never_written_again() -> None:
    stage = Stage()
    for delta in cut("\n\n".join(f"unique{number} paragraph" for number in range(40)), 3):
        stage.feed(Text(delta))
        stage.draw()
    stage.end()

    assert all(stage.written.count(f"unique{number} ") == 1 for number in range(10, 40))


def test_two_thousand_lines_of_code_are_each_written_once() -> None:
    text = "```python\n" + "\n".join(f"line_{number} = {number}" for number in range(2000))
    stage = Stage()

    rows = stage.play(cut(text, 200))

    assert rows == rendered(text)
    assert stage.written.count("line_1500") == 1


# The size of the terminal changes ------------------------------------------------------------------------------------

WORDS = " ".join(f"w{number}x" for number in range(250))
SHAPES = {
    "prose": WORDS,
    "items": "\n".join(f"- {WORDS[n * 40 : n * 40 + 38]}q" for n in range(30)),
    "code": "```\n" + WORDS.replace(" ", "_") + "\n```",
    "quote": "> " + WORDS,
}
sizes = st.tuples(st.integers(12, 100), st.integers(4, 30))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(list(SHAPES.values())), st.lists(sizes, max_size=8), st.integers(20, 90))
def test_no_word_is_lost_or_doubled_where_the_terminal_breaks_lines_anew(
    text: str, sizes: list[tuple[int, int]], step: int
) -> None:
    stage = Stage(60, 20)
    stage.screen = Reflowing(60, 20)
    deltas = cut(text, step)
    for number, delta in enumerate(deltas):
        stage.feed(Text(delta))
        stage.draw()
        if sizes and number % (len(deltas) // len(sizes) + 1) == 0:
            stage.resize(*sizes[number % len(sizes)])

    assert letters(stage.end()) == letters([text])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["prose", "items", "quote"]), st.lists(sizes, max_size=8), st.integers(20, 90))
def test_no_word_is_doubled_where_the_terminal_cuts_lines_off(
    shape: str, sizes: list[tuple[int, int]], step: int
) -> None:
    stage = Stage(60, 20)
    deltas = cut(SHAPES[shape], step)
    for number, delta in enumerate(deltas):
        stage.feed(Text(delta))
        stage.draw()
        if sizes and number % (len(deltas) // len(sizes) + 1) == 0:
            stage.resize(*sizes[number % len(sizes)])

    words = re.findall(r"w\d+x", " ".join(stage.end()))

    assert len(words) == len(set(words))


def test_wider_screens_let_nothing_be_lost() -> None:
    stage = Stage(30, 20)
    for number, delta in enumerate(cut(WORDS, 20)):
        stage.feed(Text(delta))
        stage.draw()
        stage.resize(30 + number, 20)

    assert letters(stage.end()) == letters([WORDS])


@pytest.mark.parametrize("is_breaking", [True, False], ids=["breaks_lines", "cuts_lines"])
def test_wider_screens_let_no_cell_of_a_table_be_lost(is_breaking: bool) -> None:
    """Wherever in the table the cursor rests."""
    stage = Stage(50, 20)
    if is_breaking:
        stage.screen = Reflowing(50, 20)
    cells = [f"w{number}x and more words" for number in range(45)]
    rows = ["| " + " | ".join(cells[start : start + 3]) + " |\n" for start in range(0, 45, 3)]
    for number, delta in enumerate(cut("| a | b | c |\n|---|---|---|\n" + "".join(rows), 13)):
        stage.feed(Text(delta))
        stage.draw()
        stage.resize(50 + number // 8, 20)

    assert re.findall(r"w\d+x", " ".join(stage.end())) == [f"w{number}x" for number in range(45)]
