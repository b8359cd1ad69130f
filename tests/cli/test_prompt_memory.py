"""A start that ends at the usual prompt leaves a stamp for the next one, and any other takes it away."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chatcli.app.configuration import Configuration
from chatcli.app.user_files import UserFiles
from chatcli.cli.prompt_memory import remember_prompt
from chatcli.files.own import app_dirs, write_private
from chatcli.files.prompt_stamp import is_stamped
from chatcli.flags import Flags
from chatcli.process.environment import Environment


def remember(environ: dict[str, str], settings: str = "") -> None:
    """End a start at the prompt, with that settings file; none where it is ""."""
    if settings:
        write_private(app_dirs(environ).config_file, settings.encode())
    home = Path(environ["HOME"])
    environment = Environment(environ, home, io.StringIO(), io.StringIO(), io.StringIO())
    remember_prompt(Configuration(environment, Flags(), UserFiles(home, environ)))


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "TERM": "xterm"}


@pytest.mark.parametrize("settings", ["", "[ui]\nascii = true\n", "[ui]\nctrl_c_exit = false\n"])
def test_the_usual_prompt_is_remembered(environ: dict[str, str], settings: str) -> None:
    remember(environ, settings)

    assert is_stamped(environ)


OTHERS = {
    "plain": "[ui]\nplain = true",
    "vi": '[ui]\nedit_mode = "vi"',
    "a password manager": '[providers.openai]\napi_key_cmd = ["pass", "openai"]',
    "a keyring": "[providers.openai]\napi_key_keyring = true",
}


@pytest.mark.parametrize("settings", OTHERS.values(), ids=OTHERS)
def test_any_other_prompt_or_reader_of_the_terminal_ends_the_stamp(environ: dict[str, str], settings: str) -> None:
    remember(environ)
    remember(environ, f"{settings}\n")

    assert not is_stamped(environ)


@pytest.mark.parametrize("changes", [{"CHAT_PLAIN": "1"}, {"CHAT_CONFIG": "relative.toml"}], ids=str)
def test_no_stamp_is_left_where_the_environment_decides(
    environ: dict[str, str], changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(environ["HOME"])
    write_private(Path("relative.toml"), b"")
    remember(environ | changes)

    assert not is_stamped(environ | changes)


def test_a_state_folder_that_cannot_be_written_is_no_fault(environ: dict[str, str]) -> None:
    app_dirs(environ).state.parent.mkdir(parents=True)
    app_dirs(environ).state.write_bytes(b"a file")

    remember(environ)

    assert not is_stamped(environ)


@pytest.mark.parametrize("other", [{"TERM": "dumb"}, {"TERM": ""}, {"TERM": "screen"}, {"CHAT_PLAIN": "1"}], ids=str)
def test_starts_in_two_terminals_in_turn_keep_the_stamp(environ: dict[str, str], other: dict[str, str]) -> None:
    for changes in ({}, other, {}):
        remember(environ | changes)

    assert is_stamped(environ)
    remember(environ | other)
    assert is_stamped(environ)
