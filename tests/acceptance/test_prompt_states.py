"""M, N and O: searching, editing modes, folded reasoning, and how Ctrl+C and Ctrl+D leave, on a drawing terminal."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from tests.acceptance.dialogue import configure, questions
from tests.acceptance.prompt import NO_HINTS, asked, do, draft, shows, turn_begins
from tests.acceptance.talk import is_at_prompt, last_line
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.server import Step, Wait

THOUGHT = {"choices": [{"index": 0, "delta": {"reasoning_content": "step by step\n"}}]}


def thinking(more: Event, *rest: bytes) -> list[Step]:
    """Return an answer that thinks until *more* is set."""
    return [stream_head(), sse(THOUGHT, done=False), Wait(more), *rest]


def test_past_prompts_are_searched_and_filtered(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    scripted = server(always=answer("Yes."))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)
    for number, question in enumerate(("red one", "blue", "red two"), 2):
        do(shown, question, "<enter>", then=turn_begins(number))

    do(shown, "red", then=shows("red"))
    do(shown, "<up>", then=shows("red two"))
    do(shown, "<up>", then=shows("red one"))
    do(shown, "<down>", then=shows("red two"))
    do(shown, "<down>", then=shows("red"))
    do(shown, "<ctrl-u>", "a", "<ctrl-j>", "x", then=shows("a", "x"))
    do(shown, "<up>", then=lambda it: it.cursor == (5, it.screen.index("4 > a")))
    do(shown, "<down>", "<ctrl-c>", then=shows(""))
    do(shown, "<ctrl-r>", "red", then=lambda it: draft(it)[0] == "red two")
    do(shown, "<ctrl-r>", then=lambda it: draft(it)[0] == "red one")
    do(shown, "<ctrl-s>", then=lambda it: draft(it)[0] == "red two")
    do(shown, "<escape>", then=lambda it: "search" not in it.text and draft(it) == ["red two"])
    do(shown, "<ctrl-e>", "<ctrl-u>", then=shows(""))
    before = shown.screen
    do(shown, "<escape>", "<escape>", then="Edit which question?")
    do(shown, "<escape>", then=lambda it: it.screen == before)
    do(shown, "<escape>", "<escape>", then="Edit which question?")
    do(shown, "<enter>", then=lambda it: draft(it) == ["red two"] and "Edit which" not in it.text)
    do(shown, "!", "<enter>", then=lambda it: is_at_prompt(it) and len(scripted.posts) == 4)

    assert questions(scripted) == ["red one", "blue", "red two!"]


def test_enter_may_be_a_newline(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """Then Ctrl+J and Alt+Enter send, below an answer too, where Alt+Enter queues as ever."""
    scripted = server(always=answer("Yes."))
    configure(home, '[ui]\nhints = false\nenter = "newline"\n')
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)

    do(shown, "a", then=shows("a"))
    do(shown, "<enter>", then=lambda it: it.cursor[0] == 2)
    do(shown, "b", then=shows("a", "b"))
    do(shown, "<ctrl-j>", then=turn_begins(2))
    do(shown, "c", then=shows("c"))
    do(shown, "<alt-enter>", then=turn_begins(3))

    assert asked(scripted) == ["a\nb", "c"]


def test_vi_keys_and_their_mode_in_the_toolbar(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """Esc is normal mode there, twice as well as once; below an answer it still stops."""
    (home / "edit").write_text("#!/bin/sh\nprintf edited > $1\n")
    (home / "edit").chmod(0o700)
    scripted = server([stream_head(), sse(chunk("Part"), done=False), Wait(Event())], always=answer("Yes."))
    configure(home, '[ui]\nhints = false\nedit_mode = "vi"\n')
    shown = terminal("-m", "m", server=scripted, env={"VISUAL": str(home / "edit")})
    shown.wait_for("[I] m@")

    do(shown, "abc", "<escape>", then="[N] m@")
    do(shown, "<escape>", "<escape>", "0", "x", then="> bc")
    do(shown, "v", then="> edited")
    do(shown, "A", "!", "<enter>", then="Part")
    do(shown, "<escape>", then=lambda it: "stopped by you" in it.text and "[I] m@" in it.text)

    assert asked(scripted) == ["edited!"]


def test_reasoning_is_folded_and_unfolded_while_it_arrives_and_shown_after(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    more = Event()
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=server(thinking(more, sse(chunk("Yes.", "stop")))))
    shown.wait_for(is_at_prompt)
    do(shown, "q", "<enter>", then="Ctrl+O unfolds")

    do(shown, "<ctrl-o>", then=lambda it: "step by step" in it.text and "Ctrl+O folds" in it.text)
    do(shown, "<ctrl-o>", then=lambda it: "step by step" not in it.text)
    more.set()
    shown.wait_for(turn_begins(2))
    assert "\n".join(shown.history).count("Yes.") == 1
    do(shown, "x", "<ctrl-o>", then=lambda it: "step by step" in it.text and last_line(it) == "> x")


def test_ctrl_d_below_an_answer_deletes_or_stops_saves_and_leaves(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    scripted = server([stream_head(), sse(chunk("Part"), done=False), Wait(Event())], always=answer("Yes."))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)
    do(shown, "q", "<enter>", then="Part")

    do(shown, "xy", "<ctrl-a>", "<ctrl-d>", then=lambda it: last_line(it) == "> y")
    do(shown, "<ctrl-e>", "<ctrl-u>", then=lambda it: last_line(it) == ">")
    shown.press("ctrl-d")

    assert shown.wait_exit() == 0
    assert shown.is_cooked()
    assert "stopped by you" in shown.text
    again = terminal("-c", "-m", "m", server=scripted)
    again.wait_for(lambda it: "Part" in it.text and turn_begins(2)(it))


def test_esc_esc_below_an_answer_stops_once_and_the_draft_stays(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    scripted = server([stream_head(), sse(chunk("Part"), done=False), Wait(Event())])
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted)
    shown.wait_for(is_at_prompt)
    do(shown, "q", "<enter>", then="Part")

    do(shown, "next", then="> next")
    do(shown, "<escape>", "<escape>", then="stopped by you")
    shown.wait_for(shows("next"))

    assert shown.process.poll() is None


def test_ctrl_c_at_an_empty_prompt_leaves_when_pressed_twice(terminal: OpenTerminal, home: Path) -> None:
    """Unless `ui.ctrl_c_exit` is off; then Ctrl+D does."""
    configure(home, NO_HINTS)
    shown = terminal("-p", "guide")
    shown.wait_for(is_at_prompt)
    do(shown, "<ctrl-c>", then="Ctrl+C again or Ctrl+D to exit")
    shown.press("ctrl-c")
    assert shown.wait_exit() == 0

    (home / ".config" / "chatcli" / "config.toml").write_text("[ui]\nhints = false\nctrl_c_exit = false\n")
    held = terminal("-p", "guide")
    held.wait_for(is_at_prompt)
    do(held, "<ctrl-c>", then="Ctrl+D")
    do(held, "<ctrl-c>", "x", then=lambda it: last_line(it) == "> x")
    held.press("backspace", "ctrl-d")
    assert held.wait_exit() == 0
