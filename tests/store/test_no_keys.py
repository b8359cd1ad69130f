"""No key that the program knows comes to rest in the file, whatever part of a chat holds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.conversation.messages import (
    FilePart,
    ImagePart,
    Message,
    Reasoning,
    Text,
    TextPart,
    ToolCall,
    text_message,
)
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Summary, Tree
from chatcli.store.database import Database
from chatcli.store.integrity import find_damaged
from chatcli.store.journal import ChatJournal
from chatcli.store.library import Library
from chatcli.text.redactor import MASK, Redactor, Secret
from tests.store.conftest import HERE

KEY = "sk-test/0123456789"
FACTS = AnswerFacts(KEY, KEY, KEY, KEY, why=f"because of {KEY}", sources=((f"https://x.example/?key={KEY}", KEY),))
HEAD = f"{'a question of many words ' * 2}with {KEY}"


def _question() -> Message:
    parts = (TextPart(HEAD), TextPart(f"see {KEY}", KEY), ImagePart(f"https://x.example/{KEY}"), FilePart(KEY, KEY))
    return Message("user", parts, name=KEY)


def _answer() -> Message:
    calls = (ToolCall(KEY, KEY, f'{{"key": "{KEY}"}}', {"more": [KEY], KEY: 1}),)
    texts = (TextPart(f"your key is {KEY}"),)
    return Message("assistant", texts, reasoning=f"{KEY}?", refusal=KEY, tool_calls=calls, tool_call_id=KEY)


def _state(head: int) -> ChatState:
    options = {"user": KEY, "stop": [KEY], KEY: {"deep": KEY}}
    examples = ((KEY, KEY),)
    return ChatState(head, KEY, KEY, f"be {KEY}", options, summary=Summary(1, f"about {KEY}"), examples=examples)


def _database(folder: Path) -> Database:
    return Database(folder / "history.db", redactor=lambda: Redactor([Secret(KEY)]))


def _turn(database: Database) -> None:
    journal, tree = ChatJournal(database, "01HZZZZZZZZZZZZZZZZZZZZZZZ", HERE), Tree()
    question = tree.add(_question(), parent=None)
    answer = tree.add(text_message("assistant", "", status="streaming"), parent=question.id)
    journal.begin(question, answer, _state(answer.id))
    journal.write_pieces(answer, [Text(f"your key is {KEY}"), Reasoning(KEY)])
    journal.finish([Node(answer.id, answer.parent, _answer(), FACTS)], _state(answer.id))


def _pieces_only(database: Database) -> None:
    journal, tree = ChatJournal(database, "01HZZZZZZZZZZZZZZZZZZZZZZZ", HERE), Tree()
    question = tree.add(_question(), parent=None)
    answer = tree.add(text_message("assistant", "", status="streaming"), parent=question.id)
    journal.begin(question, answer, _state(answer.id))
    journal.write_pieces(answer, [Text(f"your key is {KEY}"), Reasoning(KEY)])
    journal.finish([], _state(answer.id))


def _whole(database: Database) -> None:
    Library(database, HERE).add(_tree(), _state(2), title=f"about {KEY}", created_s=1.7e9)


def _tree() -> Tree:
    tree = Tree()
    question = tree.add(_question(), parent=None)
    tree.put(Node(tree.add(_answer(), parent=question.id).id, question.id, _answer(), FACTS))
    tree.head = 2
    return tree


def _adopted(database: Database) -> None:
    ChatJournal(database, "01HZZZZZZZZZZZZZZZZZZZZZZZ", HERE).adopt(_tree().nodes, _state(2))


def _renamed(database: Database) -> None:
    library = Library(database, HERE)
    library.rename(library.add(_tree(), _state(2), title="fine", created_s=1.7e9), f"about {KEY}")


@pytest.mark.parametrize(
    "write", [_turn, _pieces_only, _whole, _adopted, _renamed], ids=lambda write: write.__name__.strip("_")
)
def test_no_known_key_is_in_the_file(tmp_path: Path, write: Callable[[Database], None]) -> None:
    database = _database(tmp_path)

    write(database)

    assert _damaged(database) == []
    [entry] = Library(database, HERE).entries()
    database.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.encode() not in files
    assert KEY[:12].encode() not in files, "not a part of it either, as in a title that is cut"
    assert MASK.encode() in files
    assert KEY not in entry.title


def _damaged(database: Database) -> list[tuple[str, int]]:
    nothing: list[tuple[str, int]] = []
    return database.call(find_damaged, default=nothing)


def test_what_is_masked_is_found_and_deleted_like_the_rest(tmp_path: Path) -> None:
    database = _database(tmp_path)
    _turn(database)
    library = Library(database, HERE)

    assert [hit.message for hit in library.search("your key")] == [2]
    library.delete([library.find("question").id])
    assert library.entries() == []
    database.close()
    assert b"your key" not in (tmp_path / "history.db").read_bytes()
