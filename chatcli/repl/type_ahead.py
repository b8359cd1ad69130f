"""Keeps what was written while a reply streamed: messages that wait for its end, and a draft."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.records import mutable
from chatcli.text.draft import EMPTY, Draft, join


@mutable
class TypeAhead:
    """What was written ahead; *is_due* means that the reply ended well, so that the next message may be sent.

    *is_sending* means that the message in hand was queued: its writer may be writing the next one, so no question may
    be asked about it.
    """

    draft: Draft = EMPTY
    queue: Sequence[Draft] = ()
    is_due: bool = False
    is_sending: bool = False

    def next_message(self) -> Draft | None:
        """Return the next message to send without asking for it, None if the user is to be asked."""
        self.is_sending = self.is_due and bool(self.queue)
        self.is_due = False
        if not self.is_sending:
            return None
        message, *self.queue = self.queue
        return message

    def give_back(self, draft: Draft) -> Draft:
        """Return *draft* with everything that waits, as the draft of the prompt.

        A command that waits comes alone: behind a question it would be part of it, and Up brings the question back.
        """
        waiting = join((part for part in (*self.queue, self.draft) if part.text), "\n")
        self.draft, self.queue = EMPTY, ()
        if waiting.begins_command():
            return waiting
        return join((part for part in (draft, waiting) if part.text), "\n")
