"""Lists, finds, opens, renames, deletes and searches all conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from chatcli.conversation.messages import Message
from chatcli.conversation.titles import title_for
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.errors import NotSavedError, Remedy, UsageError
from chatcli.language import _
from chatcli.records import replace
from chatcli.store.database import Database
from chatcli.store.entries import ChatEntry, ChatMatch, OpenedChat, SearchHit
from chatcli.store.ids import looks_like_id, new_id
from chatcli.store.images import delete_images, image_folder
from chatcli.store.integrity import check_file, find_damaged
from chatcli.store.journal import interrupted
from chatcli.store.leases import Owner, claim, owner_of
from chatcli.store.reading import message_of, nodes_of, outline_of, state_of, with_lost
from chatcli.store.rows import column_text, state_from_json
from chatcli.store.sound_rows import sound_time
from chatcli.store.spent import spent_on, spent_since
from chatcli.store.stored_nodes import StoredNodes
from chatcli.store.words import patterns
from chatcli.store.writing import delete_conversations, put_conversation, put_node, put_state
from chatcli.text.json_values import as_bool, storable_text
from chatcli.text.phrases import one_line, shorten
from chatcli.usage.spending import Spending

if TYPE_CHECKING:
    from chatcli.store.text_search import FoundMessage

_MOST_OF_NAME = 80  # characters of a name that are repeated in an error
_LISTED = """
    SELECT id, title, is_named, created_at, updated_at,
      (SELECT count(*) FROM message WHERE conversation_id = conversation.id AND role = 'user')
        - CASE WHEN json_valid(state) THEN coalesce(json_array_length(state, '$.asides'), 0) ELSE 0 END AS questions
    FROM conversation
