"""What a turn shows besides the answer: waiting, thoughts, several choices, tools, refusals, remarks."""

from __future__ import annotations

import pytest

from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Text,
    ToolFragment,
    Usage,
    UsageReported,
    Waiting,
)
from chatcli.render.live import Folding, Look
from tests.render.stage import Stage

DONE = Finished("stop", "stop")


def show(*events: Event, look: Look | None = None, choices: int = 1) -> list[str]:
    """Draw a frame after every event, one second each."""
    stage = Stage(60, 20, look=look, choices=choices)
    for event in events:
        stage.feed(event)
        stage.draw()
        stage.now_s += 1
    return stage.end()


def visible(stage: Stage) -> list[str]:
    stage.draw()
    return stage.rows


def test_waiting_is_shown_with_its_seconds() -> None:
    stage = Stage()
    stage.feed(Sent())
    stage.now_s = 3.2

    assert [row[2:] for row in visible(stage)] == ["waiting 3 s · Esc stops"]


def test_waiting_says_what_for() -> None:
    stage = Stage()
    stage.feed(Waiting("loading the \x1b[31mmodel"))
    stage.now_s = 75

    assert [row[2:] for row in visible(stage)] == ["loading the ^[[31mmodel 75 s · Esc stops"]


def test_only_keys_that_work_are_named() -> None:
    stage = Stage(look=Look(has_keys=False))

    stage.feed(Sent())
    assert [row[2:] for row in visible(stage)] == ["waiting 0 s · Ctrl+C stops"]

    stage.feed(Reasoning("Hm."))
    assert [row[2:] for row in visible(stage)] == ["thinking 0 s · Ctrl+C stops"]


def test_the_spinner_turns_with_time_alone() -> None:
    stage = Stage()
    signs = set()
    for _ in range(10):
        signs.add(visible(stage)[0][0])
        stage.now_s += 1 / 8

    assert len(signs) == 10
    assert stage.turn.is_animated


def test_the_first_word_replaces_the_spinner() -> None:
    stage = Stage()
    stage.draw()
    stage.feed(Started("id"), Text("Hi"))

    assert visible(stage) == ["Hi"]
    assert not stage.turn.is_animated


def test_waiting_again_is_shown_below_the_answer() -> None:
    stage = Stage()
    stage.feed(Text("Hi"))
    stage.now_s = 10
    stage.feed(Waiting("reconnecting"))
    stage.now_s = 12

    assert [row[-32:] for row in visible(stage)] == ["Hi", "⠦ reconnecting 2 s · Esc stops"]


def test_a_countdown_is_the_only_time_that_is_told() -> None:
    stage = Stage()
    stage.feed(Waiting("retrying in 7 s", tells_time=True))
    stage.now_s = 3

    assert [row[2:] for row in visible(stage)] == ["retrying in 7 s · Esc stops"]


def test_nothing_of_the_waiting_remains() -> None:
    assert show(Sent(), Waiting("x"), Text("Hi"), Waiting("y"), Ended(True)) == ["Hi"]
    assert show(Sent()) == []


def test_an_answer_that_never_came_leaves_an_empty_row() -> None:
    stage = Stage()
    stage.feed(Sent())
    stage.draw()
    stage.end()

    assert stage.screen.rows[0] == ""  # type: ignore[union-attr]  # the plain screen
    assert stage.screen.cursor == (0, 0)  # type: ignore[union-attr]  # as above


def test_space_before_the_answer_does_not_begin_it() -> None:
    assert show(Text("\n\n"), Reasoning("Hm."), Text(" \n"), Text("Hi")) == ["thought for 2 s", "", "Hi"]


# Thoughts ------------------------------------------------------------------------------------------


def test_thoughts_are_folded_to_a_line_with_a_timer() -> None:
    stage = Stage()
    stage.feed(Reasoning("Let me see. "))
    stage.now_s = 4.5
    stage.feed(Reasoning("Yes."))

    assert [row[2:] for row in visible(stage)] == ["thinking 4 s · Ctrl+O unfolds"]
    assert stage.turn.is_animated

    stage.feed(Text("Yes"))

    assert visible(stage) == ["thought for 4 s", "", "Yes"]


