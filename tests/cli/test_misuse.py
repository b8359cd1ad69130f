"""Words that the command line does not take are told in one line of ours, with the remedy, and nothing is done."""

from __future__ import annotations

import pytest

from tests.conftest import Chat

MISUSES = [
    (("ask", "--nope", "x"), "there is no option --nope. Did you mean "),
    (("--zzzz", "ask", "x"), "there is no option --zzzz. `chat --help` shows what there is"),
    (("--zzzz", "value"), "there is no option --zzzz. `chat --help` shows what there is"),
    (("ask", "x", "-t"), "option '-t' requires an argument. `chat "),
    (("models", "a", "b", "c"), "got unexpected extra argument(s) (b c). `chat models --help` shows what there is"),
    (("keys", "set"), "missing argument 'PROVIDER'. `chat keys set --help` shows what there is"),
    (("config", "frob"), "no such command 'frob'. `chat config --help` shows what there is"),
    (("sessions", "list", "--most", "abc"), "invalid value for '--most': 'abc' is not a valid int"),
    (("frob",), "there is no command `frob`. "),
    (("-q", "frob"), "there is no command `frob`. "),
    (("-mgpt", "frob"), "there is no command `frob`. "),
]


@pytest.mark.parametrize(
    ("words", "told"), MISUSES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_misuse_is_told_in_a_line(chat: Chat, words: tuple[str, ...], told: str) -> None:
    ran = chat(*words)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"chat: {told}")
    assert ran.stderr.count("\n") == 1
