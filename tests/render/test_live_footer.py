"""The draft below a streaming answer: always in sight, never in the scrollback."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.messages import Sent, Text
from chatcli.render.draft import DraftRows, DraftSource
from tests.render.corpus import CORPUS
from tests.render.stage import Reflowing, Stage, cut, letters, rendered
from tests.support.work import calls

TEXT = "\n\n".join(CORPUS[name] for name in list(CORPUS)[:6])
STATE = "Esc stops"
TYPED = "ZQJX ZQJX "  # letters of no answer


class Desk:
    """A draft that a test writes."""

    def __init__(self) -> None:
        self.draft = DraftRows(["> "], (2, 0))
        self.source = DraftSource(lambda columns, _rows: self._fitted(columns))

    def write(self, *rows: str, cursor: tuple[int, int] | None = None, queued: tuple[str, ...] = ()) -> None:
        lines = [f"> {rows[0]}", *(f"  {row}" for row in rows[1:])]
        self.draft = DraftRows(lines, cursor or (len(lines[-1]), len(lines) - 1), queued)

    def _fitted(self, columns: int) -> DraftRows:
        column, row = self.draft.cursor
        rows = [text[: columns - 1] for text in self.draft.rows]
        return DraftRows(rows, (min(column, len(rows[row])), row), self.draft.queued)


def shown(stage: Stage) -> list[str]:
    return [row for row in stage.screen.history if row]


def test_state_and_draft_stand_below_the_answer_and_the_cursor_in_the_draft() -> None:
    desk = Desk()
    stage = Stage(40, 10, draft=desk.source)
    desk.write("next question", cursor=(6, 0), queued=("one", "two"))

    stage.feed(Sent(), Text("Some *text*"))
    stage.draw()

    *answer, state, first, second, draft = shown(stage)
    assert answer == ["Some text"] or answer == ["Some *text*"]
    assert STATE in state
    assert ("one" in first, "two" in second, draft) == (True, True, "> next question")
    assert (stage.screen.cursor, stage.screen.rows[4]) == ((6, 4), draft)  # type: ignore[union-attr]


def test_nothing_below_is_left_at_the_end() -> None:
    desk = Desk()
    stage = Stage(40, 10, draft=desk.source)
    desk.write("a draft", cursor=(3, 0), queued=("a question",))

    assert stage.play(cut("First.\n\nSecond.", 3)) == ["First.", "", "Second."]


@pytest.mark.parametrize("size", [(9, 24), (80, 4)], ids=str)
def test_where_there_is_no_room_the_answer_has_it(size: tuple[int, int]) -> None:
    desk = Desk()
    stage = Stage(*size, draft=desk.source)
    stage.feed(Text("Text"))
    stage.draw()

    assert shown(stage) == ["Text"]


def test_frame_without_news_writes_nothing() -> None:
    desk = Desk()
    stage = Stage(40, 10, draft=desk.source)
    stage.feed(Text("Text"))
    stage.draw()

    assert stage.draw() == ""


def test_letter_of_the_draft_costs_a_letter() -> None:
    desk = Desk()
    stage = Stage(40, 10, draft=desk.source)
    desk.write("draf")
    stage.feed(Text("Text\n" * 30))
    stage.draw()
    desk.write("draft")

    assert stage.draw() == "t"


def test_draft_that_rests_costs_a_frame_little() -> None:
    text = "the quick **brown** fox and `a dog`\n\n- one\n- two\n\n```python\nx = 1\n```\n\n" * 20

    resting = DraftSource(lambda _columns, _rows: DraftRows(("> next",), (6, 0)))

    def work(draft: DraftSource | None) -> int:
        turn = Stage(draft=draft).turn

        def play() -> None:
            for delta in cut(text, 10):
                turn.feed(Text(delta), 0)
                turn.frame((80, 24), 0)

        return calls(play)

    work(resting)  # what is imported and kept at the first time is no work of the draft

    assert work(resting) < 1.2 * work(None)


@settings(max_examples=12)
@given(st.integers(0, 10**9), st.sampled_from([(80, 24), (33, 12), (60, 6)]))
def test_whatever_is_typed_the_answer_stands_once(seed: int, screen: tuple[int, int]) -> None:
    desk, chance = Desk(), random.Random(seed)
    stage = Stage(*screen, draft=desk.source)
    for delta in cut(TEXT, chance.randint(5, 200)):
        length = chance.randint(0, 12)
        queued = ("Z" * chance.randint(1, 99),) * chance.randint(0, 5)
        desk.write("Z" * length, *["Q"] * chance.randint(0, 2), queued=queued)
        if chance.random() < 0.5:
            desk.write("Z" * length, "Q", cursor=(2 + chance.randint(0, length), 0), queued=queued)
        stage.feed(Text(delta))
        stage.draw()

    assert stage.end() == rendered(TEXT, screen[0])


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_window_that_changes_its_width_keeps_no_copy_of_the_draft(seed: int) -> None:
    desk, chance = Desk(), random.Random(seed)
    stage = Stage(60, 12, draft=desk.source)
    stage.screen = Reflowing(60, 12)
    answer = "words of an answer " * 60
    for delta in cut(answer, 30):
        desk.write(TYPED * chance.randint(1, 7), cursor=(chance.randint(2, 12), 0) if chance.random() < 0.5 else None)
        stage.feed(Text(delta))
        if chance.random() < 0.3:
            stage.resize(chance.randint(20, 100), chance.choice([12, 16, 24]))
        stage.draw()

    assert letters(stage.end()) == letters([answer])
