"""`chat connect` without a name: what is offered and how it is chosen; and what is done where settings are not ours."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.terminal import Terminal


@pytest.fixture
def connect(terminal: OpenTerminal) -> OpenTerminal:
    """Open `chat connect` in a window that shows all of its lists."""

    def open_connect(*name: str, **options: Any) -> Terminal:
        return terminal("connect", *name, columns=120, rows=80, **options)

    return open_connect


def reply(screen: Terminal, shown: str, text: str) -> None:
    """Answer once *shown* is on the screen."""
    screen.wait_for(shown)
    screen.type(text)
    screen.press("enter")


def number_of(screen: Terminal, row: str) -> str:
    """Return the number that stands before *row* where it was listed last."""
    screen.wait_for(row)
    found: list[str] = re.findall(rf"^ *(\d+)  {re.escape(row)}$", screen.text, re.MULTILINE)
    return found[-1]


def config(home: Path) -> Path:
    return home / ".config" / "chatcli" / "config.toml"


@pytest.mark.parametrize("by_number", [True, False], ids=["by number", "typed"])
def test_an_address_of_ones_own_is_the_last_choice(
    connect: OpenTerminal, server: OpenServer, home: Path, by_number: bool
) -> None:
    model = server(answer("Hello."), models=["tiny"])

    screen = connect()
    screen.wait_for("Provider [1]:")
    reply(screen, "Provider", number_of(screen, "another URL") if by_number else "another URL")
    reply(screen, "URL, e.g.", model.url)
    reply(screen, "Name for this provider", "mine")

    assert screen.wait_exit() == 0
    assert tomllib.loads(config(home).read_text()) == {
        "defaults": {"provider": "mine", "model": "tiny"},
        "providers": {"mine": {"base_url": model.url}},
    }


def test_a_provider_with_a_key_is_offered_before_the_others(
    connect: OpenTerminal, server: OpenServer, home: Path
) -> None:
    model = server(answer("Hello."), models=["tiny"])

    screen = connect(env={"OPENAI_API_KEY": "sk-secret-123456", "OPENAI_BASE_URL": model.url})
    ready, other = (int(number_of(screen, row)) for row in ("OpenAI (key found)", "DeepSeek (deepseek)"))
    reply(screen, "Provider [1]:", str(ready))

    assert screen.wait_exit() == 0
    assert ready < other
    assert model.posts[0].headers["authorization"] == "Bearer sk-secret-123456"
    assert tomllib.loads(config(home).read_text()) == {"defaults": {"provider": "openai", "model": "tiny"}}


def test_of_many_models_those_are_listed_that_hold_what_is_typed(
    connect: OpenTerminal, server: OpenServer, home: Path
) -> None:
    names = [f"{kind}-{number}" for kind in ("large", "little") for number in range(12)]
    screen = connect(server(answer("Hello."), models=names).url)

    reply(screen, "Name for this provider", "mine")
    reply(screen, "24 models. Type part of a name", "medium")
    reply(screen, "No model name contains medium.", "LITTLE")
    screen.wait_for("12 match.")
    reply(screen, "Model [1]:", number_of(screen, "little-7"))

    assert screen.wait_exit() == 0
    assert "  large-0" not in screen.text
    assert tomllib.loads(config(home).read_text())["defaults"]["model"] == "little-7"


def test_an_answer_without_text_is_no_failure(connect: OpenTerminal, server: OpenServer, home: Path) -> None:
    thought = [stream_head(), sse(chunk(reasoning_content="hm"), chunk(finish="stop"))]
    screen = connect(server(thought, models=["tiny"]).url)

    reply(screen, "Name for this provider", "mine")
    screen.wait_for("(the answer is empty)")

    assert screen.wait_exit() == 0
    assert config(home).exists()


def test_settings_that_cannot_be_changed_stay_and_the_file_is_named(
    connect: OpenTerminal, server: OpenServer, home: Path
) -> None:
    written = '[defaults]\nmodel = "old"\n'
    config(home).parent.mkdir(parents=True, mode=0o700)
    config(home).write_text(written)
    config(home).chmod(0o400)
    model = server(answer("Hello."), models=["tiny"])
    screen = connect(model.url)

    reply(screen, "Name for this provider", "mine")

    screen.wait_for("Change its permissions")
    assert screen.wait_exit() == 3
    assert config(home).read_text() == written
