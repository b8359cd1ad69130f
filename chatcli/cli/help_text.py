"""The text of `--help`, measured in cells of the terminal: what the parser writes its help with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from chatcli.language import _
from chatcli.terminal.cells import width, wrap_words

LONG_FLAG_INDENT = "    "  # as wide as "-x, "

_MAX_COLUMNS = 80
_NARROW_COLUMNS = 60
_INDENT = 2
_GAP = 2  # columns between a term and its description
_BELOW = 3  # columns by which a description below its term is indented
_LEAST_ARGS = 20  # columns for the arguments in a usage line
_LEAST_TEXT = 10


def help_width() -> int:
    """Return the width of help texts, in columns."""
    return min(shutil.get_terminal_size().columns, _MAX_COLUMNS) - 1


class HelpText:
    """Collects a help text of some *columns*; the parser calls its methods."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._indent = 0
        self._pieces: list[str] = []

    def getvalue(self) -> str:
        """Return the text so far."""
        return "".join(self._pieces)

    def write_usage(self, program: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line; the arguments stand to the right of the program, or below it."""
        prefix = prefix or _("Usage: ")
        begun = f"{prefix}{program} "
        if self.columns - width(begun) >= _LEAST_ARGS:
            first, *rest = _lines(args, self.columns - width(begun))
            self._write(f"{begun}{first}", *(" " * width(begun) + line for line in rest))
        else:
            at = width(prefix) + 2 * _INDENT
            self._write(begun.rstrip(), *(" " * at + line for line in _lines(args, self.columns - at)))

    def write_paragraph(self) -> None:
        """Leave a line empty, unless nothing was written yet."""
        self._write(*([""] if self._pieces else []))

    def write_text(self, text: str) -> None:
        """Write one paragraph."""
        self._write(*(f"{' ' * self._indent}{line}" for line in _lines(text, self.columns - self._indent)))

    def write_sections(self, sections: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Write terms with their descriptions by section, all descriptions in one column if there is room for two."""
        longest = max((width(term) for rows in sections.values() for term, _text in rows), default=0)
        for name, rows in sections.items():
            with self._section(_(name)):
                if self.columns < _NARROW_COLUMNS:
                    self._write_rows([(term.strip(), text) for term, text in rows], longest=None)
                else:
                    self._write_rows(rows, longest=longest)

    def _write_rows(self, rows: Sequence[tuple[str, str]], *, longest: int | None) -> None:
        """Write terms with their descriptions: beside the *longest* term, or below each if that is None."""
        at = self._indent + (_BELOW if longest is None else longest + _GAP)
        for term, text in rows:
            begun = " " * self._indent + term
            lines = [" " * at + line for line in _lines(text, max(self.columns - at, _LEAST_TEXT))]
            if longest is not None:
                lines[0] = begun + lines[0][width(begun) :]
            self._write(*(lines if longest is not None else [begun, *lines]))

    @contextmanager
    def _section(self, name: str) -> Iterator[None]:
        """Write a heading; everything written inside is indented."""
        self.write_paragraph()
        self._write(_("{heading}:", heading=name))
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        """Indent everything written inside."""
        self._indent += _INDENT
        try:
            yield
        finally:
            self._indent -= _INDENT

    def _write(self, *lines: str) -> None:
        self._pieces += [f"{line}\n" for line in lines]


def _lines(text: str, columns: int) -> list[str]:
    return [line.strip() for line in wrap_words(text, columns).split("\n")]
