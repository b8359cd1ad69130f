"""Advice names what there is, fits the screen, and comes once; with it switched off there is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chatcli.commands import load_all
from chatcli.commands.table import find_command
from chatcli.conversation.messages import Reasoning, Text
from chatcli.conversation.turn import Turn
from chatcli.records import replace
from chatcli.repl.hints import HINTS, TIPS, FinishedTurn, Hints, first_keys
from chatcli.settings.bindings import Bindings
from chatcli.terminal import cells
from tests.repl.test_loop import Typist, talk

COMMAND = re.compile(r"(?<![\w/])/([a-z]+)")


def hints(path: Path, *, is_on: bool = True, **keys: tuple[str, ...]) -> Hints:
    return Hints(path / "hints.json", lambda: replace(Bindings(), **keys), lambda: is_on)


def finished(*events: Any, has_draft: bool = False, percent: int = 0, is_stopped: bool = False) -> FinishedTurn:
    seen: list[FinishedTurn] = []
    talk(Typist("one"), list(events), after_turn=seen.append)
    turn: Turn = replace(seen[0].turn, is_stopped=is_stopped)
    return FinishedTurn(turn, 1.0, has_draft, percent)


def test_every_piece_of_advice_names_commands_that_exist_and_fits() -> None:
    load_all()
    sentences = [text.format_map(first_keys(Bindings())) for text in (*TIPS, *(hint.sentence for hint in HINTS))]

    named = {name for sentence in sentences for name in COMMAND.findall(sentence)}
    assert {name for name in named if find_command(name) is None} == set()
    assert [sentence for sentence in sentences if cells.width(f"Hint: {sentence}") > 110] == []
    assert [tip for tip in TIPS if cells.width(f"Tip: {tip}") > 80] == []


def test_the_tip_changes_and_comes_round(tmp_path: Path) -> None:
    advice = hints(tmp_path)

    tips = [advice.tip(60.0 * minute) for minute in range(2 * len(TIPS))]

    assert len(set(tips)) == len(TIPS)
    assert tips[: len(TIPS)] == tips[len(TIPS) :]


def test_advice_about_a_key_that_was_given_up_is_left_out(tmp_path: Path) -> None:
    advice = hints(tmp_path, editor=(), paste=("f4",))
    tips = {advice.tip(60.0 * minute) for minute in range(len(TIPS))}

    assert len(tips) == len(TIPS) - 1
    assert not [tip for tip in tips if "{" in tip or "Ctrl+V" in tip]
    assert [tip for tip in tips if "F4" in tip]


SITUATIONS = {
    "continue": finished(Text("Par"), is_stopped=True),
    "queue": finished(Text("a"), has_draft=True),
    "code": finished(Text("```\nx\n```")),
    "reasoning": finished(Reasoning("hm"), Text("a")),
    "window": finished(Text("a"), percent=50),
}


def test_each_hint_comes_once_in_all_runs(tmp_path: Path) -> None:
    shown = {name: hints(tmp_path).after(seen) for name, seen in SITUATIONS.items()}

    assert shown.keys() == {hint.name for hint in HINTS}
    assert len({*shown.values()} - {""}) == len(HINTS)
    assert [hints(tmp_path).after(seen) for seen in SITUATIONS.values()] == [""] * len(HINTS)


@pytest.mark.parametrize("seen", [finished(Text("a")), finished(Text("a"), percent=49)], ids=["plain", "half empty"])
def test_without_a_reason_there_is_no_hint(tmp_path: Path, seen: FinishedTurn) -> None:
    assert hints(tmp_path).after(seen) == ""
    assert not (tmp_path / "hints.json").exists()


def test_switched_off_there_is_neither_tip_nor_hint(tmp_path: Path) -> None:
    advice = hints(tmp_path, is_on=False)

    assert [advice.tip(0.0), *(advice.after(seen) for seen in SITUATIONS.values())] == [""] * (len(SITUATIONS) + 1)
