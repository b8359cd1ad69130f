"""Writes to a terminal: replies drawn live, chat's own messages rendered, notes on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from chatcli.conversation.messages import (
    Event,
    Image,
    Listener,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Text,
    ToolFragment,
    ToolReported,
)
from chatcli.errors import ChatError
from chatcli.output.plain import Kinds, Notes, hiding, image_notice, loss
from chatcli.process.streams import is_terminal
from chatcli.records import field, mutable
from chatcli.render.look import Look
from chatcli.terminal.screen import screen_size
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatcli.render.draft import DraftSource

_DIM, _RED, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
_LASTING = (Text, Reasoning, Refusal, Image, Notice, Malformed, ToolFragment, ToolReported)


@mutable
class TerminalOutput:
    """Draws on *stdout*; *look* is called for every turn, so that a changed setting applies at once.

    *colours_notes* means that stderr may have colours, *is_spaced* sets replies apart by blank lines. *guard* is
    entered while a turn is drawn. *draft* is the next message, shown below a turn; `redraw` shows that it has changed.
    """

    stdout: TextIO
    notes: Notes
    look: Callable[[], Look]
    colours_notes: bool = True
    is_spaced: bool = False
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    toggle_reasoning: Callable[[], None] = lambda: None
    draft: DraftSource | None = None
    redraw: Callable[[], None] = lambda: None
    _shown: Listener | None = None  # what draws the turn, which owns the screen meanwhile
    _themes: set[str] = field(default_factory=set)  # files that were looked at

    @contextmanager
    def turn(self, *, answers: int = 1, hides: Kinds = (), continues: bool = False) -> Iterator[Listener]:
        """Draw one turn; while it lasts, `toggle_reasoning` folds or opens its reasoning."""
        from chatcli.render.live import LiveTurn  # it brings the renderer, which the prompt does not wait for

        with _losses_told(), self.guard():
            if not continues:
                self._space()
            look = self.look()
            self._report_theme(look)
            with LiveTurn(self.stdout, size=self.size, look=look, choices=answers, draft=self.draft) as live:
                self.toggle_reasoning, self.redraw = live.toggle_reasoning, live.redraw
                self._shown = watched = _Watched(live.show, self.notes)
                try:
                    yield hiding(hides, watched)
                finally:
                    self._shown = None
            if watched.has_shown:
                self._space()

    def say(self, markdown: str, *, raw: bool = False, dim: bool = False, quoted: bool = False) -> None:
        """Show Markdown rendered, or text as it is; *dim* sets it apart as what stood there before."""
        from chatcli.render.live import render

        with _losses_told():
            if raw:
                text = sanitize(markdown).rstrip("\n")
                text = f"{_DIM}{text}{_PLAIN}" if dim and self.look().colour else text
                self.stdout.write(f"\n{text}\n\n" if dim else f"{text}\n")
            else:
                text = markdown if quoted else self.notes.mark(markdown)
                render(text, self.stdout, size=self.size, look=self.look(), is_whole=not quoted)
            self.stdout.flush()

    def draw(self, renderable: RenderableType) -> None:
        """Show anything that rich can draw, with an empty line below it."""
        from chatcli.render.live import show

        with _losses_told():
            show(renderable, self.stdout, size=self.size, look=self.look())
            self.stdout.write("\n")
            self.stdout.flush()

    def note(self, sentence: str) -> None:
        """Write a dim line to stderr, or among the rows of the turn that is being drawn there."""
        if not self.notes.is_quiet and not self._show_in_turn(sentence):
            self._coloured(_DIM, lambda: self.notes.note(sentence))

    def notify(self, notice: Notice) -> None:
        """Write a notice as a dim line to stderr."""
        self.note(f"chat: {self.notes.describe(notice)}")

    def fail(self, error: ChatError) -> None:
        """Write an error to stderr, or among the rows of the turn that is being drawn there."""
        if not self._show_in_turn(f"chat: {self.notes.sentence(error)}"):
            self._coloured(_RED, lambda: self.notes.fail(error))

    def _show_in_turn(self, line: str) -> bool:
        """Show *line* in the turn that is being drawn on the terminal of stderr; return False where none is."""
        if self._shown is None or not is_terminal(self.notes.stderr):
            return False
        self._shown(Notice("note", self.notes.redact(line)))
        return True

    def _report_theme(self, look: Look) -> None:
        """Say once that a theme file cannot be used."""
        if "/" not in look.theme or look.theme in self._themes:
            return
        from chatcli.render.theme import complaint_of  # it brings rich, which is drawn with anyway

        self._themes.add(look.theme)
        if complaint := complaint_of(look):
            self.note(f"chat: {complaint}")

    def _space(self) -> None:
        if self.is_spaced:
            self.stdout.write("\n")
            self.stdout.flush()

    def size(self) -> tuple[int, int]:
        """Return columns and rows of the terminal as it is now."""
        return screen_size(self.stdout)

    def _coloured(self, style: str, write: Callable[[], None]) -> None:
        coloured = self.colours_notes and self.look().colour
        if coloured:
            self.notes.put(style)
        write()
        if coloured:
            self.notes.put(_PLAIN)


class _Watched:
    """Hands events on, notices in the words of the surface and images as notices.

    Remembers whether any leaves something on the screen.
    """

    def __init__(self, show: Listener, notes: Notes) -> None:
        self._show = show
        self._notes = notes
        self.has_shown = False

    def __call__(self, event: Event) -> None:
        self.has_shown |= isinstance(event, _LASTING)
        if isinstance(event, Notice) and event.remedy:
            event = Notice(event.code, self._notes.describe(event))
        elif isinstance(event, Image):
            event = image_notice(event.url, event.path)
        self._show(event)


@contextmanager
def _losses_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise loss(error, is_terminal=True) from error
