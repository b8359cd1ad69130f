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

from chatcli.conversation.calibration import MOST_REPORTS, CountReport, Scale, learn_scale
from chatcli.conversation.messages import Message, TextPart, Usage
from chatcli.conversation.window import NONE_CHOSEN, ChosenTurns, Counter, Room, SizeLedger, Window, fit, scaled_size
from chatcli.records import field, mutable

RESERVE = 8  # An eighth of the window is left for the answer where no limit for it is set.
HEARD_FROM = 20  # tokens: below this the overhead of a request says nothing about its texts
RATES = (1 / 4, 16.0)  # tokens to one of ours: beyond these a report is about something else than our messages
_Heard = tuple[tuple[Message, ...], int, int]


@mutable
class TokenBudget:
    """Counts messages for one model, in the tokens of its server as *scale* tells them from ours.

    *window_tokens* is None where nobody knows. *extra* counts what a request with these options takes beside its
    messages. *keep* is told of each new scale, and of a window that a refusal told.
    """

    counter: Counter
    window_tokens: int | None = None
    scale: Scale = field(default_factory=Scale)
    extra: Callable[[Mapping[str, Any]], int] = lambda _options: 0
    keep: Callable[[Scale | None, int | None], None] = lambda _scale, _window: None
    _reports: deque[CountReport] = field(default_factory=lambda: deque(maxlen=MOST_REPORTS))
    _heard: list[_Heard] = field(default_factory=list)
    _ledger: SizeLedger | None = field(default=None)

    def bound(self, message: Message) -> int:
        """Return a number that is cheap to have and never below the count."""
        return self.counter.bound(message)

    def count(self, message: Message) -> float:
        """Return the tokens of *message* as its server counts them, fractions among them."""
        return scaled_size(message, self._settled(), self.counter.bound, self.counter.count)

    def guess(self, message: Message) -> float:
        """Return the count where it is to be had at once, else an estimate."""
        return scaled_size(message, self.scale, self.counter.bound, self.counter.guess)

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
        limit = options.get("max_tokens", options.get("max_completion_tokens"))
        reserve = limit if isinstance(limit, int) else self.window_tokens // RESERVE
        return self.window_tokens - min(reserve, self.window_tokens // 2)

    def available_tokens(self, options: Mapping[str, Any]) -> int | None:
        """Return the budget without what every request takes beside its messages."""
        budget = self.message_tokens(options)
        return None if budget is None else max(budget - ceil(self.scale.each * self.extra(options)), 1)

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
        return fit(self._ledger.follow(history), system, new, room, chosen=chosen, scale=self._settled)

    def learn(self, sent: Sequence[Message], usage: Usage | None, options: Mapping[str, Any] | None = None) -> None:
        """Take to heart what the server says *sent* took; nothing is counted before a count is asked for."""
        seen = _seen(usage)
        if seen and all(isinstance(part, TextPart) for message in sent for part in message.parts):
            self._heard = [*self._heard[1 - MOST_REPORTS :], (tuple(sent), seen, self.extra(options or {}))]

    def learn_refusal(
        self, sent: Sequence[Message], options: Mapping[str, Any], *, needed: int | None, window_tokens: int | None
    ) -> None:
        """Take to heart what a server that refused *sent* says: how much it takes, and how much there is."""
        self._settled()
        if window_tokens:
            self.window_tokens = window_tokens
            self.keep(None, window_tokens)
        if needed:
            self._learn(self._report(sent, needed, self.extra(options)))

    def _settled(self) -> Scale:
        """Return the scale after all that was heard."""
        heard, self._heard = self._heard, []
        for sent, seen, extra in heard:
            report = self._report(sent, seen, extra)
            if report.tokens >= HEARD_FROM:
                self._learn(report)
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


def _seen(usage: Usage | None) -> int:
    """Return how many tokens the server has read; some tell those from the cache apart from the rest."""
    if usage is None or not usage.prompt_tokens:
        return 0
    cached = usage.cached_tokens or 0
    return usage.prompt_tokens + (cached if cached > usage.prompt_tokens else 0)
