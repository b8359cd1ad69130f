"""Joins a run to the store: begins, opens and closes conversations, and tells what could not be kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatcli.app import App
from chatcli.core.spending import Spent
from chatcli.core.tree import State, Tree
from chatcli.errors import ChatError, NotSaved, UsageError
from chatcli.ports import Unstored
from chatcli.session import Session

if TYPE_CHECKING:
    from chatcli.store.database import Database
    from chatcli.store.entries import Entry, Hit
    from chatcli.store.journal import Journal
    from chatcli.store.library import Library

_LETTERS_PER_TOKEN = 4


class Keeper:
    """The conversations of one run; *note* shows a sentence, *fail* an error. Nothing is opened before it is needed."""

    def __init__(
        self, app: App, session: Session, *, note: Callable[[str], None], fail: Callable[[ChatError], None]
    ) -> None:
        self._app = app
        self._session = session
        self._note = note
        self._fail = fail
        self._is_on = app.settings.defaults.log
        self.title = ""
        self._database: Database | None = None
        self._library: Library | None = None
        self._journal: Journal | None = None
        self._last_trouble = NotSaved("the end of this chat is not saved")

    @property
    def is_on(self) -> bool:
        """Whether this conversation is kept."""
        return self._is_on

    @property
    def library(self) -> Library:
        """All conversations that were kept."""
        if self._library is None:
            from chatcli.store.leases import Owner
            from chatcli.store.library import Library

            self._library = Library(self._file(), Owner.here())
        return self._library

    def start(self) -> None:
        """Keep the conversation of this run from its first question on."""
        if self._is_on:
            self._session.journal = self._new_journal()

    def begin(self, tree: Tree, state: State) -> None:
        """Leave the conversation as it is and begin another with these messages."""
        self._leave()
        self.title = ""
        self._session.load(tree, state)
        self._session.journal = self._new_journal() if self._is_on else Unstored()
        if self._journal:
            self._journal.adopt(tree.nodes, state)

    def resume(self, name: str) -> Entry:
        """Go on with the conversation that *name* means; one that is open elsewhere as a copy. Raises UsageError."""
        return self.open(self.library.find(name))

    def go_on(self) -> Entry:
        """Go on with the conversation that was used last; raises UsageError where there is none."""
        latest = self.library.latest()
        if latest is None:
            raise UsageError("there is no chat to go on with", hint="`chat` begins one")
        return self.open(latest)

    def open(self, entry: Entry, *, at: int | None = None) -> Entry:
        """Go on with a conversation, on the branch through message *at* where that is given."""
        self._leave()
        self._close_what_was_open()
        opened = self.library.open(entry)
        if opened.is_taken:
            self._note("This chat is open in another window: this is a copy of it.")
            copied = opened.tree.copy(opened.state.head)
            # Ids are others in a copy, so what names them stays behind.
            self.begin(copied, opened.state.without_turns(copied.head))
            return entry
        self._session.load(opened.tree, opened.state)
        self.title = entry.title
        if at is not None and at in opened.tree:
            self._session.go_to(opened.tree.leaf(at))
        self._session.journal = self._new_journal(entry.id) if self._is_on else Unstored()
        if self._journal:
            self._journal.go_on_with(entry.title)
        return entry

    def recover(self) -> None:
        """Close what a crash left open, and say so."""
        if not (self._is_on and self._app.around.where.history.exists()):
            return
        try:
            self._close_what_was_open()
        except NotSaved as error:
            self._fail(error)

    def _close_what_was_open(self) -> None:
        for entry, letters in self.library.recover():
            tokens = -(-letters // _LETTERS_PER_TOKEN)
            kept = f"~{tokens} tokens recovered" if tokens else "no word of it had come"
            interrupted = f"The last answer in “{entry.title}” was interrupted; {kept}."
            self._note(f"{interrupted} chat -r {entry.short_id} goes on with it.")

    def turn_on(self) -> None:
        """Keep this conversation too, from its first turn on."""
        self._is_on = True
        if self._journal is None:
            self._session.journal = self._new_journal()
            assert self._journal
            self._journal.adopt(self._session.tree.nodes, self._session.state)

    def close(self) -> NotSaved | None:
        """Let go of the conversation; return the error where something of it is in memory only."""
        journal = self._journal
        self._leave()
        if self._database:
            self._database.close()
        return self._last_trouble if journal and journal.is_behind else None

    @property
    def id(self) -> str | None:
        """The id of this conversation, None where it is not kept."""
        return self._journal.id if self._journal else None

    @property
    def is_behind(self) -> bool:
        """Whether something is in memory only."""
        return self._journal is not None and self._journal.is_behind

    @property
    def current(self) -> Entry | None:
        """The conversation in use as the store has it; None where nothing of it is stored."""
        if self._journal is None or not self._app.around.where.history.exists():
            return None
        return self.library.get(self._journal.id)

    def entries(self, words: str = "") -> Sequence[Entry]:
        """Return stored conversations whose titles hold *words*, the newest first."""
        return self.library.entries(words)

    def search(self, words: str) -> Sequence[Hit]:
        """Return messages that hold *words*."""
        return self.library.search(words)

    def find(self, name: str) -> Entry:
        """Return the conversation that *name* means; raises UsageError."""
        return self.library.find(name)

    def spent_today(self) -> Spent:
        """Return what the answers of all stored chats took since midnight."""
        if not self._app.around.where.history.exists():
            return Spent()
        today = time.localtime()
        return self.library.spent_since(time.mktime((*today[:3], 0, 0, 0, *today[6:])))

    def rename(self, title: str) -> None:
        """Give this conversation a title; raises UsageError where it is not stored."""
        entry = self.current
        if entry is None:
            raise UsageError(
                "this chat is not stored yet", hint="it is, from its first question on, unless --no-log was given"
            )
        self.library.rename(entry.id, title)
        self.title = title

    def delete(self, entry: Entry) -> None:
        """Delete a conversation for good; the one in use is begun anew."""
        if self._journal and entry.id == self._journal.id:
            self._journal = None
            self.begin(Tree(), self._session.state.without_turns())
        self.library.delete([entry.id])

    def _leave(self) -> None:
        journal, self._journal = self._journal, None
        if journal is None:
            return
        if journal.is_behind:
            journal.try_again()
        try:
            if self._file().exists:
                self.library.release(journal.id)
        except NotSaved:
            return  # it was told already

    def _new_journal(self, id: str = "") -> Journal:
        from chatcli.store.ids import new_id
        from chatcli.store.journal import Journal
        from chatcli.store.leases import Owner

        self._journal = Journal(self._file(), id or new_id(time.time()), Owner.here(), told=self._tell)
        return self._journal

    def _file(self) -> Database:
        if self._database is None:
            from chatcli.store.database import Database

            self._database = Database(self._app.around.where.history, tell=self._note)
        return self._database

    def _tell(self, error: NotSaved) -> None:
        self._last_trouble = NotSaved(f"this chat is not being saved: {error.what}", hint=error.hint)
        self._fail(self._last_trouble)


def begin(app: App, keeper: Keeper) -> Entry | None:
    """Begin the run's conversation: a stored one where -c or -r names it, which is returned, or else a new one."""
    if app.flags.go_on and app.flags.resume is not None:
        raise UsageError("-c and -r cannot both be given", hint="-c means the last chat, -r the one it names")
    if app.flags.go_on:
        return keeper.go_on()
    if app.flags.resume is not None:
        return keeper.resume(app.flags.resume)
    keeper.start()
    return None
