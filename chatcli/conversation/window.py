"""Which messages are sent: the newest whole turns that fit, and what always goes along.

A turn is a user message with all that answers it. Turns leave oldest first and whole, so that a window never opens
with an answer to a question it does not hold, and a tool call never parts from its result. The system message, pinned
turns and the newest message are always sent; nothing inside a message is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import ceil
from typing import Protocol, TypeVar

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Message
from chatcli.errors import ContextTooLongError
from chatcli.records import field, frozen, mutable
from chatcli.text.units import format_number

T = TypeVar("T")


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


@frozen
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


@frozen
class Room:
    """How many *tokens* the messages may take; None where no limit is known, and all are sent.

    *bounds* turns the bytes of messages into what they take at most. Without *trusts_bounds* messages are counted in
    any case: a server has just proved the bounds wrong. Unless the room *is_proven*, what must be sent is sent where
    our own count says that it fits: how a server counts is only guessed.
    """

    tokens: int | None = None
    trusts_bounds: bool = True
    is_proven: bool = False
    bounds: Scale = Scale()


@frozen
class ChosenTurns:
    """Turns that the user decided about, numbers from 1: *pinned* ones stay, even where they are *dropped* too."""

    pinned: frozenset[int] = frozenset()
    dropped: frozenset[int] = frozenset()


NONE_CHOSEN = ChosenTurns()
_OURS = Scale()


def split_turns(history: Sequence[Message]) -> list[tuple[Message, ...]]:
    """Split *history* before each user message; what stands before the first one belongs to the first turn."""
    return split_before(history, lambda message: message.role == "user")


def split_before(items: Sequence[T], begins: Callable[[T], bool]) -> list[tuple[T, ...]]:
    """Split *items* before each that *begins* something; what stands before the first belongs to it."""
    starts = [index for index, item in enumerate(items) if begins(item)][1:]
    edges = [0, *starts, len(items)]
    return [tuple(items[start:end]) for start, end in pairwise(edges) if start < end]


@mutable
class SizeLedger:
    """The turns of a history, with what each takes at most and as counted: a history that grows is added to.

    A history that is not the known one with something after it is looked at anew. Messages are known by identity.
    """

    counter: Counter
    turns: list[tuple[Message, ...]] = field(default_factory=list)
    bound: int = 0
    _bounds: list[int] = field(default_factory=list)
    _counts: list[float] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)

    def follow(self, history: Sequence[Message]) -> SizeLedger:
        """Take *history* in, and return the ledger."""
        known = len(self._messages)
        if known > len(history) or (known and history[known - 1] is not self._messages[-1]):
            self._forget()
            known = 0
        fresh = history[known:]
        self._messages.extend(fresh)
        if fresh and self.turns and fresh[0].role != "user":  # an answer to what came before
            fresh = [*self._taken_back(), *fresh]
        for turn in split_turns(fresh):
            self.turns.append(turn)
            self._bounds.append(sum(map(self.counter.bound, turn)))
            self.bound += self._bounds[-1]
        return self

    @property
    def messages(self) -> int:
        """How many messages the turns have."""
        return len(self._messages)

    def sizes(self, scale: Scale) -> list[float]:
        """Return what each turn takes by *scale*; those that were counted before are not counted again."""
        if not scale.by_bytes:
            for turn in self.turns[len(self._counts) :]:
                self._counts.append(sum(map(self.counter.count, turn)))
        each, around = scale.each, scale.around
        counted = self._bounds if scale.by_bytes else self._counts
        return [max(each * count + around * len(turn), 0.0) for count, turn in zip(counted, self.turns, strict=True)]

    def bound_without(self, gone: Collection[int]) -> int:
        """Return what the turns take at most, but for those in *gone*, numbers from 1."""
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
    new: Message,
    room: Room,
    *,
    chosen: ChosenTurns = NONE_CHOSEN,
    scale: Callable[[], Scale] = Scale,
) -> Window:
    """Choose the messages to send: those of *ledger* that *room* has space for, between *system* and *new*.

    *scale* turns what is counted into tokens as the room is meant; it is asked for only by a count. Each message is
    counted at most once, and none at all where the bounds prove that everything fits.

    Raises ContextTooLongError when what must be sent exceeds the room alone.
    """
    fixed = [system, new] if system else [new]
    gone = chosen.dropped - chosen.pinned
    bound = sum(map(ledger.counter.bound, fixed)) + ledger.bound_without(gone)
    most = room.bounds.size(bound, ledger.messages + len(fixed))
    if room.tokens is None or (room.trusts_bounds and most <= room.tokens):
        kept = (turn for number, turn in enumerate(ledger.turns, 1) if number not in gone) if gone else ledger.turns
        return Window(_joined(system, chain.from_iterable(kept), new))
    known = scale()
    sizes = ledger.sizes(known)
    needed = sum(scaled_size(message, known, ledger.counter.bound, ledger.counter.count) for message in fixed)
    needed += sum(sizes[number - 1] for number in chosen.pinned)
    if needed > room.tokens and (room.is_proven or _own_count(ledger, fixed, chosen) > room.tokens):
        raise _too_long(ceil(needed), room.tokens)
    stay = _kept(sizes, room.tokens - needed, chosen)
    left_out = tuple(number for number in range(1, len(sizes) + 1) if number not in stay | gone)
    messages = chain.from_iterable(ledger.turns[number - 1] for number in sorted(stay))
    used = needed + sum(sizes[number - 1] for number in stay - chosen.pinned)
    return Window(_joined(system, messages, new), left_out, round(used))


def _own_count(ledger: SizeLedger, fixed: Sequence[Message], chosen: ChosenTurns) -> float:
    """Return what must be sent takes as we count it, whatever has been learnt."""
    pinned = sum(ledger.sizes(_OURS)[number - 1] for number in chosen.pinned)
    return sum(map(ledger.counter.count, fixed)) + pinned


def scaled_size(
    message: Message, scale: Scale, bound: Callable[[Message], float], count: Callable[[Message], float]
) -> float:
    """Return what *message* takes by *scale*; of *bound* and *count* only the one that the scale goes by is called."""
    return scale.size(bound(message) if scale.by_bytes else count(message), 1)


def _kept(sizes: Sequence[float], room: float, chosen: ChosenTurns) -> set[int]:
    kept = set(chosen.pinned)
    for number in _newest_first(sizes, chosen.pinned | chosen.dropped):
        room -= sizes[number - 1]
        if room < 0:
            break
        kept.add(number)
    return kept


def _newest_first(sizes: Sequence[float], settled: Collection[int]) -> Iterator[int]:
    return (number for number in range(len(sizes), 0, -1) if number not in settled)


def _joined(system: Message | None, history: Iterable[Message], new: Message) -> tuple[Message, ...]:
    return (*([system] if system else []), *history, new)


def _too_long(needed: int, budget: int) -> ContextTooLongError:
    return ContextTooLongError(
        f"the message needs ~{format_number(needed)} tokens, {format_number(budget)} are available",
        needed_tokens=needed,
        window_tokens=budget,
        kept="nothing was sent and nothing was cut",
        hint="shorten it, or choose a model with a larger window",
    )
