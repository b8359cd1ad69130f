"""How much room there is and what takes it, in the tokens of the server in use, as well as they are known.

Our own count is exact only for models whose vocabulary we carry. What the server reports of a request tells how far the
count is off for its model: the newest report counts, for it speaks of nearly the same messages as the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from chatcli.core.messages import Message, TextPart, Usage
from chatcli.core.values import field, record
from chatcli.core.window import Counter, Ledger, Window, fit

RESERVE = 8  # An eighth of the window is left for the answer where no limit for it is set.
HEARD_FROM = 20  # tokens: below this the overhead of a request says nothing about its texts
RATES = (1 / 4, 16.0)  # beyond these a report is about something else than our messages


@record
class Measure:
    """Counts messages for one model; *rate* is how many tokens of its server go to one of ours.

    *window_tokens* is None where nobody knows. *extra* counts what a request with these options takes beside its
    messages. *keep* is told of each new rate, and of a window that a refusal told.
    """

    counter: Counter
    window_tokens: int | None = None
    rate: float = 1.0
    extra: Callable[[Mapping[str, Any]], int] = lambda _options: 0
    keep: Callable[[float | None, int | None], None] = lambda _rate, _window: None
    _heard: tuple[tuple[Message, ...], int, int] | None = field(default=None)
    _ledger: Ledger | None = field(default=None)

    def bound(self, message: Message) -> int:
        """Return a number that is cheap to have and never below the count."""
        return self.counter.bound(message)

    def count(self, message: Message) -> float:
        """Return the tokens of *message* as its server counts them, fractions among them."""
        self._settle()
        return self.counter.count(message) * self.rate

    def guess(self, message: Message) -> float:
        """Return the count where it is to be had at once, else an estimate."""
        return self.counter.guess(message) * self.rate

    def prepare(self) -> None:
        """Begin to make the count ready without being waited for."""
        self.counter.prepare()

    def total(self, messages: Sequence[Message], options: Mapping[str, Any] | None = None) -> int:
        """Return what a request of *messages* takes."""
        self._settle()
        return round((sum(map(self.counter.count, messages)) + self.extra(options or {})) * self.rate)

    def budget(self, options: Mapping[str, Any]) -> int | None:
        """Return how many tokens the messages may take beside the answer, None where the window is not known."""
        if self.window_tokens is None:
            return None
        limit = options.get("max_tokens", options.get("max_completion_tokens"))
        reserve = limit if isinstance(limit, int) else self.window_tokens // RESERVE
        return self.window_tokens - min(reserve, self.window_tokens // 2)

    def room(self, options: Mapping[str, Any]) -> int | None:
        """Return the budget without what every request takes beside its messages."""
        budget = self.budget(options)
        return None if budget is None else max(budget - ceil(self.extra(options) * self.rate), 1)

    def fit(self, system: Message | None, history: Sequence[Message], new: Message, **how: Any) -> Window:
        """Choose the messages to send, as `window.fit` does, in the server's tokens."""
        if self._ledger is None or self._ledger.counter is not self.counter:
            self._ledger = Ledger(self.counter)
        return fit(system, self._ledger.follow(history), new, counter=self.counter, rate=self._settled_rate, **how)

    def _settled_rate(self) -> float:
        self._settle()
        return self.rate

    def hear(self, sent: Sequence[Message], usage: Usage | None, options: Mapping[str, Any] | None = None) -> None:
        """Take to heart what the server says *sent* took; nothing is counted before a count is asked for."""
        seen = _seen(usage)
        if seen and all(isinstance(part, TextPart) for message in sent for part in message.parts):
            self._heard = tuple(sent), seen, self.extra(options or {})

    def refused(
        self, sent: Sequence[Message], options: Mapping[str, Any], *, needed: int | None, window_tokens: int | None
    ) -> None:
        """Take to heart what a server that refused *sent* says: how much it takes, and how much there is."""
        self._settle()
        if window_tokens:
            self.window_tokens = window_tokens
            self.keep(None, window_tokens)
        counted = sum(map(self.counter.count, sent)) + self.extra(options)
        if needed and counted:
            self._correct(needed / counted)

    def _settle(self) -> None:
        heard, self._heard = self._heard, None
        if heard is None:
            return
        sent, seen, extra = heard
        counted = sum(map(self.counter.count, sent)) + extra
        if counted >= HEARD_FROM:
            self._correct(seen / counted)

    def _correct(self, rate: float) -> None:
        if rate != self.rate and RATES[0] <= rate <= RATES[1]:
            self.rate = rate
            self.keep(rate, None)


def _seen(usage: Usage | None) -> int:
    """Return how many tokens the server has read; some tell those from the cache apart from the rest."""
    if usage is None or not usage.prompt_tokens:
        return 0
    cached = usage.cached_tokens or 0
    return usage.prompt_tokens + (cached if cached > usage.prompt_tokens else 0)
