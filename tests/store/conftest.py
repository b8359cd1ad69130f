"""What tests of the store are given: a file, and programs that write to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcli.conversation.messages import Role, Text, text_message
from chatcli.conversation.tree import AnswerFacts, ChatState, Tree
from chatcli.errors import NotSavedError
from chatcli.store.database import Database
from chatcli.store.entries import ChatEntry
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner
from chatcli.store.library import Library

HERE = Owner.here()
GONE = Owner(HERE.pid, "another run of the system")
_OPENED: list[Database] = []


class Shelf:
    """A file of conversations, with what was told to the user; the clock goes on a second with every question."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[str] = []
        self.untold: list[NotSavedError] = []
        self._seconds = 1_700_000_000.0
        self.database = Database(path, notify=self.said.append, now=self._now)
        _OPENED.append(self.database)
        self.library = Library(self.database, HERE)

    def journal(self, id: str, owner: Owner = HERE) -> ChatJournal:
        return ChatJournal(self.database, id, owner, told=self.untold.append)

    def keep(self, id: str, *texts: str, owner: Owner = HERE) -> Tree:
        """Keep a chat of questions and answers in turn; a question without an answer is still being answered."""
        journal, tree = self.journal(id, owner), Tree()
        for question, answer in zip(texts[::2], [*texts[1::2], None][: (len(texts) + 1) // 2], strict=True):
            asked = tree.add(text_message("user", question), parent=tree.head)
            place = tree.add(text_message("assistant", "", status="streaming"), parent=asked.id)
            journal.begin(asked, place, ChatState(head=tree.head))
            if answer is not None:
                whole = tree.put(
                    type(place)(place.id, place.parent, text_message("assistant", answer), AnswerFacts(model="m"))
                )
                tree.head = place.id
                journal.append(Text(answer))
                journal.finish([whole], ChatState(head=tree.head, model="m"))
        return tree

    def put(self, id: str, *texts: str) -> Tree:
        """Keep a whole chat of questions and answers in turn, in one transaction."""
        tree = Tree()
        for number, text in enumerate(texts):
            role: Role = "assistant" if number % 2 else "user"
            tree.head = tree.add(text_message(role, text), parent=tree.head).id
        self.journal(id).adopt(tree.nodes, ChatState(head=tree.head, model="m"))
        return tree

    def titles(self, words: str = "") -> list[str]:
        return [entry.title for entry in self.library.entries(words)]

    def found(self, typed: str) -> list[str]:
        return [hit.snippet for hit in self.library.search(typed)]

    def texts(self, name: str) -> list[str]:
        opened = self.library.read(self.library.find(name))
        return [node.message.text for node in opened.tree.path(opened.tree.head)]

    def entry(self, name: str) -> ChatEntry:
        return self.library.find(name)

    def again(self) -> Shelf:
        """Return the file as another program finds it."""
        self.database.close()
        return Shelf(self.path)

    def _now(self) -> float:
        self._seconds += 1
        return self._seconds


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close what a test opened."""
    yield
    while _OPENED:
        _OPENED.pop().close()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """An empty store."""
    made = Shelf(tmp_path / "data" / "history.db")
    yield made
    made.database.close()
