"""Lays out the prompt: the draft after its mark, then menu, search field, notice and toolbar as needed.

All of it stands directly below the draft and goes away when the message is sent. Rows are never padded; continued lines
begin with two spaces, so what is copied from the screen carries no marks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, has_completions, is_done, vi_insert_mode, vi_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout import (
    AnyContainer,
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    ScrollbarMargin,
    ScrollOffsets,
    VerticalAlign,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenuControl
from prompt_toolkit.layout.processors import (
    HighlightIncrementalSearchProcessor,
    HighlightSelectionProcessor,
    Processor,
    TabsProcessor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.styles import Style
from prompt_toolkit.widgets import SearchToolbar

from chatcli.input.clusters import Clusters
from chatcli.input.draft_editor import DraftEditor
from chatcli.input.draft_rows import CONTINUED, MARK
from chatcli.input.options import Bar
from chatcli.terminal import cells
from chatcli.terminal.paste import Pastes, is_stand_in

STYLE = Style.from_dict(
    {
        "mark": "bold",
        "turn": "dim",
        "control-character": "noinherit",  # what prompt-toolkit takes clusters for
        "paste": "italic",
        "toolbar.warn": "ansiyellow",
        "toolbar.alarm": "ansired bold",
    }
)

_MIN_COLUMNS, _MIN_ROWS = 10, 4  # below, nothing but the draft
_MENU_ROWS = 8
_TAB = 4


def lay_out(
    draft: DraftEditor,
    pastes: Pastes,
    clusters: Clusters,
    toolbar: Callable[[int], Bar],
    turn: Callable[[], int] = lambda: 1,
) -> Layout:
    """Return the layout that draws *draft* of turn *turn*; *toolbar* gives what stands in a number of cells."""
    search = SearchToolbar(ignore_case=True)
    control = BufferControl(
        draft.buffer,
        input_processors=[
            HighlightIncrementalSearchProcessor(),
            HighlightSelectionProcessor(),
            TabsProcessor(char1=" ", char2=" "),
            Units(pastes, clusters),
        ],
        include_default_input_processors=False,
        search_buffer_control=search.control,
        preview_search=True,
    )
    field = Window(
        control,
        height=Dimension(min=1),
        dont_extend_height=True,
        wrap_lines=True,
        get_line_prefix=partial(_line_prefix, turn),
    )
    rows: list[AnyContainer] = [field, _menu(), search, _notice(draft), _bar(toolbar)]
    return Layout(HSplit(rows, align=VerticalAlign.TOP), focused_element=field)


class Units(Processor):
    """Draws the label of a folded paste for the character that stands for it, and each cluster as one letter."""

    def __init__(self, pastes: Pastes, clusters: Clusters) -> None:
        self._pastes = pastes
        self._clusters = clusters

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line as it is drawn, and how places in the one relate to places in the other."""
        fragments = transformation_input.fragments
        text = fragment_list_to_text(fragments)
        if not (cells.is_drawn_variously(text) or any(map(is_stand_in, text))):
            return Transformation(fragments)
        styles = [fragment[0] for fragment in explode_text_fragments(fragments)]
        drawn, offsets = StyleAndTextTuples(), [0]
        for character in cells.characters(text):
            style, shown = self._draw(styles[len(offsets) - 1], character)
            drawn.append((style, shown))
            is_unit = shown != character
            begin = offsets.pop()
            offsets += [begin if is_unit else begin + index for index in range(len(character))]
            offsets.append(begin + len(shown))
        return Transformation(
            drawn,
            lambda source: offsets[source] if source < len(offsets) else offsets[-1] + source - len(offsets) + 1,
            lambda shown: bisect_left(offsets, offsets[bisect_right(offsets, shown) - 1]),
        )

    def _draw(self, style: str, character: str) -> tuple[str, str]:
        if is_stand_in(character):
            return f"{style} class:paste", self._pastes.label(character)
        return style, self._clusters.unit(character) if cells.is_drawn_variously(character) else character


def rows_of(text: str, pastes: Pastes, turn: int = 1) -> StyleAndTextTuples:
    """Return the draft *text* of a turn as it stands in the scrollback, all of it, with its marks."""
    drawn = pastes.labelled(text).expandtabs(_TAB).replace("\n", f"\n{CONTINUED}")
    return [*_mark(turn), ("", f"{drawn}\n")]


def _line_prefix(turn: Callable[[], int], line: int, wrapped: int) -> StyleAndTextTuples:
    if get_app().output.get_size().columns < _MIN_COLUMNS:
        return []
    return _mark(turn()) if line == wrapped == 0 else [("", CONTINUED)]


def _mark(turn: int) -> StyleAndTextTuples:
    """Return the mark before a draft, and before it the number of its turn, by which commands name it."""
    return [*([("class:turn", f"{turn} ")] if turn > 1 else []), ("class:mark", MARK)]


def _menu() -> ConditionalContainer:
    """Return the list of completions: as many rows as there is room for, half of the screen at most."""

    def height() -> Dimension:
        return Dimension(min=1, max=max(get_app().output.get_size().rows // 2, _MENU_ROWS))

    window = Window(
        CompletionsMenuControl(),
        width=Dimension(min=8),
        height=height,
        scroll_offsets=ScrollOffsets(top=1, bottom=1),
        right_margins=[ScrollbarMargin(display_arrows=False)],
        dont_extend_width=True,
        style="class:completion-menu",
    )
    return ConditionalContainer(window, has_completions & ~is_done)


def _notice(draft: DraftEditor) -> ConditionalContainer:
    def text() -> str:
        return draft.notice.text if draft.notice is not None else ""

    window = Window(FormattedTextControl(text), height=Dimension(min=0), dont_extend_height=True)
    return ConditionalContainer(window, Condition(lambda: draft.notice is not None) & ~is_done)


def _bar(toolbar: Callable[[int], Bar]) -> ConditionalContainer:
    def fragments() -> StyleAndTextTuples:
        size = get_app().output.get_size()
        mode = ("[I] " if vi_insert_mode() else "[N] ") if vi_mode() else ""
        if size.columns < _MIN_COLUMNS or size.rows < _MIN_ROWS:
            return []
        bar = toolbar(size.columns - len(mode) - 1)  # a full last column would make some terminals wrap
        pairs = [("", bar)] if isinstance(bar, str) else bar
        return [("", mode), *((f"class:toolbar.{style}" if style else "", text) for style, text in pairs if text)]

    window = Window(FormattedTextControl(fragments), height=1, dont_extend_height=True)
    return ConditionalContainer(window, Condition(lambda: any(text for _, text, *_ in fragments())) & ~is_done)
