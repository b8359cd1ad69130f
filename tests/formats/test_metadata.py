"""Metadata of answers: each field is read by its own reader, and nonsense is as if it were missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcli.conversation.messages import Usage
from chatcli.conversation.tree import AnswerFacts
from chatcli.formats.metadata import plain_facts, read_facts
from chatcli.records import fields

NONSENSE: tuple[object, ...] = ([[]], {"a": 1}, object(), 1e400)
USAGE = Usage(1, 2, 3, 4, 0.5, 6, is_estimate=True)
FACTS = AnswerFacts("m", "p", "h", "r", USAGE, "why", 1.0, 2.0, 3.0, (("u", "t"),), 4)


def test_every_field_comes_back() -> None:
    for facts, whole in ((FACTS, AnswerFacts()), (FACTS.usage, Usage())):
        assert all(getattr(facts, item.name) != getattr(whole, item.name) for item in fields(whole)), (
            "a field is not set"
        )
    assert read_facts(json.loads(json.dumps(plain_facts(FACTS)))) == FACTS
    assert read_facts({"unheard_of": 1}) == AnswerFacts()


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: type(value).__name__)
def test_nonsense_is_as_if_missing(value: Any) -> None:
    usage = {item.name: value for item in fields(Usage)}
    assert read_facts({item.name: value for item in fields(AnswerFacts)} | {"usage": usage}) == AnswerFacts(
        usage=Usage()
    )
