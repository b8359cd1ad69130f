"""A session that is kept in a file reads back as it was, whatever was done to it, and whenever its program ended."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import invariant, rule

from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState, Tree
from chatcli.store.database import Database
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from tests.conversation.test_session_branches import Branches, Rows
from tests.support.scripted import Letters
from tests.support.sessions import make_session


class Stored(Branches):
    """The same session with a file behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "history.db")
        self.library = Library(self.database, Owner.here())
        self.session.journal = self.journal = ChatJournal(self.database, "01AAAA", Owner.here())

    def keep_anew(self, tree: Tree) -> None:
        self.copies = getattr(self, "copies", 0) + 1
        self.session.journal = self.journal = ChatJournal(self.database, f"01FF{self.copies:04}", Owner.here())
        self.journal.adopt(tree.nodes, ChatState(head=tree.head))

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule()
    def crash_and_resume(self) -> None:
        before, questions = self.session.conversation.history, len(self.session.conversation.tree)
        self.database.close()
        opened = self.library.open(self.library.find(self.journal.id)) if questions else None
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()), journal=self.journal)
        if opened:
            self.session.load(opened.tree, opened.state)

        assert self.session.conversation.history == before
        assert len(self.session.conversation.tree) == questions

    @invariant()
    def what_is_kept_is_what_is_there(self) -> None:
        """Looked at where it is read back: each look costs a query."""
        assert not self.journal.is_behind


del Branches, Rows

TestStored = Stored.TestCase
TestStored.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
