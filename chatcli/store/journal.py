"""Keeps one conversation while it runs.

Three points write: the question with a place for its answer, before anything is sent; the pieces of the answer, at the
latest a second after they came, by a thread of the journal's own; the whole answer at its end. What cannot be written
stays in memory and is tried again with everything that follows, so that a full disk costs nothing once there is room.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Sequence

from chatcli.conversation.messages import Event, Reasoning, Text
from chatcli.conversation.tree import ChatState, Node
from chatcli.errors import NotSavedError, Remedy
from chatcli.formats.metadata import storable_text
from chatcli.records import replace
from chatcli.store.database import Database, is_lasting
from chatcli.store.leases import Owner, claim
from chatcli.store.rows import PartRow
from chatcli.store.writing import put_conversation, put_node, put_parts, put_state, title_for

FLUSH_S = 1.0
FLUSH_LETTERS = 4096


class ChatJournal:
    """The journal of conversation *id*; *told* gets what could not be kept, once a turn, or once where it will last."""

    def __init__(
        self, database: Database, id: str, owner: Owner, *, told: Callable[[NotSavedError], None] = lambda _error: None
    ) -> None:
        self.id = id
        self._database = database
        self._owner = owner
        self._told = told
        self._waiting: dict[int, Node] = {}  # what is to be written
        self._state: ChatState | None = None
        self._title = ""
        self._has_told_of_lasting = False
        self._answer: Node | None = None
        self._pieces: list[Text | Reasoning] = []
        self._size = 0
        self._at_once = FLUSH_LETTERS
        self._written_parts = 0
        self._changed = threading.Condition()
        self._flusher: threading.Thread | None = None

    @property
    def is_behind(self) -> bool:
        """Whether something of the conversation is in memory only."""
        return bool(self._waiting) or self._state is not None

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Keep *question* and a place for its *answer*."""
        self._title = self._title or title_for(question.message)
        self._write([question, answer], state, tells=False)
        self._answer, self._written_parts = answer, len(answer.message.parts) + 1
        self._pieces, self._size, self._at_once = [], 0, FLUSH_LETTERS
        self._flusher = threading.Thread(target=self._flush_in_time, args=(answer,), name="journal", daemon=True)
        self._flusher.start()

    def append(self, event: Event) -> None:
        """Keep a piece of the answer."""
        if isinstance(event, Text | Reasoning) and event.choice == 0:
            with self._changed:
                self._pieces.append(event)
                self._size += len(event.text)
                if len(self._pieces) == 1 or self._size >= self._at_once:
                    self._changed.notify()

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Keep the answers as they ended."""
        with self._changed:
            self._answer = None
            self._changed.notify()
        if self._flusher:
            self._flusher.join()
        self._write(answers, state)

    def keep(self, state: ChatState) -> None:
        """Keep what changed between turns, if there is a conversation yet."""
        if self._title:
            self._write([], state)

    def adopt(self, nodes: Iterable[Node], state: ChatState, *, title: str = "") -> None:
        """Keep a whole conversation at once: one that was copied, imported, or not stored so far."""
        nodes = list(nodes)
        first = next((node.message for node in nodes if node.message.role == "user"), None)
        self._title = title or (title_for(first) if first else "")
        if nodes:
            self._write(nodes, state)

    def go_on_with(self, title: str) -> None:
        """Say that the conversation is in the store already, under *title*."""
        self._title = title or "-"

    def try_again(self) -> None:
        """Write what is still in memory only, if that can be done now."""
        self._write([], None, tells=False)

    def _write(self, nodes: Iterable[Node], state: ChatState | None, *, tells: bool = True) -> None:
        self._waiting |= {node.id: node for node in nodes}
        self._state = state or self._state
        try:
            self._database.write(self._put_all)
        except NotSavedError as error:
            self._tell(error, tells=tells)
        else:
            self._waiting.clear()
            self._state = None

    def _put_all(self, connection: sqlite3.Connection) -> None:
        now_s = self._database.now()
        put_conversation(connection, self.id, self._title, now_s)
        if not claim(connection, self.id, self._owner, now_s):
            raise NotSavedError("it is open in another window", hint=Remedy("fork_chat"))
        for id in sorted(self._waiting):
            put_node(connection, self.id, self._waiting[id])
        if self._state:
            put_state(connection, self.id, self._state, now_s)

    def _tell(self, error: NotSavedError, *, tells: bool) -> None:
        lasts = is_lasting(error)
        if tells and not (lasts and self._has_told_of_lasting):
            self._has_told_of_lasting = lasts
            self._told(error)

    def _flush_in_time(self, answer: Node) -> None:
        """Write pieces a second after the first of them came, or when they are many; until the answer ends.

        What cannot be written is tried again a second later; the end tells where that goes on.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pieces or self._answer is not answer)
                self._changed.wait_for(lambda: self._size >= self._at_once or self._answer is not answer, FLUSH_S)
                if self._answer is not answer:
                    return
                pieces, size, self._pieces, self._size = self._pieces, self._size, [], 0
            try:
                self.write_pieces(answer, pieces)
                self._at_once = FLUSH_LETTERS
            except NotSavedError:
                with self._changed:
                    self._pieces, self._size = [*pieces, *self._pieces], self._size + size
                    self._at_once = sys.maxsize

    def write_pieces(self, answer: Node, pieces: Sequence[Text | Reasoning]) -> None:
        """Write *pieces* behind those of *answer* that are written already; raises NotSavedError."""
        rows = list(_joined(pieces))

        def put(connection: sqlite3.Connection) -> None:
            if self._waiting:
                self._put_all(connection)
            put_parts(connection, self._row_of(connection, answer), self._written_parts, rows)

        self._database.write(put)
        self._waiting.clear()
        self._state = None
        self._written_parts += len(rows)

    def _row_of(self, connection: sqlite3.Connection, answer: Node) -> int:
        found = connection.execute(
            "SELECT id FROM message WHERE conversation_id = ? AND seq = ?", (self.id, answer.id)
        ).fetchone()
        return int(found["id"]) if found else put_node(connection, self.id, answer)


def _joined(pieces: Sequence[Text | Reasoning]) -> Iterable[PartRow]:
    for kind, event in (("piece_reasoning", Reasoning), ("piece", Text)):
        if text := storable_text("".join(piece.text for piece in pieces if isinstance(piece, event))):
            yield PartRow(kind, text)


def interrupted(node: Node) -> Node:
    """Return an answer that was being written when its program ended, as what it is now."""
    facts = replace(node.facts, why="crashed") if node.facts else None
    return replace(node, message=replace(node.message, status="incomplete"), facts=facts)
