"""Cleans pasted text, and folds long pastes into one character; pure.

A long paste stands in the draft as one private-use character, so that the cursor, Backspace, word-delete and undo take
it as a unit; it is drawn as a label, and the message carries the full text. Text from outside never holds such a
character: `clean` takes it out of everything that is typed, pasted, loaded or edited elsewhere.
"""

from __future__ import annotations

import re

from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.surrogates import repair
from chatcli.text.units import count_lines, format_extent

MAX_LINES = 10
MAX_CHARACTERS = 1000

# The end of the last private-use plane: icon fonts live at the beginnings of theirs.
_FIRST, _LAST = "\U0010f000", "\U0010fffd"
_STAND_IN = re.compile(f"[{_FIRST}-{_LAST}]")
_UNWANTED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_FIRST}-{_LAST}]")  # C0 but tab and newline, DEL, C1, stand-ins
_SHOWN_LINES = 3
_TEXT_AFTER_ENTER = re.compile(r"\r[\x00-\x1f\x7f]*[^\x00-\x1f\x7f]")


@frozen
class Cleaned:
    """Text that may stand in a draft; *removed* counts the characters that may not and are gone."""

    text: str
    removed: int


def strip_controls(text: str) -> Cleaned:
    """Make newlines of CRLF and CR, mend surrogates, and take control characters out."""
    text = repair(text).replace("\r\n", "\n").replace("\r", "\n")
    return Cleaned(*_UNWANTED.subn("", text))


def clean_paste(text: str) -> Cleaned:
    """Clean a paste; the final newline of a single line is dropped."""
    cleaned = strip_controls(text)
    if cleaned.text.find("\n") == len(cleaned.text) - 1:
        return Cleaned(cleaned.text.removesuffix("\n"), cleaned.removed)
    return cleaned


def is_unmarked_paste(text: str) -> bool:
    """Return whether text that arrived at once was pasted in a terminal that does not mark pastes.

    No one types past an Enter so fast. A single line and its Enter may have been typed while the program was busy.
    """
    return len(text) > MAX_CHARACTERS or _TEXT_AFTER_ENTER.search(text) is not None


def is_long(text: str) -> bool:
    """Return whether a paste is shown as a label."""
    return len(text) > MAX_CHARACTERS or count_lines(text) > MAX_LINES


def is_stand_in(character: str) -> bool:
    """Return whether *character* stands for a paste; "" does not."""
    return bool(_STAND_IN.fullmatch(character))


class Pastes:
    """The long pastes of one program run, numbered from 1."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._labels: list[str] = []  # measured once: drawing must not go through a long text again and again

    def fold(self, text: str) -> str:
        """Return the stand-in of a long text, new or known; any other text as it is."""
        if not is_long(text):
            return text
        if text not in self._texts:
            if ord(_FIRST) + len(self._texts) > ord(_LAST):
                return text
            self._texts.append(text)
            label = _("[Pasted #{number}: {extent}]", number=len(self._texts), extent=format_extent(text))
            self._labels.append(label)
        return chr(ord(_FIRST) + self._texts.index(text))

    def refold(self, text: str) -> str:
        """Return *text* with every known paste in it folded again, the longest first."""
        for known in sorted(self._texts, key=len, reverse=True):
            text = text.replace(known, self.fold(known))
        return text

    def expand(self, text: str) -> str:
        """Return *text* with the full text of every paste in it."""
        return _STAND_IN.sub(lambda found: self._text(found.group()), text)

    def label(self, stand_in: str) -> str:
        """Return what is drawn for a stand-in: `[Pasted #1: 214 lines, 9.1 kB]`."""
        return self._labels[ord(stand_in) - ord(_FIRST)]

    def labelled(self, text: str) -> str:
        """Return *text* as it is drawn, with labels for stand-ins."""
        return _STAND_IN.sub(lambda found: self.label(found.group()), text)

    def preview(self, stand_in: str) -> str:
        """Return the first and last lines of a paste, with the number of those between."""
        lines = self._text(stand_in).removesuffix("\n").split("\n")
        between = len(lines) - 2 * _SHOWN_LINES
        if between <= 0:
            return "\n".join(lines)
        return "\n".join([*lines[:_SHOWN_LINES], _("... {count} lines ...", count=between), *lines[-_SHOWN_LINES:]])

    def around(self, text: str, position: int) -> tuple[int, int] | None:
        """Return begin and end of an expanded paste that holds *position* in *text*, None if there is none."""
        for known in reversed(self._texts):
            begin = text.find(known, max(position - len(known), 0), position + len(known))
            if begin >= 0:
                return begin, begin + len(known)
        return None

    def _text(self, stand_in: str) -> str:
        number = ord(stand_in) - ord(_FIRST)
        return self._texts[number] if number < len(self._texts) else ""
