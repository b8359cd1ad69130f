"""Decides what Ctrl+C and Esc do at the prompt; pure except for the clock passed in.

Text is cleared. On an empty prompt the first press asks, and a second within two seconds leaves. After a clear, or
after an answer was stopped (`settle`), presses mean nothing until one second has passed without any, so that hammering
the key never leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

Meaning: TypeAlias = Literal["clear", "ask", "leave", "nothing"]

SECOND_PRESS_S = 2.0
QUIET_S = 1.0
DOUBLE_PRESS_S = 1.0


class DoublePress:
    """Finds the second of two presses of one key with nothing between them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pressed_at = -DOUBLE_PRESS_S
        self._state: object = None

    def forget(self) -> None:
        """Forget the last press: the next one is about another message."""
        self._pressed_at = -DOUBLE_PRESS_S

    def press(self, state: object) -> bool:
        """Return whether this press, in *state*, is the second within a second."""
        now = self._clock()
        is_second = state == self._state and now - self._pressed_at < DOUBLE_PRESS_S
        self._state, self._pressed_at = state, now - DOUBLE_PRESS_S if is_second else now
        return is_second


class Interrupts:
    """Gives each press its meaning; *may_leave* False never leaves."""

    def __init__(self, clock: Callable[[], float], *, may_leave: bool) -> None:
        self.may_leave = may_leave
        self._clock = clock
        self._pressed_at = 0.0
        self._asked_at: float | None = None
        self._is_settling = False

    def begin(self) -> None:
        """Begin a new prompt: the press that asked was at another one."""
        self._asked_at = None

    def settle(self) -> None:
        """Let presses mean nothing until there was a pause."""
        self._is_settling = True
        self._asked_at = None
        self._pressed_at = self._clock()

    def press(self, *, has_text: bool) -> Meaning:
        """Return what this press means."""
        now, before = self._clock(), self._pressed_at
        self._pressed_at = now
        if self._is_settling and now - before < QUIET_S:
            return "nothing"
        self._is_settling = False
        if has_text:
            self.settle()
            return "clear"
        if self.may_leave and self._asked_at is not None and now - self._asked_at <= SECOND_PRESS_S:
            return "leave"
        self._asked_at = now
        return "ask"
