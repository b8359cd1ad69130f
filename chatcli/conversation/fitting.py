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
from chatcli.conversation.overflow import OverflowNotices
from chatcli.conversation.requests import RequestBuilder
from chatcli.conversation.silent_truncation import missing_tokens, truncation_notice
from chatcli.conversation.token_budget import Refused
from chatcli.conversation.window import Room, Window
from chatcli.errors import ContextTooLongError
from chatcli.records import field, frozen, mutable

_MOST_TAKEN = 8  # past requests used to learn how a server counts; older ones add nothing


@frozen
class Unsent:
    """A question to send after *history*, and the builder of its requests.

    *exchange* holds the tool calls and results that follow the question.
    """

    requests: RequestBuilder
    history: Sequence[Message]
    message: Message
    exchange: Sequence[Message] = ()

    @property
    def least_tokens(self) -> int:
        """Return the tokens of everything that must be sent with the question."""
        required = self.requests.required(self.history, self.message, self.exchange)
        return ceil(sum(map(self.requests.binding.budget.count, required)))


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
        window = requests.fit(question.history, question.message, room, exchange=question.exchange)
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
        self.learn_refusal(question.requests, refused, error)
        limit, least = self._limit(question, refused, error), question.least_tokens
        # The required messages are sent anyway, unless they exceed the window that the server named.
        is_proven = error.needed_tokens is not None and error.window_tokens is not None
        floor = min(least, error.window_tokens or least)
        return self.fit(question, show, Room(max(limit, floor), trusts_bounds=False, is_proven=is_proven))

    def _limit(self, question: Unsent, refused: Window, error: ContextTooLongError) -> int:
        """Return the token limit for messages after *refused* was too long."""
        requests, budget = question.requests, question.requests.binding.budget
        least, counted = question.least_tokens, sum(map(budget.count, refused.messages))
        taken = self._taken_tokens(requests)
        is_proven_small = least < taken < counted
        # Always less than what was rejected: the same request would be rejected again.
        limits = [ceil(counted) - 1]
        if error.needed_tokens is None:
            limits.append(ceil(taken) if is_proven_small else ceil(least + (counted - least) / 2))
        if error.server.answer_tokens and error.window_tokens:
            limits.append(error.window_tokens - error.server.answer_tokens)
        if available := requests.available_tokens():
            # An unknown server may count twice as many tokens as we do.
            is_known = budget.is_calibrated or is_proven_small or error.needed_tokens is not None
            limits.append(available if is_known else available // 2)
        return min(limits)

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
