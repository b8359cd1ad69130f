"""K, what the keys do in a running conversation: each row of the table of keys, on the screen of a real terminal."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from tests.acceptance.dialogue import configure
from tests.acceptance.prompt import NO_HINTS, asked, do, draft, ends_with, send_pasted, shows
from tests.acceptance.talk import is_at_prompt, last_line
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import ROOT
from tests.support.server import Wait

EDITOR = """#!/bin/sh
printf ' edited' >> "$1"
"""
CLIPBOARD = """#!/bin/sh
case "$*" in *TARGETS*) echo text/plain;; *) printf 'from the\\nclipboard';; esac
"""


@pytest.fixture
def programs(home: Path) -> dict[str, str]:
    """The environment with an editor that appends a word, and a clipboard that holds two lines."""
    folder = home / "bin"
    folder.mkdir()
    for name, script in (("edit", EDITOR), ("xclip", CLIPBOARD)):
        (folder / name).write_text(script)
        (folder / name).chmod(0o700)
    return {"PATH": f"{folder}:/usr/bin:/bin", "EDITOR": "edit", "DISPLAY": ":0", "WAYLAND_DISPLAY": ""}


def test_k120_keys_at_the_prompt(
    server: OpenServer, terminal: OpenTerminal, programs: dict[str, str], home: Path
) -> None:
    scripted = server(always=answer("Paris"))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted, env=programs)
    shown.wait_for(is_at_prompt)

    do(shown, "<enter>", "<ctrl-l>", then=lambda it: it.screen[0].startswith(">"))
    do(shown, "a", "<ctrl-j>", "b", "<shift-enter>", "c", "<alt-enter>", "d", then=shows("a", "b", "c", "d"))
    do(shown, "\\", then=shows("a", "b", "c", "d\\"))
    do(shown, "<enter>", then=lambda it: it.cursor[0] == 2)
    do(shown, "e", then=shows("a", "b", "c", "d", "e"))
    do(shown, "<escape>", then=shows("a", "b", "c", "d", "e"))
    do(shown, "<escape>", then=shows(""))
    do(shown, "<up>", then=shows("a", "b", "c", "d", "e"))
    do(shown, "<ctrl-c>", then=shows(""))
    do(shown, '"""', then=shows('"""'))
    do(shown, "<enter>", then=lambda it: it.cursor[0] == 2)
    do(shown, "x", then=shows('"""', "x"))
    do(shown, "<enter>", then=lambda it: it.cursor[0] == 2)
    do(shown, '"""', then=shows('"""', "x", '"""'))
    do(shown, "<enter>", then=is_at_prompt)
    do(shown, "alpha", "<enter>", then="3 >")
    do(shown, "beta", "<enter>", then="4 >")
    do(shown, "<ctrl-r>", "alp", then=lambda it: "alpha" in draft(it)[0])
    do(shown, "<ctrl-g>", then=lambda it: draft(it)[0] == "")
    do(shown, "a", "<up>", then=shows("alpha"))
    do(shown, "<ctrl-u>", "<ctrl-g>", then=shows("edited"))
    do(shown, "<ctrl-x>", "<ctrl-e>", then=shows("edited edited"))
    do(shown, "<ctrl-_>", then=shows("edited"))
    do(shown, "<ctrl-l>", then=lambda it: it.screen[0].endswith("> edited") or it.screen[0].endswith(">  edited"))
    do(shown, "<ctrl-u>", "<ctrl-v>", then=shows("from the", "clipboard"))
    do(shown, "<ctrl-_>", "<ctrl-q>", "<tab>", "x", then=lambda it: draft(it)[0].strip() == "x")
    do(shown, "<ctrl-u>", "/the", "<tab>", then=lambda it: "/theme" in draft(it)[0])
    do(shown, "<ctrl-u>", "xy", "<ctrl-a>", "<ctrl-d>", then=shows("y"))
    do(shown, "<ctrl-d>", then=shows(""))
    shown.press("ctrl-d")

    assert shown.wait_exit() == 0
    assert asked(scripted) == ["x", "alpha", "beta"]


def test_k121_keys_below_an_answer(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    (home / "notes.txt").write_text("N")
    goes_on, ends = Event(), Event()
    held = [stream_head(), sse(chunk("Part"), done=False), Wait(goes_on), sse(chunk(" end"), chunk(finish="stop"))]
    scripted = server(held, [stream_head(), sse(chunk("Second"), done=False), Wait(ends)], always=answer("Paris"))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)
    do(shown, "q", "<enter>", then="Part")

    do(shown, "one", then="> one")
    do(shown, "<enter>", then=lambda it: it.cursor[0] == 2)
    do(shown, "two", "<ctrl-j>", then=lambda it: it.cursor[0] == 2 and "  two" in it.screen)
    do(shown, "three", "<up>", "!", then="two!")
    do(shown, "<ctrl-l>", "\x1b/", then="Part")
    do(shown, "<alt-enter>", then="queued: one")
    do(shown, "<up>", then=lambda it: "queued" not in it.text)
    do(shown, "<alt-enter>", "@not", "<tab>", then="> @notes.txt")
    do(shown, "<ctrl-u>", "later", then="> later")
    goes_on.set()
    shown.wait_for("Second")
    do(shown, "<escape>", then=lambda it: last_line(it).endswith("> later") and "Esc stops" not in it.text)

    assert asked(scripted) == ["q", "one\ntwo!\nthree"]
    do(shown, "<ctrl-u>", "r", "<enter>", then="Paris")
    ends.set()


