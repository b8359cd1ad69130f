"""The budget of a day: a warning when today's chats have cost more."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.conversation.messages import Notice
from chatcli.errors import Remedy
from chatcli.text.units import format_cost


class DailyBudget:
    """Compares what was *spent* today with a *limit*, both in US dollars; 0 is no limit. It warns once a run."""

    def __init__(self, limit: Callable[[], float], spent: Callable[[], float]) -> None:
        self._limit = limit
        self._spent = spent
        self._has_warned = False

    def warning(self) -> Notice | None:
        """Return the warning where it is due after a turn."""
        limit = self._limit()
        if not limit or self._has_warned or (spent := self._spent()) < limit:
            return None
        self._has_warned = True
        cost = f"Today's chats have cost {format_cost(spent)}"
        return Notice("budget", f"{cost}; your budget is {format_cost(limit)} a day", Remedy("see_cost"))
