"""An answer beside the chat is a quotation, however its text arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import Event, Reasoning, Text
from chatcli.repl.indentation import indented


@given(st.lists(st.text(alphabet="ab\n 好", min_size=1, max_size=6), max_size=6))
def test_every_line_is_quoted_wherever_it_is_cut(pieces: list[str]) -> None:
    shown: list[Event] = []
    show = indented(shown.append)

    for piece in pieces:
        show(Text(piece))

    text = "".join(event.text for event in shown if isinstance(event, Text))
    whole = "".join(pieces)
    assert text == "".join(f"> {line}" for line in whole.splitlines(keepends=True))
    assert len(shown) == len(pieces)


def test_reasoning_is_passed_on_as_it_is() -> None:
    shown: list[Event] = []

    indented(shown.append)(Reasoning("hm\n"))

    assert shown == [Reasoning("hm\n")]
