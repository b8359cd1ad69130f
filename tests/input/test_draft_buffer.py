"""Whatever is done to a draft, no pasted letter ever counts as typed."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st
from prompt_toolkit.clipboard import ClipboardData
from prompt_toolkit.completion import DummyCompleter

from chatcli.input.draft_buffer import DraftBuffer
from chatcli.input.recall import Recall
from chatcli.text.draft import Draft
from tests.support.drafts import typed_of

TYPED, PASTED = "AB@", "ab#"  # no letter is both, so each tells its origin
Edit = Callable[[DraftBuffer], object]


def _move(place: int) -> Edit:
    return lambda buffer: setattr(buffer, "cursor_position", place)


def _kill_and_yank(count: int) -> Edit:
    def edit(buffer: DraftBuffer) -> None:
        killed = buffer.delete_before_cursor(count)
        buffer.paste_clipboard_data(ClipboardData(killed))

    return edit


def _type(text: str, *, overwrite: bool = False) -> Edit:
    return lambda buffer: buffer.insert_text(text, overwrite=overwrite)


def _paste(text: str) -> Edit:
    return lambda buffer: buffer.insert(Draft(text))


def _sent(buffer: DraftBuffer) -> None:
    assert isinstance(buffer.history, Recall)
    buffer.history.add(buffer.draft)
    buffer.begin(Draft())
    for text in buffer.history._loaded_strings:  # as the prompt does it in the background
        buffer._working_lines.appendleft(text)
        buffer._Buffer__working_index += 1  # type: ignore[attr-defined]  # a task of the prompt's does this


typed = st.text(TYPED, min_size=1, max_size=4)
edits = st.one_of(
    typed.map(_type),
    typed.map(lambda text: _type(text, overwrite=True)),
    st.text(PASTED, min_size=1, max_size=4).map(_paste),
    st.integers(0, 12).map(_move),
    st.integers(1, 4).map(lambda count: lambda buffer: buffer.delete_before_cursor(count)),
    st.integers(1, 4).map(lambda count: lambda buffer: buffer.delete(count)),
    st.integers(1, 4).map(_kill_and_yank),
    st.sampled_from(
        [
            DraftBuffer.swap_characters_before_cursor,
            DraftBuffer.save_to_undo_stack,
            DraftBuffer.undo,
            DraftBuffer.redo,
            DraftBuffer.newline,
            DraftBuffer.history_backward,
            DraftBuffer.history_forward,
            _sent,
        ]
    ),
)


def _buffer() -> DraftBuffer:
    return DraftBuffer(DummyCompleter(), Recall(None, str), is_listing=lambda _draft, _cursor: False)


@example([_type("B"), _paste("b"), DraftBuffer.swap_characters_before_cursor])
@given(st.lists(edits, max_size=30))
def test_no_pasted_letter_counts_as_typed(done: list[Edit]) -> None:
    buffer = _buffer()

    for edit in done:
        edit(buffer)
        assert buffer.draft.text == buffer.text
        assert not set(typed_of(buffer.draft)) & set(PASTED)


@given(st.lists(st.one_of(typed.map(_type), st.integers(0, 12).map(_move), st.integers(1, 4).map(_kill_and_yank))))
def test_what_is_only_typed_and_moved_stays_typed(done: list[Edit]) -> None:
    buffer = _buffer()

    for edit in done:
        edit(buffer)

    assert typed_of(buffer.draft) == buffer.text
