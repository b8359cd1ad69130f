"""K 106: whatever becomes of the file while a conversation is open, every turn of it is in the file that is there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.conversation.messages import Text, text_message
from chatcli.conversation.tree import ChatState, Tree
from chatcli.store.connection import identity
from chatcli.store.journal import ChatJournal
from chatcli.store.replacement import replace_damaged
from chatcli.store.schema import STEPS
from tests.store.conftest import Shelf
from tests.store.damage import PAGE

STREAMING = text_message("assistant", "", status="streaming")


def repair(path: Path, _copy: Path) -> None:
    """Another program finds a damaged page, and puts a repaired file in its place."""
    data = path.read_bytes()
    path.write_bytes(data[:PAGE] + bytes(PAGE) + data[2 * PAGE :])
    assert replace_damaged(path, identity(path), STEPS, 0.0)


def lose_everything(path: Path, _copy: Path) -> None:
    path.write_bytes(b"nothing of it is left" * 500)


def move_away(path: Path, _copy: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def put_older_back(path: Path, copy: Path) -> None:
    replacement = path.with_name("new")
    shutil.copy(copy, replacement)
    replacement.replace(path)


def overwrite_by_older(path: Path, copy: Path) -> None:
    """As `cp` does it: the file stays, its content is another."""
    path.write_bytes(copy.read_bytes())


def empty(path: Path, _copy: Path) -> None:
    path.write_bytes(b"")


def put_another_chats_file(path: Path, _copy: Path) -> None:
    other = Shelf(path.with_name("other") / "history.db")
    other.keep("01ZZ", "of another time", "yes")
    other.database.close()
    other.path.replace(path)


def delete_its_rows(path: Path, _copy: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM conversation")
    connection.close()


def link(path: Path, _copy: Path) -> None:
    """The user moves it to another place and leaves a link."""
    elsewhere = path.parent / "synced" / "history.db"
    elsewhere.parent.mkdir(mode=0o700)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def remove_the_folder(path: Path, _copy: Path) -> None:
    shutil.rmtree(path.parent)


ACCIDENTS: tuple[Callable[[Path, Path], None], ...] = (
    *(repair, lose_everything, move_away, put_older_back, overwrite_by_older, empty),
    *(put_another_chats_file, delete_its_rows, link, remove_the_folder),
)


class Talk:
    """A conversation that continues, with its journal."""

    def __init__(self, journal: ChatJournal, tree: Tree) -> None:
        self.journal = journal
        self.tree = tree

    def ask(self, question: str, answer: str, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        asked = self.tree.add(text_message("user", question), parent=self.tree.head)
        place = self.tree.add(STREAMING, parent=asked.id)
        self.journal.begin(asked, place, self.state)
        self.journal.append(Text(answer))
        meanwhile()
        whole = self.tree.put(type(place)(place.id, place.parent, text_message("assistant", answer)))
        self.tree.head = whole.id
        self.journal.finish([whole], self.state)

    @property
    def state(self) -> ChatState:
        return ChatState(head=self.tree.head, model="m", pinned=frozenset({1} & {node.id for node in self.tree.nodes}))


def begun(shelf: Shelf, folder: Path, *, is_resumed: bool) -> tuple[Talk, Path]:
    """Return a conversation with two turns, the file having been copied after the first."""
    talk = Talk(shelf.journal("01A0"), Tree())
    talk.ask("one", "ONE")
    copy = shutil.copy(shelf.path, folder / "copy.db")
    talk.ask("two", "TWO")
    if is_resumed:
        opened = shelf.library.open(shelf.entry("01A0"))
        talk = Talk(shelf.journal("01A0"), opened.tree)
        talk.journal.resume(opened.entry.title, opened.tree, opened.state)
        assert opened.tree.unread == [1, 2, 3, 4]
        while opened.read_ahead():
            pass
    return talk, Path(copy)


@pytest.mark.parametrize("is_resumed", [False, True], ids=["new", "resumed"])
@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.__name__)
def test_k106_between_turns(
    shelf: Shelf, tmp_path: Path, accident: Callable[[Path, Path], None], is_resumed: bool
) -> None:
    talk, copy = begun(shelf, tmp_path, is_resumed=is_resumed)

    accident(shelf.path, copy)
    talk.ask("three", "THREE")
    talk.ask("four", "FOUR")

    assert shelf.untold == []
    other = shelf.again()
    assert other.texts("01A0") == ["one", "ONE", "two", "TWO", "three", "THREE", "four", "FOUR"]
    assert other.library.read(other.entry("01A0")).state.pinned == {1}
    assert other.found("TWO") == ["TWO", "two"]
    assert other.library.damaged() == []


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.__name__)
def test_k106_while_an_answer_comes(shelf: Shelf, tmp_path: Path, accident: Callable[[Path, Path], None]) -> None:
    talk, copy = begun(shelf, tmp_path, is_resumed=False)

    talk.ask("three", "THREE", meanwhile=lambda: accident(shelf.path, copy))

    assert shelf.untold == []
    assert shelf.again().texts("01A0") == ["one", "ONE", "two", "TWO", "three", "THREE"]


def test_k106_pieces_go_on_in_the_new_file(shelf: Shelf, tmp_path: Path) -> None:
    talk, copy = begun(shelf, tmp_path, is_resumed=False)
    asked = talk.tree.add(text_message("user", "three"), parent=talk.tree.head)
    place = talk.tree.add(STREAMING, parent=asked.id)
    talk.journal.begin(asked, place, talk.state)

    put_older_back(shelf.path, copy)
    talk.journal.write_pieces(place, [Text("what came")])

    connection = sqlite3.connect(shelf.path)
    rows = connection.execute("SELECT text FROM part JOIN message ON id = message_id ORDER BY seq").fetchall()
    connection.close()
    assert [text for (text,) in rows] == ["one", "ONE", "two", "TWO", "three", "what came"]
    talk.journal.finish([], talk.state)


def test_k106_a_title_of_ones_own_goes_along(shelf: Shelf, tmp_path: Path) -> None:
    talk, copy = begun(shelf, tmp_path, is_resumed=False)
    shelf.library.rename("01A0", "Mine")
    talk.journal.rename("Mine")

    move_away(shelf.path, copy)
    talk.ask("three", "THREE")

    assert shelf.titles() == ["Mine"]


def test_k106_what_a_read_finds_is_the_file_that_is_there(shelf: Shelf, tmp_path: Path) -> None:
    _, copy = begun(shelf, tmp_path, is_resumed=False)
    assert shelf.texts("01A0") == ["one", "ONE", "two", "TWO"]

    put_older_back(shelf.path, copy)

    assert shelf.texts("01A0") == ["one", "ONE"]
    shelf.path.unlink()
    assert shelf.titles() == []
    assert not shelf.path.exists()
