"""Draws the characters that terminals disagree about: each as one unit of two cells, whatever the terminal makes of it.

A family of emoji takes two cells in one terminal and eight in the next, a heart one or two. prompt-toolkit adds up code
points, and where the terminal does not, its cursor stands beside the letters that it means. Here the cursor is saved
before such a character and put two cells further afterwards. A terminal that draws it wider loses its right part to
what follows; for that, the row is always drawn to its end. The text is not touched.
"""

from __future__ import annotations

from prompt_toolkit.layout.screen import Char
from prompt_toolkit.output import Output
from prompt_toolkit.utils import _CHAR_SIZES_CACHE  # its one table of widths, for which it has no setting

_UNIT_CELLS = 2
_LAST_UNIT = 0x10FFFD  # private use, counted downwards
_HOLD, _GO_ON = "\x1b7", f"\x1b8\x1b[{_UNIT_CELLS}C\x1b[K"


class Clusters:
    """The clusters met so far, each with a private letter that stands for it in what prompt-toolkit lays out."""

    def __init__(self) -> None:
        self._units: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there was none so far."""
        return not self._units

    def unit(self, cluster: str) -> str:
        """Return the letter that is drawn as *cluster*."""
        if cluster not in self._units:
            # A letter means the same at every prompt, for prompt-toolkit remembers how each is drawn.
            known = {drawn: letter for letter, drawn in Char.display_mappings.items()}
            self._units[cluster] = letter = known.get(cluster) or chr(_LAST_UNIT - len(known))
            Char.display_mappings[letter] = cluster
            _CHAR_SIZES_CACHE.update({letter: _UNIT_CELLS, cluster: _UNIT_CELLS})
        return self._units[cluster]

    def keep_columns(self, output: Output) -> None:
        """Let *output* write each cluster so that what follows stands two cells behind its beginning."""
        write = output.write

        def write_in_place(data: str) -> None:
            if data in self._units:
                output.write_raw(f"{_HOLD}{data}{_GO_ON}")
            else:
                write(data)

        output.write = write_in_place  # type: ignore[method-assign]  # outputs are chosen by system, and given by tests
