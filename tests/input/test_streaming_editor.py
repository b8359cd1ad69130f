"""The next message, written while a reply streams."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import DummyOutput

from chatcli.input.draft_buffer import DraftBuffer
from chatcli.input.draft_rows import wrap_draft
from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.prompt import Prompt
from chatcli.input.streaming_editor import StreamingEditor
from chatcli.terminal import cells
from chatcli.terminal.key_reader import KeyReader
from chatcli.text.draft import EMPTY, Draft

ALT_ENTER, UP, DOWN, LEFT, HOME = "\x1b\r", "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H"
PASTE = "\x1b[200~{}\x1b[201~"

OpenEditor: TypeAlias = Callable[..., "Editing"]


class Editing:
    """An editor, and keys for it; time passes between two of them."""

    def __init__(self, draft: Draft = EMPTY, queue: Sequence[Draft] = (), **options: object) -> None:
        self.now = 0.0
        self._reader = KeyReader()
        with create_pipe_input() as pipe:
            prompt = Prompt(
                PromptOptions(**options),  # type: ignore[arg-type]  # as the test names them
                PromptContent(words=lambda: {"model": "", "set": ""}),
                input=pipe,
                output=DummyOutput(),
                clock=lambda: self.now,
            )
        self.editor: StreamingEditor = prompt.edit_while_streaming(draft, queue)

    def press(self, *keys: str) -> list[str]:
        wishes: list[str] = []
        for key in keys:
            self.now += 1
            wishes += self.editor.take([*self._reader.feed(key.encode()), *self._reader.flush()])
        return wishes

    @property
    def texts(self) -> tuple[str, list[str]]:
        return self.editor.draft.text, [message.text for message in self.editor.queue]


@pytest.mark.parametrize(
    ("keys", "draft", "queued"),
    [
        pytest.param(["one", "\r", "two", "\r"], "one\ntwo", [], id="enter is a newline, dropped at the end"),
        pytest.param(["one", "\x1b[13;2u", "two"], "one\ntwo", [], id="shift-enter"),
        pytest.param(["one two", "\x17", "\x01", "a "], "a one ", [], id="the keys of the prompt"),
        pytest.param(["one", "\x15", "\x19", "\x19"], "oneone", [], id="kill and yank"),
        pytest.param(["abc", LEFT, "\x7f"], "ac", [], id="within the line"),
        pytest.param(["one", ALT_ENTER, "two"], "two", ["one"], id="alt-enter queues"),
        pytest.param(["one", "\x1b[13;3u"], "", ["one"], id="alt-enter of kitty"),
        pytest.param(["one", "\x1b[27;3;13~"], "", ["one"], id="alt-enter of xterm"),
        pytest.param(["/queue one", ALT_ENTER], "", ["one"], id="with the command"),
        pytest.param(["/queue ", ALT_ENTER], "", [], id="nothing to queue"),
        pytest.param(["  ", ALT_ENTER], "  ", [], id="blanks"),
        pytest.param(["/model", ALT_ENTER], "/model", [], id="a command is not queued"),
        pytest.param(["exit", ALT_ENTER], "exit", [], id="nor are words that do something"),
        pytest.param([PASTE.format("/model"), ALT_ENTER], "", ["/model"], id="a pasted one is text"),
        pytest.param(["a", ALT_ENTER, "b", ALT_ENTER, UP], "b", ["a"], id="up takes the last one back"),
        pytest.param(["a", ALT_ENTER, "b", "\r", "c", UP, UP], "a\nb\nc", [], id="up from the first line of a draft"),
        pytest.param(["a", "\r", "b", UP, "x", DOWN, "y"], "ax\nby", [], id="up and down by line"),
        pytest.param([PASTE.format("a\r\nb\r")], "a\nb", [], id="a paste"),
        pytest.param(["/mo", "\t"], "/model", [], id="tab"),
        pytest.param(["a", "\x1f", "b"], "b", [], id="undo"),
        pytest.param(["\x18", "\x05", "a"], "a", [], id="a chord of the prompt that means nothing here"),
    ],
)
def test_keys(keys: list[str], draft: str, queued: list[str]) -> None:
    editing = Editing()

    assert editing.press(*keys) == []
    assert editing.texts == (draft, queued)


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        (["\x1b"], ["stop"]),
        (["\x03"], ["stop"]),
        (["\x0f"], ["fold"]),
        (["\x1a"], ["suspend"]),
        (["\x1b[99;5u"], ["stop"]),
        (["\x04"], ["leave"]),
        (["a", "\x04"], []),
        (["a", ALT_ENTER, "\x04"], []),
        ([PASTE.format("a\n" * 20), "\x0f"], []),
    ],
    ids=["esc", "ctrl-c", "ctrl-o", "ctrl-z", "ctrl-c of kitty", "ctrl-d", "with a draft", "with a queue", "a paste"],
)
def test_wishes(keys: list[str], wishes: list[str]) -> None:
    assert Editing().press(*keys) == wishes


def test_esc_stops_in_vi_mode_too() -> None:
    editing = Editing(edit_mode="vi")

    assert editing.press("abc", "\x1b", "d") == ["stop"]
    assert editing.texts[0] == "abcd"


def test_what_was_typed_stays_typed_and_a_paste_does_not() -> None:
    editing = Editing(Draft.by_keys("be"))

    editing.press("fore ", PASTE.format("paste"), ALT_ENTER)

    assert editing.editor.queue == (Draft.by_keys("before ") + Draft("paste"),)


def test_rows_show_the_draft_its_cursor_and_the_queue() -> None:
    editing = Editing(queue=[Draft.by_keys("waits")])
    editing.press("a draft", HOME)

    shown = editing.editor.rows(40, 3)

    assert (shown.rows, shown.cursor, shown.queued) == (("> a draft",), (2, 0), ("waits",))


def test_long_paste_is_shown_by_its_label_and_queued_in_full() -> None:
    editing = Editing()
    editing.press(PASTE.format("line\n" * 30))

    assert "30 lines" in editing.editor.rows(60, 3).rows[0]
    editing.press(ALT_ENTER)
    assert editing.editor.queue[0].text.count("line") == 30


def test_a_folded_paste_keeps_its_newlines_and_those_of_enter_go() -> None:
    """So the prompt, which is given the draft in the end, knows the paste and folds it again."""
    editing, paste = Editing(), "line\n" * 30

    editing.press("typed ", PASTE.format(paste), "\r", "\r")

    assert editing.editor.draft == Draft.by_keys("typed ") + Draft(paste)


@settings(max_examples=100)
@given(st.text("ab é日\n", max_size=60), st.integers(10, 30), st.integers(1, 6), st.data())
def test_rows_hold_the_text_and_the_cursor_stands_before_its_character(
    text: str, columns: int, most: int, data: st.DataObject
) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    whole, _ = wrap_draft(text, cursor, columns, 10**6)
    rows, (column, row) = wrap_draft(text, cursor, columns, most)

    assert "".join(each[2:] for each in whole) == text.replace("\n", "")
    assert all(cells.width(each) < columns for each in whole)
    assert len(rows) == min(most, len(whole))
    before = rows[row]
    while cells.width(before) > column:
        before = before[:-1]
    assert not text[cursor:] or text[cursor] == "\n" or rows[row][len(before)] == text[cursor]


EVERY_KEY = [
    *ANSI_SEQUENCES,
    *(prefix + chr(code) for prefix in ("", "\x1b", "\x18") for code in range(1, 0x7F)),
]


@pytest.mark.parametrize("edit_mode", ["emacs", "vi"])
def test_no_key_ends_the_thread_that_listens(edit_mode: str) -> None:
    """It has no event loop, and with it the keyboard would be gone until the answer has ended."""
    errors: dict[str, str] = {}

    def press_all() -> None:
        editing = Editing(edit_mode=edit_mode)
        for key in EVERY_KEY:
            try:
                editing.press(key)
            except Exception as error:
                errors[key] = repr(error)

    thread = threading.Thread(target=press_all)
    thread.start()
    thread.join()

    assert errors == {}


def count_all(kind: type) -> int:
    gc.collect()
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def count_buffers() -> int:
    return count_all(DraftBuffer)


def test_an_answer_during_which_nothing_is_typed_makes_no_key_bindings() -> None:
    """They are a thousand objects, and took 4 MB and a few milliseconds of each turn."""
    editing = Editing()
    before = count_all(KeyBindings)

    editing.press("")

    assert count_all(KeyBindings) == before


@pytest.mark.parametrize("edit_mode", ["emacs", "vi"])
def test_nothing_is_kept_of_an_editor_or_a_prompt_that_is_done_with(edit_mode: str) -> None:
    before = count_buffers()
    for _ in range(3):
        Editing(edit_mode=edit_mode).press("word", UP, "\t", ALT_ENTER)
    assert count_buffers() <= before
