"""A conversation is on the disk before it is sent, while it comes, and as it ended; what cannot be written waits."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Reasoning,
    Text,
    TextPart,
    ToolCall,
    Usage,
    text_message,
)
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Summary, Tree
from chatcli.errors import NotSavedError
from chatcli.store.database import Database
from chatcli.store.journal import FLUSH_LETTERS, ChatJournal
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from tests.store.conftest import GONE, Shelf

T = TypeVar("T")

PDF, SOUND = "data:application/pdf;base64,JVBERg==", "data:audio/wav;base64,UklGRg=="
PIXEL = "data:image/png;base64,iVBORw0KGgo="
PLACE = text_message("assistant", "", status="streaming")


def begin(shelf: Shelf, id: str = "01A0") -> ChatJournal:
    journal = shelf.journal(id)
    journal.begin(Node(1, None, text_message("user", "q")), Node(2, 1, PLACE), ChatState())
    return journal


def stored(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what another program reads."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def wait_for(path: Path, sql: str, rows: list[tuple[object, ...]]) -> None:
    connection = sqlite3.connect(path, timeout=10)
    try:
        end_s = time.monotonic() + 10
        while time.monotonic() < end_s:
            if connection.execute(sql).fetchall() == rows:
                return
    finally:
        connection.close()
    raise AssertionError(stored(path, sql))


def test_the_question_and_a_place_for_its_answer_are_kept_first(shelf: Shelf) -> None:
    begin(shelf).finish([Node(2, 1, text_message("assistant", "a"))], ChatState(head=2))

    assert stored(shelf.path, "SELECT seq, role, status FROM message") == [
        (1, "user", "complete"), (2, "assistant", "complete"),
    ]  # fmt: skip


def test_pieces_are_written_while_the_answer_comes(shelf: Shelf) -> None:
    journal = begin(shelf)
    before = (2, "assistant", "streaming", "")

    journal.append(Reasoning("Hm"))
    journal.append(Text("x" * FLUSH_LETTERS))

    wait_for(shelf.path, "SELECT kind FROM part WHERE message_id = 2 ORDER BY ord", [("piece_reasoning",), ("piece",)])
    assert stored(shelf.path, "SELECT seq, role, status, '' FROM message WHERE seq = 2") == [before]
    journal.finish([Node(2, 1, text_message("assistant", "whole"))], ChatState(head=2))
    assert stored(shelf.path, "SELECT kind, text FROM part WHERE message_id = 2") == [("text", "whole")]


def test_a_pause_in_the_stream_holds_nothing_back(shelf: Shelf) -> None:
    journal = begin(shelf)

    journal.append(Text("a few words"))

    wait_for(shelf.path, "SELECT text FROM part WHERE kind = 'piece'", [("a few words",)])
    journal.finish([Node(2, 1, text_message("assistant", "a few words"))], ChatState(head=2))


def test_whatever_a_message_holds_is_read_back(shelf: Shelf) -> None:
    tree = Tree()
    tree.add(
        Message("user", (TextPart("look:"), ImagePart(PIXEL, "low"), ImagePart("https://x/y.png"), TextPart("b"))),
        parent=None,
    )
    tree.add(
        Message("user", (TextPart("a"), TextPart("<file>", "n.md"), FilePart("a.pdf", PDF), AudioPart(SOUND, "wav"))),
        parent=None,
    )
    call = ToolCall("c1", "f", '{"a": "漢"}', {"signature": "s"})
    facts = AnswerFacts("m", "p", "h", "id", Usage(1, 2, 3, 4, 0.5), "why", 1.0, 0.5, 2.0)
    tree.add(Message("assistant", (TextPart("a"),), reasoning="r", tool_calls=(call,)), parent=1, facts=facts)
    tree.add(text_message("tool", "4", tool_call_id="c1", name="f"), parent=2)
    tree.add(Message("assistant", refusal="no", status="refused"), parent=3)
    state = ChatState(4, "m", "p", "S", {"n": 2}, frozenset({1}), frozenset({3}), Summary(1, "short"))

    shelf.journal("01A0").adopt(tree.nodes, state)

    opened = shelf.library.open(shelf.entry("01A0"))
    assert (opened.tree.nodes, opened.state) == (tree.nodes, state)


def test_what_is_attached_twice_is_stored_once(shelf: Shelf) -> None:
    tree = Tree()
    for _ in range(3):
        tree.add(Message("user", (ImagePart(PIXEL),)), parent=None)

    shelf.journal("01A0").adopt(tree.nodes, ChatState())

    assert stored(shelf.path, "SELECT count(*), length(bytes) FROM blob") == [(1, 8)]


@pytest.mark.parametrize("text", ["a\0b", "half \ud800 pair", "\udcff"], ids=["NUL", "surrogate", "byte"])
def test_e56_e57_what_could_not_be_sent_is_not_stored(shelf: Shelf, text: str) -> None:
    shelf.keep("01A0", f"{text} behind", text)

    assert "\ufffd" in shelf.texts("01A0")[0]
    assert not set("\0\ud800\udcff") & set("".join(shelf.texts("01A0")))
    assert len(shelf.found("behind")) == 1


def test_a_crash_leaves_an_answer_that_is_found_and_closed(shelf: Shelf) -> None:
    journal = shelf.journal("01A0", GONE)
    journal.begin(Node(1, None, text_message("user", "q")), Node(2, 1, PLACE), ChatState())
    journal.append(Text("Par"))
    wait_for(shelf.path, "SELECT text FROM part WHERE kind = 'piece'", [("Par",)])
    other = shelf.again()

    recovered = other.library.recover()

    assert [(entry.title, letters) for entry, letters in recovered] == [("q", 3)]
    opened = other.library.open(other.entry("q"))
    assert [(node.message.text, node.message.status) for node in opened.tree.path(opened.tree.head)] == [
        ("q", "complete"), ("Par", "incomplete"),
    ]  # fmt: skip
    assert other.library.recover() == []


def test_a_crash_in_an_answer_beside_the_chat_moves_no_branch(shelf: Shelf) -> None:
    shelf.keep("01A0", "q", "A", owner=GONE)
    journal, aside = shelf.journal("01A0", GONE), Node(3, 2, text_message("user", "x?"))
    journal.begin(aside, Node(4, 3, PLACE), ChatState(head=2, asides=frozenset({3})))
    journal.append(Text("Par"))
    wait_for(shelf.path, "SELECT text FROM part WHERE kind = 'piece'", [("Par",)])
    other = shelf.again()

    assert [letters for _, letters in other.library.recover()] == [3]

    opened = other.library.open(other.entry("q"))
    assert (opened.tree.head, set(opened.state.asides), opened.tree[4].message.text) == (2, {3}, "Par")


def test_an_answer_that_somebody_is_writing_is_left_alone(shelf: Shelf) -> None:
    begin(shelf)

    assert shelf.again().library.recover() == []


def test_a6_what_cannot_be_written_waits_and_is_told_every_turn(shelf: Shelf) -> None:
    shelf.keep("01A0", "kept", "yes")
    shelf.database.call(lambda connection: connection.execute("PRAGMA max_page_count = 1"), default=None)

    journal = shelf.journal("01B0")
    for number in (1, 3):
        question = Node(number, number - 1 or None, text_message("user", f"q{number} " + "x" * 50_000))
        journal.begin(question, Node(number + 1, number, PLACE), ChatState())
        journal.finish([Node(number + 1, number, text_message("assistant", "a"))], ChatState(head=number + 1))

    assert [error.what for error in shelf.untold] == ["the disk is full"] * 2
    assert (journal.is_behind, shelf.titles()) == (True, ["kept"])
    shelf.database.call(lambda connection: connection.execute("PRAGMA max_page_count = 100000"), default=None)
    journal.try_again()
    assert (journal.is_behind, len(shelf.texts("01B0"))) == (False, 4)


class Telling(Database):
    """The same file; it tells when something could not be written."""

    def __init__(self, database: Database, failed: threading.Semaphore) -> None:
        super().__init__(database.path)
        self._inner = database
        self._failed = failed

    def call(self, ask: Callable[[sqlite3.Connection], T], *, default: T) -> T:
        return self._inner.call(ask, default=default)

    def write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self._inner.write(work)
        except NotSavedError:
            self._failed.release()
            raise


def limit(shelf: Shelf, pages: int) -> None:
    """Let the file have no more pages than that, as if the disk were full."""
    shelf.database.call(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"), default=None)


def test_a6_what_comes_while_the_disk_is_full_is_written_as_soon_as_there_is_room(shelf: Shelf) -> None:
    shelf.keep("01A0", "kept", "yes")
    limit(shelf, 1)
    failed = threading.Semaphore(0)
    shelf.database = Telling(shelf.database, failed)
    journal = shelf.journal("01B0")
    journal.begin(Node(1, None, text_message("user", "q" * 50_000)), Node(2, 1, PLACE), ChatState())
    journal.append(Text("x" * FLUSH_LETTERS))
    failed.acquire()  # the question
    failed.acquire()  # what came

    limit(shelf, 100_000)
    journal.append(Text("y"))

    wait_for(shelf.path, "SELECT substr(text, -2) FROM part WHERE kind = 'piece'", [("xy",)])
    journal.append(Text("z" * FLUSH_LETTERS))
    wait_for(shelf.path, "SELECT count(*) FROM part WHERE kind = 'piece'", [(2,)])
    journal.finish([Node(2, 1, text_message("assistant", "whole"))], ChatState(head=2))
    assert shelf.untold == []
    assert shelf.texts("01B0") == ["q" * 50_000, "whole"]


def test_a8_a_home_that_cannot_be_written_is_told_every_turn(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    shelf = Shelf(tmp_path / "data" / "history.db")

    shelf.keep("01A0", "a", "A", "b", "B")

    assert len(shelf.untold) == 2
    assert "not a directory" in shelf.untold[0].what.lower()


def test_the_state_between_turns_is_kept(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A", "b", "B")
    journal = shelf.journal("01A0")
    journal.resume("a", shelf.library.read(shelf.entry("01A0")).tree, ChatState())

    journal.keep(ChatState(head=2, system="S"))

    assert (shelf.texts("01A0"), shelf.library.open(shelf.entry("01A0")).state.system) == (["a", "A"], "S")


def test_a_chat_in_which_nothing_was_said_leaves_nothing(shelf: Shelf) -> None:
    shelf.journal("01A0").keep(ChatState(system="S"))

    assert not shelf.database.exists


def test_who_has_a_chat_open_is_known_until_it_is_closed(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    entry = shelf.entry("01A0")
    other = Library(shelf.again().database, GONE)
    assert other.open(entry).is_taken

    shelf.journal("01A0").release()

    assert not other.open(entry).is_taken


def test_a_turn_in_a_long_chat_is_written_as_in_a_short_one(tmp_path: Path) -> None:
    """Unless another program has written to the file, no message is looked for that was there before."""

    def steps(turns: int) -> int:
        """Return how much SQLite does for the next question, in hundreds of its instructions."""
        database, tree, count = Database(tmp_path / f"{turns}.db"), Tree(), 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        for number in range(turns):
            question = tree.add(text_message("user", f"q{number}"), parent=tree.head)
            tree.head = tree.add(text_message("assistant", f"a{number}"), parent=question.id).id
        journal = ChatJournal(database, "01A0", Owner.here())
        journal.adopt(tree.nodes, ChatState(tree.head))
        asked = tree.add(text_message("user", "and now?"), parent=tree.head)
        place = tree.add(PLACE, parent=asked.id)
        database.call(lambda connection: connection.set_progress_handler(tick, 100), default=None)
        journal.begin(asked, place, ChatState(tree.head))
        database.call(lambda connection: connection.set_progress_handler(None, 100), default=None)
        journal.finish([tree.put(Node(place.id, asked.id, text_message("assistant", "A")))], ChatState(place.id))
        database.close()
        return count

    assert steps(1500) <= steps(30) + 5


def test_what_another_program_has_taken_out_is_written_again(shelf: Shelf) -> None:
    journal = begin(shelf)
    journal.finish([Node(2, 1, text_message("assistant", "A"))], ChatState(2))
    connection = sqlite3.connect(shelf.path)
    connection.execute("DELETE FROM message WHERE seq = 1")
    connection.commit()
    connection.close()

    journal.keep(ChatState(2, "n"))

    assert stored(shelf.path, "SELECT seq FROM message ORDER BY seq") == [(1,), (2,)]
