"""In a locale that knows nothing but ASCII, all of a conversation that is not the user's or the model's is ASCII."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.terminal import Terminal

REPLY = "# Title\n\n- one\n- two\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\n1. `x`"
COMMANDS = (
    *["/help all", "/context", "/models", "/config", "/cost", "/tools", "/sessions", "/status", "/request"],
    *["/rename My chat", "/nonsense", "/file missing.txt", "/system Be brief.", "/pin 1", "/theme nope"],
)
_BEYOND = re.compile(rb"[^\x00-\x7f]+.{0,60}")
_LEFT = b"\x1b[?2004l"  # the prompt is left
_AT_PROMPT = re.compile(rb"\x1b\[\?2004h(?:(?!\x1b\[\?2004l|Esc stops).)*\Z", re.DOTALL)


def test_a_conversation_in_the_c_locale_is_ascii(terminal: OpenTerminal, server: OpenServer) -> None:
    screen = terminal("-m", "m", server=server(answer(REPLY), models=["m", "n"]), env={"LC_ALL": "C"}, rows=40)
    screen.wait_for(is_at_prompt)
    screen.type("a question\r")
    screen.wait_for(lambda shown: "2 >" in shown.screen)
    for line in COMMANDS:
        before = len(screen.raw)
        screen.press("ctrl-u")
        screen.type(line)
        screen.press("enter")
        screen.wait_for(_next_prompt(before))
    screen.press("ctrl-u")
    screen.type("/model\r")
    screen.wait_for("Which model?")
    screen.press("escape")
    screen.wait_for(is_at_prompt)

    history = "\n".join(screen.history)
    assert [seen for seen in ("Title", "My chat", "/nonsense", "missing.txt") if seen not in history] == [], history
    assert _BEYOND.findall(screen.raw) == []


def _next_prompt(read_bytes: int) -> Callable[[Terminal], bool]:
    """Return what waits for a prompt behind the first bytes that were read."""

    def holds(shown: Terminal) -> bool:
        return _LEFT in shown.raw[read_bytes:] and _AT_PROMPT.search(shown.raw) is not None

    return holds


@pytest.mark.parametrize("words", [["--help"], ["doctor"], ["sessions"], ["help", "keys"], ["ask", "--nonsense"]])
def test_commands_write_ascii_in_the_c_locale(terminal: OpenTerminal, words: list[str]) -> None:
    screen = terminal(*words, env={"LC_ALL": "C"})
    screen.wait_exit()

    assert _BEYOND.findall(screen.raw) == []
