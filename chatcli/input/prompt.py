"""Reads one message with the keys of `bindings` and the paste handling of `draft_editor`.

It never takes the whole screen, never asks the terminal where its cursor is, and leaves the mouse alone. In the
scrollback stand the mark, the message, and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import Input
from prompt_toolkit.layout import Layout
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcli.errors import SIGHUP, Stopped
from chatcli.files.project_files import ProjectFiles
from chatcli.input.bindings import PromptState, bind
from chatcli.input.clusters import Clusters
from chatcli.input.completion import PromptCompleter, is_listing
from chatcli.input.draft_buffer import DraftBuffer
from chatcli.input.draft_editor import DraftEditor
from chatcli.input.interrupts import DoublePress, Interrupts
from chatcli.input.keyboard import keyboard_over
from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.prompt_history import HistoryFile
from chatcli.input.prompt_layout import STYLE, lay_out, rows_of
from chatcli.input.recall import Recall
from chatcli.input.resizing import ReflowingApplication, settling_s
from chatcli.input.streaming_editor import StreamingEditor
from chatcli.terminal import suspension, tty
from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.paste import Pastes
from chatcli.terminal.reflow import ERASE_DOWN, breaks_rows
from chatcli.text.draft import EMPTY, Draft

if TYPE_CHECKING:
    from chatcli.terminal.first_line import FirstLine

# Elsewhere a signal tells of a new size, and looking for it would keep an idle program busy.
_MOMENT_S = 0.5
_SIZE_POLLING_S = None if tty.SIGNALS_SIZE else 0.5


class Prompt:
    """Reads messages at a terminal by *reader*, or from *input* and to *output* where those are given."""

    def __init__(
        self,
        options: PromptOptions,
        content: PromptContent,
        *,
        input: Input | None = None,
        output: Output | None = None,
        clock: Callable[[], float] = time.monotonic,
        reader: KeyReader | None = None,
    ) -> None:
        self._clock = clock
        self._content = content
        self._bindings = options.bindings
        self._outer: suspension.Handler | None = None  # of the processes that are suspended with the prompt
        self._turn = 1  # asked once for each message: it takes the whole chat to count
        self._escapes = DoublePress(clock)
        self._interrupts = Interrupts(clock, may_leave=options.ctrl_c_exit)
        self._pastes = pastes = Pastes()
        clusters = Clusters()
        self._keyboard, source = keyboard_over(input, reader or KeyReader())
        file = HistoryFile(options.history_file) if options.history_file else None
        self._recall = recall = Recall(file, pastes.expand)
        self._completer = completer = PromptCompleter(content, ProjectFiles())
        buffer = DraftBuffer(completer, recall, is_listing=is_listing)
        self._draft = draft = DraftEditor(buffer, recall, pastes=pastes, clock=clock)
        state = PromptState(draft, self._interrupts, self._escapes, self._keyboard, options, content, self._suspend)
        layout = lay_out(draft, pastes, clusters, content.toolbar, lambda: self._turn)
        self._app = _application(layout, state, source, _erasing_in_two(_silent(output or create_output())))
        self._app.draws_whole = lambda: not clusters.is_empty
        clusters.keep_columns(self._app.output)

    def read(self, draft: Draft = EMPTY) -> Draft:
        """Read one message, beginning with *draft*; never an empty one.

        Raises EOFError when the user wants to leave, and Stopped when the terminal is gone.
        """
        self._turn = self._content.turn()
        self._interrupts.begin()
        self._escapes.forget()
        self._draft.begin(draft)
        self._app.erase_when_done = False
        try:
            with suspension.kept() as self._outer:
                message = self._app.run(pre_run=self._prepare, set_exception_handler=False)
        except (EOFError, OSError) as error:
            if self._keyboard is not None and self._keyboard.closed:
                raise Stopped(SIGHUP) from error
            raise
        if self._app.erase_when_done and self._draft.buffer.text:
            self._app.print_text(rows_of(self._draft.buffer.text, self._pastes, self._turn), STYLE)
        return message

    def edit_while_streaming(self, draft: Draft, queue: Sequence[Draft]) -> StreamingEditor:
        """Return an editor for the next message, with the keys, pastes and history of this prompt."""
        buffer = DraftBuffer(self._completer, self._recall, is_listing=lambda _draft, _cursor: False)
        editor = DraftEditor(buffer, self._recall, pastes=self._pastes, clock=self._clock)
        return StreamingEditor(
            editor,
            self._pastes,
            begin=draft,
            queue=queue,
            edit_mode=self._app.editing_mode,
            bindings=self._bindings,
        )

    def show(self, message: Draft) -> None:
        """Write a message that is sent without being read, as it would stand in the scrollback."""
        self._app.print_text(rows_of(self._pastes.refold(message.text), self._pastes, self._content.turn()), STYLE)

    def take_over(self, line: FirstLine) -> None:
        """Read the input typed at *line* as part of the next message."""
        if self._keyboard is not None:
            self._keyboard.take_over(line, self._app.ttimeoutlen)

    def settle(self) -> None:
        """Let Ctrl+C mean nothing until there was a pause of a second: an answer has just been stopped."""
        self._interrupts.settle()

    def _prepare(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fail)
        if self._keyboard is not None:
            loop.call_soon(self._keyboard.read_early)
        suspension.handle_in_loop(loop, lambda: run_in_terminal(self._suspend))
        self._app.create_background_task(self._work_ahead())

    async def _work_ahead(self) -> None:
        """Do what can wait, a little between keys, once the prompt has been there for a moment."""
        await asyncio.sleep(_MOMENT_S)
        while self._content.work_ahead():
            await asyncio.sleep(0)

    def _suspend(self) -> None:
        tty.suspend_with_terminal(self._outer)

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Let an error in a key's work end the reading, and not vanish in the event loop."""
        error = context.get("exception")
        if error is None or self._app.future is None or self._app.future.done():
            loop.default_exception_handler(context)
        else:
            self._app.exit(exception=error)


def _application(layout: Layout, state: PromptState, source: Input, output: Output) -> ReflowingApplication[Draft]:
    options = state.options
    app: ReflowingApplication[Draft] = ReflowingApplication(
        layout=layout,
        key_bindings=bind(state),
        style=STYLE,
        color_depth=None if options.colour else ColorDepth.DEPTH_1_BIT,
        editing_mode=EditingMode.VI if options.edit_mode == "vi" else EditingMode.EMACS,
        include_default_pygments_style=False,
        terminal_size_polling_interval=_SIZE_POLLING_S,
        input=source,
        output=output,
    )
    app.ttimeoutlen = options.escape_wait_s
    app.breaks_rows = breaks_rows(os.environ)
    app.settling_s = settling_s(os.environ)
    return app


def _silent(output: Output) -> Output:
    """Keep *output* from asking for the cursor's place: a terminal that does not answer would hold up everything."""
    if hasattr(output, "enable_cpr"):
        output.enable_cpr = False
    return output


def _erasing_in_two(output: Output) -> Output:
    """Let *output* erase the rows below in two steps."""
    if isinstance(output, Vt100_Output):
        output.erase_down = lambda: output.write_raw(ERASE_DOWN)  # type: ignore[method-assign]
    return output
