"""`chat doctor` names each fault and doubt, continues with the next check, and exits with the first fault's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.program import run


def finding(stdout: str, name: str) -> str:
    """Return the line about *name*, without the blanks in front of it."""
    return next(line for line in stdout.splitlines() if f" {name}: " in line).strip()


def test_wrong_settings_are_a_fault_and_the_rest_is_looked_at(chat: Chat, home: Path) -> None:
    path = home / "own.toml"
    path.write_text('[defaults]\nmodle = "x"\n')

    ran = chat("doctor", env={"CHAT_CONFIG": str(path)})

    assert ran.exit_code == 3
    assert finding(ran.stdout, "config").startswith("FAULT config: own.toml, line 2: unknown setting defaults.modle")
    assert finding(ran.stdout, "terminal").startswith("note  terminal: stdout is not a terminal")


def test_a_provider_that_does_not_exist_is_a_fault(chat: Chat) -> None:
    ran = chat("doctor", "-p", "opnai")

    assert ran.exit_code == 3
    assert "unknown provider" in finding(ran.stdout, "endpoint")
    assert 'did you mean "openai"?' in finding(ran.stdout, "endpoint")


def test_a_model_that_is_not_in_the_list_is_noted(chat: Chat, server: OpenServer, home: Path) -> None:
    path = home / "own.toml"
    path.write_text(f'[providers.mine]\nbase_url = "{server(models=["tiny"]).url}"\nmodel = "large"\n')

    ran = chat("doctor", env={"CHAT_CONFIG": str(path)})

    assert ran.exit_code == 0
    assert finding(ran.stdout, "model").startswith("note  model: the endpoint does not list large")


@pytest.mark.parametrize(
    ("models", "said"), [(["tiny"], "note  model: tiny, context window unknown"), ([], "note  model: no model is set")]
)
def test_what_is_not_known_of_a_model_is_noted(server: OpenServer, home: Path, models: list[str], said: str) -> None:
    ran = run("doctor", "--base-url", server(models=models).url, home=home)

    assert ran.exit_code == 0
    assert finding(ran.stdout, "model").startswith(said)


def test_the_guide_needs_no_server(chat: Chat) -> None:
    ran = chat("doctor", "-p", "guide")

    assert ran.exit_code == 0
    assert finding(ran.stdout, "proxy") == "ok    proxy: none: connections are direct"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "ok    terminal: xterm-256color, utf-8, colours"),
        ({"NO_COLOR": "1"}, "ok    terminal: xterm-256color, utf-8, no colours"),
        ({"TERM": "dumb"}, "plain mode"),
    ],
    ids=["able", "without colours", "dumb"],
)
def test_what_the_terminal_can_do_is_told(terminal: OpenTerminal, env: dict[str, str], said: str) -> None:
    screen = terminal("doctor", env=env, columns=120)

    assert screen.wait_exit() == 0
    assert said in finding("\n".join(screen.history), "terminal")


def test_a_terminal_without_utf_8_is_noted_with_the_remedy(terminal: OpenTerminal) -> None:
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    screen = terminal("doctor", env=latin, columns=200)

    assert screen.wait_exit() == 0
    assert "set LANG to a UTF-8 locale" in finding("\n".join(screen.history), "terminal")
