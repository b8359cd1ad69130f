"""Waits for the outcome of a request that runs on another thread, or for what it asks meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from chatcli.language import _
from chatcli.records import field, frozen, mutable
from chatcli.text.units import format_duration
from chatcli.tools.inquiries import Question, UserAnswer
from chatcli.tools.tool import Cancellation, ToolError


@frozen
class Done:
    """The result of a request."""

    value: Any


@frozen
class Failed:
    """Why a request failed."""

    error: BaseException


@frozen
class Asked:
    """A question of the server; *reply* passes the answer on."""

    question: Question
    reply: Callable[[UserAnswer], object]


@frozen
class Progressed:
    """How far a request is."""

    words: str


@frozen
class _Stopped:
    """The user stopped the round."""


_Event: TypeAlias = Done | Failed | Asked | Progressed | _Stopped


@mutable
class PendingRequest:
    """One request; *left_s* is the time that it still has of *limit_s*, not counting that of the user.

    *has_declined*: the server asked for something meanwhile that the user is never asked for. *passes* are the kinds of
    questions that are passed on; others are declined.
    """

    limit_s: float
    left_s: float
    passes: tuple[type, ...] = ()
    has_declined: bool = False
    stop: Callable[[], object] = lambda: None
    events: SimpleQueue[_Event] = field(default_factory=SimpleQueue)

    def wait(self, cancellation: Cancellation) -> Done | Asked:
        """Wait for the outcome or the next question; raises ToolError when time is up, or what the request raised."""
        while isinstance(event := self._next(cancellation), Progressed):
            cancellation.report(event.words)
        match event:
            case _Stopped():
                self.stop()
                raise ToolError(_("It was stopped by the user."))
            case Failed(error):
                raise error
            case _:
                return event

    def _next(self, cancellation: Cancellation) -> _Event:
        begun_s, limit_s = time.monotonic(), self.left_s
        try:
            with cancellation.stopping(lambda: self.events.put(_Stopped())):
                return self.events.get(timeout=max(limit_s, 0.001))
        except Empty:
            self.stop()
            raise ToolError(
                _("It was stopped after {duration}, its time limit.", duration=format_duration(self.limit_s))
            ) from None
        finally:
            self.left_s -= time.monotonic() - begun_s
