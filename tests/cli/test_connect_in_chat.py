"""`/connect` sets up a model without leaving the chat; the guide offers it on Enter."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, failure
from tests.support.terminal import Terminal


def config(home: Path) -> Path:
    return home / ".config" / "chatcli" / "config.toml"


def send(screen: Terminal, line: str, awaited: str) -> None:
    screen.wait_for(is_at_prompt)
    screen.type(line)
    screen.press("enter")
    screen.wait_for(awaited)


def reply(screen: Terminal, shown: str, text: str) -> None:
    screen.wait_for(shown)
    screen.type(text)
    screen.press("enter")


def test_the_guide_offers_it_and_the_chat_goes_on_with_the_model(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    """A list that Esc leaves, an address that is tried, a key that is asked for unseen, and the first real answer."""
    refusal = failure(401, "who are you?")
    model = server(refusal, answer("Hello."), answer("I am tiny."), models=[{"id": "tiny", "meta": {"n_ctx": 4000}}])
    screen = terminal(columns=100)

    send(screen, "", "OpenAI (openai)")
    screen.press("escape")
    screen.wait_for("Nothing changed.")
    send(screen, f"/connect {model.url}", "Name for this provider [local]")
    screen.type("mine")
    screen.press("enter")
    reply(screen, "(not shown)", "sk-secret-123456")
    screen.wait_for("ctx 0/4k")
    send(screen, "who?", "I am tiny.")

    assert "tiny at mine answers from the next question on" in " ".join(screen.text.split())
    assert b"sk-secret" not in screen.raw
    assert [post.headers.get("authorization") for post in model.posts[1:]] == ["Bearer sk-secret-123456"] * 2
    assert model.posts[2].json["messages"][-1]["content"] == "who?"
    assert tomllib.loads(config(home).read_text())["defaults"] == {"provider": "mine", "model": "tiny"}
    send(screen, "/connect nosuch", "unknown provider")


def test_a_plain_prompt_offers_it_too_and_ctrl_c_changes_nothing(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    screen = terminal("--plain", columns=100)

    send(screen, "", "Number, or empty for none")
    screen.press("enter")
    screen.wait_for("Nothing changed.")
    send(screen, f"/connect {server().url}", "Name for this provider")
    screen.press("ctrl-c")
    screen.wait_for(lambda shown: shown.text.count("Nothing changed.") == 2)
    send(screen, "/theme", "Which theme?")
    screen.press("ctrl-c")
    send(screen, "/help connect", "Choose a model")
    assert not config(home).exists()
