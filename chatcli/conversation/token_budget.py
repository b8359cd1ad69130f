"""How much room there is and what takes it, in the tokens of the server in use, as well as they are known.

Our own count is exact only for models whose vocabulary we carry. What the server reports of requests tells how its
count follows from ours (`calibration`); that is worked out when a count is asked for, and not before, because counting
may load a vocabulary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from chatcli.conversation.calibration import MOST_REPORTS, CountReport, Scale, learn_scale, seen_tokens
from chatcli.conversation.messages import Message, TextPart, Usage
from chatcli.conversation.window import NONE_CHOSEN, ChosenTurns, Counter, Room, SizeLedger, Window, fit, scaled_size
from chatcli.records import field, frozen, mutable, replace

RESERVE = 8  # An eighth of the window is left for the answer where no limit for it is set.
HEARD_FROM = 20  # tokens: below this the overhead of a request says nothing about its texts
RATES = (1 / 4, 16.0)  # tokens to one of ours: beyond these a report is about something else than our messages
_TIGHT = 4  # A window of which this share is taken will soon be full: what is learnt of it must outlive the program.
_Heard = tuple[tuple[Message, ...], int, int]


@frozen
class Refused:
    """What a refusal tells, None where it does not: what the messages take, how many tokens the window has, and how
    many of them the answer may take. *taken* is the size of a request that was not refused, 0 where none is known.
    """

    needed: int | None = None
    window_tokens: int | None = None
    answer_tokens: int | None = None
    taken: int = 0


@mutable
class TokenBudget:
    """Counts messages for one model, in the tokens of its server as *scale* tells them from ours.

    *window_tokens* is None where nobody knows. *extra* counts what a request with these options takes beside its
    messages. *recall* returns the scale that was kept, and *keep* is told of each new one, and of a window that a
    refusal told. Bytes bound a count from above (*is_bounded*) until a server reports more.
    """

    counter: Counter
    window_tokens: int | None = None
    scale: Scale = field(default_factory=Scale)
    extra: Callable[[Mapping[str, Any]], int] = lambda _options: 0
    keep: Callable[[Scale | None, int | None], None] = lambda _scale, _window: None
    recall: Callable[[], Scale | None] | None = None
    is_bounded: bool = True
    _reports: deque[CountReport] = field(default_factory=lambda: deque(maxlen=MOST_REPORTS))
    _heard: list[_Heard] = field(default_factory=list)
    _ledger: SizeLedger | None = field(default=None)

    @property
    def is_calibrated(self) -> bool:
        """Whether anything is known of how the server counts."""
        return self._settled() != Scale()

    def bound(self, message: Message) -> int:
        """Return a number that is cheap to have and never below the count."""
        return self.counter.bound(message)

    def count(self, message: Message) -> float:
        """Return the tokens of *message* as its server counts them, fractions among them."""
        return scaled_size(message, self._settled(), self.counter.bound, self.counter.count)

    def guess(self, message: Message) -> float:
        """Return the count where it is to be had at once, else an estimate."""
        return scaled_size(message, self._recalled(), self.counter.bound, self.counter.guess)

    def prepare(self) -> None:
        """Begin to make the count ready without being waited for."""
        self.counter.prepare()

    def total(self, messages: Sequence[Message], options: Mapping[str, Any] | None = None) -> int:
        """Return what a request of *messages* takes."""
        return round(self._settled().of(self._report(messages, 0, self.extra(options or {}))))

    def message_tokens(self, options: Mapping[str, Any]) -> int | None:
        """Return how many tokens the messages may take beside the answer, None where the window is not known."""
        if self.window_tokens is None:
            return None
        limit = _answer_limit(options)
        reserve = self.window_tokens // RESERVE if limit is None else limit
        # A limit that leaves no room at all is meant as a limit, and not as room to be kept.
        return self.window_tokens - (reserve if reserve < self.window_tokens else self.window_tokens // 2)

    def available_tokens(self, options: Mapping[str, Any]) -> int | None:
        """Return the budget without what every request takes beside its messages."""
        return self._beside_extra(self.message_tokens(options), options)

    def whole_tokens(self, options: Mapping[str, Any]) -> int | None:
        """Return how many tokens the messages may take where hardly any are kept for the answer."""
        return self._beside_extra(self.window_tokens and self.window_tokens - 1, options)

    def fit(
        self,
        system: Message | None,
        history: Sequence[Message],
        new: Message,
        room: Room,
        chosen: ChosenTurns = NONE_CHOSEN,
    ) -> Window:
        """Choose the messages to send, as `window.fit` does, in the server's tokens."""
        if self._ledger is None or self._ledger.counter is not self.counter:
            self._ledger = SizeLedger(self.counter)
        known = self._recalled()
        # No token of ours is shorter than a byte, but a server that counts dearer may need more than that.
        bounds = Scale(max(known.each, 1.0), max(known.around, 0.0))
        room = replace(room, trusts_bounds=room.trusts_bounds and self.is_bounded, bounds=bounds)
        return fit(self._ledger.follow(history), system, new, room, chosen=chosen, scale=self._settled)

    def learn(self, sent: Sequence[Message], usage: Usage | None, options: Mapping[str, Any] | None = None) -> None:
        """Take to heart what the server says *sent* took.

        It is worked out at once where little of the window is left, else when a count is asked for.
        """
        seen, extra = seen_tokens(usage), self.extra(options or {})
        if seen and all(isinstance(part, TextPart) for message in sent for part in message.parts):
            self._heard = [*self._heard[1 - MOST_REPORTS :], (tuple(sent), seen, extra)]
            if seen > sum(map(self.counter.bound, sent)) + extra:
                self.is_bounded = False
            if self.window_tokens and seen * _TIGHT > self.window_tokens:
                self._settled()

    def learn_refusal(self, sent: Sequence[Message], options: Mapping[str, Any], told: Refused) -> None:
        """Take to heart what a server that refused *sent* says, how much it takes and how much there is.

        What it does not say is at least a bound: what was refused is more than the window has.
        """
        report = self._report(sent, 0, self.extra(options))
        refused = round(self._settled().of(report))
        window = _window_of(told, refused, self.window_tokens, options)
        if window:
            self.window_tokens = window
            self.keep(None, window)
        limit = _answer_limit(options)
        least = (told.window_tokens or 0) - (told.answer_tokens or limit or 0)
        if told.needed:
            self._learn(replace(report, seen=told.needed))
        elif refused <= least:
            self._learn(replace(report, seen=least + 1))

    def _beside_extra(self, tokens: int | None, options: Mapping[str, Any]) -> int | None:
        return None if tokens is None else max(tokens - ceil(self._recalled().each * self.extra(options)), 1)

    def _settled(self) -> Scale:
        """Return the scale after all that was heard."""
        self._recalled()
        heard, self._heard = self._heard, []
        for sent, seen, extra in heard:
            report = self._report(sent, seen, extra)
            if report.tokens >= HEARD_FROM:
                self._learn(report)
        return self.scale

    def _recalled(self) -> Scale:
        """Return the scale as it is known without counting anything."""
        recall, self.recall = self.recall, None
        if recall and (kept := recall()):
            self.scale = kept
            self.is_bounded = self.is_bounded and not (kept.by_bytes and (kept.each > 1 or kept.around > 0))
        return self.scale

    def _learn(self, report: CountReport) -> None:
        if not report.tokens or not RATES[0] <= report.seen / report.tokens <= RATES[1]:
            return
        self._reports.append(report)
        scale = learn_scale(tuple(self._reports), self.scale)
        if scale != self.scale:
            self.scale = scale
            self.keep(scale, None)

    def _report(self, messages: Sequence[Message], seen: float, extra: int) -> CountReport:
        return CountReport(
            tokens=sum(map(self.counter.count, messages)) + extra,
            bytes=sum(map(self.counter.bound, messages)) + extra,
            messages=len(messages),
            seen=seen,
        )


def _answer_limit(options: Mapping[str, Any]) -> int | None:
    limit = options.get("max_tokens", options.get("max_completion_tokens"))
    return limit if isinstance(limit, int) and limit > 0 else None


def _window_of(told: Refused, refused: int, known: int | None, options: Mapping[str, Any]) -> int | None:
    """Return the window as a refusal of so many tokens tells it, None where it tells nothing new."""
    if told.window_tokens and told.answer_tokens and _answer_limit(options) is None:
        # The server keeps more room for the answer than the share that is kept for one.
        room = max(told.window_tokens - told.answer_tokens, 1)
        return min(told.window_tokens, ceil(room * RESERVE / (RESERVE - 1)))
    if told.window_tokens or (known and known <= refused):
        return told.window_tokens
    return (refused + told.taken) // 2 if told.taken < refused else refused // 2
