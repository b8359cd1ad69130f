"""Asks one row: at the pace of the gate, again where that costs nothing, and with a result for whatever happens.

- A request that the server turned away unread is sent again, after the wait that holds for all workers.
- A server that cannot be reached is waited for.
- An answer that was lost on the way, before its first word, is asked for once more: a row is never lost, and the
  server may have answered it twice.
- What would fail for every row (the key, the account, the model) ends the run; the row counts as not asked.

Any other failure is the result of its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chatcli.batch.gate import Gate, is_refusal
from chatcli.batch.requests import RowRequests
from chatcli.batch.results import Result, result_of
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Event, Message, Notice, Request, Usage, text_message
from chatcli.conversation.model_info import Price
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.reply import Reply
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    ConfigError,
    IncompleteAnswerError,
    ModelNotFoundError,
    OversizedRequestError,
    QuotaError,
    UnreachableError,
    UsageError,
)
from chatcli.language import _
from chatcli.records import frozen, replace
from chatcli.text.json_values import as_int
from chatcli.usage.spending_limit import Allowance, LimitReachedError, SpendingLimit
from chatcli.usage.tokens import bound

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient

MAX_REFUSALS = 12  # of one request; each closes the gate, so this many mean that nothing gets through
_FATAL = (AuthenticationError, QuotaError, ConfigError, UsageError)
_FORBIDDEN = 403  # of a row whose content is refused, or of all: some moderation answers so
_LIMITS = ("max_tokens", "max_completion_tokens")
_FRAME_TOKENS = 16  # what a template adds to a message, at most

# Turns an answer into its final form; the function asks the model to correct it. Raises ChatError.
Shape = Callable[[str, Callable[[str], str]], str]


@frozen
class Column:
    """One model that answers all rows, with its request parameters; *title* is its name in the output.

    *price* returns the price of a model, *answer_tokens* is the longest answer that the model can write.
    """

    title: str
    model: str
    options: Mapping[str, Any]
    price: Callable[[str], Price | None]
    answer_tokens: int | None = None


@frozen
class Asker:
    """Asks rows through *client*, for one thread; *limit* limits what they cost, *notify* gets notices."""

    client: CompletionsClient
    column: Column
    requests: RowRequests
    gate: Gate
    notify: Callable[[Notice], None]
    shape: Shape | None = None
    limit: SpendingLimit | None = None

    def ask(self, row: Row) -> Result:
        """Return the result of *row*; raises ChatError for what ends the run, LimitReachedError at the limit."""
        column = self.column
        request = self.requests.request(row, column.model, column.options)
        result = self._answer(row, request, _Spent(column.price(request.model)))
        expect = row.expect
        if expect is None:
            return result
        return replace(result, score=expect.score(result.answers))

    def _answer(self, row: Row, request: Request, spent: _Spent) -> Result:
        reply, error = self._ask_until_answered(request, row, spent)
        result = result_of(row.id, reply, error, model=request.model, usage=spent.usage)
        if self.shape is None or error or not result.answers:
            return result

        def ask_again(words: str) -> str:
            again = replace(request, **_continued(request, reply.message(), words))
            try:
                corrected, failure = self._ask_until_answered(again, row, spent)
            except LimitReachedError as reached:
                what = _("the answer does not match the schema, and the limit of costs leaves no other")
                raise IncompleteAnswerError(what) from reached
            if failure:
                raise failure
            return corrected.choice.answer

        try:
            answers = [self.shape(answer, ask_again) for answer in result.answers]
        except ChatError as unfit:
            return replace(result, status="incomplete", error=unfit, usage=spent.usage)
        return replace(result, answers=answers, usage=spent.usage)

    def _ask_until_answered(self, request: Request, row: Row, spent: _Spent) -> tuple[Reply, ChatError | None]:
        """Ask, and once more if the answer is lost on the way; raises what ends the run."""
        for is_last in (False, True):
            with self._paid(request, spent) as limited:
                reply, error = self._pass_gate(limited)
                spent.add(reply.usage, is_rejected=bool(error and error.server.status))
            error = ending_error(reply, error, {**limited.options, **limited.raw})
            if is_last or error is None or not _is_lost(error, reply):
                break
        if error and self._ends_run(error, row):
            raise error
        return reply, error

    def _pass_gate(self, request: Request) -> tuple[Reply, ChatError | None]:
        """Send *request* until the server takes it."""
        refusals = 0
        while True:
            departure = self.gate.depart()
            reply, error = self._send(request)
            if isinstance(error, UnreachableError):
                self.gate.lose(error)
                self.notify(Notice("retrying", _("{reason}; waiting for it", reason=error.what)))
            elif error and is_refusal(error) and reply.is_empty and refusals < MAX_REFUSALS:
                refusals += 1
                self.gate.refuse(departure, error)
                self.notify(Notice("retrying", f"{error.what}; waiting"))
            else:
                self.gate.accept(departure, is_success=error is None)
                return reply, error

    @contextmanager
    def _paid(self, request: Request, spent: _Spent) -> Iterator[Request]:
        """Set the money for one request aside; raises LimitReachedError if there is not enough."""
        spent.last_cost = 0.0
        if self.limit is None or spent.price is None:
            yield request
            return
        allowance = self._reserve(self.limit, request, spent.price)
        try:
            yield _limited(request, allowance)
        finally:
            self.limit.settle(allowance, spent.last_cost)

    def _send(self, request: Request) -> tuple[Reply, ChatError | None]:
        reply = Reply()

        def take(event: Event) -> None:
            reply.feed(event)
            if isinstance(event, Notice) and event.code == "param_dropped":
                self.notify(event)

        try:
            self.client.send(request, take)
        except ChatError as error:
            reply.failure = str(error)
            return reply, error
        return reply, None

    def _ends_run(self, error: ChatError, row: Row) -> bool:
        if is_refusal(error):
            return True
        if isinstance(error, OversizedRequestError) or (error.server.status == _FORBIDDEN and self.gate.has_succeeded):
            return False
        is_own_model = self.requests.model_of(row, self.column.model) != self.column.model
        return isinstance(error, _FATAL) or (isinstance(error, ModelNotFoundError) and not is_own_model)

    def _reserve(self, limit: SpendingLimit, request: Request, price: Price) -> Allowance:
        given = (as_int(values.get(name)) for values in (request.raw, request.options) for name in _LIMITS)
        wanted = next((tokens for tokens in given if tokens), None)
        answers = as_int(request.options.get("n")) or 1
        prompt = sum(bound(message.text) + _FRAME_TOKENS for message in request.messages)
        most = self.column.answer_tokens
        return limit.reserve(
            price,
            prompt_tokens=prompt,
            wanted_tokens=wanted and wanted * answers,
            most_tokens=most and most * answers,
        )


class _Spent:
    """Adds up the usage of all requests for one row; *last_cost* is that of the last one, None if unknown."""

    def __init__(self, price: Price | None) -> None:
        self.price = price
        self.usage: Usage | None = None
        self.last_cost: float | None = 0.0

    def add(self, usage: Usage | None, *, is_rejected: bool) -> None:
        """Add the usage of one request; one that the server rejected costs nothing."""
        if usage is None:
            self.last_cost = 0.0 if is_rejected else None
            return
        if usage.cost is None and self.price:
            usage = replace(usage, cost=self.price.cost(usage))
        self.last_cost = usage.cost
        known = self.usage
        names = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cost")
        sums = {name: _sum(getattr(known, name), getattr(usage, name)) for name in names} if known else {}
        self.usage = replace(usage, **sums)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _is_lost(error: ChatError, reply: Reply) -> bool:
    """Return whether an answer was lost on the way, before its first word."""
    return isinstance(error, IncompleteAnswerError) and reply.is_empty and error.server.status is None


def _limited(request: Request, allowance: Allowance) -> Request:
    """Return *request* with the longest answer that its money buys, unless it has a limit of its own."""
    if any(name in values for values in (request.raw, request.options) for name in _LIMITS):
        return request
    answers = as_int(request.options.get("n")) or 1
    tokens = max(1, allowance.answer_tokens // answers)
    return replace(request, options={**request.options, "max_tokens": tokens})


def _continued(request: Request, answer: Message, words: str) -> dict[str, Any]:
    """Return the fields of a request that continues the conversation of *request*."""
    if "messages" not in request.raw:
        return {"messages": (*request.messages, answer, text_message("user", words))}
    turn = [{"role": "assistant", "content": answer.text}, {"role": "user", "content": words}]
    return {"raw": {**request.raw, "messages": [*request.raw["messages"], *turn]}}
