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
from chatcli.records import frozen

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
        instead = f"; its successor is `{retirement.successor}`" if retirement.successor else ""
        words = f"`{model}` {describe_retirement(retirement, now_s)}{instead}"
        return Notice("retirement", words, Remedy("list_models"))

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_MODELS)


def describe_retirement(retirement: Retirement, now_s: float) -> str:
    """Say what happens to a model and when, as the predicate of a sentence."""
    if retirement.at_s is None:
        return "is deprecated and may be retired at any time"
    verb = "is retired on" if retirement.at_s > now_s else "was retired on"
    return f"{verb} {format_day(retirement.at_s, now_s)}"


def format_day(moment_s: float, now_s: float) -> str:
    """Format the day of *moment_s*, with its year if that is not the current one."""
    day, today = _day(moment_s), _day(now_s)
    return f"{day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def _day(moment_s: float) -> datetime:
    """Return the day, by the clock of UTC: servers name days, or their first second there."""
    return datetime.fromtimestamp(moment_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
