"""Stops a run whose rows all fail alike: the cause is the request or the server, and not the rows."""

from __future__ import annotations

import re

from chatcli.batch.results import Result
from chatcli.errors import ChatError, Remedy
from chatcli.language import _

MAX_ALIKE = 20
_NUMBER = re.compile(r"\d+")


class Breaker:
    """Hears the results of a run; *error* is set once a model has failed too often, and has never done otherwise.

    It is not *is_armed* if earlier runs had answers: then the request is right.
    """

    def __init__(self, *, is_armed: bool = True) -> None:
        self._is_armed = is_armed
        self.error: ChatError | None = None
        self._alike: dict[str, int] = {}
        self._known: dict[str, str | None] = {}

    def hear(self, result: Result) -> None:
        """Take the next result."""
        model, failure = result.model, _failure(result)
        first = self._known.setdefault(model, failure)
        if failure is None or failure != first:
            self._known[model] = None
            return
        self._alike[model] = self._alike.get(model, 0) + 1
        if self._alike[model] >= MAX_ALIKE and result.error and self._is_armed:
            what = _("the first {count} rows failed alike: {reason}", count=MAX_ALIKE, reason=result.error.what)
            hint = (_("correct the cause"), Remedy("retry_failed"))
            self._is_armed = False
            self.error = type(result.error)(what, hint=hint, server=result.error.server)


def _failure(result: Result) -> str | None:
    """Return why there is no answer, without the parts that differ between rows; None if there is one."""
    if result.error is None or result.answers:
        return None
    return f"{result.exit_code} {_NUMBER.sub('', result.error.what)}"
