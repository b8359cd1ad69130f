"""Which messages are sent: the newest whole turns that fit, and what always goes along.

A turn is a user message with all that answers it. Turns leave oldest first and whole, so that a window never opens
with an answer to a question it does not hold, and a tool call never parts from its result. The system message, pinned
turns and the newest message are always sent; nothing inside a message is ever cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import Protocol

from chatcli.core.messages import Message
from chatcli.core.values import value
from chatcli.errors import ContextTooLong


class Counter(Protocol):
    """Counts tokens of one message, its overhead in the request included."""

    def bound(self, message: Message) -> int:
        """Return a number that is cheap to have and never below the count."""
        ...

    def count(self, message: Message) -> float:
        """Return the number of tokens, as well as it is known."""
        ...

    def guess(self, message: Message) -> float:
        """Return the count where it is to be had at once, else an estimate."""
        ...

    def prepare(self) -> None:
        """Begin to make the count ready without being waited for."""
        ...


@value
class Window:
    """The messages to send, and the turns (numbered from 1) that stay behind.

    *tokens* is the count of what is sent; None where the bytes alone proved that it fits, or no budget was known.
    """

    messages: tuple[Message, ...]
    left_out: tuple[int, ...] = ()
    tokens: int | None = None

    @property
    def earlier_turns(self) -> int:
        """How many turns before the newest message are sent."""
        return sum(message.role == "user" for message in self.messages[:-1])


def turns(history: Sequence[Message]) -> list[tuple[Message, ...]]:
    """Split *history* before each user message; what stands before the first one belongs to the first turn."""
    starts = [place for place, message in enumerate(history) if message.role == "user"][1:]
    edges = [0, *starts, len(history)]
    return [tuple(history[start:end]) for start, end in pairwise(edges) if start < end]


def fit(
    system: Message | None,
    history: Sequence[Message],
    new: Message,
    *,
    budget: int | None,
    counter: Counter,
    pinned: Collection[int] = (),
    dropped: Collection[int] = (),
    trusts_bounds: bool = True,
) -> Window:
    """Choose the messages to send within *budget* tokens; None means that no limit is known, and all are sent.

    Turns in *pinned* (numbers from 1) stay, those in *dropped* never go along; a pin counts for more. Each
    message is counted at most once, and none at all when the bounds prove that everything fits, unless a server has
    just proved them wrong (*trusts_bounds*).

    Raises ContextTooLong when what must be sent exceeds the budget alone.
    """
    fixed = [system, new] if system else [new]
    pinned = set(pinned)
    conversation = turns(history)
    gone = set(dropped) - pinned
    wanted = [m for number, turn in enumerate(conversation, 1) if number not in gone for m in turn] if gone else history
    if budget is None or (trusts_bounds and sum(map(counter.bound, [*fixed, *wanted])) <= budget):
        return Window(_joined(system, wanted, new))
    sizes = [0 if number in gone else sum(map(counter.count, turn)) for number, turn in enumerate(conversation, 1)]
    needed = sum(map(counter.count, fixed)) + sum(sizes[number - 1] for number in pinned)
    if needed > budget:
        raise _too_long(ceil(needed), budget)
    kept = _kept(sizes, budget - needed, pinned, gone)
    accounted = kept | gone
    left_out = tuple(number for number in range(1, len(conversation) + 1) if number not in accounted)
    messages = [message for number in sorted(kept) for message in conversation[number - 1]]
    used = needed + sum(sizes[number - 1] for number in kept if number not in pinned)
    return Window(_joined(system, messages, new), left_out, round(used))


def _kept(sizes: Sequence[float], room: float, pinned: set[int], gone: set[int]) -> set[int]:
    kept = set(pinned)
    for number in _newest_first(sizes, pinned | gone):
        room -= sizes[number - 1]
        if room < 0:
            break
        kept.add(number)
    return kept


def _newest_first(sizes: Sequence[float], settled: Collection[int]) -> Iterator[int]:
    return (number for number in range(len(sizes), 0, -1) if number not in settled)


def _joined(system: Message | None, history: Sequence[Message], new: Message) -> tuple[Message, ...]:
    return (*([system] if system else []), *history, new)


def _too_long(needed: int, budget: int) -> ContextTooLong:
    def spaced(number: int) -> str:
        return f"{number:,}".replace(",", " ")

    return ContextTooLong(
        f"the message needs ~{spaced(needed)} tokens, {spaced(budget)} are available",
        needed_tokens=needed,
        window_tokens=budget,
        kept="nothing was sent and nothing was cut",
        hint="shorten it, or choose a model with a larger window",
    )
