"""Maps each choice to its answer, whatever index the server sends; pure.

Rules:

- One answer was asked for: choices of successive chunks are that answer, whether their numbers grow, are -1 or a
  million. Only two numbers within one chunk are two answers, and the one that says something first comes first.
- Several were asked for: each keeps its number where that is one of theirs; any other number takes a free place.
- Choices of a whole answer that have no numbers, or all the same, are distinguished by their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from chatcli.records import field, mutable
from chatcli.text.patterns import pattern

ChoiceObject: TypeAlias = Mapping[str, Any]

_WRITTEN = pattern(r"-?\d{1,18}", re.ASCII)


@mutable
class ChoiceNumbers:
    """Numbers the answers of one response from 0; *answers* were asked for, *has_words* looks into a choice."""

    answers: int
    has_words: Callable[[ChoiceObject], bool]
    _known: dict[int, int] = field(default_factory=dict)
    _last: int | None = None  # the number of the last choice that came alone and said something
    _is_several: bool = False

    def assign(self, choices: Sequence[ChoiceObject]) -> list[int | None]:
        """Return the number of the answer that each of the *choices* of one chunk belongs to.

        None stands for an answer that has said nothing while others have.
        """
        raw = [_number(choice.get("index")) for choice in choices]
        if self.answers > 1:
            return [*self._assign_wanted(choices, raw)]
        if len({number for number in raw if number is not None}) > 1:
            self._begin_several()
        if not self._is_several:
            self._last = next(self._speaking(choices, raw), self._last)
            return [0] * len(raw)
        for number in sorted(self._speaking(choices, raw)):
            self._known.setdefault(number, len(self._known))
        silent = None if self._known else 0
        return [0 if number is None else self._known.get(number, silent) for number in raw]

    def take_single(self, number: int | None) -> bool:
        """Take note of a choice that came alone with words; return False where there may be another answer."""
        if self.answers > 1 or self._is_several:
            return False
        self._last = self._last if number is None else number
        return True

    def _speaking(self, choices: Sequence[ChoiceObject], raw: Sequence[int | None]) -> Iterator[int]:
        pairs = zip(raw, choices, strict=True)
        return (number for number, choice in pairs if number is not None and self.has_words(choice))

    def _begin_several(self) -> None:
        if not self._is_several and self._last is not None:
            self._known[self._last] = 0
        self._is_several = True

    def _assign_wanted(self, choices: Sequence[ChoiceObject], raw: Sequence[int | None]) -> Sequence[int]:
        if len(raw) > 1 and len(set(raw)) == 1 and all(choice.get("message") for choice in choices):
            return range(len(raw))
        return [self._wanted(0 if number is None else number) for number in raw]

    def _wanted(self, number: int) -> int:
        if number not in self._known:
            taken = set(self._known.values())
            free = next(number for number in range(len(taken) + 1) if number not in taken)
            self._known[number] = number if 0 <= number < self.answers and number not in taken else free
        return self._known[number]


def _number(value: Any) -> int | None:
    """Return a number as servers write it: whole, with a point, or as text."""
    if isinstance(value, str) and _WRITTEN.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
