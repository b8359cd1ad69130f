"""Reads the messages of an open conversation: those that are asked for, and the others while there is time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial

from chatcli.conversation.outline import Outline
from chatcli.conversation.tree import Node, Tree
from chatcli.language import ngettext
from chatcli.records import frozen
from chatcli.store.database import Database
from chatcli.store.reading import nodes_of, with_lost

AT_ONCE = 100  # messages: about two milliseconds


@frozen
class StoredNodes:
    """The messages of *conversation* in *database*, as far as they were there when its *outline* was read."""

    database: Database
    conversation: str
    outline: Outline

    def __call__(self, ids: Sequence[int]) -> list[Node]:
        """Return the messages with *ids*; raises ConfigError if the file cannot be read.

        What was lost meanwhile, with its file or with a damaged part of it, is replaced by a remark.
        """
        none = list[Node]()
        found = self.database.call(partial(self._found, ids), default=none)
        if lost := len(ids) - len(found):
            told = ngettext(
                "{count} message of this chat has been lost", "{count} messages of this chat have been lost", lost
            )
            self.database.notify(told)
        return with_lost(found, self.outline, ids)

    def read_ahead(self, tree: Tree) -> Iterator[None]:
        """Read what has not been read of *tree*, a little in each step; whatever is in the way ends it in silence."""
        ids = tree.unread
        for stop in range(len(ids), 0, -AT_ONCE):
            wanted = ids[max(stop - AT_ONCE, 0) : stop]
            found = self.database.glance(partial(self._found, wanted))
            if not found:
                return
            tree.keep(found)
            yield

    def _found(self, ids: Sequence[int], connection: sqlite3.Connection) -> list[Node]:
        return nodes_of(connection, self.conversation, self.outline, ids)
