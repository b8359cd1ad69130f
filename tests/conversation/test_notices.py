"""What is said after a turn though it is no error: fewer answers than were asked for."""

from __future__ import annotations

import pytest

from chatcli.conversation.messages import Ended, Event, Notice, Text
from chatcli.conversation.token_budget import TokenBudget
from tests.support.scripted import Letters, ScriptedClient
from tests.support.sessions import make_session


def notices_of(came: int, wanted: int) -> list[Notice]:
    """Return what is said where *wanted* answers were asked for and *came* came."""
    client = ScriptedClient([*(Text("a", number) for number in range(came)), Ended(True)])
    shown: list[Event] = []
    options = {"n": wanted} if wanted > 1 else {}
    make_session(client=client, model="m", budget=TokenBudget(Letters()), options=options).turn("hi", shown.append)
    return [event for event in shown if isinstance(event, Notice)]


@pytest.mark.parametrize("wanted", range(1, 5))
@pytest.mark.parametrize("came", range(5))
def test_fewer_answers_than_asked_for_are_told(came: int, wanted: int) -> None:
    found = [notice for notice in notices_of(came, wanted) if notice.code == "fewer_answers"]

    assert bool(found) == (0 < came < wanted)
    if found:
        assert {str(came), str(wanted)} <= set(found[0].message.split())
