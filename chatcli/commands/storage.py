"""What commands ask of the stored chats: a port, for type checkers alone, because making one takes a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatcli.store.entries import ChatEntry, SearchHit
from chatcli.usage.spending import Spending


class ChatArchive(Protocol):
    """The stored chats; what it cannot read or write it raises as ChatError."""

    @property
    def is_on(self) -> bool:
        """Whether this chat is stored."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether something of this chat could not be stored yet."""
        ...

    @property
    def title(self) -> str:
        """The title that this chat was given or opened by, empty for one that has only its first question."""
        ...

    @property
    def current(self) -> ChatEntry | None:
        """This chat, None where nothing of it is stored."""
        ...

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        """Return chats whose titles hold *words*, the newest first."""
        ...

    def search(self, words: str) -> Sequence[SearchHit]:
        """Return messages that hold *words*."""
        ...

    def find(self, name: str) -> ChatEntry:
        """Return the chat that *name* means."""
        ...

    def resume(self, name: str) -> ChatEntry:
        """Open the chat that *name* means."""
        ...

    def open(self, entry: ChatEntry, *, at: int | None = None) -> ChatEntry:
        """Open a chat, on the branch through message *at*."""
        ...

    def rename(self, title: str) -> None:
        """Give this chat a title."""
        ...

    def delete(self, entry: ChatEntry) -> None:
        """Delete a chat for good."""
        ...

    def spent_today(self) -> Spending:
        """Return what the answers of all stored chats took since midnight."""
        ...

    def turn_on(self) -> None:
        """Store this chat from its beginning."""
        ...
