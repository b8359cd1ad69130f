"""A message that is one text is read by a shorter way, to the same end, whatever stands in its rows."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from chatcli.store.rows import PartRow, from_rows, usual_message

ODD: st.SearchStrategy[Any] = st.sampled_from([None, 7, 0.5, b"\xff", "", "text", "x\0y"])
HEADS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "tool", "nobody", None, b"user", 1]),
        "status": st.sampled_from(["complete", "failed", "unheard of", None]),
        "name": ODD,
        "tool_call_id": ODD,
    }
)
ROWS = st.builds(
    PartRow, st.sampled_from(["text", "more", "piece", "reasoning", "media"]), ODD, st.sampled_from([None, "{}", 3])
)
PLAIN: dict[str, object] = {"role": "user", "status": "complete", "name": None, "tool_call_id": None}


@given(HEADS, st.lists(ROWS, max_size=2))
@example(PLAIN, [PartRow("text", "Good day")])
@example(PLAIN, [PartRow("text", "")])
@example(PLAIN | {"role": "tool", "tool_call_id": "c"}, [PartRow("text", "Good day")])
def test_the_shorter_way_leads_to_the_same_message(head: dict[str, object], rows: list[PartRow]) -> None:
    usual = usual_message(head, rows)
    assert usual in (None, from_rows(head, rows, {}, media={}))
    assert usual is not None or (head, rows) != (PLAIN, [PartRow("text", "Good day")])
