"""Ways to show a reply that comes in deltas: ours, those of others, and what all are compared with."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from typing import Protocol

STREAMDOWN = "CHAT_BENCH_STREAMDOWN"


class Renderer(Protocol):
    """Shows deltas."""

    def show(self, delta: str) -> None: ...

    def close(self) -> None: ...


class Plain:
    """Prints what comes."""

    def show(self, delta: str) -> None:
        sys.stdout.write(delta)
        sys.stdout.flush()

    def close(self) -> None:
        sys.stdout.write("\n")
        sys.stdout.flush()


class Nothing:
    """Shows nothing: what replaying costs by itself."""

    def show(self, delta: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Ours:
    """A turn of ours."""

    def __init__(self) -> None:
        import chatcli.render.turn
        from chatcli.conversation.messages import Text
        from chatcli.render.highlight import CodeHighlighter
        from chatcli.render.live import LiveTurn, Look
        from chatcli.render.theme import console_for

        chatcli.render.turn.TurnScreen(Look(), (80, 24), begun_s=0)
        CodeHighlighter("python", console_for(Look())).line("x = 1")
        self._text = Text
        self._turn = LiveTurn(sys.stdout, size=_screen_size, look=Look())
        self._turn.__enter__()

    def show(self, delta: str) -> None:
        self._turn.show(self._text(delta))

    def close(self) -> None:
        self._turn.__exit__(None, None, None)


class Naive:
    """The whole text through rich again and again."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.markdown import Markdown

        self._markdown = Markdown
        self._text = ""
        self._live = Live(console=Console(force_terminal=True), refresh_per_second=12)
        self._live.start()

    def show(self, delta: str) -> None:
        self._text += delta
        self._live.update(self._markdown(self._text))

    def close(self) -> None:
        self._live.stop()


class Tail:
    """Aider's method: the whole text through rich at every frame, but only its last rows stay in a `Live`.

    All rows above are printed once and for good; frames become rarer as they become dearer.
    """

    KEPT_ROWS = 6
    FRAMES_S = (1 / 20, 2.0)
    REST = 10

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.markdown import Markdown
        from rich.text import Text

        self._console_type, self._markdown, self._rows_type = Console, Markdown, Text
        self._text, self._printed = "", 0
        self._next_s, self._rest_s = 0.0, self.FRAMES_S[0]
        self._live = Live(Text(""), console=Console(force_terminal=True), refresh_per_second=1 / self._rest_s)
        self._live.start()

    def show(self, delta: str) -> None:
        self._text += delta
        if (begun_s := time.monotonic()) >= self._next_s:
            rows = self._rendered()
            taken_s = time.monotonic() - begun_s
            self._rest_s = min(max(taken_s * self.REST, self.FRAMES_S[0]), self.FRAMES_S[1])
            self._next_s = begun_s + self._rest_s
            self._draw(rows, stable=len(rows) - self.KEPT_ROWS)

    def close(self) -> None:
        rows = self._rendered()
        self._draw(rows, stable=len(rows))
        self._live.update(self._rows_type(""))
        self._live.stop()

    def _rendered(self) -> list[str]:
        sink = io.StringIO()
        width = self._live.console.width
        self._console_type(file=sink, force_terminal=True, width=width).print(self._markdown(self._text))
        return sink.getvalue().splitlines(keepends=True)

    def _draw(self, rows: list[str], *, stable: int) -> None:
        if stable > self._printed:
            self._live.console.print(self._rows_type.from_ansi("".join(rows[self._printed : stable])))
            self._printed = stable
        self._live.update(self._rows_type.from_ansi("".join(rows[self._printed :])))


class Streamdown:
    """A program of another project that renders what it reads from a pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([os.environ[STREAMDOWN]], stdin=subprocess.PIPE)

    def show(self, delta: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(delta.encode())
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.communicate()


class Once:
    """The whole text through rich, once: what others are compared with."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.markdown import Markdown

        self._markdown = Markdown
        self._console = Console(force_terminal=True)
        self._console.render_lines(Markdown("```python\nx = 1\n```"))  # loads what is loaded late
        self._text = ""

    def show(self, delta: str) -> None:
        self._text += delta

    def close(self) -> None:
        self._console.print(self._markdown(self._text))


SHOWN_BY: dict[str, type[Renderer]] = {
    "nothing": Nothing,
    "plain": Plain,
    "ours": Ours,
    "tail": Tail,
    "streamdown": Streamdown,
    "naive": Naive,
    "once": Once,
}


def _screen_size() -> tuple[int, int]:
    columns, rows = os.get_terminal_size()
    return columns, rows
