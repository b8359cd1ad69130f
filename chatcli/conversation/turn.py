"""Describes a finished turn."""

from __future__ import annotations

from chatcli.conversation.answers import keeps_turn
from chatcli.conversation.messages import Message, Usage
from chatcli.conversation.reply import Reply
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import ChatState
from chatcli.conversation.window import Window
from chatcli.errors import ChatError
from chatcli.records import frozen


@frozen
class Turn:
    """The outcome of a question: the final reply, the window that was sent, and the error, if any.

    *exchange* holds the tool calls and results between question and reply. *is_stopped* means that the user stopped
    the reply, or the tools it called. *usage* is that of all requests of the turn, *state* that of the chat after it.
    """

    question: Message
    reply: Reply
    window: Window
    stopwatch: Stopwatch
    error: ChatError | None = None
    exchange: tuple[Message, ...] = ()
    usage: Usage | None = None
    is_stopped: bool = False
    state: ChatState | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing arrived that completes a turn, so that the question should be asked again."""
        return not (self.exchange or keeps_turn(self.reply))
