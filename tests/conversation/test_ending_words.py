"""How a turn ended, as an exit code and a sentence: an announced end goes before emptiness, and its word is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chatcli.conversation.messages import Ended, Event, Finished, Notice, Reasoning, Text, ToolFragment, Usage
from chatcli.conversation.messages import UsageReported as Counted
from chatcli.conversation.token_budget import TokenBudget
from tests.support.scripted import Letters, ScriptedClient
from tests.support.sessions import make_session

DONE = Ended(True)
SPENT = Counted(Usage(9, 64, reasoning_tokens=64))
CALL = ToolFragment(0, "c", "f", "{}")


def ended(*events: Event, **options: Any) -> tuple[int, str, list[Notice]]:
    """Return the exit code, the sentence and the notices of a turn whose answer is *events*."""
    shown: list[Event] = []
    client, budget = ScriptedClient(list(events)), TokenBudget(Letters())
    session = make_session(client=client, model="m", budget=budget, options=options)
    turn = session.turn("hi", shown.append)
    notices = [event for event in shown if isinstance(event, Notice)]
    return turn.error.exit_code if turn.error else 0, turn.error.sentence() if turn.error else "", notices


def end(reason: str, raw: str = "") -> Finished:
    return Finished(reason, raw or reason)


# What came, the exit code, and what the sentence must say.
ENDS = [
    pytest.param([end("content_filter", "PROHIBITED"), DONE], 11, ["filter", "PROHIBITED"], id="filtered, empty"),
    pytest.param([Text("a"), end("content_filter", "SPII"), DONE], 11, ["filter", "SPII", "kept"], id="filtered"),
    pytest.param([Reasoning("h"), end("content_filter"), DONE], 11, ["filter"], id="filtered reasoning"),
    pytest.param([end("length"), DONE], 10, ["cut"], id="cut, empty"),
    pytest.param([SPENT, end("length"), DONE], 10, ["reasoning"], id="cut while it thought in secret"),
    pytest.param([Reasoning("h"), end("length"), DONE], 10, ["reasoning"], id="cut while it thought"),
    pytest.param([Text("<think>h"), end("length"), DONE], 10, ["cut"], id="cut in text that looks like thought"),
    pytest.param([end("stop"), DONE], 9, ["empty", "stop"], id="empty"),
    pytest.param([DONE], 9, ["empty"], id="empty without a word"),
    pytest.param([SPENT, end("stop"), DONE], 9, ["empty", "64 tokens"], id="empty, though billed"),
    pytest.param([end("LANGUAGE"), DONE], 9, ["empty", "LANGUAGE"], id="empty with an unknown word"),
    pytest.param([end("tool_calls"), DONE], 9, ["empty", "tool_calls"], id="calls that did not come"),
    pytest.param([Reasoning("h"), end("stop"), DONE], 9, ["reasoning", "no answer"], id="reasoning alone"),
    pytest.param([Text("h\n</think>"), end("stop"), DONE], 9, ["reasoning", "no answer"], id="reasoning in tags alone"),
    pytest.param([Text(" \n"), end("stop"), DONE], 9, ["empty"], id="white space alone"),
    pytest.param([CALL, end("tool_calls"), DONE], 0, [], id="calls"),
    pytest.param([CALL, end("length"), DONE], 10, ["cut"], id="calls that were cut"),
]


@pytest.mark.parametrize(("events", "code", "words"), ENDS)
def test_the_end_that_was_announced_decides(events: Sequence[Event], code: int, words: Sequence[str]) -> None:
    found, sentence, _ = ended(*events)

    assert found == code
    assert not [word for word in words if word not in sentence], sentence


@pytest.mark.parametrize("option", ["max_tokens", "max_completion_tokens"])
def test_a_limit_of_the_users_own_ends_well_only_where_an_answer_came(option: str) -> None:
    limit = {option: 5}

    assert ended(Text("a"), end("length"), DONE, **limit)[0] == 0
    assert ended(Reasoning("h"), end("length"), DONE, **limit)[0] == 10
    assert ended(end("length"), DONE, **limit)[0] == 10


def test_one_token_is_singular() -> None:
    _, sentence, _ = ended(Text("a"), Counted(Usage(9, 1)), end("length"), DONE)

    assert "1 token" in sentence
    assert "1 tokens" not in sentence


@pytest.mark.parametrize(("reason", "is_told"), [("stop", False), ("tool_calls", False), ("LANGUAGE", True)])
def test_an_unknown_end_of_an_answer_is_shown(reason: str, is_told: bool) -> None:
    code, _, notices = ended(Text("a"), end(reason), DONE)

    assert code == 0
    assert [reason in notice.message for notice in notices] == [True] * is_told


def test_a_turn_with_reasoning_alone_is_kept_and_its_question_not_given_back() -> None:
    session = make_session(
        client=ScriptedClient([Reasoning("12"), end("stop"), DONE], [Text("fine"), end("stop"), DONE]),
        model="m",
        budget=TokenBudget(Letters()),
    )

    turn = session.turn("first", lambda _event: None)
    session.turn("second", lambda _event: None)

    assert not turn.is_lost
    assert session.conversation.unanswered is None
    assert [message.reasoning for message in session.conversation.history] == ["", "12", "", ""]
    assert isinstance(session.binding.client, ScriptedClient)
    assert session.binding.client.sent[1] == ["first\n\nsecond"]
