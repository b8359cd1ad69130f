"""P and Q: what a paste is at the prompt of a drawing terminal, and what stands in the toolbar and in plain mode."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest

from tests.acceptance.dialogue import configure
from tests.acceptance.prompt import NO_HINTS, asked, do, draft, send_pasted, shows, turn_begins
from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, failure
from tests.support.server import Wait

LABEL = "[Pasted #1: 30 lines, 230 B]"
PRICED = '[models."m"]\ncontext = 10000\nprice = { input = 10.0, output = 10.0 }\n'
MOVES = re.compile(rb"\x1b\[[\d;?]*[A-HJKSTf]|\x1b[78M]")  # the cursor, or what is on the screen


def test_a_paste_is_one_piece_of_text_however_it_arrives(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    """Without marks, cut within a character, in parts, together with an Enter; a label that is typed is text."""
    scripted = server(always=answer("Yes."))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    shown.paste("one\n\n\tthree", bracketed=False)
    shown.wait_for(shows("one", "three"))
    send_pasted(shown, scripted)
    shown.wait_for(turn_begins(2))
    shown.write("\x1b[200~漢字かな".encode()[:-1])
    shown.write("\x1b[200~漢字かな".encode()[-1:] + b"\x1b[201~")
    shown.write(b"\x1b[200~ and more\r\n\x1b[201~\r")
    shown.wait_for(shows("漢字かな and more"))
    do(shown, "<ctrl-_>", then=shows(""))
    do(shown, LABEL, then=shows(LABEL))
    send_pasted(shown, scripted)
    shown.wait_for(turn_begins(3))
    shown.paste("".join(f"line {number}\n" for number in range(30)))
    shown.wait_for(shows(LABEL))
    do(shown, "<left>", "x ", "<right>", " y", then=shows(f"x {LABEL} y"))
    do(shown, "<ctrl-w>", "<ctrl-w>", then=shows("x"))
    do(shown, "<ctrl-_>", then=lambda it: LABEL in draft(it)[0])
    shown.paste("z" * 1001)
    shown.wait_for("[Pasted #2: 1 line, 1.0 kB]")
    send_pasted(shown, scripted)

    assert asked(scripted)[:2] == ["one\n\n\tthree", LABEL]
    assert [asked(scripted)[2].count(text) for text in ("line ", "z", "Pasted")] == [30, 1001, 0]


@pytest.mark.parametrize(
    ("used", "text", "colour", "is_bold"),
    [
        (1000, "ctx 1.1k/10k (11%)", "default", False),
        (5000, "ctx 5.1k/10k (51%)", "brown", False),
        (8000, "ctx 8.1k/10k (81%) !", "red", True),
    ],
    ids=["normal", "half", "nearly full"],
)
def test_the_context_has_a_colour_and_a_sign(
    server: OpenServer, terminal: OpenTerminal, home: Path, used: int, text: str, colour: str, is_bold: bool
) -> None:
    usage = {"prompt_tokens": used, "completion_tokens": 100, "total_tokens": used + 100}
    configure(home, NO_HINTS + PRICED)
    shown = terminal("-m", "m", server=server(always=answer("Yes.", usage=usage)), columns=100)
    shown.wait_for(is_at_prompt)

    do(shown, "q", "<enter>", then=lambda it: it.screen[it.cursor[1] + 1].startswith(f"m@127.0.0.1 · {text} · $0."))
    cell = shown.cell(shown.screen[shown.cursor[1] + 1].index("ctx"), shown.cursor[1] + 1)
    assert (cell.fg, cell.bold) == (colour, is_bold)
    assert shown.cell(0, shown.cursor[1] + 1).fg == "default"


def test_a_window_of_40_columns_has_the_whole_bar_and_below_10_there_is_none(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    configure(home, NO_HINTS + PRICED)
    shown = terminal("-m", "m", "--no-log", server=server(), columns=40, rows=15)
    shown.wait_for("m@127.0.0.1 · ctx 0/10k (0%) · unlogged")

    for columns in (39, 10):
        shown.resize(columns, 15)
        shown.wait_for(lambda it: it.screen[it.cursor[1] + 1] == "m · 0%")
    shown.resize(9, 15)
    shown.wait_for(lambda it: "0%" not in it.text)


def test_plain_mode_speaks_in_words_and_whole_lines(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """Nothing is drawn again, no box is drawn at all, and code marks of Markdown are left out of what we say."""
    usage = {"prompt_tokens": 900, "completion_tokens": 356, "total_tokens": 1256}
    configure(home, NO_HINTS)
    shown = terminal("--plain", "-m", "m", server=server(always=answer("Yes.", usage=usage), models=["m", "large"]))
    shown.wait_for(lambda it: it.screen[it.cursor[1]] == ">")

    do(shown, "q", "<enter>", then=lambda it: "End of answer, 356 tokens." in it.screen and it.text.rstrip()[-1] == ">")
    assert [row for row in shown.screen if row in ("Waiting.", "Answer:", "Yes.")] == ["Waiting.", "Answer:", "Yes."]
    do(shown, "/model", "<enter>", then="Number, or empty for none:")
    do(shown, "2", "<enter>", then="From the next turn on: large at 127.0.0.1.")
    do(shown, "/help", "<enter>", then="/help COMMAND explains one.")

    assert not MOVES.findall(shown.raw)
    assert not re.search("[\u2500-\u257f\u2800-\u28ff]", shown.raw.decode())


def test_a_wait_shows_its_time_and_the_key_that_ends_it(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """So does the wait for a rate limit; the line is gone when the prompt is back."""
    scripted = server(failure(429, "slow down", {"retry-after": "50"}), [Wait(Event())])
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    for state in (r"retrying in \d+ s · Esc stops", r"waiting \d+ s · Esc stops"):
        do(shown, "q", "<enter>", then=lambda it, state=state: re.search(state, it.text))  # type: ignore[misc]
        do(shown, "<escape>", then=lambda it: draft(it) == ["q"] and "m@127.0.0.1" in it.screen[it.cursor[1] + 1])
        do(shown, "<ctrl-u>", then=is_at_prompt)
