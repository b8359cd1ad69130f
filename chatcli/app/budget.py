"""The budget of a day: a warning when today's chats have cost more."""

from __future__ import annotations

from chatcli.app.app import App
from chatcli.app.chats import Keeper
from chatcli.conversation.session import Session
from chatcli.output.status import money


class Purse:
    """Compares what today's chats cost with the budget in the settings; it warns once a run."""

    def __init__(self, app: App, session: Session, keeper: Keeper) -> None:
        self._app = app
        self._session = session
        self._keeper = keeper
        self._has_warned = False

    def warning(self) -> str:
        """Return the warning where it is due after a turn, else nothing."""
        budget = self._app.settings.defaults.budget
        if not budget or self._has_warned:
            return ""
        from chatcli.usage.spending import spent

        today = self._keeper.spent_today()
        dollars = today.dollars if self._keeper.is_on else today.dollars + spent(self._session.tree.nodes).dollars
        if dollars < budget:
            return ""
        self._has_warned = True
        return f"Today's chats have cost {money(dollars)}: your budget is {money(budget)} a day. /cost tells more."
