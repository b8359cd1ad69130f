"""An attachment keeps its number for as long as it waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcli.request.attachments import of_text
from chatcli.request.pending_attachments import PendingAttachments


@given(st.lists(st.integers(1, 3) | st.lists(st.integers(1, 9))))
def test_numbers_stay_and_are_not_used_again(steps: list[int | list[int]]) -> None:
    """A number adds so many, a list drops those of it that wait."""
    pending, model, last = PendingAttachments(), dict[int, str](), 0

    for step, change in enumerate(steps):
        if isinstance(change, int):
            names = [f"{step}.{number}" for number in range(change)]
            pending.add(of_text("x", name) for name in names)
            model.update(enumerate(names, last + 1))
            last += change
        else:
            dropped = pending.drop([number for number in change if number in model])
            assert [one.name for one in dropped] == [model.pop(number) for number in sorted({*change} & {*model})]
        last = last if model else 0
        assert [(number, one.name) for number, one in pending.numbered] == list(model.items())
        assert ([one.name for one in pending], len(pending)) == (list(model.values()), len(model))
