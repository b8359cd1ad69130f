"""A user message after results of tools gets an answer before it where a server demands that, and nothing else does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.message_order import answer_results, is_order_refused

ROLES = st.lists(st.sampled_from(["system", "user", "assistant", "tool"]), max_size=8)


@given(ROLES)
def test_only_what_is_missing_is_added_and_only_once(roles: list[str]) -> None:
    entries = [{"role": role, "content": str(place)} for place, role in enumerate(roles)]

    ordered = answer_results(entries)

    assert ("tool", "user") not in pairwise(entry["role"] for entry in ordered)
    assert [entry for entry in ordered if entry in entries] == entries
    assert len(ordered) == len(entries) + list(pairwise(roles)).count(("tool", "user"))
    assert answer_results(ordered) == ordered


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("Unexpected role 'user' after role 'tool'", True),
        ('{"message": "Unexpected role \\"user\\" after role \\"tool\\""}', True),
        ("Unexpected role RoleEnum.tool", False),
        ("After the optional system message, roles must alternate user/assistant", False),
        ("", False),
        (None, False),
    ],
)
def test_the_refusal_is_known_by_its_words(text: str | None, *, is_refused: bool) -> None:
    assert is_order_refused(text) is is_refused
