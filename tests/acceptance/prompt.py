"""The prompt on a drawing terminal, as tests use it: press, type, and wait for what the draft shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.acceptance.talk import is_at_prompt
from tests.support.server import Server

if TYPE_CHECKING:
    from tests.support.terminal import Terminal

NO_HINTS = "[ui]\nhints = false\n"  # whose words would be taken for what is waited for
_MARK = re.compile(r"^(?:\d+ )?> ?")


def draft(shown: Terminal) -> list[str]:
    """Return the lines from the last mark to the toolbar."""
    rows = [row for row in shown.screen if row]
    begin = max(place for place, row in enumerate(rows) if _MARK.match(row))
    end = next((place for place, row in enumerate(rows) if place > begin and row.startswith("m@")), len(rows))
    return [_MARK.sub("", rows[begin]).strip(), *(row.strip() for row in rows[begin + 1 : end])]


def shows(*lines: str) -> Callable[[Terminal], bool]:
    """Wait until the draft, and what stands between it and the toolbar, is *lines*."""
    return lambda shown: draft(shown) == list(lines)


def turn_begins(number: int) -> Callable[[Terminal], bool]:
    """Wait until the empty prompt of turn *number* is there."""
    return lambda shown: shown.screen[shown.cursor[1]] == f"{number} >" and is_at_prompt(shown)


def do(shown: Terminal, *steps: str, then: Callable[[Terminal], object] | str) -> None:
    """Press the keys among *steps*, which are in angle brackets, type the others, and wait."""
    for step in steps:
        if step.startswith("<"):
            shown.press(step.strip("<>"))
        else:
            shown.type(step)
    shown.wait_for(then)


def asked(server: Server) -> list[str]:
    """Return the last message of each request."""
    return [post.json["messages"][-1]["content"] for post in server.posts]


def send_pasted(shown: Terminal, server: Server) -> None:
    """Press Enter until the message is sent: one so soon after a paste is taken for a part of it."""
    before = len(server.posts)
    while len(server.posts) == before:
        shown.press("enter")
        with suppress(AssertionError):
            shown.wait_for(lambda _: len(server.posts) > before, timeout_s=0.1)


def ends_with(shown: Terminal, *, row: str) -> bool:
    """Return whether *row* is the last one on the screen that is not empty."""
    return next(found for found in reversed(shown.screen) if found) == row
