"""Chooses the messages to send: the newest whole turns that fit, and those that are always sent.

A turn is a user message with everything that answers it. Turns are left out oldest first and whole, so that a window
never starts with an answer without its question, and a tool call is never separated from its result. The system
message, pinned turns and the newest turn are always sent; no message is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import ceil
from typing import Protocol, TypeVar

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Message
from chatcli.errors import ContextTooLongError
from chatcli.language import _
from chatcli.records import field, frozen, mutable
from chatcli.text.units import format_number

T = TypeVar("T")


class Counter(Protocol):
    """Counts the tokens of one message, including its overhead in the request."""

    def bound(self, message: Message) -> int:
        """Return a cheap upper bound of the count."""
        ...

    def count(self, message: Message) -> float:
        """Return the number of tokens, as exactly as possible."""
        ...

    def guess(self, message: Message) -> float:
        """Return the count if it is available at once, else an estimate."""
        ...

    def prepare(self) -> None:
        """Start preparing the count in the background."""
        ...


@frozen
class Window:
    """The messages to send, and the turns (numbered from 1) that are left out.

    *tokens* is the count of the sent messages; None if the bytes alone prove that they fit, or the budget is unknown.
    """

    messages: tuple[Message, ...]
    left_out: tuple[int, ...] = ()
    tokens: int | None = None

    @property
    def earlier_turns(self) -> int:
        """The number of turns sent before the newest one."""
        return max(sum(message.role == "user" for message in self.messages) - 1, 0)


@frozen
class Room:
    """The limit of *tokens* for messages; None if unknown, in which case all are sent.

    *bounds* turns the bytes of messages into an upper bound of their tokens. Without *trusts_bounds*, messages are
    always counted, because a server has just proved the bounds wrong. Unless the room *is_proven*, required messages
    are sent if they fit by our own count, because the server's way of counting is only estimated.
    """

    tokens: int | None = None
    trusts_bounds: bool = True
    is_proven: bool = False
    bounds: Scale = Scale()


@frozen
class ChosenTurns:
    """Turns that the user decided about, numbered from 1; *pinned* overrides *dropped*."""

    pinned: frozenset[int] = frozenset()
    dropped: frozenset[int] = frozenset()


NONE_CHOSEN = ChosenTurns()
_OURS = Scale()


def split_turns(history: Sequence[Message]) -> list[tuple[Message, ...]]:
    """Split *history* before each user message; messages before the first one belong to the first turn."""
    return split_before(history, lambda message: message.role == "user")


def split_before(items: Sequence[T], begins: Callable[[T], bool]) -> list[tuple[T, ...]]:
    """Split *items* before each one that *begins* a group; items before the first belong to it."""
    starts = [index for index, item in enumerate(items) if begins(item)][1:]
    edges = [0, *starts, len(items)]
    return [tuple(items[start:end]) for start, end in pairwise(edges) if start < end]


@mutable
class SizeLedger:
    """The turns of a history with upper bounds and counts of their tokens, extended as the history grows.

    A history that does not extend the known one is processed from scratch. Messages are compared by identity.
    """

    counter: Counter
    turns: list[tuple[Message, ...]] = field(default_factory=list)
    bound: int = 0
    _bounds: list[int] = field(default_factory=list)
    _counts: list[float] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)

    def follow(self, history: Sequence[Message]) -> SizeLedger:
        """Update the ledger to *history*, and return it."""
        known = len(self._messages)
        if known > len(history) or (known and history[known - 1] is not self._messages[-1]):
            self._forget()
            known = 0
        fresh = history[known:]
        self._messages.extend(fresh)
        if fresh and self.turns and fresh[0].role != "user":  # an answer to the previous message
            fresh = [*self._taken_back(), *fresh]
        for turn in split_turns(fresh):
            self.turns.append(turn)
            self._bounds.append(sum(map(self.counter.bound, turn)))
            self.bound += self._bounds[-1]
        return self

    @property
    def messages(self) -> int:
        """The number of messages in the turns."""
        return len(self._messages)

    def sizes(self, scale: Scale) -> list[float]:
        """Return the tokens of each turn by *scale*; turns are counted only once."""
        if not scale.by_bytes:
            for turn in self.turns[len(self._counts) :]:
                self._counts.append(sum(map(self.counter.count, turn)))
        each, around = scale.each, scale.around
        counted = self._bounds if scale.by_bytes else self._counts
        return [max(each * count + around * len(turn), 0.0) for count, turn in zip(counted, self.turns, strict=True)]

    def bound_without(self, gone: Collection[int]) -> int:
        """Return the upper bound of the turns, except those in *gone*, numbered from 1."""
        return self.bound - sum(self._bounds[number - 1] for number in gone if number <= len(self._bounds))

    def _taken_back(self) -> tuple[Message, ...]:
        self.bound -= self._bounds.pop()
        turn = self.turns.pop()
        del self._counts[len(self.turns) :]
        return turn

    def _forget(self) -> None:
        for known in (self.turns, self._bounds, self._counts, self._messages):
            known.clear()
        self.bound = 0


def fit(
    ledger: SizeLedger,
    system: Message | None,
    newest: Sequence[Message],
    room: Room,
    *,
    chosen: ChosenTurns = NONE_CHOSEN,
    scale: Callable[[], Scale] = Scale,
) -> Window:
    """Choose the messages to send: those of *ledger* that fit into *room*, between *system* and *newest*.

    *newest* are the question, and the tool calls and results that follow it; they are always sent. *scale* converts
    counts into the tokens of the room; it is called only if messages are counted. Each message is counted at most once,
    and none if the bounds prove that everything fits.

    Raises ContextTooLongError if the required messages alone exceed the room.
    """
    fixed = [system, *newest] if system else [*newest]
    gone = chosen.dropped - chosen.pinned
    bound = sum(map(ledger.counter.bound, fixed)) + ledger.bound_without(gone)
    most = room.bounds.size(bound, ledger.messages + len(fixed))
    if room.tokens is None or (room.trusts_bounds and most <= room.tokens):
        kept = (turn for number, turn in enumerate(ledger.turns, 1) if number not in gone) if gone else ledger.turns
        return Window(_joined(system, chain.from_iterable(kept), newest))
    known = scale()
    sizes = ledger.sizes(known)
    needed = sum(scaled_size(message, known, ledger.counter.bound, ledger.counter.count) for message in fixed)
    needed += sum(sizes[number - 1] for number in chosen.pinned)
    if needed > room.tokens and (room.is_proven or _own_count(ledger, fixed, chosen) > room.tokens):
        raise _too_long(ceil(needed), room.tokens)
    stay = choose_turns(sizes, room.tokens - needed, chosen)
    left_out = tuple(number for number in range(1, len(sizes) + 1) if number not in stay | gone)
    messages = chain.from_iterable(ledger.turns[number - 1] for number in sorted(stay))
    used = needed + sum(sizes[number - 1] for number in stay - chosen.pinned)
    return Window(_joined(system, messages, newest), left_out, round(used))


def _own_count(ledger: SizeLedger, fixed: Sequence[Message], chosen: ChosenTurns) -> float:
    """Return our own count of the required messages, without calibration."""
    pinned = sum(ledger.sizes(_OURS)[number - 1] for number in chosen.pinned)
    return sum(map(ledger.counter.count, fixed)) + pinned


def scaled_size(
    message: Message, scale: Scale, bound: Callable[[Message], float], count: Callable[[Message], float]
) -> float:
    """Return the tokens of *message* by *scale*, which calls either *bound* or *count*."""
    return scale.size(bound(message) if scale.by_bytes else count(message), 1)


def choose_turns(sizes: Sequence[float], room: float, chosen: ChosenTurns) -> set[int]:
    """Return the turns of these *sizes* to send: the pinned ones, and the newest of the others that fit into *room*."""
    kept = set(chosen.pinned)
    for number in _newest_first(sizes, chosen.pinned | chosen.dropped):
        room -= sizes[number - 1]
        if room < 0:
            break
        kept.add(number)
    return kept


def _newest_first(sizes: Sequence[float], settled: Collection[int]) -> Iterator[int]:
    return (number for number in range(len(sizes), 0, -1) if number not in settled)


def _joined(system: Message | None, history: Iterable[Message], newest: Sequence[Message]) -> tuple[Message, ...]:
    return (*([system] if system else []), *history, *newest)


def _too_long(needed: int, budget: int) -> ContextTooLongError:
    return ContextTooLongError(
        _(
            "the message needs ~{needed} tokens, {budget} available",
            needed=format_number(needed),
            budget=format_number(budget),
        ),
        needed_tokens=needed,
        window_tokens=budget,
        kept=_("nothing was sent and nothing was cut"),
        hint=_("shorten it, or use a model with a larger context window"),
    )
