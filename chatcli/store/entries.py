"""What the library tells of conversations: values, for whoever does not touch the file."""

from __future__ import annotations

from chatcli.conversation.tree import ChatState, Tree
from chatcli.records import frozen


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


SHORT = 12  # its time in milliseconds, and two more


@frozen
class SearchHit:
    """A message that holds what was searched for; *message* is its number in the conversation."""

    entry: ChatEntry
    message: int
    role: str
    snippet: str


@frozen
class OpenedChat:
    """A conversation as it was kept; *is_taken* tells that another program has it open."""

    entry: ChatEntry
    tree: Tree
    state: ChatState
    is_taken: bool
