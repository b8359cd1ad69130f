"""Declares what the loop needs from the terminal: a prompt, the keyboard during a reply, and pickers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from chatcli.input.choices import ChoiceList
from chatcli.terminal.first_line import FirstLine
from chatcli.text.draft import EMPTY, Draft


class PromptPort(Protocol):
    """Reads what the user types."""

    def read(self, draft: Draft = EMPTY) -> Draft:
        """Return a message; raises EOFError when the user quits."""
        ...

    def show(self, message: Draft) -> None:
        """Show a message that is sent without being read, as one that was."""
        ...

    def take_over(self, line: FirstLine) -> None:
        """Take what was typed at *line* as if it came when the next message is read."""
        ...

    def settle(self) -> None:
        """Ignore further presses of Ctrl+C for a moment."""
        ...


class KeysPort(Protocol):
    """The keyboard while a reply streams; entered around a turn."""

    @property
    def draft(self) -> Draft:
        """The text typed so far."""
        ...

    @property
    def queue(self) -> Sequence[Draft]:
        """The messages to send after the reply."""
        ...

    @property
    def leave(self) -> bool:
        """Whether the user wants to quit."""
        ...


class PickerPort(Protocol):
    """Lets the user choose from a list."""

    def pick(self, choices: ChoiceList, /) -> str | None:
        """Return the key of the chosen row, None if none was chosen."""
        ...


# Called with the draft to continue, and the messages that wait already.
Listen: TypeAlias = Callable[[Draft, Sequence[Draft]], AbstractContextManager[KeysPort]]
