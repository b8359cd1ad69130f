"""A program that writes turns to a store, to be killed; its arguments are the file, the id of a chat, and how many.

It says `ready 0` on stdout, waits for a line, and then says what it has been promised: `q N` when question N may be
sent, `a N` when answer N is whole.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chatcli.conversation.messages import Text, text_message
from chatcli.conversation.tree import ChatState, Node
from chatcli.store.database import Database
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner


def promise(what: str, number: int) -> None:
    """Say what is so from now on."""
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


def main() -> None:
    file, id, turns = sys.argv[1:]
    promise("ready", 0)
    sys.stdin.readline()
    journal = ChatJournal(Database(Path(file)), id, Owner.here(), told=lambda error: sys.exit(error.what))
    for number in range(int(turns)):
        question, answer = 2 * number + 1, 2 * number + 2
        place = Node(answer, question, text_message("assistant", "", status="streaming"))
        before = question - 1 or None
        journal.begin(Node(question, before, text_message("user", f"q{number}")), place, ChatState(head=before))
        promise("q", number)
        for piece in range(3):
            journal.append(Text(f"{piece} " * 700))  # more than waits a second
        journal.finish([Node(answer, question, text_message("assistant", f"a{number}"))], ChatState(head=answer))
        promise("a", number)
