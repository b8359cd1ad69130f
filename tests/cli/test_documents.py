"""`chat sessions show`, `export` and `import`: what goes out comes back, and nothing is overwritten or half done."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcli.conversation.messages import Message, TextPart, text_message
from chatcli.conversation.tree import ChatState, Tree
from tests.conftest import Chat
from tests.store.conftest import GONE, Shelf


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    """The store of `chat` with two chats in it, one of them with a branch that is not in use."""
    shelf = Shelf(home / ".local" / "share" / "chatcli" / "history.db")
    tree = Tree()
    tree.add(text_message("user", "capital of France?"), parent=None)
    tree.add(text_message("assistant", "Paris"), parent=1)
    tree.add(Message("assistant", (TextPart("Lyon"),), reasoning="hm", status="cancelled"), parent=1)
    shelf.journal("01AAAA", GONE).adopt(tree.nodes, ChatState(2, "m", system="Be brief.", options={"seed": 7}))
    shelf.keep("01BBBB", "漢字?", "かな", owner=GONE)
    shelf.database.close()
    yield shelf
    shelf.database.close()


def test_a_chat_is_shown_as_markdown(chat: Chat, shelf: Shelf) -> None:
    shown = chat("sessions", "show", "france").stdout

    assert shown.startswith("# capital of France?\n\n")
    assert shown.endswith("> **System:** Be brief.\n\n## You\n\ncapital of France?\n\n## Assistant\n\nParis\n")


def test_what_is_exported_and_imported_is_the_same_chat_once_more(chat: Chat, shelf: Shelf, home: Path) -> None:
    written = chat("sessions", "export", "--all", "--out", "all.json", cwd=home)
    read = chat("sessions", "import", "all.json", cwd=home)

    assert (written.stderr, read.stderr) == (f"2 chats written to {home / 'all.json'}\n", "2 chats imported\n")
    assert stat.S_IMODE((home / "all.json").stat().st_mode) == 0o600
    opened = [shelf.library.read(entry) for entry in shelf.library.entries()]
    assert [each.entry.title for each in opened].count("capital of France?") == 2
    first, again = (each for each in opened if each.entry.title == "capital of France?")
    assert (first.tree, first.state, first.entry.created_at) == (again.tree, again.state, again.entry.created_at)
    shelf.database.close()


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("md", "# 漢字?"), ("json", '{\n "format": "chat conversation"'), ("html", "<!DOCTYPE html>")],
)
def test_a_document_is_what_its_name_or_the_format_says(
    chat: Chat, shelf: Shelf, home: Path, kind: str, beginning: str
) -> None:
    chat("sessions", "export", "01BBBB", "--out", f"x.{kind}", cwd=home)

    assert (home / f"x.{kind}").read_text(encoding="utf-8").startswith(beginning)
    assert chat("sessions", "export", "01BBBB", "--format", kind).stdout.startswith(beginning)


def test_chats_to_train_with_are_a_line_each(chat: Chat, shelf: Shelf) -> None:
    lines = chat("sessions", "export", "01BBBB", "01AAAA", "--format", "jsonl").stdout.splitlines()

    assert [[message["role"] for message in json.loads(line)["messages"]] for line in lines] == [
        ["user", "assistant"], ["system", "user", "assistant"],
    ]  # fmt: skip


def test_messages_come_in_by_a_pipe(chat: Chat, shelf: Shelf) -> None:
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "hello there"}]

    chat("sessions", "import", "-", stdin=json.dumps({"messages": messages}).encode())

    assert "> **System:** S\n\n## You\n\nhello there" in chat("sessions", "show", "hello there").stdout


def test_a_pipe_is_no_file_that_would_be_overwritten(chat: Chat, shelf: Shelf) -> None:
    ran = chat("sessions", "export", "--all", "--format", "json", "--out", "/dev/stdout")

    assert json.loads(ran.stdout) == json.loads(chat("sessions", "export", "--all", "--format", "json").stdout)
    assert ran.stderr == "2 chats written to /dev/stdout\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export",), "name the chats to export, or pass --all"),
        (("export", "01AAAA", "--all"), "name the chats to export, or pass --all"),
        (("export", "--all", "--format", "md"), "cannot export 2 chats as one md document"),
        (("export", "01AAAA", "--format", "pdf"), "unknown chat format `pdf`"),
        (("export", "01AAAA", "--out", "there.md"), "there.md exists. It was left unchanged"),
        (("import", "there.md"), "there.md: it is not JSON"),
        (("show", "nothing like it"), "`nothing like it`"),
    ],
)
def test_what_cannot_be_done_does_nothing(
    chat: Chat, shelf: Shelf, home: Path, words: tuple[str, ...], said: str
) -> None:
    (home / "there.md").write_text("mine")
    (home / "good.json").write_text('[{"role": "user", "content": "x"}]')

    ran = chat("sessions", *words, cwd=home)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert (home / "there.md").read_text() == "mine"
    assert len(chat("sessions").stdout.splitlines()) == 2


@pytest.mark.parametrize("words", [("import", "good.json", "none.json"), ("import", "folder")])
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_imported(
    chat: Chat, shelf: Shelf, home: Path, words: tuple[str, ...]
) -> None:
    (home / "folder").mkdir()
    (home / "good.json").write_text('[{"role": "user", "content": "x"}]')
    before = shelf.titles()

    ran = chat("sessions", *words, cwd=home)

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert words[-1] in ran.stderr
    assert shelf.titles() == before
