"""A chat is written into a file, or stored from its beginning although it was not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Say
from chatcli.errors import UsageError
from tests.commands.conftest import Paper, Unkept, interpret
from tests.support.scripted import says

MakeDesk = Callable[..., CommandContext]


class Folder(Paper):
    """Where files would be written."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def write_text(self, name: str, text: str) -> str:
        if name in self.files:
            raise UsageError(f"{name} exists")
        self.files[name] = text
        return f"/here/{name}"


@pytest.mark.parametrize(
    ("argument", "file", "beginning"),
    [
        ("a b.md", "a b.md", "# q1"),
        ("x.html", "x.html", "<!DOCTYPE html>"),
        ("json notes.txt", "notes.txt", '{\n "format": "chat conversation"'),
        ("jsonl x", "x", '{"messages": ['),
        ("", "chat-20010203-040506.md", "# q1"),
        ("html", "chat-20010203-040506.html", "<!DOCTYPE html>"),
    ],
)
def test_a_chat_is_written_in_the_format_that_is_meant(
    context: MakeDesk, argument: str, file: str, beginning: str
) -> None:
    folder = Folder()
    here_s = time.mktime((2001, 2, 3, 4, 5, 6, 0, 0, -1))  # as clocks show it, wherever the tests run
    place = context(says("Paris"), files=folder, now=lambda: here_s)

    outcome = interpret(f"/export {argument}", place)

    assert outcome == Say(f"Saved to `/here/{file}`.")
    assert folder.files[file].startswith(beginning)
    assert "Paris" in folder.files[file]


def test_what_is_written_is_the_whole_chat(context: MakeDesk) -> None:
    folder = Folder()

    interpret("/export x.json", context(says("a"), says("b"), files=folder))

    assert len(json.loads(folder.files["x.json"])["messages"]) == 4


@pytest.mark.parametrize("line", ["/export x.pdf", "/save x.pdf"])
def test_a_format_that_is_none_is_refused(context: MakeDesk, line: str) -> None:
    with pytest.raises(UsageError, match="unknown chat format `pdf`"):
        interpret(line, context(says("a"), files=Folder()))


def test_a_chat_in_which_nothing_was_said_is_not_written(context: MakeDesk) -> None:
    assert interpret("/export x.md", context(files=Folder())) == Say("Nothing to export yet.")


def test_a_chat_that_was_not_stored_is_stored_on_request(context: MakeDesk) -> None:
    archive = Unkept()

    outcome = interpret("/save", context(says("a"), chats=archive))

    assert archive.is_on
    assert outcome == Say("It is saved from the first question on.")


def test_saving_into_a_file_is_exporting(context: MakeDesk) -> None:
    folder = Folder()

    assert interpret("/save x.md", context(says("a"), files=folder)) == Say("Saved to `/here/x.md`.")
    assert list(folder.files) == ["x.md"]
