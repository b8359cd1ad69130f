"""Warns of models that are about to be retired: one line a day per model, remembered between runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chatcli.conversation.messages import Notice
from chatcli.conversation.model_info import Retirement
from chatcli.errors import Remedy
from chatcli.files.private_json import DisposableValues
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.units import format_day

DAY_S = 86_400.0
NOTICE_S = 60 * DAY_S
_MOST_MODELS = 200
_UNDATED = "undated"


@frozen
class RetirementNotices:
    """The notices of this user; the file at *path* says when each was shown last."""

    path: Path
    now: Callable[[], float] = time.time

    def notice(self, base_url: str, model: str, retirement: Retirement) -> Notice | None:
        """Return the notice about *model* at *base_url* unless it is too early, or was shown before.

        A dated one is shown once a day, one without a date once.
        """
        now_s, name = self.now(), f"{base_url} {model}"
        if retirement.at_s is not None and retirement.at_s - now_s > NOTICE_S:
            return None
        shown, today = self._file.get(name), _UNDATED if retirement.at_s is None else str(_day(now_s))
        if shown == today:
            return None
        self._file.put(name, today)
        return Notice("retirement", _describe(model, retirement, now_s), Remedy("list_models"))

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_MODELS)


def _describe(model: str, retirement: Retirement, now_s: float) -> str:
    if retirement.at_s is None:
        notice = _("`{model}` is deprecated and may be retired at any time", model=model)
    else:
        pattern = (
            N_("`{model}` is retired on {day}") if retirement.at_s > now_s else N_("`{model}` was retired on {day}")
        )
        notice = _(pattern, model=model, day=day_of(retirement.at_s, now_s))
    if not retirement.successor:
        return notice
    return _("{notice}; its successor is `{successor}`", notice=notice, successor=retirement.successor)


def day_of(moment_s: float, now_s: float) -> str:
    """Format the day of *moment_s*, with its year if that is not the current one."""
    day, today = _day(moment_s), _day(now_s)
    return format_day(day.day, day.month, day.year if day.year != today.year else None)


def _day(moment_s: float) -> datetime:
    """Return the day, by the clock of UTC: servers name days, or their first second there."""
    return datetime.fromtimestamp(moment_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
