"""Binds keys at the prompt; all other keys keep prompt-toolkit's readline or vi bindings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.filters import (
    Condition,
    Filter,
    emacs_insert_mode,
    emacs_mode,
    has_completions,
    has_focus,
    has_selection,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from chatcli.errors import ChatError
from chatcli.input.actions import IS_ESCAPE, Handlers, bind_actions, prompt_actions
from chatcli.input.draft_editor import DraftEditor
from chatcli.input.interrupts import SECOND_PRESS_S, DoublePress, Interrupts
from chatcli.input.keyboard import Keyboard
from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.plain_prompt import HINT, HINT_WITHOUT_CTRL_C
from chatcli.language import _
from chatcli.records import frozen
from chatcli.terminal.editor import edit_text
from chatcli.terminal.paste import strip_controls
from chatcli.terminal.sequences import ESC
from chatcli.text.draft import Draft


@frozen
class PromptState:
    """What the keys work on."""

    draft: DraftEditor
    interrupts: Interrupts
    escapes: DoublePress
    keyboard: Keyboard | None  # None where the system has no terminal lines
    options: PromptOptions
    content: PromptContent
    suspend: Callable[[], None]


def bind(state: PromptState) -> KeyBindings:
    """Return the bindings for *state*."""
    keys = KeyBindings()
    writing = has_focus(state.draft.buffer)
    inserting = writing & (emacs_insert_mode | vi_insert_mode)
    _bind_actions(keys, state, writing)
    bind_editing(keys, state.draft, inserting, undo=state.options.bindings.undo)
    bind_pasting(keys, state.draft, take_cut=state.keyboard.take_cut if state.keyboard else lambda: False)
    _bind_leaving(keys, state, writing)
    return keys


def _bind_actions(keys: KeyBindings, state: PromptState, writing: Filter) -> None:
    def enter(event: KeyPressEvent) -> None:
        meant = "" if state.draft.buffer.text else state.options.on_empty_enter()
        if meant:
            _exit_from_empty_line(event, meant)
        else:
            _exit_with(event, state.draft.enter(), state)

    def send(event: KeyPressEvent) -> None:
        _exit_with(event, state.draft.send(), state)

    def open_editor(event: KeyPressEvent) -> None:
        event.app.create_background_task(_edit(state))

    def paste(_event: KeyPressEvent) -> None:
        _paste_clipboard(state)

    handlers = Handlers(send, enter, open_editor, state.content.show_details, paste, state.suspend)
    bind_actions(keys, state.options.bindings, prompt_actions(state.draft, writing, handlers))
    keys.add("enter", filter=writing & vi_navigation_mode)(enter)
    keys.add("v", filter=writing & vi_navigation_mode & ~has_selection)(open_editor)


def bind_editing(keys: KeyBindings, draft: DraftEditor, inserting: Filter, *, undo: Sequence[str]) -> None:
    """Bind what edits *draft* by characters as people see them."""
    free = inserting & ~has_selection

    def add(*names: str, does: Callable[[], None], when: Filter = free, saves: bool = True) -> None:
        def handle(event: KeyPressEvent) -> None:
            for _time in range(max(event.arg, 1)):
                does()

        # A run of one key is one step to undo.
        keys.add(*names, filter=when, save_before=lambda event: saves and not event.is_repeat)(handle)

    # A key that has no meaning here must not be inserted as the sequence that it came as.
    @keys.add(Keys.Any, filter=emacs_insert_mode | vi_insert_mode, save_before=lambda event: not event.is_repeat)
    def insert(event: KeyPressEvent) -> None:
        if not isinstance(event.key_sequence[-1].key, Keys):
            text = event.data * event.arg
            (draft.type if event.current_buffer is draft.buffer else event.current_buffer.insert_text)(text)

    add("backspace", does=draft.erase_before)
    add("delete", does=draft.erase_after)
    add("s-delete", does=draft.erase_after)
    add("left", does=draft.left, saves=False)
    add("right", does=draft.right, saves=False)
    add("c-b", does=draft.left, when=free & emacs_mode, saves=False)
    add("c-f", does=draft.right, when=free & emacs_mode, saves=False)
    for key in undo:
        add(*key.split(), does=draft.buffer.undo, when=inserting, saves=False)


def bind_pasting(keys: KeyBindings, draft: DraftEditor, *, take_cut: Callable[[], bool]) -> None:
    """Bind pastes, and the key that follows the one which takes the next literally."""
    quoted = Condition(lambda: get_app().quoted_insert)

    @keys.add(Keys.BracketedPaste, eager=True, save_before=lambda _: not draft.joins())
    def paste(event: KeyPressEvent) -> None:
        event.app.quoted_insert = False
        is_cut = take_cut()
        if event.current_buffer is draft.buffer:
            draft.paste(event.data, is_cut=is_cut)
        else:  # the search field has one line
            event.current_buffer.insert_text(strip_controls(event.data).text.replace("\n", " "))

    @keys.add(Keys.Any, filter=quoted, eager=True)
    def literal(event: KeyPressEvent) -> None:
        event.app.quoted_insert = False
        if event.key_sequence[-1].key is Keys.BracketedPaste:
            paste(event)
        elif event.data != "\r" and not event.data.startswith(ESC):
            event.current_buffer.insert_text(strip_controls(event.data).text)


def _bind_leaving(keys: KeyBindings, state: PromptState, writing: Filter) -> None:
    draft = state.draft
    is_empty = Condition(lambda: not draft.buffer.text)

    @keys.add("c-d", filter=writing & is_empty)
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError)

    @keys.add("c-d", filter=writing & ~is_empty & (emacs_insert_mode | vi_insert_mode))
    def erase(_event: KeyPressEvent) -> None:
        draft.erase_after()

    _bind_escape(keys, state, writing)


def _bind_escape(keys: KeyBindings, state: PromptState, writing: Filter) -> None:
    draft = state.draft
    unquoted = Condition(lambda: not get_app().quoted_insert)

    @keys.add("c-c", filter=writing & ~has_completions & unquoted, eager=True)
    @keys.add("<sigint>", filter=writing & ~has_completions)
    def interrupt(event: KeyPressEvent) -> None:
        _interrupt(event, state)

    @keys.add("c-c", filter=writing & has_completions, eager=True)
    @keys.add("<sigint>", filter=writing & has_completions)
    @keys.add("escape", filter=writing & has_completions & IS_ESCAPE & (emacs_mode | vi_insert_mode), eager=True)
    def close_menu(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()

    @keys.add("escape", filter=writing & IS_ESCAPE & emacs_mode)
    def clear(event: KeyPressEvent) -> None:
        if not state.escapes.press((draft.buffer.text, draft.buffer.cursor_position)):
            return
        if draft.buffer.text:
            draft.clear()
        elif state.options.on_double_escape:
            _exit_from_empty_line(event, state.options.on_double_escape)


def _exit_from_empty_line(event: KeyPressEvent, message: str) -> None:
    """Exit with the *message* that a key stands for, and leave no empty row of it."""
    event.app.erase_when_done = True
    event.app.exit(result=Draft.by_keys(message))


def _exit_with(event: KeyPressEvent, message: Draft | None, state: PromptState) -> None:
    if message is not None:
        size = event.app.output.get_size()
        # What does not fit on the screen is printed again, because the scrollback lacks its beginning.
        event.app.erase_when_done = state.draft.is_taller(size.columns, size.rows)
        event.app.exit(result=message)


def _interrupt(event: KeyPressEvent, state: PromptState) -> None:
    draft = state.draft
    match state.interrupts.press(has_text=bool(draft.buffer.text)):
        case "clear":
            draft.clear()
        case "leave":
            event.app.exit(exception=EOFError)
        case "ask":
            draft.say(_(HINT if state.interrupts.may_leave else HINT_WITHOUT_CTRL_C), for_s=0)
            asyncio.get_running_loop().call_later(SECOND_PRESS_S, _forget_hint, state, event.app.invalidate)
        case "nothing":
            pass


def _forget_hint(state: PromptState, redraw: Callable[[], None]) -> None:
    notice = state.draft.notice
    if notice is not None and notice.text in (_(HINT), _(HINT_WITHOUT_CTRL_C)):
        state.draft.notice = None
        redraw()


def _paste_clipboard(state: PromptState) -> None:
    try:
        clip = state.content.paste_clipboard()
    except ChatError as error:
        state.draft.say(error.sentence())
        return
    if clip.text:
        state.draft.paste(clip.text)
    if clip.notice:
        state.draft.say(clip.notice)


async def _edit(state: PromptState) -> None:
    draft = state.draft
    try:
        text = await run_in_terminal(lambda: edit_text(draft.whole.text))
    except ChatError as error:
        draft.say(error.sentence())
        get_app().invalidate()
    else:
        draft.replace(text)
    # Ctrl+C in the editor was meant for the editor.
    state.interrupts.settle()
