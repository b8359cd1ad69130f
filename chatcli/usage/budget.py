"""Warns when today's chats exceed the daily budget."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.conversation.messages import Notice
from chatcli.errors import Remedy
from chatcli.language import _
from chatcli.text.units import format_cost


class DailyBudget:
    """Compares today's *spent* amount with *limit*, both in US dollars; 0 means no limit. Warns once per run."""

    def __init__(self, limit: Callable[[], float], spent: Callable[[], float]) -> None:
        self._limit = limit
        self._spent = spent
        self._has_warned = False

    def warning(self) -> Notice | None:
        """Return the warning, if it is due after a turn."""
        limit = self._limit()
        if not limit or self._has_warned or (spent := self._spent()) < limit:
            return None
        self._has_warned = True
        words = _(
            "Today's spending is {spent}; your daily budget is {budget}",
            spent=format_cost(spent),
            budget=format_cost(limit),
        )
        return Notice("budget", words, Remedy("see_cost"))
