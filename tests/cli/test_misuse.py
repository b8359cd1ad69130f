"""Words that the command line does not take are told in one line of ours, with the remedy, and nothing is done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatcli.cli.misuse import COMMAND_MEANINGS, FLAG_MEANINGS, meant_flag
from chatcli.cli.table import COMMANDS
from chatcli.flags import FLAGS, flags_of
from tests.conftest import Chat
from tests.support.program import run

MISUSES = [
    (("ask", "--nope", "x"), "unknown option --nope. `chat ask --help` lists the options"),
    (("--zzzz", "ask", "x"), "unknown option --zzzz. `chat --help` lists the options"),
    (("--zzzz", "value"), "unknown option --zzzz. `chat --help` lists the options"),
    (("ask", "x", "-t"), "-t needs a value. `chat "),
    (("ask", "x", "--json=1"), "--json takes no value. `chat "),
    (("models", "a", "b", "c"), "unexpected argument `b c`. `chat models --help` lists the options"),
    (("keys", "set"), "NAME is missing. `chat keys set --help` lists the options"),
    (("config", "frob"), "unknown command `chat config frob`. `chat config --help` lists them"),
    (("keys", "rm"), "unknown command `chat keys rm`. Did you mean `chat keys remove`? `chat keys --help` lists them"),
    (("sessions", "list", "--most", "abc"), "invalid value `abc` for --most: use a whole number"),
    (("ask", "x", "--timeout", "x"), "invalid value `x` for --timeout: use a number"),
    (("history",), "unknown command `history`. `chat sessions` lists the stored chats. "),
    (("frob",), "unknown command `frob`. "),
    (("-q", "frob"), "unknown command `frob`. "),
    (("-mgpt", "frob"), "unknown command `frob`. "),
]


@pytest.mark.parametrize(
    ("words", "told"), MISUSES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_misuse_is_told_in_a_line(chat: Chat, words: tuple[str, ...], told: str) -> None:
    ran = chat(*words)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"chat: {told}")
    assert ran.stderr.count("\n") == 1


MEANT = [
    ("--api-key", "--key-env NAME"),
    ("--temp", "--temperature N"),
    ("--nolog", "did you mean `--no-log`?"),
    ("--max_tokens", "did you mean `--max-tokens`?"),
    ("--log", "--no-log"),
    ("--system-prompt", "did you mean `--system`?"),
    ("--json-output", "did you mean `--json`?"),
    ("--zzzz", ""),
]


@pytest.mark.parametrize(("name", "told"), MEANT)
def test_an_unknown_flag_is_answered_with_what_is_meant(name: str, told: str) -> None:
    meant = meant_flag(name, [name for flag in FLAGS.values() for name in flag.names])

    assert told in meant
    assert bool(told) == bool(meant)


def test_a_flag_that_a_command_does_not_take_is_not_offered() -> None:
    assert meant_flag("--url", ["--most", "--json"]) == ""


def test_what_is_offered_exists() -> None:
    """A flag that is renamed must not live on in the hints."""
    flags = {name for flag in FLAGS.values() for name in flag.names} | {"--version"}
    commands = {command.name for command in COMMANDS if not command.group}
    meanings = " ".join([*FLAG_MEANINGS.values(), *COMMAND_MEANINGS.values()])

    assert set(re.findall(r"--[a-z-]+", meanings)) <= flags
    assert set(re.findall(r"`chat ([a-z]+)", meanings)) <= commands
    taken = {name for flag in flags_of("chat", "ask").values() for name in flag.names}
    assert not {f"--{name}" for name in FLAG_MEANINGS} & taken
    assert not COMMAND_MEANINGS.keys() & commands


UNCONNECTED = [
    (("-f", "nowhere"), 3, "cannot read"),
    (("-r", "nosuch"), 2, "unknown chat `nosuch`"),
    (("-c",), 2, "there is no chat to continue"),
    (("-c", "-r", "x"), 2, "-c and -r cannot be combined"),
    (("--temperature", "9"), 2, "invalid value `9` for `temperature`"),
    (("-o", "bogus=1"), 2, "unknown parameter `bogus`"),
    (("--schema", "{"), 2, "the schema is not valid JSON"),
    (("-n", "3"), 2, "several answers"),
    (("-s", "@nowhere"), 3, "cannot read"),
    (("--dry-run", "-f", "nowhere"), 3, "cannot read"),
    ((), 3, "no model is connected"),
]


@pytest.mark.parametrize(("flags", "code", "told"), UNCONNECTED, ids=[" ".join(flags) for flags, *_ in UNCONNECTED])
def test_arguments_are_judged_before_a_missing_model(home: Path, flags: tuple[str, ...], code: int, told: str) -> None:
    ran = run("ask", "hi", *flags, home=home)

    assert told in ran.stderr
    assert (ran.exit_code, ran.stdout) == (code, "")


@pytest.mark.parametrize("text", ["x = [", "defaults.bogus = 1", 'bindings.send = "no such key"', "\xff"])
def test_help_is_there_while_the_settings_are_broken(home: Path, text: str) -> None:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_bytes(text.encode("latin-1"))

    ran = run("help", "keys", home=home)

    assert ran.exit_code == 0
    assert "Ctrl" in ran.stdout
    assert "config.toml" in ran.stderr
