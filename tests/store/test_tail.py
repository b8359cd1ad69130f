"""A chat that is opened by its end behaves like one that was read whole, whatever it holds and is done next."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.asides import ask_beside
from chatcli.conversation.branches import list_branches
from chatcli.conversation.compaction import compact_conversation
from chatcli.conversation.messages import ImagePart, Message, Role, Status, TextPart, ToolCall, Usage
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Summary
from chatcli.conversation.window_fill import window_fill
from chatcli.errors import ChatError
from chatcli.records import replace
from chatcli.repl.display import show_history, show_opened
from chatcli.store.database import Database
from chatcli.store.entries import OpenedChat
from chatcli.store.journal import ChatJournal
from chatcli.store.library import Library
from chatcli.store.rows import LOST_TEXT
from chatcli.store.schema import PAGE_SIZE
from chatcli.usage.spending import total_spending
from tests.store.conftest import HERE, Shelf
from tests.support.scripted import Letters, ScriptedClient, ignore, says
from tests.support.sessions import make_session

ID, TRUNK = "01A0", 120  # messages: more than are read at once
PIXEL = "data:image/png;base64,iVBORw0KGgo="

ROLES: tuple[Role, ...] = ("user", "user", "assistant", "assistant", "tool")
ENDS: tuple[Status, ...] = ("complete", "complete", "incomplete", "cancelled")


@dataclass(frozen=True)
class Grown:
    """A message to add below one of those before it."""

    role: Role
    status: Status
    place: int
    length: int
    extra: str


messages = st.builds(
    Grown,
    st.sampled_from(ROLES),
    st.sampled_from(ENDS),
    st.integers(1, 200),
    st.integers(0, 30),
    st.sampled_from(["", "", "", "picture", "file", "tools", "aside", "foreign", "usage"]),
)
ids = st.integers(1, TRUNK + 20)
states = st.builds(
    lambda head, pinned, dropped, upto, examples: ChatState(
        head=head,
        model="m",
        provider="p",
        system="S",
        pinned=frozenset(pinned),
        dropped=frozenset(dropped),
        summary=Summary(upto, "so far") if upto else None,
        examples=(("x", "y"),) if examples else (),
    ),
    st.none() | ids | st.integers(TRUNK, TRUNK + 20),
    st.sets(ids, max_size=2),
    st.sets(ids, max_size=2),
    st.none() | ids,
    st.booleans(),
)


def message_of(grown: Grown) -> Message:
    parts = (TextPart("w" * grown.length),) if grown.length else ()
    match grown.extra:
        case "picture":
            return Message(grown.role, (*parts, ImagePart(PIXEL)), status=grown.status)
        case "file":
            return Message(grown.role, (*parts, TextPart("content", "a.txt")), status=grown.status)
        case "tools" if grown.role == "assistant":
            return Message(grown.role, parts, reasoning="why", tool_calls=(ToolCall("1", "now", "{}"),))
    call = "1" if grown.role == "tool" else None
    return Message(
        grown.role, parts, tool_call_id=call, status=grown.status if grown.role == "assistant" else "complete"
    )


def facts_of(grown: Grown) -> AnswerFacts | None:
    if grown.role != "assistant":
        return None
    usage = Usage(grown.place, grown.length, cost=grown.place / 8) if grown.extra == "usage" else None
    return AnswerFacts("m", "other" if grown.extra == "foreign" else "p", "h", usage=usage, sent_turns=grown.place % 5)


def trunk(path: Path, size: int = TRUNK, *, letters: int = 0) -> None:
    """Keep a long chat of plain turns."""
    texts = (f"{'answer' if number % 2 else 'question'} {number} {'x' * letters}".strip() for number in range(size))
    Shelf(path).put(ID, *texts)


def grow(path: Path, grown: Sequence[Grown], state: ChatState) -> None:
    """Add what was *grown* to the chat in the file, and leave it in *state*."""
    database = Database(path, now=lambda: 2e9)
    tree = Library(database, HERE).read(Library(database, HERE).find(ID)).tree
    journal, asides = ChatJournal(database, ID, HERE), set[int]()
    journal.resume("t", tree, state)
    fresh = list[Node]()
    for one in grown:
        parent = min(one.place, tree.next_id - 1) if one.place % 3 else tree.next_id - 1
        fresh.append(tree.add(message_of(one), parent=parent, facts=facts_of(one)))
        asides |= {fresh[-1].id} if one.extra == "aside" and one.role == "user" else set()
    head = state.head if state.head and state.head < tree.next_id else None
    journal.finish(fresh, replace(state, head=head, asides=frozenset(asides)))
    database.close()


class Screen:
    """Keeps what is shown."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def say(self, markdown: str, **_how: bool) -> None:
        self.rows.append(markdown)

    def note(self, sentence: str) -> None:
        self.rows.append(sentence)


