"""One number from one place: whatever shows the tokens of a turn or of the window shows the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatcli.commands import load_all
from chatcli.commands.context import CommandContext
from chatcli.commands.table import Say
from chatcli.conversation.messages import Usage, UsageReported
from chatcli.conversation.window_fill import describe_fill, window_fill
from chatcli.repl.toolbar import ToolbarReader
from tests.commands.conftest import context_with, interpret
from tests.conftest import OpenServer
from tests.support.answers import answer
from tests.support.program import run
from tests.support.scripted import says

load_all()


@pytest.mark.parametrize(
    ("usage", "mark"),
    [({"prompt_tokens": 75, "completion_tokens": 6, "total_tokens": 81}, ""), (None, "~")],
    ids=["reported", "estimated"],
)
def test_the_line_of_a_turn_and_its_event_agree(
    server: OpenServer, home: Path, usage: dict[str, int] | None, mark: str
) -> None:
    model = server(always=answer("Paris", usage=usage))
    ask = ("--base-url", model.url, "ask", "-m", "m")

    line = run(*ask, "-u", "capital?", home=home).stderr
    events = [json.loads(row) for row in run(*ask, "--json", "capital?", home=home).stdout.splitlines()]

    (counted,) = [event for event in events if event["type"] == "usage"]
    assert f"in {mark}{counted['prompt_tokens']} out {mark}{counted['completion_tokens']} " in line
    assert counted["estimated"] is bool(mark)
    assert usage is None or counted["prompt_tokens"] == 75


def test_a_question_that_got_nothing_took_nothing(home: Path) -> None:
    ran = run("--base-url", "http://127.0.0.1:9/v1", "ask", "-m", "m", "-u", "capital?", home=home)

    assert (ran.exit_code, " out " in ran.stderr) == (5, False)


def said(context: CommandContext, line: str) -> str:
    outcome = interpret(line, context)
    assert isinstance(outcome, Say)
    return outcome.markdown


@pytest.mark.parametrize("usage", [Usage(1200, 34), None], ids=["reported", "estimated"])
def test_everything_that_shows_the_window_agrees(usage: Usage | None) -> None:
    reported = [UsageReported(usage)] if usage else []
    context = context_with(says("a" * 30), [*says("b" * 50), *reported], system="Be brief.")
    context.session.binding.budget.window_tokens = 8000

    bar = ToolbarReader(context).read().fill
    assert bar is not None
    numbers = [
        re.search(r"~?[\d.]+k?", text)
        for text in (
            describe_fill(bar),
            describe_fill(window_fill(context.session)),
            said(context, "/tokens"),
            said(context, "/context").partition("Total ")[2],
        )
    ]

    assert {found[0] for found in numbers if found} == {"1.2k" if usage else "~93"}
    assert None not in numbers
