"""Saves one conversation while it runs.

Three points write: the question with a place for its answer, before anything is sent; the pieces of the answer, at the
latest a second after they came, by a thread of the journal's own; the whole answer at its end. What cannot be written
stays in memory and is tried again with everything that follows, so that a full disk costs nothing once there is room.
The whole conversation is known here, too, as far as it has been read: where the file lacks a message of it, because it
was replaced by another or put back from a copy, that message is written again.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import TypeAlias

from chatcli.conversation.messages import Event, Image, ImagePart, Message, Reasoning, Text
from chatcli.conversation.titles import title_for
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.errors import ConfigError, NotSavedError, Remedy
from chatcli.language import _
from chatcli.process.threads import start_thread
from chatcli.records import replace
from chatcli.store.connection import FileIdentity
from chatcli.store.database import Database
from chatcli.store.leases import Owner, claim, release
from chatcli.store.rows import PartRow, cut, to_rows
from chatcli.store.trigrams import index_waiting
from chatcli.store.writing import put_blobs, put_conversation, put_node, put_parts, put_state
from chatcli.text.json_values import storable_text

_Piece: TypeAlias = Text | Reasoning | Image

FLUSH_S = 1.0
FLUSH_LETTERS = 4096
_LETTERS_IN_ROW = 100_000
_MOST_EXCLUDED = 100  # more are only written at once when a whole chat is, and then are looked up one by one


class ChatJournal:
    """The journal of conversation *id*; *told* gets what could not be kept, once a turn."""

    def __init__(
        self, database: Database, id: str, owner: Owner, *, told: Callable[[NotSavedError], None] = lambda _error: None
    ) -> None:
        self.id = id
        self._database = database
        self._owner = owner
        self._told = told
        self._nodes: dict[int, Node | None] = {}  # the whole conversation; None is in the tree once it has been read
        self._tree = Tree()
        self._waiting: set[int] = set()  # what of it is to be written
        self._state: ChatState | None = None
        self._is_state_waiting = False
        self._written_to: FileIdentity | None = None
        self._title = ""
        self._answer: Node | None = None
        self._pieces: list[_Piece] = []
        self._size = 0
        self._at_once = FLUSH_LETTERS
        self._written_parts = 0
        self._looked_at: tuple[sqlite3.Connection, int] | None = None
        self._whole_at: tuple[sqlite3.Connection, int] | None = None  # where nothing of the conversation was missing
        self._changed = threading.Condition()
        self._flusher: threading.Thread | None = None

    @property
    def is_behind(self) -> bool:
        """Whether something of the conversation is in memory only."""
        return bool(self._waiting) or self._is_state_waiting

    def begin(self, question: Node, answer: Node, state: ChatState) -> None:
        """Keep *question* and a place for its *answer*."""
        self._title = self._title or self._title_for(question)
        self._write([question, answer], state, tells=False)
        self._answer, self._written_parts = answer, len(answer.message.parts) + 1
        self._pieces, self._size, self._at_once = [], 0, FLUSH_LETTERS
        self._flusher = None
        with suppress(ConfigError):  # without it the answer is written at its end
            self._flusher = start_thread(
                threading.Thread(target=self._flush_in_time, args=(answer,), name="journal", daemon=True)
            )

    def append(self, event: Event) -> None:
        """Keep a piece of the answer."""
        if isinstance(event, Text | Reasoning | Image) and event.choice == 0:
            with self._changed:
                self._pieces.append(event)
                self._size += len(event.url if isinstance(event, Image) else event.text)
                if len(self._pieces) == 1 or self._size >= self._at_once:
                    self._changed.notify()

    def save_image(self, url: str) -> str:
        """Save the image in a `data:` URL as a file for the user; return its path, empty if it is not saved."""
        from chatcli.store.images import image_folder, save_image  # few answers have images

        try:
            return str(save_image(image_folder(self._database.path, self.id), url) or "")
        except NotSavedError as error:
            self._told(error)
            return ""

    def finish(self, answers: Sequence[Node], state: ChatState) -> None:
        """Keep the answers as they ended."""
        with self._changed:
            self._answer = None
            self._changed.notify()
        if self._flusher:
            self._flusher.join()
        self._write(answers, state)
        self._index()

    def _index(self) -> None:
        """Index what is pending, now that the answer is complete; what fails is indexed later."""
        with suppress(NotSavedError):
            self._database.write(index_waiting)

    def keep(self, state: ChatState) -> None:
        """Keep what changed between turns, if there is a conversation yet."""
        if self._nodes:
            self._write([], state)

    def adopt(self, nodes: Iterable[Node], state: ChatState, *, title: str = "") -> None:
        """Keep a whole conversation at once: one that was copied, imported, or not stored so far."""
        nodes = list(nodes)
        first = next((node for node in nodes if node.message.role == "user"), None)
        self._title = title or (self._title_for(first) if first else "")
        if nodes:
            self._write(nodes, state)

    def resume(self, title: str, tree: Tree, state: ChatState) -> None:
        """Say that the conversation is in the store already, under *title*, with the messages of *tree*."""
        self._title = title or "-"
        self._nodes, self._tree = dict.fromkeys(tree.outline.parents), tree
        self._state, self._written_to = state, self._database.opened

    def rename(self, title: str) -> None:
        """Say that the conversation is called *title* now."""
        self._title = title

    def try_again(self) -> None:
        """Write what is still in memory only, if that can be done now."""
        self._write([], None, tells=False)

    def release(self) -> None:
        """Say that this program has the conversation open no more; raises NotSavedError."""
        self._database.write(lambda connection: release(connection, self.id, self._owner))

    def _title_for(self, question: Node) -> str:
        # Masked before it is cut, so that no part of a key is left in it either.
        return title_for(self._database.redactor().redact_values(question.message))

    def _write(self, nodes: Iterable[Node], state: ChatState | None, *, tells: bool = True) -> None:
        fresh = {node.id: node for node in nodes}
        self._nodes |= fresh
        self._waiting |= fresh.keys()
        if state:
            self._state, self._is_state_waiting = state, True
        try:
            self._database.write(self._put)
        except NotSavedError as error:
            if tells:
                self._told(error)
        else:
            self._settle()

    def _put(self, connection: sqlite3.Connection) -> None:
        """Write what waits, and whatever of the conversation the file lacks."""
        now_s, redactor = self._database.now(), self._database.redactor()
        put_conversation(connection, self.id, redactor.redact(self._title), now_s)
        if not claim(connection, self.id, self._owner, now_s):
            raise NotSavedError(_("this chat is open in another window"), hint=Remedy("fork_chat"))
        missing = self._missing(connection)
        for id in sorted(self._waiting | missing):
            if node := self._nodes[id] or self._tree.in_memory(id):  # what has not been read cannot be written again
                put_node(connection, self.id, redactor.redact_values(node))
        if self._state and (missing or self._is_state_waiting):
            put_state(connection, self.id, redactor.redact_values(self._state), now_s)

    def _missing(self, connection: sqlite3.Connection) -> set[int]:
        """Return the messages that should be in the file and are not; all of them where it is another file."""
        # SQLite counts the commits of others, so that only after one the messages have to be counted.
        self._looked_at = connection, int(connection.execute("PRAGMA data_version").fetchone()[0])
        if self._database.opened != self._written_to:
            return set(self._nodes)  # what has their numbers there may be older, or damaged
        if self._whole_at and self._whole_at[0] is connection and self._whole_at[1] == self._looked_at[1]:
            return set()
        waiting = [*self._waiting][:_MOST_EXCLUDED]
        marks = ", ".join("?" * len(waiting))
        counted = connection.execute(
            f"SELECT count(*) FROM message WHERE conversation_id = ? AND seq NOT IN ({marks})", (self.id, *waiting)
        ).fetchone()[0]
        if counted == len(self._nodes) - len(waiting):
            return set()
        stored = connection.execute("SELECT seq FROM message WHERE conversation_id = ?", (self.id,))
        return self._nodes.keys() - {row["seq"] for row in stored}

    def _settle(self) -> None:
        self._waiting.clear()
        self._is_state_waiting = False
        self._written_to, self._whole_at = self._database.opened, self._looked_at

    def _flush_in_time(self, answer: Node) -> None:
        """Write pieces a second after the first of them came, or when they are many; until the answer ends.

        What cannot be written is tried again a second later; the end tells where that continues.
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

    def write_pieces(self, answer: Node, pieces: Sequence[_Piece]) -> None:
        """Write *pieces* behind those of *answer* that are written already; raises NotSavedError."""
        redact = self._database.redactor().redact
        images, blobs = to_rows(Message("assistant", _images(pieces)))
        written = 0

        def put(connection: sqlite3.Connection) -> None:
            nonlocal written
            if self._waiting or self._missing(connection):
                self._put(connection)
            row = connection.execute(
                "SELECT id FROM message WHERE conversation_id = ? AND seq = ?", (self.id, answer.id)
            ).fetchone()
            joined = (row._replace(text=redact(row.text)) for row in _joined(pieces))
            written = put_parts(connection, row["id"], self._written_parts, cut(chain(joined, images)))
            put_blobs(connection, blobs)

        self._database.write(put)
        self._settle()
        self._written_parts += written


def _images(pieces: Sequence[_Piece]) -> tuple[ImagePart, ...]:
    return tuple(ImagePart(piece.url) for piece in pieces if isinstance(piece, Image) and not piece.is_in_text)


def _joined(pieces: Sequence[_Piece]) -> Iterable[PartRow]:
    """Yield the text of *pieces* in rows: what came while the disk was slow may be long, and is not copied whole."""
    for kind, event in (("piece_reasoning", Reasoning), ("piece", Text)):
        texts, size = list[str](), 0
        for piece in pieces:
            if isinstance(piece, event):
                texts.append(piece.text)
                size += len(piece.text)
            if size >= _LETTERS_IN_ROW:
                yield PartRow(kind, storable_text("".join(texts)))
                texts, size = [], 0
        if size:
            yield PartRow(kind, storable_text("".join(texts)))


def interrupted(node: Node) -> Node:
    """Return an answer that was being written when its program ended, as what it is now."""
    facts = replace(node.facts, why="crashed") if node.facts else None
    return replace(node, message=replace(node.message, status="incomplete"), facts=facts)
