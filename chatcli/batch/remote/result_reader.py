"""Reads the results of a batch: each line becomes a result of the journal, as if it had been asked here.

What the service gave up before asking the model stays unanswered, so that it can be submitted again or asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chatcli.api.batch_answers import BatchAnswer, read_answer
from chatcli.batch.journal import ResultJournal
from chatcli.batch.remote.request_files import Awaited
from chatcli.batch.results import Result, result_of
from chatcli.conversation.messages import Usage
from chatcli.conversation.model_info import Price
from chatcli.conversation.outcome import ending_error
from chatcli.errors import ChatError
from chatcli.records import frozen, replace

if TYPE_CHECKING:
    from chatcli.api.exchange import Exchange

_GROUP = 1000  # results of one fsync

# Returns an answer that fits the schema of the run; raises ChatError for one that does not.
Check = Callable[[str], str]


@frozen
class ResultReader:
    """Reads results with the knowledge of *exchange*; *price_share* is what the service charges of the usual price."""

    exchange: Exchange
    check: Check | None = None
    price_share: float = 1.0

    def read(
        self, lines: Iterable[bytes], model: str, price: Price | None, awaited: Mapping[str, Awaited]
    ) -> Iterator[tuple[int, Result]]:
        """Yield each result of *model* in *lines* with its cell; others and repetitions are left out."""
        seen: set[str] = set()
        for line in lines:
            answer = read_answer(self.exchange, line, model)
            if answer and answer.was_asked and answer.custom_id in awaited and answer.custom_id not in seen:
                seen.add(answer.custom_id)
                known = awaited[answer.custom_id]
                yield known.cell, self._result(answer, known, model, price)

    def _result(self, answer: BatchAnswer, awaited: Awaited, model: str, price: Price | None) -> Result:
        reply = answer.reply
        error = ending_error(reply, answer.error, {"max_tokens": True} if awaited.is_limited else {})
        usage = self._priced(reply.usage, price)
        result = self._checked(result_of(awaited.id, reply, error, model=model, usage=usage))
        return replace(result, score=awaited.expect.score(result.answers)) if awaited.expect else result

    def _priced(self, usage: Usage | None, price: Price | None) -> Usage | None:
        if usage is None or usage.cost is not None or price is None:
            return usage
        cost = price.cost(usage)
        return usage if cost is None else replace(usage, cost=cost * self.price_share)

    def _checked(self, result: Result) -> Result:
        if self.check is None or result.error:
            return result
        try:
            return replace(result, answers=[self.check(answer) for answer in result.answers])
        except ChatError as unfit:
            return replace(result, status="incomplete", error=unfit)


def keep_results(results: Iterable[tuple[int, Result]], journal: ResultJournal) -> int:
    """Write *results* to *journal*, make them durable, and return their number; a row that has an answer keeps it.

    Raises OutputLostError.
    """
    number = 0
    for number, (cell, result) in enumerate(results, 1):
        if not journal.is_answered(cell) or journal.has_failed(cell):
            journal.write(cell, result.exit_code, result.encode())
        if number % _GROUP == 0:
            journal.sync()
    journal.sync()
    return number
