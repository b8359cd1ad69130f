"""Estimates tokens and cost of a run before anything is spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.batch.columns import PlacedColumn
from chatcli.batch.requests import RowRequests
from chatcli.batch.rows import Row
from chatcli.conversation.model_info import MILLION
from chatcli.language import _, ngettext
from chatcli.records import mutable
from chatcli.text.json_values import as_int
from chatcli.text.units import format_cost, format_number


@mutable
class _Sum:
    """What one model is asked: *unlimited* requests have no limit for the answer."""

    requests: int = 0
    prompt_tokens: float = 0.0
    answer_tokens: int = 0
    unlimited: int = 0


def estimate_lines(rows: Iterable[Row], columns: Sequence[PlacedColumn], requests: RowRequests) -> list[str]:
    """Return what asking *rows* takes, in lines for people: for each model the requests, tokens and cost."""
    sums = [_Sum() for _column in columns]
    for row in rows:
        for placed, total in zip(columns, sums, strict=True):
            _add(total, row, placed, requests)
    return [line for placed, total in zip(columns, sums, strict=True) for line in _lines(placed, total)]


def _add(total: _Sum, row: Row, placed: PlacedColumn, requests: RowRequests) -> None:
    request = requests.request(row, placed.column.model, placed.column.options)
    values = {**request.options, **request.raw}
    limit = as_int(values.get("max_completion_tokens")) or as_int(values.get("max_tokens")) or 0
    total.requests += 1
    total.prompt_tokens += sum(map(placed.budget.guess, request.messages))
    total.answer_tokens += limit * (as_int(values.get("n")) or 1)
    total.unlimited += not limit


def _lines(placed: PlacedColumn, total: _Sum) -> list[str]:
    price = placed.column.price(placed.column.model)
    prompt = _("about {count} tokens", count=format_number(round(total.prompt_tokens)))
    answer = _("at most {count} tokens", count=format_number(total.answer_tokens))
    if total.unlimited:
        answer = ngettext(
            "{count} request without a token limit", "{count} requests without a token limit", total.unlimited
        )
    if price:
        known = format_cost(total.answer_tokens * price.output / MILLION)
        each = format_cost(total.unlimited * 1000 * price.output / MILLION)
        prompt = _(", ").join((prompt, format_cost(total.prompt_tokens * price.input / MILLION)))
        if total.unlimited:
            answer = _("{requests}; 1000 tokens each cost {cost}", requests=answer, cost=each)
        else:
            answer = _(", ").join((answer, known))
    requests = ngettext("{count} request", "{count} requests", total.requests)
    return [
        _("{model} at {host}: {requests}", model=placed.column.title, host=placed.endpoint.host, requests=requests),
        _("  input:  {tokens}", tokens=prompt),
        _("  output: {tokens}", tokens=answer),
        *([] if price else [_("  price unknown")]),
    ]
