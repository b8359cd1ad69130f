"""Binds the actions of the prompt to the keys that the settings name for them.

A default key that was given up does nothing, although prompt-toolkit would have a meaning for it. Alt+Enter and Ctrl+J
are one key to prompt-toolkit, distinguished here by what the terminal sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.filters import (
    Condition,
    Filter,
    emacs_insert_mode,
    emacs_mode,
    has_selection,
    is_searching,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.key_bindings import Binding
from prompt_toolkit.search import SearchDirection, do_incremental_search, start_search

from chatcli.input.draft_editor import DraftEditor
from chatcli.records import frozen
from chatcli.settings.bindings import Bindings, actions
from chatcli.terminal import suspension
from chatcli.terminal.sequences import ESC

Handler = Callable[[KeyPressEvent], None]
ALT_ENTER, CTRL_J = "escape enter", "c-j"

_inserting = emacs_insert_mode | vi_insert_mode
_unquoted = Condition(lambda: not get_app().quoted_insert)


@frozen
class Action:
    """What a key does, and when."""

    handler: Callable[[KeyPressEvent], object] | Binding
    when: Filter


@frozen
class Handlers:
    """What the prompt does for some actions; *enter* is what Enter does to send, *send* what any other key does."""

    send: Handler
    enter: Handler
    open_editor: Handler
    show_details: Callable[[], None]
    paste: Handler
    suspend: Callable[[], None]


def prompt_actions(draft: DraftEditor, writing: Filter, own: Handlers) -> Iterator[tuple[str, Action]]:
    """Yield the actions of the prompt by name: *own* ones, and those that prompt-toolkit knows."""
    has_paste = Condition(draft.has_paste)
    yield "send", Action(lambda event: (own.enter if event.data == "\r" else own.send)(event), writing & _inserting)
    yield "newline", Action(lambda _event: draft.newline(), writing & _inserting)
    yield "editor", Action(own.open_editor, writing & ~is_searching)
    yield "details", Action(lambda _event: draft.fold(), writing & has_paste)
    yield "details", Action(lambda _event: run_in_terminal(own.show_details), writing & emacs_mode & ~has_paste)
    yield "paste", Action(own.paste, writing & _inserting)
    if suspension.CAN_SUSPEND:
        yield "suspend", Action(lambda _event: run_in_terminal(own.suspend), writing)
    yield "complete", Action(lambda _event: draft.buffer.complete(), writing & _inserting)
    yield "clear_screen", Action(get_by_name("clear-screen"), writing)
    yield "literal", Action(get_by_name("quoted-insert"), _inserting & ~has_selection)
    yield from _search_actions(draft, writing)


def _search_actions(draft: DraftEditor, writing: Filter) -> Iterator[tuple[str, Action]]:
    directions = {"search_back": SearchDirection.BACKWARD, "search_forward": SearchDirection.FORWARD}
    for name, direction in directions.items():

        def begin(_event: KeyPressEvent, direction: SearchDirection = direction) -> None:
            draft.buffer.take_news()
            start_search(direction=direction)

        def repeat(event: KeyPressEvent, direction: SearchDirection = direction) -> None:
            do_incremental_search(direction, count=event.arg)

        yield name, Action(begin, writing & _inserting)
        yield name, Action(repeat, is_searching)


# These are prompt-toolkit's own by default, in more modes than one; they are bound only to other keys.
_BUILT_IN = ("clear_screen", "literal")


def bind_actions(keys: KeyBindings, bindings: Bindings, table: Iterator[tuple[str, Action]]) -> None:
    """Bind the actions of *table* to their keys, and nothing to default keys that have none."""
    chosen, default = actions(bindings), actions(Bindings())
    for name, action in table:
        for key in chosen[name]:
            if name not in _BUILT_IN or key not in default[name]:
                # A chosen key is not held up by longer ones of prompt-toolkit's that begin with it.
                bind_key(keys, key, action, eager=key not in default[name])
    used = {key for names in chosen.values() for key in names}
    for key in {key for names in default.values() for key in names} - used:
        bind_key(keys, key, Action(_ignore, _inserting), eager=True)


def bind_key(keys: KeyBindings, key: str, action: Action, *, eager: bool = False) -> None:
    """Bind *action* to one *key* in the notation of the settings."""
    when = action.when & _unquoted if eager else action.when
    if key in (ALT_ENTER, CTRL_J):
        when &= _is_alt_enter if key == ALT_ENTER else ~_is_alt_enter
        key = CTRL_J
    if " " in key or key.startswith("escape"):
        when &= ~vi_navigation_mode  # in which letters are commands, and Esc ends them
    presses = (" " if press == "space" else press for press in key.split())
    handler = action.handler
    keys.add(*presses, filter=when, eager=eager)(handler if isinstance(handler, Binding) else _without_result(handler))


def _without_result(handler: Callable[[KeyPressEvent], object]) -> Handler:
    """Keep from prompt-toolkit what *handler* returns: it would wait for an awaitable a second time."""

    def handle(event: KeyPressEvent) -> None:
        handler(event)

    return handle


def _pressed() -> str:
    pressed = get_app().key_processor.key_buffer
    return pressed[-1].data if pressed else ""


_is_alt_enter = Condition(lambda: _pressed().startswith(ESC))
# A key such as Alt+Up begins with Esc to prompt-toolkit, but came as one long sequence.
IS_ESCAPE = Condition(lambda: len(_pressed()) <= len(ESC))


def _ignore(_event: KeyPressEvent) -> None:
    """Do nothing with a key that was given up."""
