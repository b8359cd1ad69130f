"""Places are filled once: what is filled in is never looked at again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import UsageError
from chatcli.request.placeholders import around_input, fill_placeholders
from tests.support.hints import hint_of


def filled(text: str, **values: str) -> str:
    return fill_placeholders(text, values, lambda path: f"<{path}>")


CASES = [
    ("Hello {{name}}!", "Hello Ann!"),
    ("{{ name }}{{name=Bob}}", "AnnAnn"),
    ("{{other=Bob}} {{points = 3 }}", "Bob 3"),
    ("{{empty=}}.", "."),
    ("{{file:a b.md}} {{ file:x }}", "<a b.md> <x>"),
    ("{name} {{}} {{a b}} {{{name}}}", "{name} {{}} {{a b}} {Ann}"),
]


@pytest.mark.parametrize(("text", "result"), CASES)
def test_places_are_filled(text: str, result: str) -> None:
    assert filled(text, name="Ann") == result


@given(st.text(), st.text())
def test_what_is_filled_in_stays_as_it_is(first: str, second: str) -> None:
    assert filled("{{a}}|{{b}}", a=first, b=second) == f"{first}|{second}"


def test_a_place_that_nothing_fills_is_named_with_the_remedy() -> None:
    with pytest.raises(UsageError, match="the template needs a value for labels") as caught:
        filled("{{labels}}")

    assert hint_of(caught.value) == "--var labels=VALUE sets it"


@pytest.mark.parametrize(
    ("text", "edges"), [("a {{input}} b", ("a ", " b")), ("{{ input }}", ("", "")), ("a {{b}}", None)]
)
def test_the_place_for_what_is_asked_is_found(text: str, edges: tuple[str, str] | None) -> None:
    assert around_input(text) == edges
