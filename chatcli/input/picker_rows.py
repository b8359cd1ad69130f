"""The list of a picker: the rows that match the typed letters, the selected one, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Layout, Window

from chatcli.input.choices import ChoiceList, ChoiceRow, Preview, fit_line, matching, to_line
from chatcli.language import _
from chatcli.terminal import cells

MOST_ROWS = 12
_FEWEST_ROWS = 4  # that a preview leaves to the list
_MOST_TITLE_ROWS = 4
_OTHER_ROWS = 2  # the search field, and one that stays free


class PickerRows:
    """The rows that match the typed letters, and which of them is selected."""

    def __init__(self, choices: ChoiceList, *, draw: Callable[[Preview], str], ascii_only: bool) -> None:
        self._title = choices.title
        self._previews = _Previews(choices.preview, draw) if choices.preview else None
        self._ascii_only = ascii_only
        self._search = choices.search or (lambda typed: matching(choices.rows, typed))
        self._rows = list(choices.rows)
        self._index = next((place for place, row in enumerate(self._rows) if row.key == choices.current), 0)
        self.field = Buffer(multiline=False, on_text_changed=lambda _buffer: self._look())

    @property
    def chosen(self) -> str | None:
        """The key of the row in question."""
        return self._rows[self._index].key if self._rows else None

    def move(self, by: int) -> None:
        """Put the row in question *by* rows further down."""
        if self._rows:
            self._index = min(max(self._index + by, 0), len(self._rows) - 1)

    def layout(self) -> Layout:
        """Return the layout: title, search field, rows, and the preview where there is room."""
        title = Window(FormattedTextControl(self._drawn_title), dont_extend_height=True)
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
        return [("class:title", "\n".join(self._title_lines()))]

    def _title_lines(self) -> list[str]:
        """Return the title, broken between words: it asks what the rows answer, so it is shown whole if it can be."""
        size = get_app().output.get_size()
        lines = cells.wrap_words(to_line(self._title, self._ascii_only), size.columns - 1).split("\n")
        most = min(max(size.rows - _OTHER_ROWS - _FEWEST_ROWS, 1), _MOST_TITLE_ROWS)
        if len(lines) <= most:
            return lines
        last = fit_line(" ".join(lines[most - 1 :]), size.columns - 1, self._ascii_only)
        return [*lines[: most - 1], last]

    def _preview(self) -> StyleAndTextTuples:
        """Return the preview below the rows, nothing if it would leave them too little room."""
        if self._previews is None or (key := self.chosen) is None:
            return []
        drawn = self._previews.draw(key)
        return drawn if self._room() >= self._previews.height + _FEWEST_ROWS else []

    def _room(self) -> int:
        return get_app().output.get_size().rows - _OTHER_ROWS - len(self._title_lines())

    def _drawn(self) -> StyleAndTextTuples:
        size = get_app().output.get_size()
        below = self._previews.height if self._previews and self._preview() else 0
        room = max(min(self._room() - below, MOST_ROWS), 1)
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
