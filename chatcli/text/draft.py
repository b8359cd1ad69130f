"""Represents a message being written: its text, and which of its characters were typed. Pure.

Text that was typed, or completed at the prompt, may be a command, a mention or a block mark; text that was pasted,
written in an editor, or given as an argument is only text. So every character keeps its origin through all edits, and
counts as not typed unless known otherwise.

Law: a draft behaves like a list of pairs (character, is typed), including `part`, `splice` and `+`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from chatcli.records import frozen

Span: TypeAlias = tuple[int, int]

SLASHES = ("/", "／")  # the second is that of CJK keyboards


@frozen
class Draft:
    """Text, and in *typed* its typed spans: in order, not empty, not adjacent."""

    text: str = ""
    typed: tuple[Span, ...] = ()

    @classmethod
    def by_keys(cls, text: str) -> Draft:
        """Return a draft that was typed completely."""
        return cls(text, ((0, len(text)),) if text else ())

    def __len__(self) -> int:
        return len(self.text)

    def __add__(self, other: Draft) -> Draft:
        size = len(self.text)
        moved = [(begin + size, end + size) for begin, end in other.typed]
        kept = list(self.typed)
        if kept and moved and kept[-1][1] == moved[0][0]:
            moved[0] = (kept.pop()[0], moved[0][1])
        return Draft(self.text + other.text, (*kept, *moved))

    def is_typed(self, begin: int = 0, end: int | None = None) -> bool:
        """Return whether all characters from *begin* to *end* were typed; False for an empty range."""
        end = len(self.text) if end is None else end
        return begin < end and any(first <= begin and end <= last for first, last in self.typed)

    def part(self, begin: int = 0, end: int | None = None) -> Draft:
        """Return the part from *begin* to *end*, both counted from the start."""
        end = len(self.text) if end is None else end
        within = ((max(first, begin) - begin, min(last, end) - begin) for first, last in self.typed)
        return Draft(self.text[begin:end], tuple((first, last) for first, last in within if first < last))

    def begins_command(self) -> bool:
        """Return whether this is a slash command so far: one line with one slash at its start, which was typed."""
        is_doubled = self.text[1:].startswith(SLASHES)
        return self.text.startswith(SLASHES) and not is_doubled and "\n" not in self.text and self.is_typed(0, 1)

    def takes_command(self) -> bool:
        """Return whether a slash right behind this begins a command of its own: it would be glued to a word."""
        return self.text.strip() != "" and not self.text[-1].isspace()

    def splice(self, begin: int, end: int, by: Draft) -> Draft:
        """Return the draft with the part from *begin* to *end* replaced by *by*."""
        return self.part(0, begin) + by + self.part(end)

    def runs(self) -> Iterator[tuple[int, int, bool]]:
        """Yield start and end of each maximal run of one origin, and whether it was typed."""
        position = 0
        for begin, end in self.typed:
            if position < begin:
                yield position, begin, False
            yield begin, end, True
            position = end
        if position < len(self.text):
            yield position, len(self.text), False

    def map(self, change: Callable[[str], str]) -> Draft:
        """Return the draft with *change* applied to each maximal run of one origin, which keeps its origin."""
        pieces = ((change(self.text[begin:end]), is_typed) for begin, end, is_typed in self.runs())
        return join(Draft.by_keys(text) if is_typed else Draft(text) for text, is_typed in pieces)

    def strip(self) -> Draft:
        """Return the draft without surrounding white space."""
        begin = len(self.text) - len(self.text.lstrip())
        return self.part(begin, max(len(self.text.rstrip()), begin))


EMPTY = Draft()


def find_change(before: str, after: str, *, cursor: int | None = None) -> tuple[int, int, int]:
    """Return the changed range of *before*, and the end of the new text in *after*.

    Of several solutions, the one that fits the *cursor* position in *after* is used, otherwise the smallest change.
    """
    if cursor is not None:
        added = len(after) - len(before)
        begin = cursor - max(added, 0)
        end, new_end = begin - min(added, 0), begin + max(added, 0)
        if begin >= 0 and end <= len(before) and before[:begin] == after[:begin] and before[end:] == after[new_end:]:
            return begin, end, new_end
    shorter = min(len(before), len(after))
    begin = _common(before, after, shorter)
    rest = _common(before[::-1], after[::-1], shorter - begin)
    return begin, len(before) - rest, len(after) - rest


def join(drafts: Iterable[Draft], separator: str = "") -> Draft:
    """Join *drafts* with *separator*, which counts as not typed."""
    whole, between = Draft(), Draft(separator)
    for number, draft in enumerate(drafts):
        whole = whole + between + draft if number else draft
    return whole


def _common(one: str, other: str, most: int) -> int:
    """Return the length of the common prefix, up to *most*."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
