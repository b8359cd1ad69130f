"""L, what a line at the prompt is: a command, a message, or neither; and every command alone on a drawing terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.commands import load_all
from chatcli.commands.table import commands
from chatcli.terminal import cells
from tests.acceptance.dialogue import configure, echo
from tests.acceptance.prompt import NO_HINTS, asked, do, draft, send_pasted, shows, turn_begins
from tests.acceptance.talk import is_at_prompt, last_line
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer

if TYPE_CHECKING:
    from tests.support.terminal import Terminal

load_all()

SENT = {
    "//x": "/x",
    "!!x": "!x",
    "@@x": "@x",
    "／／x": "／x",
    "！ls": "！ls",
    "/usr/bin is a folder": "/usr/bin is a folder",
    "/etc": "/etc",
    "exit now": "exit now",
}
RUN = {
    "／set　temperature　0.5": "temperature = 0.5",
    "/set　seed　7": "seed = 7",
    "?": "/help COMMAND explains one",
}
REFUSED = {"/modle": "/model", "/mo": "/model or /models", "/STATUS": "/status", "/nonsense": "/help all"}
COLUMNS = 60
_LAST = ("new", "clear", "delete", "exit")  # the others are told more by a chat that has turns


def runs(told: str) -> Callable[[Terminal], bool]:
    """Wait until a command has said *told* and the prompt is back."""
    return lambda shown: told in shown.text and is_at_prompt(shown)


def is_list(shown: Terminal) -> bool:
    """Return whether a list waits for a choice: its search field is empty."""
    return "/" in shown.screen


def is_settled(shown: Terminal) -> bool:
    """Return whether what was typed in the first row has been taken, and the next thing waits for keys."""
    is_prompt = last_line(shown).startswith(">") and "Esc stops" not in shown.text
    return shown.cursor[1] > 0 and (is_list(shown) or is_prompt)


def test_a_line_is_a_command_or_a_message_or_refused(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """Signs of both widths, doubled signs, paths, wrong names; `exit` alone leaves and says how to come back."""
    scripted = server(always=answer("Yes."))
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=scripted, columns=100)
    shown.wait_for(is_at_prompt)

    for number, line in enumerate(SENT, 2):
        do(shown, "<ctrl-l>", line, "<enter>", then=turn_begins(number))
    for line, told in RUN.items():
        do(shown, "<ctrl-l>", line, "<enter>", then=runs(told))
    for line, told in REFUSED.items():
        do(shown, "<ctrl-l>", line, "<enter>", then=f"unknown command {line}. Nothing was sent.")
        shown.wait_for(shows(line))
        assert told in shown.text
        do(shown, "<ctrl-u>", then=shows(""))
    do(shown, "exit", "<enter>", then="Resume: chat -r")

    assert shown.wait_exit() == 0
    assert asked(scripted) == list(SENT.values())


def test_what_was_not_typed_is_text_and_what_goes_along_is_named(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    """A paste stays one when Up brings it back; a mistyped name is pointed out, and much is asked about."""
    scripted = server(always=answer("Yes."))
    configure(home, NO_HINTS)
    (home / "notes.txt").write_text("N\n" * 21)
    (home / "big.txt").write_text("word " * 60_000)
    shown = terminal("-m", "m", server=scripted, columns=100)
    shown.wait_for(is_at_prompt)

    shown.paste("/status @notes.txt")
    shown.wait_for(shows("/status @notes.txt"))
    do(shown, "!", then=shows("/status @notes.txt!"))
    send_pasted(shown, scripted)
    shown.wait_for(turn_begins(2))
    do(shown, "<up>", then=shows("/status @notes.txt!"))
    do(shown, "<enter>", then=turn_begins(3))
    do(shown, "see @notes.txt", "<enter>", then=turn_begins(4))
    assert "attached: notes.txt (21 lines, 42 B, ~" in shown.text
    do(shown, "see @notez.txt", "<enter>", then="Did you mean @notes.txt?")
    shown.wait_for(shows("see @notez.txt"))
    do(shown, "<ctrl-u>", "see @big.txt", "<enter>", then="Send? [y/N]")
    do(shown, "<enter>", then=shows("see @big.txt"))

    assert asked(scripted)[:2] == ["/status @notes.txt!"] * 2
    assert [text.count("N\n") for text in asked(scripted)] == [0, 0, 21]


def test_a_menu_describes_commands_and_what_may_follow_them(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", server=server(models=["m"]), columns=100)
    shown.wait_for(is_at_prompt)

    do(shown, "/", then="Ask the last question again")
    do(shown, "the", then=lambda it: "Choose the colours of replies" in it.text and "Ask the last" not in it.text)
    do(shown, "<escape>", then=lambda it: "Choose the colours" not in it.text)
    do(shown, "<ctrl-u>", "／exi", then="(quit, q, bye)")
    do(shown, "<escape>", "<ctrl-u>", "/set temp", then=lambda it: " temperature" in it.screen)
    do(shown, "<tab>", then=lambda it: draft(it)[0] == "/set temperature")


def test_every_command_alone_shows_or_picks_or_says_what_it_lacks(
    server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    """On a terminal that draws: no row is too wide, nothing of a list stays, and the prompt comes back."""
    configure(home, NO_HINTS)
    programs = {"PAGER": "cat", "EDITOR": "true"}
    scripted = server(always=echo, models=["m", "large"])
    shown = terminal("-m", "m", server=scripted, columns=COLUMNS, env=programs)
    shown.wait_for(is_at_prompt)
    do(shown, "A?", "<enter>", then=turn_begins(2))
    do(shown, "B?", "<enter>", then=turn_begins(3))

    for command in sorted(commands(), key=lambda entry: entry.name in _LAST):
        if command.name == "exit":
            continue
        do(shown, "<ctrl-l>", then=lambda it: it.cursor[1] == 0)
        do(shown, f"/{command.name}", "<enter>", then=is_settled)
        assert ("needs an argument" in shown.text) == command.needs_argument, command.name
        assert max(map(cells.width, shown.history)) <= COLUMNS, command.name
        if is_list(shown):
            do(shown, "<escape>", then=lambda it: not is_list(it))
        do(shown, "<ctrl-e>", "<ctrl-u>", then=is_at_prompt)

    assert shown.process.poll() is None
    assert not [word for word in ("Traceback", "This is a bug") if word in shown.raw.decode()]


def test_what_would_destroy_asks_first(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    """To delete, and to leave a chat that is not stored; Enter alone says no. A stored one is left at once."""
    configure(home, NO_HINTS)
    shown = terminal("-m", "m", "--no-log", server=server(always=answer("Yes.")))
    shown.wait_for(is_at_prompt)
    do(shown, "A?", "<enter>", then=turn_begins(2))

    for command in ("/new", "/clear"):
        do(shown, command, "<enter>", then=lambda it: "> No" in it.text and is_list(it))
        do(shown, "<enter>", then=turn_begins(2))
    do(shown, "/save", "<enter>", then=runs("Saved as"))
    do(shown, "/delete", "<enter>", then=lambda it: "> No" in it.text and is_list(it))
    do(shown, "<enter>", then=turn_begins(2))
    do(shown, "/clear", "<enter>", then=lambda it: last_line(it) == ">" and it.screen[it.cursor[1]] == ">")
    do(shown, "/resume A?", "<enter>", then=turn_begins(2))
