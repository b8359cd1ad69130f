"""What the loop needs of the terminal: somebody who types, and ways to show what comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from chatcli.input.choices import ChoiceRow
from chatcli.text.draft import EMPTY, Draft

Search: TypeAlias = Callable[[str], Sequence[ChoiceRow]]


class PromptPort(Protocol):
    """Reads what the user types."""

    def read(self, draft: Draft = EMPTY) -> Draft:
        """Return a message; raises EOFError when the user leaves."""
        ...

    def settle(self) -> None:
        """Let further presses of Ctrl-C mean nothing for a moment."""
        ...


class KeysPort(Protocol):
    """The keyboard while a reply streams; entered around a turn."""

    @property
    def draft(self) -> Draft:
        """What was typed meanwhile."""
        ...

    @property
    def leave(self) -> bool:
        """Whether the user wants to leave."""
        ...


class PickerPort(Protocol):
    """Lets the user choose from a list."""

    def pick(self, title: str, rows: Sequence[ChoiceRow], search: Search | None = None, /) -> str | None:
        """Return the key of the row that is chosen, None where nothing is."""
        ...


Listen: TypeAlias = Callable[[], AbstractContextManager[KeysPort]]
