"""Picks one of several items: a list filtered by typing, or numbered rows where nothing is redrawn.

The list stands below the cursor, never takes the whole screen, and is gone when something was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from prompt_toolkit.application import Application, get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.styles import Style

from chatcli.input.choices import ChoiceRow, Preview, fit_line, matching, to_line
from chatcli.input.keyboard import keyboard_over
from chatcli.language import _
from chatcli.records import frozen
from chatcli.terminal import cells
from chatcli.terminal.key_reader import KeyReader, plain_line
from chatcli.terminal.paste import strip_controls
from chatcli.terminal.tty import echoing, suspend_with_terminal
from chatcli.text.phrases import end_sentence

_MOST_ROWS = 12
_FEWEST_ROWS = 4  # that a preview leaves to the list
_OTHER_ROWS = 3  # the title, the search field, and one that stays free
_STYLE = Style.from_dict({"title": "bold", "chosen": "reverse", "more": "italic"})

Search = Callable[[str], Sequence[ChoiceRow]]


@frozen
class PickerLook:
    """How a list is drawn; *draw* returns a preview as the terminal shows it."""

    colour: bool = True
    ascii_only: bool = False
    draw: Callable[[Preview], str] = lambda _preview: ""


class Picker:
    """Chooses at a terminal, or from *input* and to *output* where those are given."""

    def __init__(
        self,
        look: PickerLook | None = None,
        *,
        escape_wait_s: float = 0.05,
        input: Input | None = None,
        output: Output | None = None,
        reader: KeyReader | None = None,
    ) -> None:
        self._look = look or PickerLook()
        self._reader = reader or KeyReader()
        self._escape_wait_s = escape_wait_s
        self._input = input
        self._output = output

    def pick(
        self,
        title: str,
        rows: Sequence[ChoiceRow],
        search: Search | None = None,
        *,
        current: str = "",
        preview: Callable[[str], Preview] | None = None,
    ) -> str | None:
        """Return the key of the row that is chosen, None where nothing is.

        *search* gives the rows for what is typed; without it the rows are filtered by their words. The row with the key
        *current* is the first in question. Where *preview* is given, what it returns is drawn below the rows.
        """
        look = self._look
        listing = _Listing(
            title,
            search or (lambda typed: matching(rows, typed)),
            _Previews(preview, look.draw) if preview else None,
            first=rows,
            current=current,
            ascii_only=look.ascii_only,
        )
        return self._application(listing).run()

    def _application(self, listing: _Listing) -> Application[str | None]:
        output = self._output or create_output()
        if hasattr(output, "enable_cpr"):
            output.enable_cpr = False
        app: Application[str | None] = Application(
            layout=listing.layout(),
            key_bindings=_bind(listing),
            style=_STYLE,
            color_depth=None if self._look.colour else ColorDepth.DEPTH_1_BIT,
            include_default_pygments_style=False,
            erase_when_done=True,
            input=keyboard_over(self._input, self._reader)[1],
            output=output,
        )
        app.ttimeoutlen = self._escape_wait_s
        return app


class PlainPicker:
    """Chooses by number, line by line, for terminals on which nothing is redrawn.

    *guard* is entered while the number is read: where Ctrl+C is held back, it opens the way, and the list closes.
    """

    def __init__(
        self,
        source: TextIO,
        screen: TextIO,
        *,
        ascii_only: bool = False,
        guard: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._source = source
        self._screen = screen
        self._ascii_only = ascii_only
        self._guard = guard

    def pick(
        self,
        title: str,
        rows: Sequence[ChoiceRow],
        search: Search | None = None,
        *,
        current: str = "",
        preview: Callable[[str], Preview] | None = None,
    ) -> str | None:
        """Return the key of the row whose number is typed, None for anything else."""
        del search, current, preview
        for number, row in enumerate(rows, 1):
            hint = f"  ({row.hint})" if row.hint else ""
            self._screen.write(f"{number:4}  {to_line(row.label + hint, self._ascii_only)}\n")
        typed = self._ask(to_line(title, self._ascii_only))
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(rows):
            return rows[int(typed) - 1].key
        return None

    def _ask(self, title: str) -> str:
        """Return what is typed, nothing after Ctrl+C."""
        question = _("{title} Number, or empty for none: ", title=end_sentence(title))
        try:
            # Echo is on before the question is seen: what answers it at once is echoed too.
            with echoing(self._source), self._guard():
                self._screen.write(question)
                self._screen.flush()
                return plain_line(self._source.readline()).strip()
        except KeyboardInterrupt:
            self._screen.write("\n")
            return ""


class _Listing:
    """The rows that fit what is typed, and which of them is the one in question."""

    def __init__(
        self,
        title: str,
        search: Search,
        previews: _Previews | None,
        *,
        first: Sequence[ChoiceRow],
        current: str,
        ascii_only: bool,
    ) -> None:
        self._title = title
        self._previews = previews
        self._ascii_only = ascii_only
        self._search = search
        self._rows = list(first)
        self._index = next((place for place, row in enumerate(first) if row.key == current), 0)
        self.field = Buffer(multiline=False, on_text_changed=lambda _buffer: self._look())

    @property
    def chosen(self) -> str | None:
        return self._rows[self._index].key if self._rows else None

    def move(self, by: int) -> None:
        if self._rows:
            self._index = min(max(self._index + by, 0), len(self._rows) - 1)

    def layout(self) -> Layout:
        title = Window(FormattedTextControl(self._drawn_title), height=1)
        control = BufferControl(self.field)
        field = Window(control, height=1, get_line_prefix=lambda _line, _wrapped: [("", "/ ")])
        rows = Window(FormattedTextControl(self._drawn), dont_extend_height=True, wrap_lines=False)
        below = Window(FormattedTextControl(self._preview), dont_extend_height=True, wrap_lines=False)
        shown = ConditionalContainer(below, Condition(lambda: bool(self._preview())))
        return Layout(HSplit([title, field, rows, shown]), focused_element=field)

    def _look(self) -> None:
        self._rows = list(self._search(self.field.text))
        self._index = 0

    def _drawn_title(self) -> StyleAndTextTuples:
        columns = get_app().output.get_size().columns
        return [("class:title", fit_line(self._title, columns - 1, self._ascii_only))]

    def _preview(self) -> StyleAndTextTuples:
        """Return what stands below the rows, nothing where it would leave too little room for them."""
        if self._previews is None or (key := self.chosen) is None:
            return []
        drawn = self._previews.draw(key)
        return drawn if self._room() >= self._previews.height + _FEWEST_ROWS else []

    def _room(self) -> int:
        return get_app().output.get_size().rows - _OTHER_ROWS

    def _drawn(self) -> StyleAndTextTuples:
        size = get_app().output.get_size()
        below = self._previews.height if self._previews and self._preview() else 0
        room = max(min(self._room() - below, _MOST_ROWS), 1)
        top = min(max(self._index - room // 2, 0), max(len(self._rows) - room, 0))
        drawn: StyleAndTextTuples = []
        for index, row in enumerate(self._rows[top : top + room], top):
            style = "class:chosen" if index == self._index else ""
            drawn += [("", "\n")] if drawn else []
            drawn.append((style, self._row(row, size.columns - 1, is_chosen=bool(style))))
        return drawn or [("class:more", _("nothing fits"))]

    def _row(self, row: ChoiceRow, columns: int, *, is_chosen: bool) -> str:
        """Return the row in so many cells: a mark, the label, and as much of the hint as there is room for."""
        label = ("> " if is_chosen else "  ") + fit_line(row.label, columns - 2, self._ascii_only)
        left = columns - cells.width(label) - 2
        return f"{label}  {fit_line(row.hint, left, self._ascii_only)}" if row.hint and left > 3 else label


class _Previews:
    """What rows would look like, each drawn once; all take the same *height*."""

    def __init__(self, preview: Callable[[str], Preview], draw: Callable[[Preview], str]) -> None:
        self._preview = preview
        self._draw = draw
        self._drawn: dict[str, StyleAndTextTuples] = {}
        self.height = 0

    def draw(self, key: str) -> StyleAndTextTuples:
        """Return the preview of the row *key*, with an empty row above it."""
        if key not in self._drawn:
            text = self._draw(self._preview(key)).strip("\n")
            self._drawn[key] = to_formatted_text(ANSI(f"\n{text}")) if text else []
            self.height = max(self.height, text.count("\n") + 2)
        return self._drawn[key]


# What edits the search field, by names of readline's.
_EDITING = {
    "c-h": "backward-delete-char",
    "delete": "delete-char",
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
    "pageup": -_MOST_ROWS,
    "pagedown": _MOST_ROWS,
}
_LEAVING = ("escape", "c-c", "c-d", "c-g", "<sigint>")


def _bind(listing: _Listing) -> KeyBindings:
    """Return the bindings of the list: all eager, so that none of an editor's own comes in between."""
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
    _bind_moves(keys, listing)
    _bind_ends(keys, listing)
    return keys


def _bind_moves(keys: KeyBindings, listing: _Listing) -> None:
    def move(by: int) -> Callable[[KeyPressEvent], None]:
        return lambda _event: listing.move(by)

    for key, by in _MOVES.items():
        keys.add(key, eager=True)(move(by))


def _bind_ends(keys: KeyBindings, listing: _Listing) -> None:
    @keys.add("enter", eager=True)
    def choose(event: KeyPressEvent) -> None:
        event.app.exit(result=listing.chosen)

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=None)

    for key in _LEAVING:
        keys.add(key, eager=True)(leave)

    @keys.add("c-z", eager=True)
    def suspend(_event: KeyPressEvent) -> None:
        run_in_terminal(suspend_with_terminal)
