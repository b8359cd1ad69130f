"""A file goes along only where someone typed its name: no text from elsewhere can name one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, product
from pathlib import Path

import pytest

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import Dialogue, configure, questions
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer
from tests.support.server import Server

SECRET = "SECRET-7f3a"
NAMES = (
    "@~/.ssh/id_test",
    "@notes.txt",
    '@"my notes.txt"',
    "@sub/deep.txt",
    "@sub",
    "@./notes.txt",
    "@{home}/notes.txt",
)
BEFORE = ("", "> see ", "From: ann@example.com\n", "“", "(", "/file ", "/system ", "//", "`", '"""\n', "@@x ", "!cat ")
AFTER = ("", ", please", ".", ")", "\nThanks", " \\\nmore", '\n"""')


def texts(home: Path) -> Iterator[str]:
    """Give 200 texts that name files of *home*."""
    every = (
        f"{before}{name.replace('{home}', str(home))}{after}" for after, before, name in product(AFTER, BEFORE, NAMES)
    )
    return islice(every, 0, None, 2)


@pytest.fixture
def texts_of_home(home: Path) -> list[str]:
    for name in (".ssh/id_test", "notes.txt", "my notes.txt", "sub/deep.txt"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(SECRET)
    found = list(texts(home))
    assert len(found) > 200
    return found


def holds_secret(scripted: Server) -> bool:
    """Return whether a request holds what is in the files."""
    return any(SECRET.encode() in request.body for request in scripted.requests)


def send_paste(opened: Dialogue, scripted: Server, number: int) -> None:
    """Press Enter, which for a moment after a paste is taken for a part of it, until message *number* is sent."""
    for _ in range(100):
        opened.shown.press("enter")
        with suppress(AssertionError):
            opened.shown.wait_for(lambda _: len(scripted.posts) == number, timeout_s=0.1)
            break
    opened.until_prompt()


def test_k101_text_that_was_not_typed_names_no_file(
    server: OpenServer, dialogue: OpenDialogue, texts_of_home: list[str]
) -> None:
    scripted = server(always=answer("Yes."))
    opened = dialogue(scripted)
    pastes = [texts_of_home[0], *("\n\n".join(texts_of_home[place::8]) for place in range(8))]

    for number, text in enumerate(pastes, 1):
        opened.shown.paste(text)
        send_paste(opened, scripted, number)
    opened.shown.type("see @")
    opened.shown.paste("notes.txt")
    send_paste(opened, scripted, len(pastes) + 1)
    said = "\n".join(opened.shown.history)
    assert "notes.txt was pasted" in said
    assert "/file notes.txt" in said
    opened.enter("/edit 1", draft=pastes[0])
    opened.enter("")
    opened.end()
    again = dialogue(scripted, "-c")
    again.enter("/retry")

    assert questions(scripted)[0] == pastes[0]
    assert not holds_secret(scripted)


def test_k101_words_pipes_and_templates_name_no_file(
    chat: Chat, server: OpenServer, home: Path, texts_of_home: list[str]
) -> None:
    configure(home, '[templates.t]\nprompt = "@notes.txt {{input}}"\n')
    scripted, text = server(always=answer("Yes.")), "\n\n".join(texts_of_home)

    for words in ((text,), ("-c", text), ("-t", "t", text)):
        assert chat("ask", "-m", "m", *words, stdin=text, server=scripted, cwd=home).exit_code == 0

    assert len(scripted.posts) == 3
    assert not holds_secret(scripted)


def test_k101_a_name_that_was_typed_goes_along(
    server: OpenServer, dialogue: OpenDialogue, texts_of_home: list[str]
) -> None:
    scripted = server(always=answer("Yes."))
    opened = dialogue(scripted)

    opened.enter("what is in @notes.txt, and in @sub/deep.txt?")

    assert questions(scripted)[-1].count(SECRET) == 2
