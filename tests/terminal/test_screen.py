"""Lines of ours are broken between words on a terminal, as wide as it is then, and stay whole in a pipe or file."""

from __future__ import annotations

import os
import re
import termios
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from typing import TextIO

import pytest

from chatcli.errors import UsageError
from chatcli.input.interview import Interview
from chatcli.language import language_of
from chatcli.output.plain import Notes, PlainOutput
from chatcli.terminal.cells import width, wrap_words
from chatcli.terminal.screen import wrap_for
from tests.conftest import Chat, OpenTerminal
from tests.tooling import catalogue

SENTENCE = "no key for the provider. Nothing was sent. Run `chat connect`, or set a key such as $OPENAI_API_KEY"
CODE = re.compile("`[^`]+`")


@contextmanager
def narrow_terminal(columns: int = 40) -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """Open a terminal; yields its stream, and what returns the text that it was sent."""
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    try:
        with os.fdopen(slave, "w", encoding="utf-8") as stream:
            yield stream, lambda: os.read(master, 4096).decode().replace("\r", "")
    finally:
        os.close(master)


def writers(stream: TextIO) -> dict[str, Callable[[], object]]:
    notes = Notes(stream, str)
    return {
        "an error": lambda: notes.fail(UsageError(SENTENCE)),
        "a note": lambda: notes.note(SENTENCE),
        "an answer to a command": lambda: PlainOutput(stream, notes, is_terminal=stream.isatty()).say(SENTENCE),
        "a word of an interview": lambda: Interview(StringIO(), stream).say(SENTENCE),
        "a question": lambda: Interview(StringIO("yes\n"), stream).ask(SENTENCE),
    }


@pytest.mark.parametrize("name", writers(StringIO()))
def test_lines_of_ours_are_broken_between_words_on_a_terminal_alone(name: str) -> None:
    with closing(StringIO()) as pipe, narrow_terminal() as (stream, shown):
        writers(pipe)[name]()
        writers(stream)[name]()

        rows = shown().rstrip("\n").split("\n")
        assert SENTENCE in pipe.getvalue()
        assert " ".join(rows).replace("`", "") == pipe.getvalue().rstrip("\n").replace("`", "")
        assert len(rows) == 3
        assert max(map(len, rows)) <= 40


def test_all_that_follows_a_lead_stands_behind_it() -> None:
    with narrow_terminal(16) as (stream, _shown):
        assert wrap_for(stream, "one two three four", lead="正常  ") == "正常  one two\n      three four"
        assert wrap_for(stream, "ask:\n  http://127.0.0.1/long/one\n  two three four") == (
            "ask:\n  http://127.0.0.1/long/one\n  two three four"
        )
        assert wrap_for(stream, "  one two three four") == "  one two three\n  four"
    assert wrap_for(StringIO(), "one two three four", lead="正常  ") == "正常  one two three four"


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("fence", ["```", "~~~~", "> ```", "  ```"])
def test_code_of_several_lines_stays_as_it_is(fence: str, *, quoted: bool) -> None:
    """Whoever copies a command from the terminal gets the command."""
    command = f"{fence[:-3].rstrip('~')}curl https://127.0.0.1/v1/models | sed 's/one two/three four/' | sort"
    with narrow_terminal() as (stream, shown):
        output = PlainOutput(stream, Notes(stream, str), is_terminal=True)

        output.say(f"{SENTENCE}\n{fence}sh\n{command}\n\n{fence}\n\n{SENTENCE}", quoted=quoted)

        before, code, after = shown().partition(f"{fence}sh\n{command}\n\n{fence}\n")
        assert code
        assert max(map(len, (before + after).split("\n"))) <= 40


@pytest.mark.parametrize("locale", [None, *catalogue.locales()])
def test_code_in_messages_is_never_parted_where_a_line_has_room_for_it(locale: str | None) -> None:
    """All messages that the program has, at 40 columns."""
    messages = list(catalogue.translated(locale or catalogue.locales()[0]))
    texts = [
        text for message in messages for text in (catalogue.all_strings(message) if locale else forms_of(message.id))
    ]
    parted = [
        code for text in texts for code in CODE.findall(wrap_words(text, 40)) if "\n" in code and width(code) <= 40
    ]

    assert len(texts) > 1000
    assert parted == []


def forms_of(message: object) -> tuple[str, ...]:
    return tuple(message) if isinstance(message, tuple | list) else (str(message),)


@pytest.mark.parametrize("lang", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_errors_and_findings_of_the_program_are_those_of_a_pipe(lang: str, chat: Chat, terminal: OpenTerminal) -> None:
    assert language_of(lang)
    for words, stream in ((["ask", "-t", "nothing", "hello"], "stderr"), (["doctor", "-p", "nothing"], "stdout")):
        piped = chat(*words, env={"LANG": lang, "LC_ALL": lang, "TERM": "xterm-256color"})
        shown = terminal(*words, env={"LANG": lang, "LC_ALL": lang}, columns=44)
        shown.wait_exit()

        lines = [re.sub(r"\s", "", line) for line in getattr(piped, stream).splitlines()]
        joined = re.sub(r"\s", "", "".join(shown.history))
        assert [line for line in lines if line not in joined and "terminal" not in line and "终端" not in line] == []
        assert [row for row in shown.history if row.count("`") % 2] == []
