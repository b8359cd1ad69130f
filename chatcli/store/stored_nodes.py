"""Reads the messages of an open conversation: those that are asked for, and the others while there is time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial

from chatcli.conversation.outline import Outline
from chatcli.conversation.tree import Node, Tree
from chatcli.language import ngettext
from chatcli.store.database import Database
from chatcli.store.reading import nodes_of, outline_of, with_lost

AT_ONCE = 100  # messages: about two milliseconds


class StoredNodes:
    """The messages of *conversation* in *database*, as far as they were there when its *outline* was read."""

    def __init__(self, database: Database, conversation: str, outline: Outline) -> None:
        self._database = database
        self._conversation = conversation
        self._outline = outline
        self._expected = set(outline.parents)  # neither read yet, nor known to be lost

    def __call__(self, ids: Sequence[int]) -> list[Node]:
        """Return the messages with *ids*; raises ConfigError if the file cannot be read.

        What was lost meanwhile, with its file or with a damaged part of it, is replaced by a remark.
        """
        none = list[Node]()
        found = self._database.call(partial(self._found, ids), default=none)
        if len(found) < len(ids) and not self._expected.isdisjoint(ids):
            self._report_lost(ids)
        return with_lost(found, self._outline, ids)

    def _report_lost(self, ids: Sequence[int]) -> None:
        """Say once how many messages are lost, these *ids* and others that will be asked for."""
        conversation, nothing = self._conversation, set[int]()
        there = self._database.call(lambda file: set(outline_of(file, conversation).parents), default=nothing)
        before = len(self._expected)
        self._expected = (self._expected & there) - set(ids)
        lost = before - len(self._expected)
        told = ngettext(
            "{count} message of this chat has been lost", "{count} messages of this chat have been lost", lost
        )
        self._database.notify(told)

    def read_ahead(self, tree: Tree) -> Iterator[None]:
        """Read what has not been read of *tree*, a little in each step; whatever is in the way ends it in silence."""
        ids = tree.unread
        for stop in range(len(ids), 0, -AT_ONCE):
            wanted = ids[max(stop - AT_ONCE, 0) : stop]
            found = self._database.glance(partial(self._found, wanted))
            if not found:
                return
            tree.keep(found)
            yield

    def _found(self, ids: Sequence[int], connection: sqlite3.Connection) -> list[Node]:
        found = nodes_of(connection, self._conversation, self._outline, ids)
        self._expected.difference_update(node.id for node in found)
        return found
