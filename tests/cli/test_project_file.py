"""A project file that is passed over is said, by every door; a trusted one sets words and reads no files."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.program import run
from tests.support.server import Server

UNTRUSTED = "chat: .chat.toml is ignored: it is not trusted. `chat trust` accepts it\n"
CHANGED = "chat: .chat.toml is ignored: it changed after you trusted it. `chat trust` accepts it\n"
TEMPLATES = '[templates.each]\nprompt = "Sort it"\neach = "line"\n'


@pytest.fixture
def model(server: OpenServer, home: Path) -> Server:
    """A server that is configured, and a project file in the home."""
    opened = server(always=answer("A"))
    config = home / ".config/chatcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[defaults]\nprovider = "l"\nmodel = "m"\n[providers.l]\nbase_url = "{opened.url}"\n{TEMPLATES}')
    (home / ".chat.toml").write_text('[defaults]\nsystem = "PROJECT"\n')
    return opened


ASKS = [
    ("ask", "hi"),
    ("ask", "--json", "hi"),
    ("ask", "-x", "hi"),
    ("ask", "--dry-run", "hi"),
    ("ask", "-c", "hi"),
    ("ask", "-t", "each", "hi"),
]


@pytest.mark.parametrize(("quiet", "words"), [*product([()], ASKS), *product([("-q",)], ASKS[:2])])
def test_what_is_passed_over_is_said_once_on_stderr(
    model: Server, home: Path, words: tuple[str, ...], quiet: tuple[str, ...]
) -> None:
    run("ask", "-q", "before", home=home)
    untrusted = run(*quiet, *words, home=home)
    run("trust", home=home)
    trusted = run(*quiet, *words, home=home)
    (home / ".chat.toml").write_text('[defaults]\nsystem = "OTHER"\n')
    changed = run(*quiet, *words, home=home)

    told = [ran.stderr.count(sentence) for ran, sentence in ((untrusted, UNTRUSTED), (changed, CHANGED))]
    assert told == ([0, 0] if quiet else [1, 1])
    assert ".chat.toml" not in trusted.stderr + untrusted.stdout + changed.stdout
    sent = "".join(post.body.decode() for post in model.posts) + trusted.stdout
    assert "OTHER" not in sent
    assert sent.count("PROJECT") == (0 if words[:2] == ("ask", "-c") else 1)


def test_a_conversation_says_it_too(terminal: OpenTerminal, model: Server) -> None:
    terminal(columns=120).wait_for(UNTRUSTED.strip())


@pytest.mark.parametrize("system", ["@secret", "@~/secret", "@{home}/secret", "@@secret"])
def test_a_trusted_file_makes_no_other_file_part_of_a_request(model: Server, home: Path, system: str) -> None:
    (home / "secret").write_text("SECRET-aa11")
    literal = system.replace("{home}", str(home))
    (home / ".chat.toml").write_text(f'[defaults]\nsystem = "{literal}"\n')
    run("trust", home=home)

    assert run("ask", "hi", home=home).exit_code == 0

    assert [message["content"] for message in model.posts[0].json["messages"]] == [literal, "hi"]
