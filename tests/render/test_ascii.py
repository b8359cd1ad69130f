"""Where only ASCII is known, whatever chat itself draws or writes is ASCII: the text of others is all that is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatcli.conversation.messages import (
    Event,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Text,
    ToolCall,
    ToolFragment,
    ToolReported,
    Waiting,
)
from chatcli.render.draft import DraftRows, DraftSource
from chatcli.render.look import Look
from tests.render.corpus import CORPUS
from tests.render.stage import Stage, printed
from tests.tooling.documents import Documents

PLAIN = {name: text for name, text in CORPUS.items() if text.isascii() and name != "escapes"}
MARKED = "a “quoted” name → more … of it · and · many words that make the row longer than any screen"
DRAFT = DraftSource(lambda _columns, _most: DraftRows(("> next",), (6, 0), ("first words " * 9, "b", "c", "d"), "note"))
CALL = ToolCall("1", "read_file", '{"path": "' + "folder/" * 30 + '"}')
STATES: dict[str, Sequence[Event]] = {
    "sent": [Sent()],
    "waiting": [Waiting(MARKED)],
    "answering": [Text("word " * 40)],
    "thinking": [Reasoning("thought " * 40)],
    "calling": [ToolFragment(index=0, id="1", name="read_file", arguments=CALL.arguments)],
    "running": [ToolReported(CALL, "running")],
    "done": [ToolReported(CALL, "done", "x" * 5000, took_s=1.5)],
    "notice": [Text("word"), Notice("note", MARKED)],
    "malformed": [Malformed("…")],
    "refusal": [Refusal("No.")],
    "two answers": [Text("a"), Text("b", 1)],
}


@pytest.mark.parametrize("columns", [9, 20, 40, 120])
@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_every_block_is_drawn_in_ascii(text: str, columns: int) -> None:
    assert printed(text, columns, Look(ascii=True, links=False)).isascii()


def test_generated_documents_are_drawn_in_ascii() -> None:
    documents = Documents(3)
    for _ in range(60):
        text = documents.next().encode("ascii", "replace").decode()
        assert printed(text, 40, Look(ascii=True, links=False)).isascii()


@pytest.mark.parametrize("columns", [12, 20, 30, 80])
@pytest.mark.parametrize("events", STATES.values(), ids=STATES)
def test_every_state_of_a_turn_is_drawn_in_ascii(events: Sequence[Event], columns: int) -> None:
    stage = Stage(columns, look=Look(ascii=True), draft=DRAFT)
    for event in events:
        stage.now_s += 1.3
        stage.feed(event)
        stage.draw()
    stage.end()

    assert stage.written.isascii()


def test_others_text_is_not_changed() -> None:
    assert "“a” … b → c · d" in Stage(look=Look(ascii=True)).play(["“a” … b → c · d"])
