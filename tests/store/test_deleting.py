"""Deleting is exact: what was deleted is in no file, and what another chat uses is still there."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.messages import FilePart, ImagePart, Message, Part, TextPart, text_message
from chatcli.conversation.tree import ChatState, Tree
from chatcli.errors import UsageError
from chatcli.store.library import Library
from tests.store.conftest import GONE, HERE, Shelf

PICTURES = [f"picture number {number} ".encode() * 40 for number in range(4)]


def picture(number: int) -> ImagePart:
    return ImagePart(f"data:image/png;base64,{base64.b64encode(PICTURES[number]).decode()}")


def document(number: int) -> FilePart:
    return FilePart(f"d{number}.pdf", f"data:application/pdf;base64,{base64.b64encode(PICTURES[number]).decode()}")


def add(shelf: Shelf, word: str, *attached: Part) -> str:
    tree = Tree()
    tree.head = tree.add(Message("user", (TextPart(f"{word}question"), *attached)), parent=None).id
    tree.head = tree.add(text_message("assistant", f"{word}answer"), parent=tree.head).id
    return shelf.library.add(tree, ChatState(head=2), title=f"{word}title", created_s=1e9)


def files_with(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and word in path.read_bytes()]


@settings(max_examples=20)
@given(
    chats=st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=5),
    gone=st.sets(st.integers(0, 4)),
)
def test_what_another_chat_uses_stays_and_all_else_goes(
    tmp_path_factory: pytest.TempPathFactory, chats: list[list[int]], gone: set[int]
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf") / "data" / "history.db")
    ids = [
        add(shelf, f"w{number}x", *(picture(one) if number % 2 else document(one) for one in attached))
        for number, attached in enumerate(chats)
    ]
    gone = {number for number in gone if number < len(chats)}

    shelf.library.delete([ids[number] for number in gone])

    left = {one for number, attached in enumerate(chats) if number not in gone for one in attached}
    for number, attached in enumerate(chats):
        if number not in gone:
            opened = shelf.library.read(shelf.entry(ids[number]))
            parts = opened.tree[1].message.parts[1:]
            assert list(parts) == [picture(one) if number % 2 else document(one) for one in attached]
            assert shelf.found(f"w{number}xanswer")
    shelf.database.close()
    for number in gone:
        assert files_with(shelf.path.parent, f"w{number}x".encode()) == []
    for one in range(4):
        assert bool(files_with(shelf.path.parent, PICTURES[one][:30])) == (one in left)


def test_j100_a_deleted_chat_leaves_no_word_behind(shelf: Shelf) -> None:
    shelf.keep("01AA", "How do I write a parser?", "Begin with a lexer.")
    shelf.keep("01BB", "Un café crème", "yes")
    for number in range(3):
        shutil.copy(shelf.path, shelf.path.with_suffix(f".v{number}.bak"))

    shelf.library.delete(["01AA"])

    shelf.database.close()
    for word in (b"parser", b"lexer", b"01AA"):
        assert files_with(shelf.path.parent, word) == []
    assert shelf.found("lexer") == []
    assert shelf.found("café") != []


def test_a_text_that_has_changed_leaves_no_word_in_the_index(shelf: Shelf) -> None:
    """The index keeps no text, and has to be told the old one to forget it."""
    shelf.keep("01AA", "parser", "Begin with a lexer.")
    shelf.keep("01BB", "Un café crème", "yes")
    shelf.database.close()
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("UPDATE part SET text = 'something else' WHERE text LIKE '%lexer%'")

    shelf.library.delete(["01AA"])

    shelf.database.close()
    assert files_with(shelf.path.parent, b"lexer") == []
    assert shelf.found("café") != []
    shelf.library.check()
    assert shelf.said == []


def test_a_chat_with_an_empty_question_is_deleted(shelf: Shelf) -> None:
    """The index knows nothing of what is shown in its place."""
    shelf.put("01AA", "")

    shelf.library.delete(["01AA"])
    shelf.library.check()

    assert (shelf.titles(), shelf.said) == ([], [])


def test_a_branch_and_a_summary_go_too(shelf: Shelf) -> None:
    tree = shelf.keep("01AA", "parser", "first")
    journal = shelf.journal("01AA")
    other = tree.add(text_message("assistant", "lexer"), parent=1)
    journal.resume("parser", tree, ChatState(head=2))
    journal.finish([other], ChatState(head=other.id, system="be a compiler"))

    shelf.library.delete(["01AA"])

    shelf.database.close()
    for word in (b"parser", b"lexer", b"compiler"):
        assert files_with(shelf.path.parent, word) == []


def test_a_damaged_copy_that_may_hold_it_is_named(shelf: Shelf) -> None:
    shelf.keep("01AA", "parser", "lexer")
    shelf.database.close()
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = -1")
    shelf.titles()

    shelf.library.delete(["01AA"])

    shelf.database.close()
    copies = files_with(shelf.path.parent, b"lexer")
    assert len(copies) == 1
    assert copies[0] in shelf.said[-1]
    assert "delete it" in shelf.said[-1]


def test_a_chat_that_is_open_elsewhere_stops_all_of_the_deleting(shelf: Shelf) -> None:
    shelf.keep("01AA", "a", "A")
    shelf.keep("01BB", "b", "B")
    Library(shelf.database, GONE).delete([])  # of a program that has ended nothing is held
    shelf.journal("01AA").release()
    other = Library(Shelf(shelf.path).database, HERE)
    elsewhere = Shelf(shelf.path)
    elsewhere.database.write(
        lambda connection: connection.execute("UPDATE conversation SET lease_pid = 1, lease_boot = ?", (boot_of(1),))
    )

    with pytest.raises(UsageError, match="is open in another window"):
        other.delete(["01BB", "01AA"])

    assert sorted(shelf.titles()) == ["a", "b"]


def boot_of(pid: int) -> str:
    from chatcli.process.identity import start_of

    return start_of(pid)
