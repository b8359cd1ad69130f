"""The shape of a conversation: which message follows which, by ids alone. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Sequence

from chatcli.records import field, mutable


@mutable
class Branch:
    """The *ids* of the messages of one branch, their *places* in it, and the places of its *questions*."""

    ids: list[int] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    questions: list[int] = field(default_factory=list)

    def extend(self, ids: Sequence[int], questions: Container[int]) -> None:
        """Add messages at the end, those in *questions* as questions."""
        start = len(self.ids)
        self.questions += [place for place, id in enumerate(ids, start) if id in questions]
        self.places.update(zip(ids, range(start, start + len(ids)), strict=True))
        self.ids += ids

    def cut(self, length: int) -> None:
        """Remove all but the first *length* messages."""
        del self.questions[self.count_questions(length) :]
        for id in self.ids[length:]:
            del self.places[id]
        del self.ids[length:]

    def count_questions(self, length: int) -> int:
        """Return how many of the first *length* messages are questions."""
        return bisect_left(self.questions, length)


@mutable
class Outline:
    """The parent of each message by its id, None for a root, and the ids of the *questions*.

    *branch* is the one that was asked for last, which grows at its end.
    """

    parents: dict[int, int | None] = field(default_factory=dict)
    questions: set[int] = field(default_factory=set)
    branch: Branch = field(default_factory=Branch)
    _below: dict[int | None, list[int]] | None = None  # made when it is asked for
    _last: int | None = None

    @property
    def last(self) -> int:
        """The greatest id, 0 if there are no messages."""
        if self._last is None:
            self._last = max(self.parents, default=0)
        return self._last

    def add(self, id: int, parent: int | None, *, is_question: bool) -> None:
        """Add a message, unless it is known; raises ValueError if its *parent* does not precede it.

        So no cycle can form.
        """
        if parent is not None and not (parent in self.parents and parent < id):
            message = f"message {id} follows {parent}, which does not come before it"
            raise ValueError(message)
        if id in self.parents:
            return
        self._last = max(self.last, id)
        self.parents[id] = parent
        if is_question:
            self.questions.add(id)
        if self._below is not None:
            self._below.setdefault(parent, []).append(id)

    def children(self, parent: int | None) -> Sequence[int]:
        """Return the children of *parent*, oldest first; None returns the roots."""
        if self._below is None:
            self._below = {}
            for id, above in self.parents.items():
                self._below.setdefault(above, []).append(id)
        return self._below.get(parent, ())

    def path(self, end: int | None) -> list[int]:
        """Return the branch that ends with message *end*, from its root; None is the empty branch."""
        return self.branch.ids[: self._length_to(end)]

    def is_on_branch(self, id: int, end: int | None) -> bool:
        """Return whether message *id* is on the branch that ends with message *end*."""
        length = self._length_to(end)
        return self.branch.places.get(id, length) < length

    def question_ids(self, end: int | None, *, most: int | None = None) -> list[int]:
        """Return the ids of the questions of the branch that ends with message *end*, or the last few, oldest first."""
        count = self.count_questions(end)
        first = 0 if most is None else max(count - most, 0)
        return [self.branch.ids[place] for place in self.branch.questions[first:count]]

    def count_questions(self, end: int | None) -> int:
        """Return how many questions the branch that ends with message *end* has."""
        return self.branch.count_questions(self._length_to(end))

    def count_turns(self, end: int | None) -> int:
        """Return how many turns that branch has: one for each question, or a single one without a question."""
        length = self._length_to(end)
        return max(self.branch.count_questions(length), min(length, 1))

    def turn(self, end: int | None, number: int) -> range:
        """Return the places on `branch` of turn *number*, from 1, of the branch that ends with message *end*."""
        length, starts = self._length_to(end), self.branch.questions
        start = starts[number - 1] if number > 1 else 0
        return range(start, starts[number] if number < self.branch.count_questions(length) else length)

    def last_turns(self, end: int | None, count: int) -> range:
        """Return the places on `branch` of the last *count* turns of the branch that ends with message *end*."""
        length = self._length_to(end)
        first = self.branch.count_questions(length) - count
        return range(self.branch.questions[first] if first > 0 else 0, length)

    def _length_to(self, end: int | None) -> int:
        """Return the length of the branch that ends with message *end*, after which `branch` begins with it.

        Only what differs from the branch at hand is looked at.
        """
        fresh: list[int] = []
        while end is not None and end not in self.branch.places:
            fresh.append(end)
            end = self.parents[end]
        length = 0 if end is None else self.branch.places[end] + 1
        if not fresh:
            return length
        self.branch.cut(length)
        self.branch.extend(fresh[::-1], self.questions)
        return len(self.branch.ids)