THOUGHTS: dict[Folding, list[str]] = {
    "folded": ["thought for 2 s", "", "42"],
    "shown": ["Let me see. Yes.", "thought for 2 s", "", "42"],
    "hidden": ["42"],
}


@pytest.mark.parametrize(("folding", "rows"), THOUGHTS.items())
def test_thoughts_stand_above_the_answer_as_the_user_wants(folding: Folding, rows: list[str]) -> None:
    assert show(Reasoning("Let me see. "), Reasoning("Yes."), Text("42"), look=Look(reasoning=folding)) == rows


def test_thoughts_are_dim() -> None:
    stage = Stage(look=Look(reasoning="shown"))
    stage.feed(Reasoning("a **b**"))

    assert stage.draw().startswith("\x1b[2ma \x1b[0m\x1b[1;2mb")


def test_opening_shows_all_that_was_thought_and_goes_on() -> None:
    stage = Stage()
    stage.feed(Reasoning("First. "))
    stage.draw()
    stage.turn.toggle_reasoning()
    stage.feed(Reasoning("Second."))

    assert visible(stage)[0] == "First. Second."
    assert visible(stage)[1][2:] == "thinking 0 s · Ctrl+O folds"


def test_folding_again_keeps_only_what_has_left_the_screen() -> None:
    stage = Stage(look=Look(reasoning="shown"))
    stage.feed(Reasoning("Done.\n\nOpen"))
    stage.draw()
    stage.turn.toggle_reasoning()
    stage.feed(Reasoning(" end"), Text("42"))

    assert stage.end() == ["Done.", "thought for a moment", "", "42"]


def test_opening_outside_of_thoughts_counts_for_the_next_ones() -> None:
    stage = Stage()
    stage.turn.toggle_reasoning()
    stage.feed(Reasoning("Hm."), Text("42"))

    assert stage.end() == ["Hm.", "thought for a moment", "", "42"]


def test_thoughts_within_the_answer_wait_for_its_end() -> None:
    rows = show(Text("One **t"), Reasoning("Hm. "), Text("wo**."), Reasoning("Ha."), DONE, look=Look(reasoning="shown"))

    assert rows == ["One two.", "", "Hm. Ha.", "thought for 2 s"]


def test_thoughts_without_an_answer_are_told() -> None:
    assert show(Reasoning("Hm."), Reasoning("Ha."), Ended(False)) == ["thought for 3 s"]


# Choices ------------------------------------------------------------------------------------------


def test_choices_are_shown_under_each_other_and_in_full() -> None:
    events: list[Event] = []
    for word in ("one ", "two ", "three"):
        events += [Text(f"A{word}", choice=0), Text(f"B{word}", choice=1), Text(f"C{word}", choice=2)]
    events += [Finished("stop", "stop", choice=choice) for choice in (1, 0, 2)]

    assert show(*events, choices=3) == [
        *["Answer 1", "", "Aone Atwo Athree", ""],
        *["Answer 2", "", "Bone Btwo Bthree", ""],
        *["Answer 3", "", "Cone Ctwo Cthree"],
    ]


def test_choices_that_never_ended_are_shown_too() -> None:
    assert show(Text("a"), Text("b", choice=1), Reasoning("c", choice=2)) == [
        *["a", "", "Answer 2", "", "b", "", "Answer 3", "", "thought for 1 s"]
    ]


def test_a_choice_that_goes_on_after_its_end_is_shown() -> None:
    rows = show(Text("a"), Text("b", choice=1), DONE, Text("c"), choices=2)

    assert rows == ["Answer 1", "", "a", "", "Answer 2", "", "b", "", "Answer 1", "", "c"]


def test_one_choice_has_no_number() -> None:
    assert show(Text("a"), DONE, UsageReported(Usage(1, 2)), Ended(True)) == ["a"]


# Tools and refusals ------------------------------------------------------------------------------------------


def test_each_tool_call_is_one_line() -> None:
    rows = show(
        Text("Let me look."),
        ToolFragment(0, "a", "weather", '{"city":'),
        ToolFragment(1, "b", "time"),
        ToolFragment(0, arguments=' "Par\nis"}'),
        Finished("tool_calls", "tool_calls"),
    )

    assert rows == ["Let me look.", "", '→ weather {"city": "Par is"}', "→ time"]


