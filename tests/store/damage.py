"""The law of a damaged file, and a file to try it on.

Whatever bytes stand in the file: chats are listed, opened, searched and added, what is said of them is true, and no
text is missing in silence. `python -m tests.tooling.damage` tries every page, byte and column; the suite draws some.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chatcli.conversation.messages import ImagePart, Message, TextPart, ToolCall, text_message
from chatcli.conversation.tree import AnswerFacts, ChatState, Summary, Tree
from chatcli.errors import ChatError
from chatcli.store.database import Database
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from chatcli.store.rows import LOST_ATTACHMENT, LOST_TEXT
from tests.store.conftest import Shelf

PAGE = 4096
_SAVED = re.compile(
    r"was damaged \((.+)\): it was renamed to (\S+), and (\d+) messages? w\w+ recovered from it"
    r"(?:; the text of (\d+) more was lost)?$"
)
_PIXEL = "data:image/png;base64,iVBORw0KGgo="


def fill(path: Path) -> dict[str, list[str]]:
    """Make a file of some eighty pages at *path*, and return the texts of each chat."""
    shelf = Shelf(path)
    for number in range(12):
        pairs = [f"C{number:02} Q{turn} " + "lorem ipsum " * (30 * turn) for turn in range(6)]
        shelf.put(f"01ARZ3NDEKTSV4RRFFQ69G5A{number:02}", *(word for text in pairs for word in (text, f"{text} A")))
    shelf.library.add(
        _branched(), ChatState(7, pinned=frozenset({1}), summary=Summary(2, "short")), title="b", created_s=9
    )
    texts = texts_of(shelf.library)
    shelf.database.close()
    return texts


def _branched() -> Tree:
    """A question asked again, an answer with a picture and a tool call, and a text that takes many pages."""
    tree = Tree()
    tree.add(Message("user", (TextPart("B root"), ImagePart(_PIXEL))), parent=None)
    tree.add(text_message("assistant", "B first answer"), parent=1, facts=AnswerFacts(model="m", asked_at=5.0))
    tree.add(text_message("assistant", "B second answer 漢字"), parent=1)
    tree.add(text_message("user", "B long " + "dolor sit " * 4000), parent=3)
    call = ToolCall("c1", "f", '{"a": 1}')
    tree.add(Message("assistant", (TextPart("B called"),), tool_calls=(call,), reasoning="B thought"), parent=4)
    tree.add(text_message("tool", "B result", tool_call_id="c1"), parent=5)
    tree.add(text_message("assistant", "B end"), parent=6)
    return tree


def texts_of(library: Library) -> dict[str, list[str]]:
    """Return every text of every chat, all branches of it; fails where a tree is not whole."""
    found: dict[str, list[str]] = {}
    for entry in library.entries():
        opened = library.read(entry)
        tree = opened.tree
        assert opened.state.head is None or opened.state.head in tree
        reached = {node.id for leaf in tree.nodes for node in tree.path(leaf.id)}
        assert reached == {node.id for node in tree.nodes}
        found[entry.id] = [_text(node.message) for node in tree.nodes]
    return found


def _text(message: Message) -> str:
    """Return all that is said in *message*, but for what stands in for what is lost."""
    said = "" if message.text in (LOST_TEXT, LOST_ATTACHMENT) else message.text
    attached = ["picture" for part in message.parts if isinstance(part, ImagePart)]
    return " ".join(
        filter(None, (said, message.reasoning, *attached, *(call.arguments for call in message.tool_calls)))
    )


def _opens_empty(library: Library) -> list[str]:
    """Return the chats with answers that show none."""
    opened = [library.read(entry) for entry in library.entries()]
    return [
        chat.entry.id
        for chat in opened
        if chat.state.head is None and any(node.message.role == "assistant" for node in chat.tree.nodes)
    ]


@dataclass
class Outcome:
    """What a damaged file came to: what was said, what `doctor` says, and the texts that are there."""

    said: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)


@contextlib.contextmanager
def _opened(path: Path, said: list[str]) -> Iterator[Library]:
    database = Database(path, notify=said.append)
    try:
        yield Library(database, Owner.here())
    finally:
        database.close()


def use(path: Path) -> Outcome:
    """Do with the file at *path* what users do, as several programs; nothing may raise."""
    outcome = Outcome()
    with _opened(path, outcome.said) as library:
        library.recover()
        library.entries("C0")
        library.spent_since(0)
        library.search("lorem")
        with contextlib.suppress(ChatError):  # there is no such chat any more
            library.find("C03 Q1")
        outcome.texts = texts_of(library)
    with _opened(path, outcome.said) as library:
        library.check()
        outcome.named = [f"{entry.title} {number}" for entry, number in library.damaged()]
        outcome.texts = texts_of(library)
        assert not outcome.said or not _opens_empty(library)
    shelf = Shelf(path)
    shelf.keep("01ZZZZ", "a new question", "a new answer")
    if any("written by a newer version of chat" in error.what for error in shelf.untold):
        return outcome  # two bits of its version have changed: no one can tell that from a newer one
    assert not shelf.untold, [error.what for error in shelf.untold]
    assert shelf.texts("01ZZZZ") == ["a new question", "a new answer"]
    assert any("new question" in text for text in shelf.found("new question"))
    shelf.database.close()
    return outcome


def judge(path: Path, before: dict[str, list[str]], outcome: Outcome) -> None:
    """Fail where what was said is not true, or a text is missing and nothing was said."""
    kept = [text for texts in outcome.texts.values() for text in texts]
    for sentence in outcome.said:
        if not (found := _SAVED.search(sentence)):
            continue
        assert path.with_name(found[2]).exists(), sentence
    last = next((found for sentence in reversed(outcome.said) if (found := _SAVED.search(sentence))), None)
    if last:
        with_text = [text for text in kept if text]
        assert int(last[3]) == len(with_text), (last[0], len(with_text))
        assert len(with_text) + int(last[4] or 0) <= len(kept), (last[0], len(kept))
    lost = {text for texts in before.values() for text in texts} - set(kept)
    assert not lost or outcome.said or outcome.named, f"{len(lost)} texts are missing in silence: {sorted(lost)[:2]}"


def columns(path: Path) -> list[tuple[str, str]]:
    """Return every column of the tables that hold what users wrote."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = ("conversation", "message", "part", "blob")
        return [(table, row[1]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
