"""Connects a run to the store: starts, opens and closes conversations, and reports what could not be saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.conversation.messages import Notice
from chatcli.conversation.ports import NoJournal
from chatcli.conversation.session import Session
from chatcli.conversation.tree import ChatState, Tree
from chatcli.errors import ChatError, NotSavedError, Remedy, UsageError
from chatcli.files.own import may_exist
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.phrases import one_line, shorten
from chatcli.text.redactor import Redactor

if TYPE_CHECKING:
    from chatcli.store.database import Database
    from chatcli.store.entries import ChatEntry, ChatMatch, OpenedChat, SearchHit
    from chatcli.store.journal import ChatJournal
    from chatcli.store.library import Library
    from chatcli.usage.spending import Spending

_LETTERS_PER_TOKEN = 4
_INTERRUPTED = N_("the last answer in “{title}” was interrupted; ~{tokens} tokens recovered")
_INTERRUPTED_AT_ONCE = N_("the last answer in “{title}” was interrupted; nothing had been received")
_GLANCE = 40  # letters of a question that identify it


@frozen
class StoreFile:
    """Where the chats of a run are stored; *redactor* masks keys, and nothing is stored unless *is_on*."""

    path: Path
    redactor: Callable[[], Redactor]
    is_on: bool = True


class Chats:
    """The conversations of one run; the store is opened on first use.

    *notify* shows a notice, *fail* an error. *on_open* gets the state of an opened chat, and may return a notice on it.
    """

    def __init__(
        self,
        file: StoreFile,
        session: Session,
        *,
        notify: Callable[[Notice], None],
        fail: Callable[[ChatError], None],
        on_open: Callable[[ChatState], Notice | None],
    ) -> None:
        self._on_open = on_open
        self._stored = file
        self._session = session
        self._notify = notify
        self._fail = fail
        self._is_on = file.is_on
        self.title = ""
        self._opened: OpenedChat | None = None
        self._database: Database | None = None
        self._library: Library | None = None
        self._journal: ChatJournal | None = None
        self._last_trouble = NotSavedError(_("the end of this chat is not saved"))

    @property
    def is_on(self) -> bool:
        """Whether this conversation is saved."""
        return self._is_on

    @property
    def library(self) -> Library:
        """All stored conversations."""
        if self._library is None:
            from chatcli.store.leases import Owner
            from chatcli.store.library import Library

            self._library = Library(self._file(), Owner.here())
        return self._library

    def start(self) -> None:
        """Save the conversation of this run from its first question on."""
        if self._is_on:
            self._session.journal = self._new_journal()

    def begin(self, tree: Tree, state: ChatState, *, title: str = "") -> None:
        """Leave the current conversation and start another with these messages, called *title* if one is given.

        A copy is saved if this one is; another chat is as the run was started.
        """
        self._leave()
        self._is_on = self._stored.is_on or (self._is_on and len(tree) > 0)
        self.title, self._opened = one_line(title), None
        self._session.load(tree, state)
        self._session.journal = self._new_journal() if self._is_on else NoJournal()
        if self._journal:
            self._journal.adopt(tree.nodes, state, title=self.title)

    def resume(self, name: str) -> ChatEntry:
        """Resume the conversation that *name* means, as a copy if it is open elsewhere; raises UsageError."""
        return self.open(self.library.find(name))

    def continue_latest(self) -> ChatEntry:
        """Resume the most recent conversation that has an answer, if any has; raises UsageError if there is none.

        A newer one without an answer, such as a question that failed, is named.
        """
        latest, newest = self.library.latest(), self.library.newest()
        if latest is None or newest is None:
            raise UsageError(_("there is no chat to continue"), hint=_("`chat` starts one"))
        if newest.id != latest.id:
            skipped = _("“{title}” is newer, but has no answer to continue", title=shorten(newest.title, _GLANCE))
            self._notify(Notice("skipped", skipped, Remedy("resume_chat", values={"name": newest.short_id})))
        return self.open(latest)

    def open(self, entry: ChatEntry, *, at: int | None = None) -> ChatEntry:
        """Resume a conversation, on the branch through message *at* if given."""
        self._leave()
        self._is_on = self._stored.is_on
        self._close_what_was_open()
        opened = self.library.open(entry)
        if opened.is_taken:
            self._notify(Notice("copied", _("this chat is open in another window, so this is a copy")))
            copied = opened.tree.copy(opened.state.head)
            # A copy has new ids, so state that refers to the old ones is dropped.
            self.begin(copied, opened.state.without_turns(copied.head))
            self._report_opened(opened.state)
            return entry
        self._session.load(opened.tree, opened.state)
        self.title, self._opened = entry.title, opened
        if at is not None and at in opened.tree and opened.tree.aside_of(at) is None:
            self._session.conversation.go_to(opened.tree.leaf(at))
        self._session.journal = self._new_journal(entry.id) if self._is_on else NoJournal()
        if self._journal:
            self._journal.resume(entry.title, opened.tree, self._session.state)
        self._report_opened(opened.state)
        return entry

    def _report_opened(self, state: ChatState) -> None:
        """Publish *state*, and show the notices it causes."""
        if notice := self._on_open(state):
            self._notify(notice)
        self._report_unanswered()

    def _report_unanswered(self) -> None:
        """Say where the last question of a chat that was opened will not be sent along."""
        if (lost := self._session.conversation.unanswered) is not None:
            from chatcli.conversation.branches import shorten_line

            what = _(
                "the last question, “{question}”, got no answer and is not sent",
                question=shorten_line(lost.message, _GLANCE),
            )
            self._notify(Notice("unanswered", what, Remedy("ask_unanswered")))

    def recover(self) -> None:
        """Close answers that a crash left open, and report them."""
        if not (self._is_on and may_exist(self._stored.path)):
            return
        try:
            self._close_what_was_open()
        except ChatError as error:
            self._fail(error)

    def _close_what_was_open(self) -> None:
        for entry, letters in self.library.recover():
            tokens = -(-letters // _LETTERS_PER_TOKEN)
            pattern = _INTERRUPTED if tokens else _INTERRUPTED_AT_ONCE
            interrupted = _(pattern, title=entry.title, tokens=tokens)
            self._notify(Notice("recovered", interrupted, Remedy("resume_chat", values={"name": entry.short_id})))

    def save_image(self, url: str) -> str:
        """Return the file in which this chat keeps an image of an answer, empty if it keeps none."""
        return self._session.journal.save_image(url)

    def turn_on(self) -> None:
        """Save this conversation too, from its first turn on."""
        self._is_on = True
        if self._journal is None:
            self._session.journal = journal = self._new_journal()
            journal.adopt(self._session.conversation.tree.nodes, self._session.state, title=self.title)

    def close(self) -> NotSavedError | None:
        """Release the conversation; return the error if part of it is only in memory."""
        journal = self._journal
        self._leave()
        if self._database:
            self._database.close()
        return self._last_trouble if journal and journal.is_behind else None

    @property
    def id(self) -> str | None:
        """The id of this conversation, None if it is not saved."""
        return self._journal.id if self._journal else None

    @property
    def is_behind(self) -> bool:
        """Whether part of the conversation is only in memory."""
        return self._journal is not None and self._journal.is_behind

    @property
    def current(self) -> ChatEntry | None:
        """The current conversation as stored; None if it is not stored."""
        if self._journal is None or not may_exist(self._stored.path):
            return None
        return self.library.get(self._journal.id)

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        """Return stored conversations whose titles contain *words*, most recent first."""
        return self.library.entries(words)

    def search(self, words: str) -> Sequence[SearchHit]:
        """Return messages that contain *words*."""
        return self.library.search(words)

    def find(self, name: str) -> ChatEntry:
        """Return the conversation that *name* means; raises UsageError."""
        return self.library.find(name)

    def match(self, name: str) -> ChatMatch:
        """Return the conversation that *name* means and how it matched; raises UsageError."""
        return self.library.match(name)

    def read_ahead(self) -> bool:
        """Read a little more of the open conversation, ahead of need; return whether there may be more."""
        return self._opened is not None and self._opened.read_ahead()

    @property
    def spent(self) -> Spending:
        """The tokens and cost of this conversation."""
        from chatcli.usage.spending import total_spending

        return self._opened.spent_so_far if self._opened else total_spending(self._session.conversation.tree.nodes)

    def spent_today(self) -> Spending:
        """Return the tokens and cost of all stored chats since midnight."""
        today = time.localtime()
        return self.library.spent_since(time.mktime((*today[:3], 0, 0, 0, *today[6:])))

    def rename(self, title: str) -> None:
        """Rename this conversation; raises UsageError if it is not stored."""
        entry = self.current
        if entry is None:
            raise UsageError(_("this chat is not saved yet"), hint=_("it is saved from its first question"))
        self.library.rename(entry.id, title)
        self.title = title
        if self._journal:
            self._journal.rename(title)

    def delete(self, entry: ChatEntry) -> None:
        """Delete a conversation permanently; deleting the current one starts a new one."""
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
                journal.release()
        except NotSavedError:
            return  # already reported

    def _new_journal(self, id: str = "") -> ChatJournal:
        from chatcli.store.ids import new_id
        from chatcli.store.journal import ChatJournal
        from chatcli.store.leases import Owner

        self._journal = ChatJournal(self._file(), id or new_id(time.time()), Owner.here(), told=self._tell)
        return self._journal

    def _file(self) -> Database:
        if self._database is None:
            from chatcli.store.database import Database

            self._database = Database(self._stored.path, notify=self._say, redactor=self._stored.redactor)
        return self._database

    def _say(self, sentence: str) -> None:
        self._notify(Notice("store", sentence))

    def _tell(self, error: NotSavedError) -> None:
        self._last_trouble = NotSavedError(
            _("this chat is not being saved: {reason}", reason=error.what), hint=error.hint
        )
        self._fail(self._last_trouble)
