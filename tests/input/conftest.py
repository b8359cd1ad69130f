"""What tests of the prompt are given: a prompt in this process, with keys from a pipe and a screen to look at."""

from __future__ import annotations

import array
import asyncio
import fcntl
import io
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from prompt_toolkit.application import get_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.base import PipeInput
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.prompt import Prompt
from chatcli.records import fields
from chatcli.text.draft import Draft
from tests.support.screen import Screen

DEADLINE_S = 30
Step: TypeAlias = "str | bytes | Callable[[], object]"


class Clock:
    """A clock that stands still until it is told to continue."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched(Vt100_Output):
    """An output that tells when the screen has been drawn."""

    def __init__(self, written: io.StringIO, size: Size, on_drawn: Callable[[], None]) -> None:
        super().__init__(written, lambda: size, term="xterm")
        self._on_drawn = on_drawn

    def flush(self) -> None:
        super().flush()
        self._on_drawn()


class Typist:
    """Types at a prompt: every step arrives in a read of its own, after what the one before it did is on the screen."""

    def __init__(
        self, pipe: PipeInput, *, columns: int = 60, rows: int = 16, joins: bool = False, **options: Any
    ) -> None:
        self.clock = Clock()
        self._pipe = pipe
        self._steps: list[Step] = []
        self._due = 0
        self._written = io.StringIO()
        self._screen = Screen(columns, rows, answer=lambda _report: None, joins=joins)
        content = {item.name: options.pop(item.name) for item in fields(PromptContent) if item.name in options}
        self.prompt = Prompt(
            PromptOptions(**{"on_double_escape": "/edit", **options}),
            PromptContent(**{"toolbar": lambda _width: "bar", **content}),
            input=pipe,
            output=Watched(self._written, Size(rows, columns), self._step),
            clock=self.clock,
        )

    @property
    def rows(self) -> list[str]:
        """What is on the screen, without blank rows."""
        self._screen.feed(self._written.getvalue().replace("\n", "\r\n").replace("\r\r\n", "\r\n").encode())
        self._written.seek(0)
        self._written.truncate()
        return [row for row in self._screen.rows if row]

    @property
    def lines(self) -> list[str]:
        """What is in the scrollback and on the screen, without blank rows."""
        assert self.rows
        return [row for row in self._screen.history if row]

    @property
    def column(self) -> int:
        """Where the cursor is."""
        assert self.rows
        return self._screen.cursor[0]

    @property
    def raw(self) -> str:
        """What was written since the screen was last looked at."""
        return self._written.getvalue()

    def read(self, *steps: Step, draft: str | Draft = "") -> str:
        """Read one message while *steps* are typed; callables are called in their turn."""
        return self.read_draft(*steps, draft=draft).text

    def read_draft(self, *steps: Step, draft: str | Draft = "") -> Draft:
        """Read one message, with what of it was typed; a *draft* that is a string was."""
        self._steps = list(steps)
        return self.prompt.read(Draft.by_keys(draft) if isinstance(draft, str) else draft)

    def wait(self, seconds: float) -> Callable[[], None]:
        """Return a step that lets time pass."""

        def step() -> None:
            self.clock.now += seconds

        return step

    def sees(self, *rows: str) -> Callable[[], None]:
        """Return a step that compares the screen, without its bar."""

        def step() -> None:
            assert [row for row in self.rows if row != "bar"] == list(rows)

        return step

    def repeat(self, keys: str, *, until: str) -> Callable[[], None]:
        """Return a step that types *keys* again and again until a row is *until*."""
        return self._until(lambda: until in self.rows, keys)

    def shows(self, *rows: str) -> Callable[[], None]:
        """Return a step that waits until the screen, without its bar, shows *rows*."""
        return self._until(lambda: [row for row in self.rows if row != "bar"] == list(rows))

    def gone(self, row: str) -> Callable[[], None]:
        """Return a step that waits until no row is *row*."""
        return self._until(lambda: row not in self.rows)

    def _until(self, holds: Callable[[], bool], keys: str = "") -> Callable[[], None]:
        deadline = time.monotonic() + DEADLINE_S

        def step() -> None:
            assert holds() or time.monotonic() < deadline, self.rows
            if not holds():
                self._steps[:0] = [keys, step]

        return step

    def _step(self) -> None:
        if self._steps and get_app().is_running and self._unread() == 0:
            self._take()

    def _take(self) -> None:
        step = self._steps[0]
        if callable(step) and get_app().render_counter < (self._due or get_app().render_counter + 1):
            # What it wants to see may be drawn a little later, by a task.
            self._due = self._due or get_app().render_counter + 2
            get_app().invalidate()
            return
        del self._steps[0]
        self._due = 0
        if isinstance(step, bytes):
            self._pipe.send_bytes(step)
        elif isinstance(step, str):
            self._pipe.send_text(step)
        else:
            step()
            get_app().invalidate()
        # Keys that do nothing draw nothing: then time has to lead on to the next step.
        asyncio.get_running_loop().call_later(0.02, get_app().invalidate)

    def _unread(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._pipe.fileno(), termios.FIONREAD, count)
        return count[0]


OpenTypist: TypeAlias = Callable[..., Typist]


@pytest.fixture
def typist() -> Iterator[OpenTypist]:
    """Open prompts: `typist(edit_mode="vi").read("hello", "\\r")`."""
    with ExitStack() as stack:
        yield lambda **options: Typist(stack.enter_context(create_pipe_input()), **options)


@pytest.fixture
def history(tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """Write a history file that holds some entries."""
    from chatcli.input.prompt_history import HistoryFile

    def write(entries: Sequence[str]) -> Path:
        path = tmp_path / "history"
        for entry in entries:
            HistoryFile(path).append(Draft.by_keys(entry))
        return path

    return write
