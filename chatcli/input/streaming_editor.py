"""Edits the next message while a reply streams, with the keys of the prompt.

Nothing is sent: Enter is a newline, and Alt+Enter queues the message until the reply is complete. The keys work in the
thread that listens to them; the rows may be asked for from any other, and show the draft as it was after a key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import cached_property
from typing import Any

from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.application.current import set_app
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.input import DummyInput
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import BufferControl, Layout, Window
from prompt_toolkit.output import DummyOutput

from chatcli.input.actions import Action, bind_key
from chatcli.input.bindings import bind_editing, bind_pasting
from chatcli.input.draft_editor import DraftEditor
from chatcli.input.draft_rows import wrap_draft
from chatcli.input.keyboard import key_presses
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.render.draft import DraftRows
from chatcli.settings.bindings import Bindings
from chatcli.terminal.key_listener import Wish
from chatcli.terminal.legacy_keys import is_alt_enter, legacy
from chatcli.terminal.paste import Pastes, is_unmarked_paste
from chatcli.terminal.sequences import ESC, Key, Pasted, Token, Typed
from chatcli.text.draft import Draft, join

_WISHES: dict[str, Wish] = {"\x03": "stop", "\x1a": "suspend"}
_CTRL_D, _CTRL_O = "\x04", "\x0f"
_NOT_QUEUED = N_("Commands are not queued.")
_QUEUE = "/queue "
_ACTIONS = ("exit", "quit", "?")  # which are not messages either


@frozen
class _Shown:
    """What the rows are made of."""

    text: str
    cursor: int
    queued: tuple[str, ...]
    notice: str


class _UnrunApplication(Application[None]):
    """Gives keys their meaning without ever running: what keys would do beside that needs a loop, and is not done."""

    def create_background_task(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Drop the task, such as the completion that prompt-toolkit starts for keys of its own."""
        coroutine.close()
        return None  # type: ignore[return-value]  # its result is never used


