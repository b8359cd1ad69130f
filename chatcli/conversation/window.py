"""Chooses the messages to send: the newest whole turns that fit, and those that are always sent.

A turn is a user message with everything that answers it. Turns are left out oldest first and whole, so that a window
never starts with an answer without its question, and a tool call is never separated from its result. The system
message, pinned turns and the newest turn are always sent; no message is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
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

    What a history shares with the known one is not looked at again, and turns are counted once, when their size is
    asked for. Messages are compared by identity.
    """

    counter: Counter
    turns: list[tuple[Message, ...]] = field(default_factory=list)
    bound: int = 0
    _bounds: list[int] = field(default_factory=list)
    _counts: list[float | None] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)

    def follow(self, history: Sequence[Message]) -> SizeLedger:
        """Update the ledger to *history*, and return it."""
        while (known := len(self._messages)) and not (
            known <= len(history) and history[known - 1] is self._messages[-1]
        ):
            self._take_back()
        fresh = history[known:]
        if fresh and self.turns and fresh[0].role != "user":  # an answer to the previous message
            fresh = [*self._take_back(), *fresh]
        self._messages.extend(fresh)
        for turn in split_turns(fresh):
            self.turns.append(turn)
            self._counts.append(None)
            self._bounds.append(sum(map(self.counter.bound, turn)))
            self.bound += self._bounds[-1]
        return self

    @property
    def messages(self) -> int:
        """The number of messages in the turns."""
        return len(self._messages)

    def size(self, number: int, scale: Scale) -> float:
        """Return the tokens of turn *number*, from 1, by *scale*."""
        turn = self.turns[number - 1]
        return scale.size(self._bounds[number - 1] if scale.by_bytes else self._count(number, turn), len(turn))

    def _count(self, number: int, turn: Sequence[Message]) -> float:
        count = self._counts[number - 1]
        if count is None:
            count = self._counts[number - 1] = sum(map(self.counter.count, turn))
        return count

    def bound_without(self, gone: Collection[int]) -> int:
        """Return the upper bound of the turns, except those in *gone*, numbered from 1."""
        return self.bound - sum(self._bounds[number - 1] for number in gone if number <= len(self._bounds))

    def _take_back(self) -> tuple[Message, ...]:
        """Remove the last turn, and return it."""
        self.bound -= self._bounds.pop()
        self._counts.pop()
        turn = self.turns.pop()
        del self._messages[len(self._messages) - len(turn) :]
        return turn


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

    def size(number: int) -> float:
        return ledger.size(number, known)

    needed = sum(scaled_size(message, known, ledger.counter.bound, ledger.counter.count) for message in fixed)
    needed += sum(map(size, chosen.pinned))
    if needed > room.tokens and (room.is_proven or _own_count(ledger, fixed, chosen) > room.tokens):
        raise _too_long(ceil(needed), room.tokens)
    stay = choose_turns(len(ledger.turns), size, room.tokens - needed, chosen)
    left_out = _left_out(len(ledger.turns), stay, gone)
    messages = chain.from_iterable(ledger.turns[number - 1] for number in sorted(stay))
    used = needed + sum(map(size, stay - chosen.pinned))
    return Window(_joined(system, messages, newest), left_out, round(used))


def _left_out(turns: int, stay: Collection[int], gone: Collection[int]) -> tuple[int, ...]:
    """Return which of so many *turns* neither *stay* nor are *gone* by the user's choice."""
    settled = {*stay, *gone}
    oldest = min(settled, default=turns + 1)
    if len(settled) == turns + 1 - oldest:  # as nearly always: only the newest stay
        return (*range(1, oldest),)
    return tuple(number for number in range(1, turns + 1) if number not in settled)


def _own_count(ledger: SizeLedger, fixed: Sequence[Message], chosen: ChosenTurns) -> float:
    """Return our own count of the required messages, without calibration."""
    pinned = sum(ledger.size(number, _OURS) for number in chosen.pinned)
    return sum(map(ledger.counter.count, fixed)) + pinned


def scaled_size(
    message: Message, scale: Scale, bound: Callable[[Message], float], count: Callable[[Message], float]
) -> float:
    """Return the tokens of *message* by *scale*, which calls either *bound* or *count*."""
    return scale.size(bound(message) if scale.by_bytes else count(message), 1)


def choose_turns(turns: int, size: Callable[[int], float], room: float, chosen: ChosenTurns) -> set[int]:
    """Return which of so many *turns* to send: the pinned ones, and the newest of the others that fit into *room*.

    The *size* of a turn is asked for only until no more fit.
    """
    kept, settled = set(chosen.pinned), chosen.pinned | chosen.dropped
    for number in range(turns, 0, -1):
        if number in settled:
            continue
        room -= size(number)
        if room < 0:
            break
        kept.add(number)
    return kept


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
