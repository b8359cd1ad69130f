"""Picks one of several items on a terminal that draws: a list filtered by typing.

The list stands below the cursor, never takes the whole screen, and is gone when something was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import Application
from prompt_toolkit.input import Input
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.styles import Style

from chatcli.input.choices import ChoiceList, Preview
from chatcli.input.keyboard import keyboard_over
from chatcli.input.picker_keys import bind_picker
from chatcli.input.picker_rows import PickerRows
from chatcli.records import frozen
from chatcli.terminal.key_reader import KeyReader

_STYLE = Style.from_dict({"title": "bold", "chosen": "reverse", "more": "italic"})


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

    def pick(self, choices: ChoiceList) -> str | None:
        """Return the key of the row that is chosen, None where nothing is."""
        rows = PickerRows(choices, draw=self._look.draw, ascii_only=self._look.ascii_only)
        return self._application(rows).run()

    def _application(self, rows: PickerRows) -> Application[str | None]:
        output = self._output or create_output()
        if hasattr(output, "enable_cpr"):
            output.enable_cpr = False
        app: Application[str | None] = Application(
            layout=rows.layout(),
            key_bindings=bind_picker(rows),
            style=_STYLE,
            color_depth=None if self._look.colour else ColorDepth.DEPTH_1_BIT,
            include_default_pygments_style=False,
            erase_when_done=True,
            input=keyboard_over(self._input, self._reader)[1],
            output=output,
        )
        app.ttimeoutlen = self._escape_wait_s
        return app
