"""Binds the keys of a picker: all eager, so that none of an editor's own comes in between."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.keys import Keys

from chatcli.input.actions import IS_ESCAPE
from chatcli.input.picker_rows import MOST_ROWS, PickerRows
from chatcli.terminal.paste import strip_controls
from chatcli.terminal.tty import suspend_with_terminal

# What edits the search field, by names of readline's.
_EDITING = {
    "c-h": "backward-delete-char",
    "delete": "delete-char",
    "s-delete": "delete-char",
    "c-w": "unix-word-rubout",
    "c-u": "unix-line-discard",
    "c-k": "kill-line",
    "left": "backward-char",
    "right": "forward-char",
    "home": "beginning-of-line",
    "c-a": "beginning-of-line",
    "end": "end-of-line",
    "c-e": "end-of-line",
}
_MOVES = {
    "up": -1,
    "c-p": -1,
    "s-tab": -1,
    "down": 1,
    "c-n": 1,
    "tab": 1,
    "pageup": -MOST_ROWS,
    "pagedown": MOST_ROWS,
}
_LEAVING = ("c-c", "c-d", "c-g", "<sigint>")


def bind_picker(rows: PickerRows) -> KeyBindings:
    """Return the bindings of *rows*."""
    keys = KeyBindings()

    @keys.add(Keys.Any, eager=True)
    def insert(event: KeyPressEvent) -> None:
        if not isinstance(event.key_sequence[-1].key, Keys):
            event.current_buffer.insert_text(event.data)

    @keys.add("<bracketed-paste>", eager=True)
    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(strip_controls(event.data).text.replace("\n", " "))

    for key, name in _EDITING.items():
        keys.add(key, eager=True)(get_by_name(name))
    _bind_moves(keys, rows)
    _bind_ends(keys, rows)
    return keys


def _bind_moves(keys: KeyBindings, rows: PickerRows) -> None:
    def move(by: int) -> Callable[[KeyPressEvent], None]:
        return lambda _event: rows.move(by)

    for key, by in _MOVES.items():
        keys.add(key, eager=True)(move(by))


def _bind_ends(keys: KeyBindings, rows: PickerRows) -> None:
    @keys.add("enter", eager=True)
    def choose(event: KeyPressEvent) -> None:
        event.app.exit(result=rows.chosen)

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=None)

    keys.add("escape", eager=True, filter=IS_ESCAPE)(leave)
    for key in _LEAVING:
        keys.add(key, eager=True)(leave)

    @keys.add("c-z", eager=True)
    def suspend(_event: KeyPressEvent) -> None:
        run_in_terminal(suspend_with_terminal)
