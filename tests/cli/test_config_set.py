"""`chat config` changes the settings file: what is set is read back, and secrets are not shown."""

from pathlib import Path

import pytest

from tests.conftest import Chat


def test_a_setting_is_set_read_and_removed(chat: Chat, home: Path) -> None:
    file = home / ".config" / "chatcli" / "config.toml"

    ran = chat("config", "set", "defaults.system", "You", "are", "terse")
    assert (ran.exit_code, ran.stdout, str(file) in ran.stderr) == (0, "", True)
    assert file.read_text() == '[defaults]\nsystem = "You are terse"\n'
    assert chat("config", "get", "defaults.system").stdout == "You are terse\n"
    assert chat("config", "set", "ui.ascii=on").exit_code == 0
    assert chat("config", "get", "ui").stdout.count("ui.") > 5
    assert "ascii = true" in file.read_text()
    assert chat("config", "unset", "defaults.system").exit_code == 0
    assert "system" not in file.read_text()


WRONG = [
    (["set", "model", "x"], 3, "defaults.model"),
    (["set", "ui.theme", "drak"], 3, '"dark"'),
    (["set", "defaults.provider", "opnai"], 3, "openai"),
    (["set", "models.m.params.temperature", "9"], 3, "temperature"),
    (["set", "providers.p.headers.Authorization", "Bearer abc-def"], 3, "key store"),
    (["set", "ui.theme"], 2, "chat config get ui.theme"),
    (["unset", "ui.theme"], 2, "not set"),
    (["unset", "ui.them"], 3, "ui.theme"),
    (["get", "defaults.modl"], 3, "defaults.model"),
]


@pytest.mark.parametrize(("words", "exit_code", "part"), WRONG, ids=[" ".join(row[0][:2]) for row in WRONG])
def test_mistakes_name_the_remedy_and_write_nothing(
    chat: Chat, home: Path, words: list[str], exit_code: int, part: str
) -> None:
    ran = chat("config", *words)

    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert part in ran.stderr
    assert "abc-def" not in ran.stderr
    assert not (home / ".config" / "chatcli" / "config.toml").exists()


def test_headers_are_masked_and_an_overriding_variable_is_named(chat: Chat) -> None:
    assert chat("config", "set", "providers.p.headers.X-Title", "hidden").exit_code == 0
    shown = (
        chat("config", "get", "providers.p.headers").stdout
        + chat("config", "get", "providers.p.headers.X-Title").stdout
    )
    assert "hidden" not in shown
    assert "X-Title" in shown

    ran = chat("config", "set", "defaults.model", "big", env={"CHAT_MODEL": "tiny"})
    assert "CHAT_MODEL overrides defaults.model" in ran.stderr
