"""Chooses the messages to send: the newest whole turns that fit, and those that are always sent.

A turn is a user message with everything that answers it. Turns are left out oldest first and whole, so that a window
never starts with an answer without its question, and a tool call is never separated from its result. The system
message, pinned turns and the newest turn are always sent; no message is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, pairwise
from math import ceil
from typing import Protocol, TypeAlias, TypeVar

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Message
from chatcli.conversation.tree import BranchTurns
from chatcli.errors import ContextTooLongError
from chatcli.language import _
from chatcli.records import field, frozen, mutable
from chatcli.text.units import format_number

T = TypeVar("T")

# The turns of a history, oldest first; those of a branch are read when they are looked at.
TurnSequence: TypeAlias = Sequence[tuple[Message, ...]] | BranchTurns


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
class _SizedTurn:
    """A turn with an upper bound of its tokens, and their count once it was asked for."""

    messages: tuple[Message, ...]
    bound: int
    count: float | None = None


@mutable
class SizeLedger:
    """The turns of a history with upper bounds and counts of their tokens, each found out once, when it is asked for.

    What a history shares with the known one is not looked at again. Messages are compared by identity.
    """

    counter: Counter
    turns: TurnSequence = ()
    _sized: dict[int, _SizedTurn] = field(default_factory=dict)
    _last: int = 0  # the last turn that is known

    def follow(self, turns: TurnSequence) -> SizeLedger:
        """Update the ledger to *turns*, and return it."""
        self.turns = turns
        while self._sized and not self._is_current(self._last):
            self._sized.pop(self._last, None)
            self._last -= 1
        return self

    def turn(self, number: int) -> tuple[Message, ...]:
        """Return the messages of turn *number*, from 1."""
        return self._of(number).messages

    def bound(self, number: int) -> int:
        """Return the upper bound of turn *number*."""
        return self._of(number).bound

    def size(self, number: int, scale: Scale) -> float:
        """Return the tokens of turn *number*, by *scale*."""
        known = self._of(number)
        return scale.size(known.bound if scale.by_bytes else self._count(known), len(known.messages))

    def fits(self, room: Room, fixed: Sequence[Message], gone: Collection[int]) -> bool:
        """Return whether the bounds of *fixed* and of all turns but those in *gone* fit into *room* together.

        The newest turns are looked at first, and no others if these are too long.
        """
        bound, messages, most = sum(map(self.counter.bound, fixed)), len(fixed), room.tokens or 0
        for number in range(len(self.turns), 0, -1):
            if room.bounds.size(bound, messages) > most:
                return False
            if number not in gone:
                known = self._of(number)
                bound, messages = bound + known.bound, messages + len(known.messages)
        return room.bounds.size(bound, messages) <= most

    def _of(self, number: int) -> _SizedTurn:
        known = self._sized.get(number)
        if known is None:
            turn = self.turns[number - 1]
            known = self._sized[number] = _SizedTurn(turn, sum(map(self.counter.bound, turn)))
            self._last = max(self._last, number)
        return known

    def _count(self, turn: _SizedTurn) -> float:
        if turn.count is None:
            turn.count = sum(map(self.counter.count, turn.messages))
        return turn.count

    def _is_current(self, number: int) -> bool:
        if number not in self._sized or number > len(self.turns):
            return False
        known, now = self._sized[number].messages, self.turns[number - 1]
        return len(known) == len(now) and known[-1] is now[-1]


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
    if room.tokens is None or (room.trusts_bounds and ledger.fits(room, fixed, gone)):
        kept = (ledger.turn(number) for number in range(1, len(ledger.turns) + 1) if number not in gone)
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
    messages = chain.from_iterable(map(ledger.turn, sorted(stay)))
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