class Program:
    """A program that has the chat open."""

    def __init__(self, path: Path, *, is_whole: bool) -> None:
        self.database = Database(path, now=lambda: 2e9)
        library = Library(self.database, HERE)
        opened = library.open(library.find(ID))
        if is_whole:
            assert total_spending(opened.tree.nodes) == opened.spent
        else:
            assert len(opened.tree.unread) == len(opened.tree)
        self.client = ScriptedClient()
        ticks = count()
        self.session = make_session(
            client=self.client,
            model="m",
            provider="p",
            budget=TokenBudget(Letters()),
            now=lambda: 2e9,
            clock=ticks.__next__,
        )
        self.session.load(opened.tree, opened.state)
        self.session.journal = journal = ChatJournal(self.database, ID, HERE)
        journal.resume("t", opened.tree, self.session.state)

    def do(self, command: Callable[[Session], object]) -> object:
        """Do *command*; return what it gives, or which error it ends with."""
        self.client.answers[:] = [says("answer")] * 400  # a narrow window is compacted in many steps
        try:
            return command(self.session)
        except ChatError as error:
            return type(error), error.what
        finally:
            self.session.save_state()


def opened_view(session: Session) -> object:
    screen = Screen()
    show_opened(session.conversation, "t", screen, at=TRUNK // 3)  # type: ignore[arg-type]
    show_opened(session.conversation, "t", screen)  # type: ignore[arg-type]
    return screen.rows


def history_view(session: Session) -> object:
    screen = Screen()
    show_history(session.conversation, screen, lambda _url: "")  # type: ignore[arg-type]
    return screen.rows


def narrow(session: Session) -> None:
    session.binding = replace(session.binding, budget=TokenBudget(Letters(), 150))


def go_back(session: Session) -> None:
    tree = session.conversation.tree
    if len(tree):
        session.conversation.go_to(tree.leaf(max(len(tree) // 2, 1)))


def fork(session: Session) -> object:
    return [node.message for node in session.conversation.tree.copy(session.conversation.tree.head).nodes]


def pin_first(session: Session) -> None:
    session.conversation.pinned ^= {question.id for question in session.conversation.questions[:1]}


def drop_last(session: Session) -> None:
    session.conversation.dropped ^= {question.id for question in session.conversation.questions[-1:]}


COMMANDS: dict[str, Callable[[Session], object]] = {
    "turn": lambda session: session.turn("and now?", ignore).window,
    "retry": lambda session: session.retry(ignore) and None,
    "continue": lambda session: session.continue_answer(ignore) and None,
    "undo": lambda session: [message.text for message in session.conversation.undo(2)],
    "redo": lambda session: session.conversation.redo(),
    "beside": lambda session: ask_beside(session, "by the way", ignore) and None,
    "compact": lambda session: compact_conversation(session, "sum up", ignore) and None,
    "narrow": narrow,
    "go back": go_back,
    "pin": pin_first,
    "drop": drop_last,
    "fork": fork,
    "tree": lambda session: [point.label for point in list_branches(session.conversation.tree)],
    "history": history_view,
    "opened": opened_view,
    "fill": window_fill,
    "preview": lambda session: session.requests.request(session.requests.preview()),
    "turns": lambda session: (
        session.conversation.question_count,
        session.conversation.turn_numbers({1, 3, TRUNK - 1}),
    ),
    "spending": lambda session: total_spending(session.conversation.tree.nodes),
}


def rows(path: Path) -> list[list[tuple[object, ...]]]:
    """Return what the file holds."""
    with sqlite3.connect(path) as connection:
        tables = ("SELECT * FROM message ORDER BY id", "SELECT * FROM part ORDER BY 1, 2", "SELECT * FROM conversation")
        found = [connection.execute(sql).fetchall() for sql in tables]
    connection.close()
    return found


@pytest.fixture(scope="module")
def trunk_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trunk") / "history.db"
    trunk(path)
    return path


@given(st.lists(messages, max_size=20), states, st.lists(st.sampled_from(sorted(COMMANDS)), min_size=1, max_size=6))
@settings(max_examples=12, deadline=None)
def test_a_chat_that_is_opened_by_its_end_behaves_like_one_that_was_read_whole(
    trunk_file: Path, grown: list[Grown], state: ChatState, commands: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("tail.db", "whole.db")]
        shutil.copyfile(trunk_file, paths[0])
        grow(paths[0], grown, state)
        shutil.copyfile(paths[0], paths[1])
        tail, whole = Program(paths[0], is_whole=False), Program(paths[1], is_whole=True)
        try:
            for name in commands:
                assert tail.do(COMMANDS[name]) == whole.do(COMMANDS[name]), name
                assert tail.client.requests == whole.client.requests
                assert tail.session.state == whole.session.state
        finally:
            for program in (tail, whole):
                program.database.close()
        assert rows(paths[0]) == rows(paths[1])


def opened(shelf: Shelf) -> OpenedChat:
    return shelf.library.open(shelf.entry(ID))


def test_a_question_reads_no_more_than_its_window_needs(shelf: Shelf) -> None:
    trunk(shelf.path, 600)
    found = opened(shelf)
    budget = TokenBudget(Letters(), 200)
    session = make_session(client=ScriptedClient(says("a")), model="m", budget=budget)
    session.load(found.tree, found.state)

    turn = session.turn("q", ignore)

    assert turn.window.left_out
    assert len(found.tree.unread) >= 300  # and what may tell how the server counts


def test_what_is_read_ahead_is_the_rest(shelf: Shelf) -> None:
    trunk(shelf.path)
    found = opened(shelf)

    assert found.read_ahead()
    assert 0 < len(found.tree.unread) < TRUNK
    while found.read_ahead():
        pass

    assert found.tree.unread == []
    assert found.tree.nodes == shelf.library.read(found.entry).tree.nodes


def test_messages_that_were_lost_before_they_were_read_are_told_of(shelf: Shelf) -> None:
    trunk(shelf.path)
    found = opened(shelf)
    shelf.database.write(lambda connection: connection.execute("DELETE FROM message WHERE seq < 11"))

    while found.read_ahead():
        pass
    assert (shelf.said, found.tree.unread) == ([], [*range(1, 11)])
    assert [node.message.text for node in found.tree.nodes][:3] == [LOST_TEXT, "", LOST_TEXT]
    assert len(shelf.said) == 1
    assert "10 messages" in shelf.said[0]


def test_a_chat_whose_file_is_removed_before_it_was_read_goes_on(shelf: Shelf) -> None:
    trunk(shelf.path)
    found = opened(shelf)
    assert found.tree.messages(found.tree.head)[-1].text == f"answer {TRUNK - 1}"
    again = opened(shelf)
    tail = again.tree.last_turns(again.tree.head, 1)
    shelf.path.unlink()

    assert not again.read_ahead()
    assert again.tree.last_turns(again.tree.head, 1) == tail
    unread = len(again.tree.unread)
    assert [again.tree[id].message.text for id in (1, 3)] == [LOST_TEXT, LOST_TEXT]
    assert len(again.tree.nodes) == TRUNK
    assert len(shelf.said) == 1
    assert f"{unread} messages" in shelf.said[0]


def test_damage_in_the_old_part_is_repaired_when_that_is_read(shelf: Shelf) -> None:
    trunk(shelf.path, 300, letters=100)
    shelf.database.close()
    content = bytearray(shelf.path.read_bytes())
    page = content.index(b"question 8 ") // PAGE_SIZE * PAGE_SIZE
    content[page : page + 8] = b"\xff" * 8
    shelf.path.write_bytes(content)

    found = opened(shelf)
    assert found.tree.last_turns(found.tree.head, 1)[-1].text.startswith("answer 299")
    assert found.tree.unread
    while found.read_ahead():
        pass
    assert (shelf.said, bool(found.tree.unread)) == ([], True)

    texts = [message.text for message in found.tree.messages(found.tree.head)]
    assert texts[-1].startswith("answer 299")
    assert "damaged" in shelf.said[0]
    assert found.tree.unread == []
