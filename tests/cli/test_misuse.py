"""Words that the command line does not take are told in one line of ours, with the remedy, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Chat
from tests.support.forks import Forks

MISUSES = [
    (("ask", "--nope", "x"), "unknown option --nope. Did you mean "),
    (("--zzzz", "ask", "x"), "unknown option --zzzz. `chat --help` lists the options"),
    (("--zzzz", "value"), "unknown option --zzzz. `chat --help` lists the options"),
    (("ask", "x", "-t"), "option '-t' requires an argument. `chat "),
    (("models", "a", "b", "c"), "got unexpected extra argument(s) (b c). `chat models --help` lists the options"),
    (("keys", "set"), "missing argument 'PROVIDER'. `chat keys set --help` lists the options"),
    (("config", "frob"), "no such command 'frob'. `chat config --help` lists the options"),
    (("sessions", "list", "--most", "abc"), "invalid value for '--most': 'abc' is not a valid int"),
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
def test_arguments_are_judged_before_a_missing_model(
    forks: Forks, home: Path, flags: tuple[str, ...], code: int, told: str
) -> None:
    ran = forks.run("ask", "hi", *flags, home=home)

    assert told in ran.stderr
    assert (ran.exit_code, ran.stdout) == (code, "")