"""
_IS_ANSWERED = """EXISTS(
    SELECT 1 FROM message JOIN part ON message_id = message.id
    WHERE conversation_id = conversation.id AND role = 'assistant'
)"""


class Library:
    """The conversations in *database*, as *owner* sees them."""

    def __init__(self, database: Database, owner: Owner) -> None:
        self._database = database
        self._owner = owner

    def entries(self, words: str = "", *, most: int | None = None) -> list[ChatEntry]:
        """Return conversations whose titles hold all *words*, the one used last first."""
        wanted = patterns(words)
        conditions = " AND ".join(["title LIKE ? ESCAPE '\\'"] * len(wanted)) or "1"
        rows = self._database.read(
            f"{_LISTED} WHERE {conditions} ORDER BY updated_at DESC, id DESC LIMIT ?",
            (*wanted, -1 if most is None else most),
        )
        return [_entry(row) for row in rows]

    def older_than(self, moment_s: float) -> list[ChatEntry]:
        """Return conversations that were last used before *moment_s*."""
        return [_entry(row) for row in self._database.read(f"{_LISTED} WHERE updated_at < ?", (moment_s,))]

    def find(self, name: str) -> ChatEntry:
        """Return the conversation that *name* means, the one used last of several; raises UsageError for none."""
        return self.match(name).entry

    def match(self, name: str) -> ChatMatch:
        """Return the conversation that *name* means: by its id or the beginning of it, by its title, by words.

        Raises UsageError where it means none, or an id's beginning means several.
        """
        if not name.strip():
            raise UsageError(_("the chat name is empty"), hint=Remedy("list_chats"))
        found = self._by_id(name) or self._by_title(name) or self._by_text(name)
        if not found:
            raise UsageError(
                _("unknown chat `{name}`", name=shorten(one_line(name), _MOST_OF_NAME)), hint=Remedy("list_chats")
            )
        return found

    def _by_id(self, name: str) -> ChatMatch | None:
        if not looks_like_id(name):
            return None
        rows = self._database.read(f"{_LISTED} WHERE id LIKE ? LIMIT 2", (f"{name.upper()}%",))
        if len(rows) > 1:
            raise UsageError(
                _("several chats begin with {name}", name=name), hint=(_("type more of the id"), Remedy("list_chats"))
            )
        return ChatMatch(_entry(rows[0]), "id") if rows else None

    def _by_title(self, name: str) -> ChatMatch | None:
        title = storable_text(name)
        whole = self._database.read(f"{_LISTED} WHERE title = ? ORDER BY updated_at DESC LIMIT 2", (title,))
        found = [_entry(row) for row in whole] or self.entries(name, most=2)
        return ChatMatch(found[0], "title" if whole else "words", is_only=len(found) == 1) if found else None

    def _by_text(self, name: str) -> ChatMatch | None:
        hits = self.search(name, most=1)
        return ChatMatch(hits[0].entry, "text") if hits else None

    def get(self, id: str) -> ChatEntry | None:
        """Return the conversation with this very id."""
        return next((_entry(row) for row in self._database.read(f"{_LISTED} WHERE id = ?", (id,))), None)

    def latest(self) -> ChatEntry | None:
        """Return the conversation that was used last and has an answer; where none has, the one used last."""
        answered = self._database.read(f"{_LISTED} WHERE {_IS_ANSWERED} ORDER BY updated_at DESC, id DESC LIMIT 1")
        return next(map(_entry, answered), None) or self.newest()

    def newest(self) -> ChatEntry | None:
        """Return the conversation that was used last, answered or not."""
        return next(iter(self.entries(most=1)), None)

    def open(self, entry: ChatEntry) -> OpenedChat:
        """Return a conversation with all its branches, to be continued: no other program can until it is released.

        Whether another has it open already is found out in the same transaction, so that no two get it. Its messages
        are read when they are asked for.
        """
        is_free = True

        def take(connection: sqlite3.Connection) -> None:
            nonlocal is_free
            is_free = claim(connection, entry.id, self._owner, self._database.now())

        with suppress(NotSavedError):  # then no program can write to it
            self._database.write(take)

        def open(connection: sqlite3.Connection) -> OpenedChat:
            outline = outline_of(connection, entry.id)
            stored = StoredNodes(self._database, entry.id, outline)
            opened = _opened(connection, entry, Tree.stored(outline, stored))
            return replace(opened, is_taken=not is_free, rest=stored.read_ahead(opened.tree))

        return self._database.call(open, default=OpenedChat(entry, Tree(), ChatState()))

    def read(self, entry: ChatEntry) -> OpenedChat:
        """Return a conversation with all its branches, as it is at this moment, to be looked at."""

        def read(connection: sqlite3.Connection) -> OpenedChat:
            outline = outline_of(connection, entry.id)
            ids = list(outline.parents)
            tree = Tree.of(with_lost(nodes_of(connection, entry.id, outline, ids), outline, ids))
            return _opened(connection, entry, tree)

        return self._database.call(read, default=OpenedChat(entry, Tree(), ChatState()))

    def add(self, tree: Tree, state: ChatState, *, title: str, created_s: float) -> str:
        """Keep a whole conversation as a new one, as old as it says; return its id."""
        id, redactor = new_id(created_s), self._database.redactor()
        nodes = [redactor.redact_values(node) for node in tree.nodes]
        first = next((node.message for node in nodes if node.message.role == "user"), None)
        title = redactor.redact(title) or (title_for(first) if first else "")

        def put(connection: sqlite3.Connection) -> None:
            put_conversation(connection, id, title, created_s)
            for node in nodes:
                put_node(connection, id, node)
            put_state(connection, id, redactor.redact_values(state), created_s)

        self._database.write(put)
        return id

    def rename(self, id: str, title: str) -> None:
        """Give a conversation a title of the user's own; raises UsageError for an empty one."""
        text = self._database.redactor().redact(one_line(storable_text(title)))
        if not text:
            raise UsageError(_("the title is empty"))
        self._database.write(
            lambda connection: connection.execute(
                "UPDATE conversation SET title = ?, is_named = 1 WHERE id = ?", (text, id)
            )
        )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete conversations for good: their words leave the file; their images and copies of older versions go.

        Raises UsageError where another program has one of them open; none is deleted then.
        """

        def take_out(connection: sqlite3.Connection) -> None:
            for id in ids:
                if not claim(connection, id, self._owner, self._database.now()):
                    title = connection.execute("SELECT title FROM conversation WHERE id = ?", (id,)).fetchone()[0]
                    what = _("“{title}” is open in another window", title=title)
                    raise UsageError(what, kept=_("nothing was deleted"))
            delete_conversations(connection, ids)

        self._database.write(take_out)
        for id in ids:
            delete_images(image_folder(self._database.path, id))
        for backup in self._database.backups():
            with suppress(OSError):
                backup.unlink()
        for copy in self._database.damaged_copies():
            words = _("{path}, a damaged copy, may still contain deleted chats: delete it as well", path=copy)
            self._database.notify(words)

    def recover(self) -> list[tuple[ChatEntry, int]]:
        """Close answers that a program was writing when it ended; return their chats, with the letters that came."""
        rows = self._database.read(
            "SELECT message.id, seq, parent_seq, conversation_id, state, lease_pid, lease_boot FROM message"
            " JOIN conversation ON conversation.id = conversation_id WHERE status = 'streaming'"
        )
        dead = [row for row in rows if not ((owner := owner_of(row)) and (owner == self._owner or owner.is_alive()))]
        return [recovered for row in dead if (recovered := self._recovered(row))]

    def _recovered(self, row: sqlite3.Row) -> tuple[ChatEntry, int] | None:
        found: list[Message] = []

        def close(connection: sqlite3.Connection) -> None:
            found.clear()
            message = message_of(connection, row["id"])
            if message is None or message.status != "streaming":
                return
            node = interrupted(Node(row["seq"], row["parent_seq"], message))
            put_node(connection, row["conversation_id"], node)
            found.append(node.message)
            if node.message.parts and row["parent_seq"] not in state_from_json(row["state"]).asides:
                connection.execute(
                    "UPDATE conversation SET head = ? WHERE id = ?", (row["seq"], row["conversation_id"])
                )

        self._database.write(close)
        entry = self.get(row["conversation_id"])
        return (entry, sum(len(message.text) + len(message.reasoning) for message in found)) if entry else None

    def search(self, typed: str, *, most: int = 100) -> list[SearchHit]:
        """Return messages that hold all words that were *typed*, the newest first.

        Where there are none, words count that begin so, and then whatever holds it.
        """
        from chatcli.store.text_search import find_within_words, find_words, index_everything  # few runs search

        if hits := self._hits(find_words, typed, most):
            return hits
        index_everything(self._database)
        return self._hits(find_within_words, typed, most)

    def _hits(
        self, find: Callable[[sqlite3.Connection, str, int], list[FoundMessage]], typed: str, most: int
    ) -> list[SearchHit]:
        def look(connection: sqlite3.Connection) -> list[SearchHit]:
            home = cache(lambda id: connection.execute(f"{_LISTED} WHERE id = ?", (id,)).fetchone())
            return [
                SearchHit(_entry(chat), message.seq, message.role, message.snippet)
                for message in find(connection, typed, most)
                if (chat := home(message.conversation_id))
            ]

        return self._database.call(look, default=[])

    def spent_since(self, moment_s: float) -> Spending:
        """Return what the answers took that were asked for since *moment_s*."""
        return self._database.call(lambda connection: spent_since(connection, moment_s), default=Spending())

    def check(self) -> None:
        """Look through the file; a damaged one is moved aside and reported, as everywhere."""
        self._database.call(check_file, default=None)

    def damaged(self) -> list[tuple[ChatEntry, int]]:
        """Return the messages whose text is no longer what was written, as chat and number."""
        entries = {entry.id: entry for entry in self.entries()}
        nothing: list[tuple[str, int]] = []
        found = self._database.call(find_damaged, default=nothing)
        return [(entries[home], seq) for home, seq in found if home in entries]


def _opened(connection: sqlite3.Connection, entry: ChatEntry, tree: Tree) -> OpenedChat:
    state = state_of(connection, entry.id, tree.outline)
    tree.head = state.head
    return OpenedChat(entry, tree, state, spent=spent_on(connection, entry.id), last=tree.outline.last)


def _entry(row: sqlite3.Row) -> ChatEntry:
    id = column_text(row["id"])
    return ChatEntry(
        id=id,
        title=column_text(row["title"]),
        created_at=sound_time(row["created_at"], id),
        updated_at=sound_time(row["updated_at"], id),
        questions=row["questions"],
        is_named=as_bool(row["is_named"]),
    )
