"""Draws what stands below a streaming answer while the next message is written: its state, what is queued, the draft.

The rows of the draft come as a value, from anyone who edits it; the cursor rests in them between two frames.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.segment import Segment

from chatcli.language import _
from chatcli.render.draft import DraftRows, DraftSource
from chatcli.render.rows import ScreenRow
from chatcli.render.sections import shortened
from chatcli.render.widths import measure
from chatcli.terminal.reflow import height, reflowed
from chatcli.text.phrases import one_line
from chatcli.text.sanitizer import sanitize

_MOST_QUEUED = 3
_MOST_DRAFT_ROWS = 5
_SHARE_OF_SCREEN = 4  # the draft takes at most one row in so many
_LEAST_COLUMNS, _LEAST_ROWS = 10, 5  # on a smaller screen the answer has all of it


class Footer:
    """The rows below an answer, and where in them the cursor rests; without a *source* there is only the state."""

    def __init__(self, source: DraftSource | None) -> None:
        self._source = source
        self._rows: Sequence[ScreenRow] = ()
        self._cursor: tuple[int, int] | None = None  # column and row; None: at the end of the last row
        self._shown: object = None  # what the rows were drawn from, which most frames do not change

    @property
    def height(self) -> int:
        """How many rows stand below the answer."""
        return len(self._rows)

    @property
    def is_editing(self) -> bool:
        """Whether the cursor rests within the draft, not at its end."""
        return self._cursor is not None

    def has_draft(self, size: tuple[int, int]) -> bool:
        """Return whether a draft is shown on a screen of this size."""
        return self._source is not None and size[0] >= _LEAST_COLUMNS and size[1] >= _LEAST_ROWS

    def draw(self, console: Console, size: tuple[int, int], state: Sequence[ScreenRow]) -> Sequence[ScreenRow]:
        """Return the rows: the *state* of the turn, what is queued, and the draft."""
        columns, rows = size
        most = max(1, min(_MOST_DRAFT_ROWS, rows // _SHARE_OF_SCREEN))
        draft = self._source.rows(columns, most) if self._source is not None and self.has_draft(size) else None
        shown = size, state, draft
        if shown != self._shown:
            self._rows, self._cursor, self._shown = state[: rows - 1], None, shown
            if draft:
                self._add(draft, console, size)
        return self._rows

    def _add(self, draft: DraftRows, console: Console, size: tuple[int, int]) -> None:
        """Put what is queued and the draft below the state."""
        state = self._rows[-max(size[1] - len(draft.rows) - 1, 1) :]  # of many remarks the last ones
        room = max(size[1] - len(state) - len(draft.rows) - 1, 0)
        above = [*state, *_notes(console, draft, size[0])[:room]]
        self._rows = [*above, *map(_row, draft.rows)]
        column, row = draft.cursor
        is_last = row == len(draft.rows) - 1 and column == self._rows[-1].cells
        self._cursor = None if is_last else (column, len(above) + row)

    def clear(self) -> None:
        """Let there be no rows from now on."""
        self._rows, self._cursor, self._shown = (), None, None

    def place_cursor(self) -> str:
        """Return what moves the cursor from the end of the last row to its place in the draft."""
        if self._cursor is None:
            return ""
        column, row = self._cursor
        up = self.height - 1 - row
        return (f"\x1b[{up}A" if up else "") + "\r" + (f"\x1b[{column}C" if column else "")

    def leave_cursor(self) -> str:
        """Return what moves the cursor from its place to the last row, wherever in it."""
        down = self.height - 1 - self._cursor[1] if self._cursor else 0
        return f"\x1b[{down}B" if down else ""

    def erase(self, columns: int) -> str:
        """Return what erases the rows after the window got another width; the cursor is where they began."""
        if self._source is None or not self._rows:
            return ""
        column, row = self._cursor or (self._rows[-1].cells, self.height - 1)
        up = reflowed(self._widths, (column, row), columns=columns)[1] if self._source.breaks_rows else row
        return (f"\x1b[{up}A" if up else "") + "\r\x1b[J"

    def rows_on_screen(self, columns: int) -> int:
        """Return how many rows of the screen they may take after the window got *columns*."""
        return height(self._widths, columns)

    @property
    def _widths(self) -> list[int]:
        return [row.cells for row in self._rows]


def _row(text: str) -> ScreenRow:
    """Return a row of the draft, with the blanks at its end: the cursor stands behind them."""
    return ScreenRow((Segment(sanitize(text)),), measure(text))


def _notes(console: Console, draft: DraftRows, columns: int) -> list[ScreenRow]:
    """Return rows for the notice and for what is queued."""
    dim = console.get_style("chat.dim")
    notes = [draft.notice] if draft.notice else []
    notes += [_("queued: {message}", message=one_line(sanitize(one[:2000]))) for one in draft.queued[:_MOST_QUEUED]]
    if (more := len(draft.queued) - _MOST_QUEUED) > 0:
        notes.append(_("and {count} more", count=more))
    return [shortened(console, [(note, dim)], columns) for note in notes]