def test_k122_ctrl_c_in_each_state(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """A stop and a clear are followed by a second in which the key means nothing, so hammering never leaves."""
    scripted = server([stream_head(), sse(chunk("Part"), done=False), Wait(Event())], always=answer("Paris"))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    do(shown, "<ctrl-c>", then="Ctrl+D to exit")
    do(shown, "q", "<enter>", then="Part")
    do(shown, *["<ctrl-c>"] * 10, then=lambda it: is_at_prompt(it) and "stopped by you" in it.text)
    do(shown, "/th", then="/theme")
    do(shown, "<ctrl-c>", then=shows("/th"))
    do(shown, "<ctrl-r>", then=lambda it: draft(it) != ["/th"])
    do(shown, "<ctrl-c>", then=shows("/th"))
    do(shown, "<ctrl-u>", "/theme ", then="contrast-light")
    do(shown, "<enter>", then="Which theme?")
    do(shown, "<ctrl-c>", then=lambda it: "Which theme?" not in it.text and is_at_prompt(it))

    assert shown.process.poll() is None


def test_k123_rules_of_a_paste(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    scripted = server(always=answer("Paris"))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    shown.paste("a\r\n\tb\r\n\r\nc")
    shown.wait_for(shows("a", "b", "c"))
    do(shown, "<ctrl-u>", "<ctrl-c>", then=shows(""))
    shown.paste("one line\n")
    shown.wait_for(shows("one line"))
    do(shown, "<ctrl-_>", then=shows(""))
    shown.paste("\x1b[31mred\x07")
    shown.wait_for(lambda it: draft(it)[0] == "[31mred" and "2 control characters" in it.text)
    do(shown, "<ctrl-_>", then=lambda it: draft(it)[0] == "")
    shown.paste("".join(f"line {number}\n" for number in range(30)))
    shown.wait_for(lambda it: draft(it)[0].startswith("[Pasted #1: 30 lines"))
    do(shown, "<backspace>", then=lambda it: draft(it)[0] == "")
    do(shown, "<ctrl-_>", then=lambda it: draft(it)[0].startswith("[Pasted #1"))
    do(shown, "<ctrl-o>", then="24 lines")
    do(shown, "<ctrl-o>", then=lambda it: "line 29" in it.text)
    do(shown, "<ctrl-e>", "!", then=lambda it: "!" in it.text)
    send_pasted(shown, scripted)

    [question] = asked(scripted)
    assert question.rstrip("!\n") == "\n".join(f"line {number}" for number in range(30))


def test_k124_toolbar_and_the_line_after_a_turn(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """What does not fit leaves from the right; the first screen has three lines."""
    configure(home, '[models."m"]\ncontext = 10000\nprice = { input = 1000.0, output = 1000.0 }\n')
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    shown = terminal("-m", "m", "--no-log", server=server(always=answer("Paris", usage=usage)), columns=100)
    shown.wait_for(is_at_prompt)
    first = [row for row in shown.screen if row]
    assert [row.split(" ")[0] for row in first] == ["m", "/help", "Tip:", ">", "m@127.0.0.1"]

    do(shown, "q", "<enter>", then="2 >")
    shown.wait_for("m@127.0.0.1 · ctx 1k/10k (10%) · $1.00 · unlogged")
    assert re.search(r"^in 900 out 100 · ctx 1k/10k \(10%\) · \$1\.00 · \d", shown.text, re.MULTILINE)
    for columns, bar in ((45, "m@127.0.0.1 · ctx 1k/10k (10%) · unlogged"), (30, "m · 10%")):
        shown.resize(columns, 24)
        shown.wait_for(partial(ends_with, row=bar))
    shown.resize(8, 24)
    shown.wait_for(lambda it: "m · 10%" not in it.text)


def test_k125_no_key_of_the_prompt_asks_the_network(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    scripted = server(always=answer("Paris"), models=["m", "other"])
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    for line in ("/model ", "/set ui.theme ", "/resume ", "/template ", "/tools ", "@", "/compare m "):
        do(shown, line, "<tab>", then=line.strip())
        do(shown, "<escape>", "<ctrl-u>", then=shows(""))

    assert scripted.requests == []


def test_every_row_of_the_table_is_pressed() -> None:
    """A key that is added to the help has to be added here."""
    from chatcli.help.tables import FIXED_KEYS
    from chatcli.settings.bindings import Bindings, actions
    from chatcli.settings.key_names import format_keys

    text = (ROOT / "tests/acceptance/test_prompt_keys.py").read_text(encoding="utf-8")
    pressed = {f"<{key}>" for key in re.findall(r'"<([a-z_+-]+)>"', text)} | set(re.findall(r'"<[^>]+>"', text))
    names = [format_keys(key) for keys in actions(Bindings()).values() for key in keys]
    names += [key for row in FIXED_KEYS for key in re.findall(r"Ctrl\+\w|Esc|Up|Enter", row[0])]

    as_pressed = {"Esc": "escape", "Enter": "enter", "Tab": "tab", "Up": "up", "Alt+Enter": "alt-enter"}
    missing = {
        part
        for name in names
        for part in name.split()
        if f"<{as_pressed.get(part, part.lower().replace('ctrl+', 'ctrl-'))}>" not in pressed
    }
    assert missing <= {"Ctrl+S", "Ctrl+Z"}  # the first is in tests/input, the second in tests/acceptance/test_terminals