def test_calls_without_a_number_begin_with_a_name_or_an_id() -> None:
    rows = show(
        ToolFragment(None, "", "f", "1"),
        ToolFragment(None, arguments="2"),
        ToolFragment(None, "", "g", "3"),
        ToolFragment(None, "x", "h", "4"),
        ToolFragment(None, "x", "", "5"),
    )

    assert rows == ["→ f 12", "→ g 3", "→ h 45"]


def test_a_long_call_is_cut_to_the_screen() -> None:
    (row,) = show(ToolFragment(0, "a", "f", "x" * 500))

    assert len(row) == 60
    assert row.endswith("x…")


def test_a_call_cannot_drive_the_terminal() -> None:
    assert show(ToolFragment(0, "a", "f\x1b[2J", "\x9b\u202e")) == ["→ f^[[2J ⟨U+009B⟩⟨U+202E⟩"]


def test_many_calls_stay_within_the_screen_while_they_are_written() -> None:
    calls = [ToolFragment(number, str(number), f"f{number}") for number in range(30)]

    assert show(*calls) == [f"→ f{number}" for number in range(30)]


def test_a_refusal_is_shown_as_such() -> None:
    rows = show(Refusal("I can"), Refusal("not *do* that."))

    assert rows == ["The model declined:", "I cannot *do* that."]


# Remarks ------------------------------------------------------------------------------------------


def test_a_remark_before_the_answer_stands_above_it() -> None:
    assert show(Sent(), Notice("retried", "Tried again."), Text("Hi")) == ["Tried again.", "", "Hi"]


def test_a_remark_within_a_block_waits_for_its_end_and_is_seen_meanwhile() -> None:
    stage = Stage()
    stage.feed(Text("One **t"), Notice("x", "Mind this."))

    assert visible(stage) == ["One **t", "Mind this."]

    stage.feed(Text("wo**.\n\nNext"))

    assert visible(stage) == ["One two.", "", "Mind this.", "", "Next"]
    assert stage.end() == ["One two.", "", "Mind this.", "", "Next"]


def test_a_remark_does_not_part_code() -> None:
    rows = show(Text("```\na\n"), Malformed("not JSON"), Text("b\n```\nc"))

    assert rows == ["a", "b", "", "Part of the answer was malformed and is missing: not JSON", "", "c"]


def test_a_remark_at_the_end_stands_at_the_end() -> None:
    assert show(Text("Hi"), Notice("a", "One."), Notice("b", "Two.")) == ["Hi", "", "One.", "", "Two."]
    assert show(Text("Hi\n\n"), DONE, Notice("a", "One.")) == ["Hi", "", "One."]


def test_a_remark_cannot_drive_the_terminal() -> None:
    assert show(Notice("x", "a\x1b]0;title\x07")) == ["a^[]0;title^G"]


def test_a_remark_while_thinking_stands_above() -> None:
    assert show(Reasoning("a"), Notice("x", "Mind."), Text("b")) == ["Mind.", "", "thought for 2 s", "", "b"]


# Looks ------------------------------------------------------------------------------------------


def test_ascii_keeps_our_own_marks_within_ascii() -> None:
    stage = Stage(look=Look(ascii=True))
    stage.feed(Sent())
    stage.draw()
    stage.feed(Reasoning("x"))
    stage.draw()
    stage.feed(Text("- a\n\n> b\n\n---\n\n| c | d |\n|---|---|\n| 1 | 2 |\n"), ToolFragment(0, "a", "f", "y" * 200))
    stage.end()

    assert stage.written.isascii()
    assert stage.rows[:3] == ["thought for a moment", "", " - a"]


def test_one_row_is_enough_for_a_turn() -> None:
    stage = Stage(20, 1)
    for event in (Sent(), Reasoning("a b"), Text("c\n\nd"), Notice("x", "e"), Text(" f")):
        stage.feed(event)
        stage.draw()

    assert stage.end() == ["thought for a moment", "", "c", "", "d f", "", "e"]
