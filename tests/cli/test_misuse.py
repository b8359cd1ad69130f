"""Words that the command line does not take are told in one line of ours, with the remedy, and nothing is done."""

from __future__ import annotations

import pytest

from tests.conftest import Chat

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
