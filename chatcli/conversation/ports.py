"""Declares the ports of a conversation: a client that answers, and a journal that stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatcli.conversation.messages import Event, Listener, Request
from chatcli.conversation.tree import ChatState, Node


class Client(Protocol):
    """Sends a request and passes every event of the reply to *show*, on the calling thread.

    Returns when the reply has ended, however it ended; raises ChatError when the server or the network fails.
    """

    def send(self, request: Request, show: Listener) -> None:
        """Send *request*."""
        ...


class Journal(Protocol):
    """Stores a conversation as it happens. Storage failures never raise; they are reported elsewhere."""

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Store *question*, unless already stored, and a place for its *answer*, before anything is sent.

        The answer has status "streaming"; its message holds the start of an answer that is being continued.
        """
        ...

    def append(self, event: Event) -> None:
        """Store a piece of the answer."""
        ...

    def save_image(self, url: str) -> str:
        """Save the image in a `data:` URL as a file for the user; return its path, empty if it is not saved."""
        ...

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Store the finished answers, the first in its reserved place."""
        ...

    def keep(self, state: ChatState) -> None:
        """Store changes between turns."""
        ...


class NoJournal:
    """The journal of a conversation that is only kept in memory."""

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Store nothing."""

    def append(self, event: Event) -> None:
        """Store nothing."""

    def save_image(self, url: str) -> str:
        """Save nothing."""
        del url
        return ""

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Store nothing."""

    def keep(self, state: ChatState) -> None:
        """Store nothing."""
