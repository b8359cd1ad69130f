"""No two programs write to one conversation, and one that has died is never taken for one that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from chatcli.conversation.messages import text_message
from chatcli.conversation.tree import ChatState, Node
from chatcli.errors import UsageError
from chatcli.process.identity import start_of
from chatcli.store.entries import OpenedChat
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from tests.store.conftest import HERE, Shelf

PLACE = text_message("assistant", "", status="streaming")


@pytest.fixture
def other() -> Owner:
    """Another program that runs: the one that runs the tests' parent, or the first of the system."""
    return Owner(os.getppid(), start_of(os.getppid()))


def test_h86_a_chat_that_another_has_open_is_taken(shelf: Shelf, other: Owner) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.journal("01A0").release()
    entry = shelf.entry("01A0")

    assert not Library(shelf.database, other).open(entry).is_taken
    assert shelf.library.open(entry).is_taken


def test_h86_of_two_that_open_a_chat_at_once_one_gets_it(shelf: Shelf, other: Owner) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.journal("01A0").release()
    shelf.database.close()
    start, opened = threading.Barrier(2), list[OpenedChat]()

    def run(owner: Owner) -> None:
        mine = Shelf(shelf.path)
        library = Library(mine.database, owner)
        start.wait()
        opened.append(library.open(library.find("01A0")))
        mine.database.close()

    threads = [threading.Thread(target=run, args=(owner,)) for owner in (HERE, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(each.is_taken for each in opened) == [False, True]


def test_looking_at_a_chat_takes_nothing(shelf: Shelf, other: Owner) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.journal("01A0").release()
    entry = shelf.entry("01A0")

    shelf.library.read(entry)

    assert not Library(shelf.database, other).open(entry).is_taken


def test_h86_nothing_is_written_into_a_chat_that_another_has_open(shelf: Shelf, other: Owner) -> None:
    shelf.keep("01A0", "a", "A", owner=other)

    journal = shelf.journal("01A0")
    journal.begin(Node(3, 2, text_message("user", "mine")), Node(4, 3, PLACE), ChatState(2))
    journal.finish([Node(4, 3, text_message("assistant", "yours"))], ChatState(4))

    assert [error.what for error in shelf.untold] == ["this chat is open in another window"]
    assert shelf.texts("01A0") == ["a", "A"]
    assert journal.is_behind


def test_a_chat_that_another_has_open_is_not_deleted(shelf: Shelf, other: Owner) -> None:
    shelf.keep("01A0", "mine", "A")
    shelf.keep("01B0", "theirs", "B", owner=other)

    with pytest.raises(UsageError, match="open in another window"):
        shelf.library.delete(["01A0", "01B0"])

    assert sorted(shelf.titles()) == ["mine", "theirs"]


def test_a_process_that_ended_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as program:
        owner = Owner(program.pid, start_of(program.pid))
        was_alive = owner.is_alive()
        program.kill()

    assert (was_alive, owner.is_alive()) == (True, False)


def test_a_number_that_was_given_to_another_process_is_not_the_same_program() -> None:
    """In containers every program may well be number 1 of the same run of the system."""
    if not (told := start_of(os.getpid())).partition("/")[2]:
        assert told == Owner.here().boot  # this system does not tell when a process began
        return

    assert Owner.here().is_alive()
    assert not Owner(os.getpid(), f"{told}0").is_alive()


def test_an_owner_whose_number_is_nonsense_is_not_alive() -> None:
    assert not Owner(2**70, HERE.boot).is_alive()
