"""Whatever becomes of tool calls, and wherever the program is killed among them, every request stays acceptable."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from chatcli.conversation.compaction import compact_conversation
from chatcli.conversation.messages import Message, ToolFragment
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.turn import Turn
from chatcli.errors import ChatError, ContextTooLongError
from chatcli.store.database import Database
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from chatcli.tools.loop import follow_calls
from chatcli.tools.policy import Consent
from tests.conversation.test_session_laws import ENDS, ends
from tests.store.test_session_stored import Stored
from tests.support.scripted import Letters, Step, ignore, says
from tests.support.sessions import make_session
from tests.tools.test_loop import ARGUMENTS, CONSENTS, NAMES, World

# Servers leave ids out, repeat them within a reply, and number each reply from the beginning.
IDS = st.sampled_from(["", "same", "c0", "c1"])
CALLS = st.lists(st.tuples(IDS, NAMES, ARGUMENTS), min_size=1, max_size=3)


class Killed(BaseException):
    """The program ends here and does nothing more."""


def calling(calls: Sequence[tuple[str, str, str]]) -> list[Step]:
    """Return the reply that makes *calls*."""
    fragments = [ToolFragment(place, *call) for place, call in enumerate(calls)]
    return [*fragments, *says("", "tool_calls")[1:]]


def kill(is_here: bool) -> None:
    if is_here:
        raise Killed


class StoredTools(Stored):
    """The stored session, whose model also calls tools; they answer, fail, ask, and are denied or interrupted."""

    def ask(self, how: str) -> Turn | None:
        begin: dict[str, Callable[[], Turn | None]] = {
            "send": lambda: self.session.turn(f"q{len(self.session.conversation.tree)}", ignore),
            "retry": lambda: self.session.retry(ignore),
            "go on": lambda: self.session.continue_answer(ignore),
        }
        return begin[how]()

    def follow(self, turn: Turn, consents: Sequence[Consent], killed: str) -> None:
        def add(results: Sequence[Message]) -> None:
            kill(killed == "before the results")
            self.session.add_results(results)

        def resume() -> Turn:
            kill(killed == "after the results")
            return self.session.resume_turn(ignore)

        follow_calls(turn, World(*consents).loop, add, resume)

    @rule(
        how=st.sampled_from(["send", "retry", "go on"]),
        rounds=st.lists(CALLS, min_size=1, max_size=2),
        consents=st.lists(CONSENTS, max_size=4),
        end=ends,
        killed=st.sampled_from(["", "", "", "before the results", "after the results", "in the reply"]),
    )
    def use_tools(
        self, how: str, rounds: list[list[tuple[str, str, str]]], consents: list[Consent], end: str, killed: str
    ) -> None:
        steps = [*says("an")[:1], Killed()] if killed == "in the reply" else ENDS[end][0]
        self.client.answers[:] = [*map(calling, rounds), steps, steps]
        try:
            with suppress(ContextTooLongError):
                if turn := self.ask(how):
                    self.follow(turn, consents, killed)
        except Killed:
            self.revive()

    def revive(self) -> None:
        """Open what the killed program left, as it was when that ended."""
        dead, id = self.journal, self.journal.id
        self.database.close()
        left = Path(self.folder.name) / f"{len(list(Path(self.folder.name).iterdir()))}.db"
        shutil.copyfile(self.database.path, left)
        dead.finish([], self.session.state)  # ends its thread, and changes only what no one reads any more
        self.database.close()
        self.database = Database(left)
        self.library = Library(self.database, Owner.here())
        opened = self.library.open(self.library.find(id))
        self.journal = ChatJournal(self.database, id, Owner.here())
        self.journal.resume("", opened.tree, opened.state)
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()), journal=self.journal)
        self.session.load(opened.tree, opened.state)

    @rule()
    def compact(self) -> None:
        self.client.answers[:] = [says("summary")] * 40
        with suppress(ChatError):
            compact_conversation(self.session, "Sum up.", ignore)


del Stored

TestStoredTools = StoredTools.TestCase
TestStoredTools.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)
