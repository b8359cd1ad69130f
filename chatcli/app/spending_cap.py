"""Keeps the questions of a run within an amount of money: each answer is limited to the tokens that the rest buys.

Laws: a request whose prompt alone might cost more than is left is not sent, nor one with a higher limit of its own, nor
one to a model without a known price. What an answer cost is taken from its usage; without usage, from what arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, current_thread, main_thread
from typing import NoReturn

from chatcli.conversation.messages import Event, Listener, Notice, Reasoning, Request, Text, ToolFragment, UsageReported
from chatcli.conversation.model_info import MILLION, Price
from chatcli.errors import ChatError, RejectedError, Remedy
from chatcli.language import N_, _
from chatcli.records import field, frozen, mutable, replace
from chatcli.text.json_values import as_int
from chatcli.text.units import format_cost, format_number
from chatcli.usage.spending_limit import Allowance, LimitReachedError, SpendingLimit
from chatcli.usage.tokens import bound

_LIMITS = ("max_tokens", "max_completion_tokens")
_UNSENT = N_("nothing was sent")


@frozen
class PricedModel:
    """A model to ask: its *price*, an upper bound of the tokens of a prompt, and the longest answer it gives."""

    name: str
    send: Callable[[Request, Listener], None]
    price: Price | None
    count_prompt: Callable[[Request], int]
    most_tokens: int | None = None


@mutable
class SpendingCap:
    """Limits the cost of one run to *max_cost*, None for no limit, and that of a day to *budget_stop*, 0 for no limit.

    All amounts are in US dollars. *spent_today* includes the stored answers of this run; it is called on the main
    thread only.
    """

    max_cost: float | None
    budget_stop: Callable[[], float]
    spent_today: Callable[[], float]
    _spent: float = 0.0
    _reserved: float = 0.0
    _known_today: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def send(self, request: Request, show: Listener, model: PricedModel) -> None:
        """Send *request* within the remaining amount; raises RejectedError if it might cost more."""
        if model.price is None:
            what = _("the price of `{name}` is unknown, so its cost cannot be limited", name=model.name)
            raise RejectedError(
                what, kept=_(_UNSENT), hint=_('set it under [models."{name}"] in the settings', name=model.name)
            )
        if model.price.input == model.price.output == 0:
            return model.send(request, show)
        if current_thread() is main_thread():
            self._known_today = self.spent_today()
        prompt_tokens = model.count_prompt(request)
        allowance = self._reserve(request, model, model.price, prompt_tokens)
        limited = _limited(request, allowance, model.most_tokens, show)
        meter = _Meter(show, model.price, prompt_tokens)
        try:
            model.send(limited, meter.take)
        except ChatError as error:
            meter.is_refused = error.server.status is not None
            raise
        finally:
            with self._lock:
                self._reserved -= allowance.dollars
                self._spent += meter.dollars

    def _reserve(self, request: Request, model: PricedModel, price: Price, prompt_tokens: int) -> Allowance:
        answers, wanted = _answers(request), _wanted(request)
        with self._lock:
            left = max(self._left() - self._reserved, 0.0)
            try:
                allowance = SpendingLimit(left, 1).reserve(
                    price,
                    prompt_tokens=prompt_tokens,
                    wanted_tokens=wanted and wanted * answers,
                    most_tokens=model.most_tokens and model.most_tokens * answers,
                )
            except LimitReachedError:
                _refuse(left, price, prompt_tokens, wanted)
            self._reserved += allowance.dollars
        return allowance

    def _left(self) -> float:
        run = float("inf") if self.max_cost is None else self.max_cost - self._spent
        budget = self.budget_stop()
        return min(run, budget - self._known_today) if budget else run


class _Meter:
    """Adds up what one answer costs while it arrives."""

    def __init__(self, show: Listener, price: Price, prompt_tokens: int) -> None:
        self._show, self._price, self._prompt_tokens = show, price, prompt_tokens
        self._told: float | None = None
        self._answer_tokens = 0
        self.is_refused = False

    @property
    def dollars(self) -> float:
        """The cost: as reported, else an upper bound for the text received; nothing for a request that was refused."""
        if self._told is not None:
            return self._told
        if self.is_refused and not self._answer_tokens:
            return 0.0
        return (self._prompt_tokens * self._price.input + self._answer_tokens * self._price.output) / MILLION

    def take(self, event: Event) -> None:
        """Note what *event* costs, and pass it on."""
        match event:
            case UsageReported(usage):
                cost = usage.cost if usage.cost is not None else self._price.cost(usage)
                self._told = cost if cost is not None else self._told
            case Text(text) | Reasoning(text):
                self._answer_tokens += bound(text)
            case ToolFragment(arguments=text):
                self._answer_tokens += bound(text)
        self._show(event)


def _limited(request: Request, allowance: Allowance, most_tokens: int | None, show: Listener) -> Request:
    """Return *request* with the limit that its money buys, unless it has one of its own."""
    if _wanted(request):
        return request
    tokens = max(1, allowance.answer_tokens // _answers(request))
    if most_tokens is None or tokens < most_tokens:
        show(
            Notice(
                "spending_limit",
                _("max_tokens is {tokens}: the money that is left buys no more", tokens=format_number(tokens)),
            )
        )
    return replace(request, options={**request.options, "max_tokens": tokens})


def _answers(request: Request) -> int:
    return as_int(request.options.get("n")) or 1


def _wanted(request: Request) -> int | None:
    return next((tokens for name in _LIMITS if (tokens := as_int(request.options.get(name)))), None)


def _refuse(left: float, price: Price, prompt_tokens: int, wanted: int | None) -> NoReturn:
    prompt = prompt_tokens * price.input / MILLION
    if left <= 0:
        what = _("the spending limit is reached")
    elif wanted and left > prompt:
        buys = int((left - prompt) * MILLION / price.output)
        what = _(
            "the limit of {tokens} tokens may cost more than the {cost} that are left, which buy {affordable}",
            tokens=format_number(wanted),
            cost=format_cost(left),
            affordable=format_number(buys),
        )
    else:
        what = _(
            "this request may cost {cost} before its answer, and {left} are left",
            cost=format_cost(prompt),
            left=format_cost(left),
        )
    raise RejectedError(what, kept=_(_UNSENT), hint=Remedy("spend_more", _("raise the spending limit")))
