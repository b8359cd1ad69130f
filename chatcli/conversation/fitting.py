"""Fits the window of each question, and fits it again if the server rejects it as too long.

The limit comes from the size and window that the rejection names, or from what the same server accepted before; if
neither is known, half of the removable turns are left out. What was learnt is kept, so that the next question fits at
once, or comes closer.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from chatcli.conversation.evidence import TakenRequest, taken_requests
from chatcli.conversation.messages import Listener, Message, Notice, Usage
from chatcli.conversation.overflow import OverflowNotices, tools_too_long
from chatcli.conversation.requests import RequestBuilder
from chatcli.conversation.silent_truncation import missing_tokens, truncation_notice
from chatcli.conversation.token_budget import Refused
from chatcli.conversation.window import Room, TurnSequence, Window
from chatcli.errors import ContextTooLongError
from chatcli.records import field, frozen, mutable

_SPARE = 0.9  # of a request that was accepted: another text may count differently
_MOST_OVERCOUNTED = 2  # times; no tokenizer makes less than half as many tokens of a text as another
_MOST_TAKEN = 8  # past requests used to learn how a server counts; older ones add nothing


@frozen
class Unsent:
    """A question to send after *turns*, and the builder of its requests.

    *exchange* holds the tool calls and results that follow the question.
    """

    requests: RequestBuilder
    turns: TurnSequence
    message: Message
    exchange: Sequence[Message] = ()

    @property
    def least_tokens(self) -> int:
        """Return the tokens of everything that must be sent with the question."""
        required = self.requests.required(self.turns, self.message, self.exchange)
        return ceil(sum(map(self.requests.binding.budget.count, required)))

    def certain_tokens(self, available: int | None) -> int:
        """Return our count of what fits into *available* tokens however they are counted.

        That is what must be sent, and the newest turns whose bytes fit too, because no token is shorter than a byte.
        """
        budget = self.requests.binding.budget
        left = (available or 0) - sum(map(budget.bound, self.requests.required(self.turns, self.message)))
        certain = 0.0
        for turn in reversed(self.turns):
            left -= sum(map(budget.bound, turn))
            if left < 0:
                break
            certain += sum(map(budget.count, turn))
        return self.least_tokens + ceil(certain)


@mutable
class Fitting:
    """Fits the windows of one conversation. *asked* is the provider and model of its last answer.

    The evidence in a loaded conversation is evaluated at its first question; until then it *is_untaught*.
    *is_truncated*: the server read less of the last request than was sent.
    """

    overflow: OverflowNotices = field(default_factory=OverflowNotices)
    asked: tuple[str, str] = ("", "")
    is_untaught: bool = False
    is_truncated: bool = False
    _is_told_of_loss: bool = False

    def fit(self, question: Unsent, show: Listener, room: Room | None = None) -> Window:
        """Choose the messages to send, and report which turns are left out.

        Raises ContextTooLongError if the question alone does not fit, or no turn may be left out.
        """
        requests = question.requests
        self.learn(requests)
        try:
            window = requests.fit(question.turns, question.message, room, exchange=question.exchange)
        except ContextTooLongError as error:
            raise tools_too_long(error, question.exchange) if question.exchange else error from error
        if notice := self.overflow.admit(window, requests.settings.overflow, requests.binding.budget.window_tokens):
            show(notice)
        return window

    def learn(self, requests: RequestBuilder) -> None:
        """Learn from the stored answers of the current model; tokens are counted only if a report is suspicious."""
        if not self.is_untaught or not requests.binding.model:
            return
        self.is_untaught = False
        for taken in self._taken(requests):
            _learn(requests, taken.messages, taken.usage)

    def learn_turn(self, requests: RequestBuilder, window: Window, usage: Usage | None) -> Notice | None:
        """Learn from the server's count of *window*, the last one; return a notice if it truncates silently."""
        budget, binding = requests.binding.budget, requests.binding
        _learn(requests, window.messages, usage)
        self.asked = binding.provider, binding.model
        notice = truncation_notice(self._taken(requests), budget)
        self.is_truncated = notice is not None
        is_news, self._is_told_of_loss = not self._is_told_of_loss, self._is_told_of_loss or self.is_truncated
        return notice if is_news else None

    def shrink(self, question: Unsent, refused: Window, error: ContextTooLongError, show: Listener) -> Window:
        """Fit again, to less than *refused*; raises ContextTooLongError as `fit` does."""
        is_exact = self._is_exact(question.requests, error)
        self.learn_refusal(question.requests, refused, error)
        limit, least = self._limit(question, refused, error, is_exact=is_exact), question.least_tokens
        # The required messages are sent anyway, unless they exceed the window that the server named.
        is_proven = error.needed_tokens is not None and error.window_tokens is not None
        floor = min(least, error.window_tokens or least)
        return self.fit(question, show, Room(max(limit, floor), trusts_bounds=False, is_proven=is_proven))

    def _is_exact(self, requests: RequestBuilder, error: ContextTooLongError) -> bool:
        """Return whether the rejection and what is known tell exactly what fits.

        It does if it names both sizes, or a window that is news while the server's way of counting is known. A request
        that was fitted to this window and rejected all the same shows that it is not.
        """
        budget = requests.binding.budget
        if error.window_tokens is None:
            return False
        is_news = budget.window_tokens is None or error.window_tokens < budget.window_tokens
        return error.needed_tokens is not None or (is_news and budget.is_calibrated)

    def _limit(self, question: Unsent, refused: Window, error: ContextTooLongError, *, is_exact: bool) -> int:
        """Return the token limit for messages after *refused* was too long."""
        requests, budget = question.requests, question.requests.binding.budget
        available = requests.available_tokens()
        # Always less than what was rejected: the same request would be rejected again.
        limits = [ceil(sum(map(budget.count, refused.messages))) - 1]
        if error.server.answer_tokens and error.window_tokens:
            limits.append(error.window_tokens - error.server.answer_tokens)
        if available and is_exact:
            limits.append(available)
        else:  # there is no third request, so this one must fit however the server counts
            certain = question.certain_tokens(error.window_tokens and available)
            limits.append(max(self._taken_below(refused, requests), certain))
        if error.window_tokens and question.least_tokens > _MOST_OVERCOUNTED * error.window_tokens:
            limits.append(error.window_tokens)  # the question alone is too long, so it is not sent again
        return min(limits)

    def _taken_below(self, refused: Window, requests: RequestBuilder) -> int:
        """Return the size of the last request that the server accepted, 0 if unknown or not less than *refused*."""
        taken = self._taken_tokens(requests)
        return ceil(taken * _SPARE) if taken < sum(map(requests.binding.budget.count, refused.messages)) else 0

    def learn_refusal(self, requests: RequestBuilder, refused: Window, error: ContextTooLongError) -> None:
        """Learn from the rejection of a window."""
        sent = [*refused.messages, *requests.fixed_messages()]
        taken = round(self._taken_tokens(requests))
        told = Refused(error.needed_tokens, error.window_tokens, error.server.answer_tokens, taken)
        requests.binding.budget.learn_refusal(sent, requests.options, told)

    def _taken(self, requests: RequestBuilder) -> Sequence[TakenRequest]:
        binding = requests.binding
        is_same = self.asked == (binding.provider, binding.model)
        return taken_requests(requests.conversation, binding.provider, most=_MOST_TAKEN) if is_same else []

    def _taken_tokens(self, requests: RequestBuilder) -> float:
        """Return the size of the last request that the server accepted, 0 if unknown."""
        newest = self._taken(requests)[-1:]
        return sum(requests.binding.budget.count(message) for taken in newest for message in taken.messages)


def _learn(requests: RequestBuilder, messages: Sequence[Message], usage: Usage | None) -> None:
    sent, budget = [*messages, *requests.fixed_messages()], requests.binding.budget
    if not missing_tokens(usage, sent, budget):  # its count refers to other messages than ours
        budget.learn(sent, usage, requests.options)