class StreamingEditor:
    """Edits *draft*, which begins with what was written before, and adds messages to *queue*."""

    def __init__(
        self,
        draft: DraftEditor,
        pastes: Pastes,
        *,
        begin: Draft,
        queue: Sequence[Draft],
        edit_mode: EditingMode,
        bindings: Bindings = Bindings(),  # noqa: B008 - a frozen record
    ) -> None:
        self._editor = draft
        self._pastes = pastes
        self._queue = list(queue)
        self._was_cut = False
        self._edit_mode = edit_mode
        self._chosen = bindings
        draft.begin(begin)
        self._shown = self._show()

    @property
    def draft(self) -> Draft:
        """The text so far, without the newlines at its end: Enter was pressed to send, which it cannot yet.

        A folded paste keeps its own: it is known by its text, and the prompt folds it again.
        """
        draft = self._editor.buffer.draft
        return draft.part(0, len(draft.text.rstrip("\n"))).map(self._pastes.expand)

    @property
    def queue(self) -> Sequence[Draft]:
        """The messages that wait for the reply."""
        return tuple(self._queue)

    def take(self, tokens: Iterable[Token]) -> list[Wish]:
        """Do what the keys mean; return what the user wishes, in order."""
        tokens = list(tokens)
        if not tokens:  # most answers end before a key is pressed, which then costs nothing
            return []
        with create_app_session(input=DummyInput(), output=DummyOutput()), set_app(self._app):
            wishes = [wish for token in tokens for wish in self._take(token)]
        self._shown = self._show()
        return wishes

    def rows(self, columns: int, most: int) -> DraftRows:
        """Return at most *most* rows of the draft around its cursor, and what is queued."""
        shown = self._shown
        rows, cursor = wrap_draft(shown.text, shown.cursor, columns, most)
        return DraftRows(rows, cursor, shown.queued, shown.notice)

    @cached_property
    def _app(self) -> Application[None]:
        """What gives keys their meaning; it never runs, and is made when the first key is pressed."""
        app = _UnrunApplication(
            layout=Layout(Window(BufferControl(self._editor.buffer))),
            key_bindings=self._bindings(),
            editing_mode=self._edit_mode,
            input=DummyInput(),
            output=DummyOutput(),
        )
        app.timeoutlen = None  # type: ignore[assignment]  # no loop could wait; its key processor allows None
        return app

    def _show(self) -> _Shown:
        buffer, notice = self._editor.buffer, self._editor.notice
        before = self._pastes.labelled(buffer.text[: buffer.cursor_position]).expandtabs(4)
        text = self._pastes.labelled(buffer.text).expandtabs(4)
        queued = tuple(message.text for message in self._queue)
        return _Shown(text, len(before), queued, notice.text if notice else "")

    def _take(self, token: Token) -> list[Wish]:
        match token:
            case Key() if is_alt_enter(token.sequence):
                self._enqueue()
            case Key() if legacy(token.sequence) == ESC:
                return ["stop"]
            case Key() if not legacy(token.sequence).startswith(ESC):
                return self._take(Typed(legacy(token.sequence)))
            case Typed() if not is_unmarked_paste(token.text):
                return [wish for character in token.text if (wish := self._type(character))]
            case _:
                self._was_cut = isinstance(token, Pasted) and not token.is_whole
                self._press(token)
        return []

    def _type(self, character: str) -> Wish | None:
        if wish := _WISHES.get(character):
            return wish
        if character == _CTRL_D and not self._editor.buffer.text and not self._queue:
            return "leave"
        if character == _CTRL_O and not self._editor.has_paste():
            return "fold"
        self._press(Typed(character))
        return None

    def _press(self, token: Token) -> None:
        self._app.key_processor.feed_multiple(list(key_presses([token])))
        self._app.key_processor.process_keys()

    def _bindings(self) -> KeyBindings:
        keys, editor = KeyBindings(), self._editor
        writing = has_focus(editor.buffer)
        # A filter keeps those that follow it for good, so what is made for each editor stands first.
        inserting = writing & (emacs_insert_mode | vi_insert_mode)
        bind_editing(keys, editor, inserting, undo=self._chosen.undo)
        bind_pasting(keys, editor, take_cut=lambda: self._was_cut)
        actions: dict[str, Callable[[], None]] = {
            "enter": editor.newline,
            "up": self._up,
            "down": editor.buffer.cursor_down,
            **dict.fromkeys(self._chosen.newline, editor.newline),
            **dict.fromkeys(self._chosen.complete, self._complete),
            "c-o": editor.fold,
        }
        for key, action in actions.items():
            bind_key(keys, key, Action(_doing(action), writing))
        return keys

    def _up(self) -> None:
        """Go up a line; from the first one take the newest queued message back."""
        buffer = self._editor.buffer
        if not buffer.document.on_first_line or not self._queue:
            buffer.cursor_up()
            return
        taken = self._queue.pop()
        rest = self._editor.whole
        self._editor.begin(join([taken, rest], "\n") if rest.text else taken)

    def _enqueue(self) -> None:
        draft = self._editor.whole
        is_queue = draft.text.startswith(_QUEUE) and draft.is_typed(0, len(_QUEUE))
        if is_queue:
            self._editor.begin(draft.part(len(_QUEUE)))
        elif draft.begins_command() or (draft.is_typed() and draft.text.strip() in _ACTIONS):
            self._editor.say(_(_NOT_QUEUED))
            return
        if message := self._editor.send():
            self._queue.append(message)
            self._editor.begin(Draft())

    def _complete(self) -> None:
        """Put in what completes the word, and at each further press the next that does."""
        buffer = self._editor.buffer
        if buffer.complete_state is not None:
            buffer.complete_next()
            return
        event = CompleteEvent(completion_requested=True)
        if found := list(buffer.completer.get_completions(buffer.document, event)):
            buffer._set_completions(found)
            buffer.go_to_completion(0)


def _doing(action: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
    return lambda _event: action()
