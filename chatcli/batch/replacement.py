"""Asks a row of the next model if the first cannot be had: at its rate limit, failing, or out of reach.

An answer that has begun is never replaced, and neither is a request that was rejected: it would be rejected again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from chatcli.app.fallback import fallback_notice, is_unavailable
from chatcli.batch.results import Result
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Notice
from chatcli.errors import ChatError
from chatcli.records import frozen


@frozen
class RowModel:
    """A model that can be asked rows; *title* is its name in notices."""

    title: str
    ask: Callable[[Row], Result]


def ask_in_order(row: Row, models: Sequence[RowModel], notify: Callable[[Notice], None]) -> Result:
    """Return the result of the first of *models* that can be had, or of the last; raises what ends the run."""
    for model, following in pairwise(models):
        try:
            result = model.ask(row)
        except ChatError as error:
            if not is_unavailable(error):
                raise
            failure = error
        else:
            if result.error is None or result.answers or not is_unavailable(result.error):
                return result
            failure = result.error
        notify(fallback_notice(model.title, failure, following.title))
    return models[-1].ask(row)
