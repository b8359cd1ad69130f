"""What slash commands reach in the real program: the endpoint, the settings, the help, the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.terminal import Terminal


def enter(screen: Terminal, line: str, expected: str) -> None:
    """Type *line* at the prompt, press Enter, and wait for what it brings."""
    screen.wait_for(is_at_prompt)
    screen.type(line)
    screen.press("enter")
    screen.wait_for(expected)


def leave(screen: Terminal) -> int:
    screen.wait_for(is_at_prompt)
    screen.press("ctrl-d")
    return screen.wait_exit()


@pytest.fixture
def talk(terminal: OpenTerminal, server: OpenServer) -> Terminal:
    """A conversation that has begun."""
    screen = terminal("-m", "m", server=server(always=answer("Paris"), models=["m", "large"]), columns=100, rows=50)
    screen.wait_for("/help lists commands")
    return screen


def test_another_model_answers_from_the_next_turn_on(terminal: OpenTerminal, server: OpenServer) -> None:
    model = server(always=answer("Paris"), models=["m", "large"])
    screen = terminal("-m", "m", server=model)
    screen.wait_for("/help lists commands")

    enter(screen, "/model large", "From the next turn on")
    enter(screen, "capital?", "Paris")

    assert leave(screen) == 0
    assert [post.json["model"] for post in model.posts] == ["large"]


def test_another_provider_answers_from_the_next_turn_on(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(always=answer("Paris"))
    (home / "own.toml").write_text(f'[providers.mine]\nbase_url = "{model.url}"\nmodel = "m"\n')
    screen = terminal(env={"CHAT_CONFIG": str(home / "own.toml")})

    enter(screen, "/model guide/guide", "at guide")
    enter(screen, "how do I exit?", "chat help")

    assert leave(screen) == 0
    assert not model.posts


def test_the_models_of_the_endpoint_are_listed(talk: Terminal) -> None:
    enter(talk, "/models lar", "large")

    assert leave(talk) == 0


def test_help_knows_the_topics(talk: Terminal) -> None:
    enter(talk, "/help privacy", "Privacy")

    assert leave(talk) == 0


def test_a_system_prompt_is_read_from_a_file(talk: Terminal, home: Path) -> None:
    (home / "prompt.md").write_text("Be brief.")

    enter(talk, "/system @prompt.md", "System prompt set (9 characters)")

    assert leave(talk) == 0


def test_a_path_is_text_and_no_command(talk: Terminal) -> None:
    enter(talk, "/tmp", "Paris")

    assert leave(talk) == 0


def test_an_argument_is_completed(talk: Terminal) -> None:
    talk.type("/theme li")
    talk.wait_for(lambda shown: shown.screen[shown.cursor[1] + 1].strip() == "light")
    talk.press("tab")
    talk.wait_for("> /theme light")
    talk.press("enter")
    talk.wait_for("The theme is light")

    assert leave(talk) == 0


def test_the_colours_of_a_theme_are_seen_before_it_is_chosen(talk: Terminal) -> None:
    talk.type("/theme ")
    talk.press("enter")
    talk.wait_for("def greet")
    first = talk.raw.rpartition(b"def")[0][-12:]
    for _ in range(5):
        talk.press("down")
    talk.wait_for(lambda shown: shown.raw.rpartition(b"def")[0][-12:] != first)
    talk.press("escape")
    talk.wait_for(lambda shown: is_at_prompt(shown) and "def greet" not in shown.text)

    assert leave(talk) == 0


def test_a_folder_for_the_history_that_cannot_be_made_is_told(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    (home / ".local").write_text("in the way")

    screen = terminal("-m", "m", server=server(answer("Paris")), columns=160)
    screen.wait_for("Prompt history is kept")
    enter(screen, "capital?", "Paris")
    screen.wait_for("this chat is not being saved")

    assert leave(screen) == 12


def test_shell_command_is_shown_ended_by_ctrl_c_and_attached_on_request(
    terminal: OpenTerminal, server: OpenServer
) -> None:
    scripted = server(answer("Fine."), models=["m"])
    screen = terminal("-m", "m", server=scripted, env={"SHELL": "/bin/sh"})
    screen.wait_for(is_at_prompt)
    screen.type("!echo out''put; sleep 600")
    screen.press("enter")
    screen.wait_for(lambda screen: "output" in screen.screen)
    screen.press("ctrl-c")
    screen.wait_for("stopped by you")

    enter(screen, "/attach output", "Attached")
    enter(screen, "what is it?", "Fine.")

    sent = json.dumps(scripted.posts[-1].json["messages"])
    assert sent.count("output") >= 1
    assert "what is it?" in sent
    assert leave(screen) == 0
