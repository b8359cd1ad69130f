"""Budgets the context window in the server's tokens, as exactly as they are known.

Our count is exact only for models whose vocabulary we ship. The server's reports calibrate it (`calibration`), but only
when a count is needed, because counting may load a vocabulary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from math import ceil

from chatcli.conversation.calibration import MOST_REPORTS, CountReport, Scale, learn_scale, seen_tokens
from chatcli.conversation.messages import Message, TextPart, Usage
from chatcli.conversation.window import (
    NONE_CHOSEN,
    ChosenTurns,
    Counter,
    Room,
    SizeLedger,
    TurnSequence,
    Window,
    fit,
    scaled_size,
)
from chatcli.records import field, frozen, mutable, replace

RESERVE = 8  # An eighth of the window is reserved for the answer if no limit is set.
HEARD_FROM = 20  # tokens: below this, a request is mostly overhead
RATES = (1 / 4, 16.0)  # server tokens per token of ours: outside this range, a report is not about our messages
_TIGHT = 4  # A window used to this share will soon be full, so its calibration is saved.
_Heard = tuple[tuple[Message, ...], int, int]


@frozen
class Refused:
    """The limits named by a rejection, each None if missing: the size of the messages, of the window, and of the
    answer. *taken* is the size of a request that was accepted, 0 if unknown.
    """

    needed: int | None = None
    window_tokens: int | None = None
    answer_tokens: int | None = None
    taken: int = 0


@mutable
class TokenBudget:
    """Counts messages for one model, in its server's tokens according to *scale*.

    *window_tokens* is None if unknown. *extra* counts the tokens of a request with these options besides its
    messages. *recall* returns the saved scale, and *keep* saves each new one, and a window learnt from a rejection.
    Bytes bound a count from above (*is_bounded*) until a server reports more.
    """

    counter: Counter
    window_tokens: int | None = None
    scale: Scale = field(default_factory=Scale)
    extra: Callable[[Mapping[str, object]], int] = lambda _options: 0
    keep: Callable[[Scale | None, int | None], None] = lambda _scale, _window: None
    recall: Callable[[], Scale | None] | None = None
    is_bounded: bool = True
    _reports: deque[CountReport] = field(default_factory=lambda: deque(maxlen=MOST_REPORTS))
    _heard: list[_Heard] = field(default_factory=list)
    _ledger: SizeLedger | None = field(default=None)

    @property
    def is_calibrated(self) -> bool:
        """Whether the server's way of counting is known."""
        return self._settled() != Scale()

    def bound(self, message: Message) -> int:
        """Return a cheap upper bound of the count."""
        return self.counter.bound(message)

    def count(self, message: Message) -> float:
        """Return the tokens of *message* as the server counts them; may be fractional."""
        return scaled_size(message, self._settled(), self.counter.bound, self.counter.count)

    def guess(self, message: Message) -> float:
        """Return the count if it is available at once, else an estimate."""
        return scaled_size(message, self._recalled(), self.counter.bound, self.counter.guess)

    def prepare(self) -> None:
        """Start preparing the count in the background."""
        self.counter.prepare()

    def total(self, messages: Sequence[Message], options: Mapping[str, object] | None = None) -> int:
        """Return the tokens of a request with *messages*."""
        return round(self._settled().of(self._report(messages, 0, self.extra(options or {}))))

    def message_tokens(self, options: Mapping[str, object]) -> int | None:
        """Return the token limit for messages, with room for the answer; None if the window is unknown."""
        if self.window_tokens is None:
            return None
        limit = _answer_limit(options)
        reserve = self.window_tokens // RESERVE if limit is None else limit
        # A limit that leaves no room is only a limit, not a reserve.
        return self.window_tokens - (reserve if reserve < self.window_tokens else self.window_tokens // 2)

    def available_tokens(self, options: Mapping[str, object]) -> int | None:
        """Return the budget minus the fixed overhead of every request."""
        return self._beside_extra(self.message_tokens(options), options)

    def whole_tokens(self, options: Mapping[str, object]) -> int | None:
        """Return the token limit for messages with a minimal reserve for the answer."""
        return self._beside_extra(self.window_tokens and self.window_tokens - 1, options)

    def fit(
        self,
        system: Message | None,
        turns: TurnSequence,
        new: Message,
        room: Room,
        chosen: ChosenTurns = NONE_CHOSEN,
        exchange: Sequence[Message] = (),
    ) -> Window:
        """Choose the messages to send, as `window.fit` does, in the server's tokens."""
        if self._ledger is None or self._ledger.counter is not self.counter:
            self._ledger = SizeLedger(self.counter)
        known = self._recalled()
        # No token of ours is shorter than a byte, but a server may count more.
        bounds = Scale(max(known.each, 1.0), max(known.around, 0.0))
        room = replace(room, trusts_bounds=room.trusts_bounds and self.is_bounded, bounds=bounds)
        ledger = self._ledger.follow(turns)
        return fit(ledger, system, (new, *exchange), room, chosen=chosen, scale=self._settled)

    def learn(self, sent: Sequence[Message], usage: Usage | None, options: Mapping[str, object] | None = None) -> None:
        """Record the server's token count for *sent*, to calibrate later counts.

        The calibration is computed at once if the window is nearly full, else with the next count.
        """
        seen, extra = seen_tokens(usage), self.extra(options or {})
        if seen and all(isinstance(part, TextPart) for message in sent for part in message.parts):
            self._heard = [*self._heard[1 - MOST_REPORTS :], (tuple(sent), seen, extra)]
            if seen > sum(map(self.counter.bound, sent)) + extra:
                self.is_bounded = False
            if self.window_tokens and seen * _TIGHT > self.window_tokens:
                self._settled()

    def learn_refusal(self, sent: Sequence[Message], options: Mapping[str, object], told: Refused) -> None:
        """Record the sizes that the server named when it rejected *sent*.

        Even without numbers there is a bound: the rejected request is larger than the window.
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

    def _beside_extra(self, tokens: int | None, options: Mapping[str, object]) -> int | None:
        return None if tokens is None else max(tokens - ceil(self._recalled().each * self.extra(options)), 1)

    def _settled(self) -> Scale:
        """Return the scale after all reports."""
        self._recalled()
        heard, self._heard = self._heard, []
        for sent, seen, extra in heard:
            report = self._report(sent, seen, extra)
            if report.tokens >= HEARD_FROM:
                self._learn(report)
        return self.scale

    def _recalled(self) -> Scale:
        """Return the scale known without counting."""
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


def _answer_limit(options: Mapping[str, object]) -> int | None:
    limit = options.get("max_tokens", options.get("max_completion_tokens"))
    return limit if isinstance(limit, int) and limit > 0 else None


def _window_of(told: Refused, refused: int, known: int | None, options: Mapping[str, object]) -> int | None:
    """Return the window implied by a rejection of that many tokens, None if it is nothing new."""
    if told.window_tokens and told.answer_tokens and _answer_limit(options) is None:
        # The server reserves more for the answer than our default share.
        room = max(told.window_tokens - told.answer_tokens, 1)
        return min(told.window_tokens, ceil(room * RESERVE / (RESERVE - 1)))
    if told.window_tokens or (known and known <= refused):
        return told.window_tokens
    return (refused + told.taken) // 2 if told.taken < refused else refused // 2
