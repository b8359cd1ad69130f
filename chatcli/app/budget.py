"""The budget of a day: a warning when today's chats have cost more."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.app.chats import Chats
from chatcli.conversation.messages import Notice
from chatcli.conversation.session import Session
from chatcli.errors import Remedy
from chatcli.output.status import format_cost


class DailyBudget:
    """Compares what today's chats cost with a budget of so many *dollars*, 0 for none; it warns once a run."""

    def __init__(self, dollars: Callable[[], float], session: Session, chats: Chats) -> None:
        self._dollars = dollars
        self._session = session
        self._chats = chats
        self._has_warned = False

    def warning(self) -> Notice | None:
        """Return the warning where it is due after a turn."""
        budget = self._dollars()
        if not budget or self._has_warned:
            return None
        from chatcli.usage.spending import total_spending

        today = self._chats.spent_today()
        dollars = (
            today.dollars
            if self._chats.is_on
            else today.dollars + total_spending(self._session.conversation.tree.nodes).dollars
        )
        if dollars < budget:
            return None
        self._has_warned = True
        cost = f"Today's chats have cost {format_cost(dollars)}"
        return Notice("budget", f"{cost}; your budget is {format_cost(budget)} a day", Remedy("see_cost"))
