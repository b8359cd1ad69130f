"""Defines the values that the library returns about conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from chatcli.conversation.tree import ChatState, Tree
from chatcli.records import frozen
from chatcli.store.ids import SHORT
from chatcli.usage.spending import Spending, add_spending, total_spending


@frozen
class ChatEntry:
    """One conversation in a list; times are seconds since the epoch."""

    id: str
    title: str
    created_at: float
    updated_at: float
    questions: int
    is_named: bool = False

    @property
    def short_id(self) -> str:
        """As much of the id as tells it from others."""
        return self.id[:SHORT]


@frozen
class ChatMatch:
    """The conversation that a name means: its id, its title, words of its title, or words that were said in it.

    *is_only* means that the same is true of no other one.
    """

    entry: ChatEntry
    by: Literal["id", "title", "words", "text"]
    is_only: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether the name is all of what it stands for."""
        return self.by in ("id", "title") and self.is_only

    @property
    def is_clear(self) -> bool:
        """Whether no other conversation can be meant."""
        return self.by != "text" and self.is_only


@frozen
class SearchHit:
    """A message that holds what was searched for; *message* is its number in the conversation."""

    entry: ChatEntry
    message: int
    role: str
    snippet: str


_END = object()


@frozen
class OpenedChat:
    """A conversation as it was kept; *is_taken* means that another program has it open.

    *spent* is what its answers took until *last*, its last message. Each step of *rest* reads a little more of what
    nothing has asked for yet.
    """

    entry: ChatEntry
    tree: Tree
    state: ChatState
    is_taken: bool = False
    spent: Spending = Spending()
    last: int = 0
    rest: Iterator[None] = iter(())

    @property
    def spent_so_far(self) -> Spending:
        """What its answers took, with those that have arrived since it was opened."""
        return add_spending(self.spent, total_spending(self.tree.after(self.last)))

    def read_ahead(self) -> bool:
        """Take a step of *rest*; return whether there may be more."""
        return next(self.rest, _END) is not _END
