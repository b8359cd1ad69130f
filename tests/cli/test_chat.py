"""A conversation goes by the settings that are changed in it, and begins again with them."""

import re
from pathlib import Path

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, failure
from tests.support.terminal import Terminal


@pytest.fixture
def config(home: Path) -> Path:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    path = folder / "config.toml"
    path.touch(mode=0o600)
    return path


def say(screen: Terminal, line: str, awaited: str) -> None:
    """Type *line* at an empty prompt, send it and wait for *awaited*."""
    screen.wait_for(is_at_prompt)
    screen.type(line)
    screen.press("enter")
    screen.wait_for(awaited)


def test_a_new_chat_goes_back_to_the_configured_endpoint(
    terminal: OpenTerminal, server: OpenServer, config: Path
) -> None:
    mine, other = server(answer("Back."), models=["m"]), server(models=["m"])
    config.write_text(
        '[defaults]\nprovider = "mine"\nmodel = "m"\n'
        f'[providers.mine]\nbase_url = "{mine.url}"\n[providers.other]\nbase_url = "{other.url}"\n'
    )
    screen = terminal()

    say(screen, "/model other/big", "big at other.")
    say(screen, "/new", "New chat.")
    say(screen, "hi", "Back.")

    assert (len(mine.posts), len(other.posts)) == (1, 0)
    assert mine.posts[0].json["model"] == "m"


def test_a_setting_that_is_changed_counts_from_the_next_turn_on(terminal: OpenTerminal, server: OpenServer) -> None:
    model = server(answer("One."), models=["m"], always=answer("Two."))
    screen = terminal("-m", "m", server=model)

    say(screen, "hi", "One.")
    say(screen, "/config defaults.stream false", "│ this run")
    say(screen, "hi", "Two.")

    assert ["stream" in post.json and post.json["stream"] for post in model.posts] == [True, False]


def test_the_whole_chat_is_shown_in_the_pager_or_on_the_screen(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    """Rendered at the width of the screen; a pager that fails is named, and the chat is shown all the same."""
    pager, kept = home / "pager", home / "kept"
    pager.write_text(
        f"#!/bin/sh\ncat > {kept}.part\ntest ! -e {home}/broken; status=$?\nmv {kept}.part {kept}; exit $status\n"
    )
    pager.chmod(0o755)
    model = server(answer("**One** is 1."), answer("Aside."), answer("Two."), models=["m"])
    screen = terminal("-m", "m", server=model, env={"PAGER": str(pager)})
    say(screen, "/history", "This chat is empty.")
    say(screen, "/new 旅行 plans", "called 旅行 plans")
    for line, awaited in (("a?", "One is 1."), ("/btw x?", "Aside."), ("b?", "Two.")):
        say(screen, line, awaited)

    screen.wait_for(is_at_prompt)
    screen.type("/history")
    screen.press("enter")
    screen.wait_for(lambda shown: kept.exists() and is_at_prompt(shown))
    shown = re.sub(r"\x1b\[[\d;]*m", "", kept.read_text())
    (home / "broken").touch()
    say(screen, "/history", "exited with status 1")
    say(screen, "/sessions", "just now")

    assert "\x1b[" in kept.read_text()
    words = ["> a?", "One is 1.", "x?", "Aside.", "2 > b?", "Two."]
    assert [shown.index(word) for word in words] == sorted(shown.index(word) for word in words)
    written = " ".join(screen.history)
    assert written.count("One is 1.") == 2
    assert re.search(r"just now │ +2 ", written)  # an aside is no turn
    assert written.count("旅行 plans") >= 3  # as typed, said and listed


def test_a_model_that_is_configured_anew_waits_for_a_new_chat(terminal: OpenTerminal, server: OpenServer) -> None:
    screen = terminal("-m", "m", server=server(models=["m"]))

    say(screen, "/config defaults.model big", "/new starts one with the new value")
    say(screen, "/model", "m at 127.0.0.1 (")
    say(screen, "/config ui.enter newline", "This is read when chat starts")


def test_a_question_that_fails_shows_the_error_and_no_figures(terminal: OpenTerminal, server: OpenServer) -> None:
    """How long it took to fail says nothing, and one blank line sets the error apart."""
    screen = terminal("-m", "m", server=server(failure(400, "No such thing"), models=["m"]))

    say(screen, "hi", "No such")

    rows = [row.rstrip() for row in screen.history]
    asked = rows.index("> hi")
    assert rows[asked + 1] == ""
    assert rows[asked + 2].startswith("chat: 127.0.0.1")


def test_an_error_is_broken_between_words(terminal: OpenTerminal, server: OpenServer) -> None:
    screen = terminal("-m", "m", server=server(models=["m"]), columns=40)

    say(screen, "/nosuch", "as text")

    rows = [row.rstrip() for row in screen.history]
    told = rows[rows.index("> /nosuch") + 1 :][:3]
    assert " ".join(told) == (
        "chat: unknown command /nosuch. Nothing was sent. /help all lists them. //nosuch sends it as text"
    )


def test_the_cost_of_a_chat_is_in_the_toolbar_and_a_budget_warns_once(
    terminal: OpenTerminal, server: OpenServer, config: Path
) -> None:
    config.write_text(
        'defaults.budget = 0.01\n[models."m"]\ncontext = 4096\nprice = { input = 1000.0, output = 1000.0 }\n'
    )
    usage = {"prompt_tokens": 20, "completion_tokens": 10}
    screen = terminal("-m", "m", server=server(*[answer("Yes.", usage=usage)] * 2, models=["m"]))

    for following in (2, 3):
        say(screen, "go", "Yes.")
        screen.wait_for(f"{following} >")

    screen.wait_for("$0.06")
    assert " ".join(screen.history).count("your daily budget is $0.01") == 1
