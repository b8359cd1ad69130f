"""What a conversation needs of the world: somebody who answers, and somebody who keeps what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatcli.conversation.messages import Event, Listener, Request
from chatcli.conversation.tree import ChatState, Node


class Client(Protocol):
    """Sends a request and hands every event of the reply to *show*, on the calling thread.

    Returns when the reply has ended, however it ended; raises ChatError when the server or the network fails.
    """

    def send(self, request: Request, show: Listener) -> None:
        """Send *request*."""
        ...


class Journal(Protocol):
    """Keeps a conversation while it runs. Nothing raises because it cannot be kept: that is told elsewhere."""

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Keep *question*, unless it is kept already, and a place for its *answer*: nothing is sent before.

        The answer is "streaming"; its message holds what an answer that is gone on with begins with.
        """
        ...

    def append(self, event: Event) -> None:
        """Keep a piece of the answer."""
        ...

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Keep the answers as they ended, the first in the place that was made for it."""
        ...

    def keep(self, state: ChatState) -> None:
        """Keep what changed between turns."""
        ...


class NoJournal:
    """The journal of a conversation that lives in memory alone."""

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Keep nothing."""

    def append(self, event: Event) -> None:
        """Keep nothing."""

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Keep nothing."""

    def keep(self, state: ChatState) -> None:
        """Keep nothing."""
