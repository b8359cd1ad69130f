"""Listens to the keyboard while a reply streams: Esc stops, Ctrl+O folds, typing becomes the next draft.

Echo is off meanwhile. Ctrl+C and Ctrl+Z stay signals, and mean the same where a terminal sends them as keys. A thread
of its own reads the terminal and ends with the listener; the callbacks run in that thread. Nothing that is typed sends
itself or is lost: bytes that arrive before the listener ends are in the draft, later ones stay in the terminal for the
prompt.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol, Self, TextIO, TypeAlias

from chatcli.errors import ConfigError
from chatcli.process.threads import start_thread
from chatcli.records import frozen
from chatcli.terminal import cells, suspension, tty
from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.legacy_keys import NEWLINE_KEY, legacy
from chatcli.terminal.paste import clean_paste, is_unmarked_paste, strip_controls
from chatcli.terminal.sequences import ESC, Key, Pasted, Token, Typed
from chatcli.text.draft import EMPTY, Draft

Wish: TypeAlias = Literal["stop", "fold", "leave", "suspend"]

_READ_BYTES = 1 << 16
_LOOK_S = 0.2  # how often to see whether the job has gone to the background or come back, which no signal tells
_BACKSPACE, _CTRL_C, _CTRL_D, _CTRL_O, _CTRL_Z = "\x7f\x08", "\x03", "\x04", "\x0f", "\x1a"
_WISHES: dict[str, Wish] = {_CTRL_C: "stop", _CTRL_O: "fold", _CTRL_Z: "suspend"}


class DraftPort(Protocol):
    """Makes the next draft of what is typed; called in the listener's thread until that has ended."""

    @property
    def draft(self) -> Draft:
        """The text so far."""
        ...

    @property
    def queue(self) -> Sequence[Draft]:
        """The messages to send after the reply."""
        ...

    def take(self, tokens: Iterable[Token]) -> list[Wish]:
        """Add *tokens* to the draft; return what the user wishes, in order."""
        ...


class PlainTypeAhead:
    """Makes a draft of what is typed, and finds the wishes in it; pure."""

    queue: Sequence[Draft] = ()

    def __init__(self, draft: Draft = EMPTY) -> None:
        self._draft = draft

    @property
    def draft(self) -> Draft:
        """The text so far, without the newlines at its end: Enter was pressed to send, which it cannot yet."""
        return self._draft.part(0, len(self._draft.text.rstrip("\n")))

    def take(self, tokens: Iterable[Token]) -> list[Wish]:
        """Add *tokens* to the draft; return what the user wishes, in order."""
        return [wish for token in tokens for wish in self._take(token)]

    def _take(self, token: Token) -> list[Wish]:
        match token:
            case Pasted():
                self._draft += Draft(clean_paste(token.text).text)
            case Typed() if is_unmarked_paste(token.text):
                self._draft += Draft(clean_paste(token.text).text)
            case Typed():
                return [wish for character in token.text if (wish := self._type(character))]
            case Key():
                return self._press(legacy(token.sequence))
        return []

    def _press(self, key: str) -> list[Wish]:
        if key == ESC:
            return ["stop"]
        if key in (NEWLINE_KEY, "\x1b\n"):
            self._draft += Draft.by_keys("\n")
            return []
        return [] if key.startswith(ESC) else self._take(Typed(key))

    def _type(self, character: str) -> Wish | None:
        if character in _BACKSPACE:
            self._draft = self._draft.part(0, cells.previous(self._draft.text, len(self._draft)))
        elif wish := _WISHES.get(character):
            return wish
        elif character == _CTRL_D:
            return None if self._draft.text else "leave"
        elif character != "\t":
            self._draft += Draft.by_keys(strip_controls(character).text)
        return None


@frozen
class KeyActions:
    """What keys do while a reply streams.

    *stop* is called at most once, for Esc, for Ctrl+D on an empty draft, and when the terminal is gone; *fold* at each
    Ctrl+O, and *change* after the draft was edited.
    """

    stop: Callable[[], None]
    fold: Callable[[], None]
    change: Callable[[], None] = lambda: None


class Listener:
    """Listens to *source* while entered; does nothing if that is not a terminal.

    With a *screen* that is a terminal, pastes are marked meanwhile. A lone Esc is one that nothing follows
    within *escape_wait_s*. *reader* is that of others who read the same terminal. What is typed goes to *ahead*.
    """

    def __init__(
        self,
        actions: KeyActions,
        *,
        source: TextIO | None = None,
        screen: TextIO | None = None,
        escape_wait_s: float = 0.05,
        reader: KeyReader | None = None,
        ahead: DraftPort | None = None,
    ) -> None:
        self._actions = actions
        self._escape_wait_s = escape_wait_s
        self._silence = tty.Silence(source or sys.stdin, screen=screen)
        self._reader = reader or KeyReader((source or sys.stdin).encoding or "utf-8")
        self._ahead = ahead or PlainTypeAhead()
        self._thread: threading.Thread | None = None
        self._end_reader = self._end = -1
        self._is_stopped = False
        self._failures = 0
        self._leave = False

    @property
    def draft(self) -> Draft:
        """What was typed so far; final once the listener has ended."""
        return self._ahead.draft

    @property
    def queue(self) -> Sequence[Draft]:
        """The messages to send after the reply; final once the listener has ended."""
        return self._ahead.queue

    @property
    def leave(self) -> bool:
        """Whether the user wants to leave the program, or the terminal is gone."""
        return self._leave

    def __enter__(self) -> Self:
        self._silence.__enter__()
        if (fd := self._silence.fd) is not None:
            try:
                self._start(fd)
            except BaseException:
                self._silence.__exit__()
                raise
        return self

    def _start(self, fd: int) -> None:
        """Listen, unless the system has no room for that: keys then wait for the prompt, and signals work as ever."""
        try:
            self._end_reader, self._end = os.pipe()
        except OSError:
            return
        try:
            self._thread = start_thread(threading.Thread(target=self._listen, args=(fd,), name="keys", daemon=True))
        except ConfigError:
            os.close(self._end)
            os.close(self._end_reader)

    def __exit__(self, *error: object) -> None:
        if self._thread is not None:
            os.close(self._end)
            self._thread.join()
            os.close(self._end_reader)
            self._thread = None
            self._ahead.take(self._reader.end_paste())
        self._silence.__exit__(*error)

    def _listen(self, fd: int) -> None:
        tty.refuse_background_reads()
        while True:
            sources = [fd] if self._has_terminal(fd) else []
            ready, _, _ = select.select([*sources, self._end_reader], [], [], self._patience_s())
            # Reading comes before ending: what was typed until now belongs to the draft.
            if fd in ready:
                if not self._read(fd):
                    return
            elif self._end_reader in ready:
                return
            elif sources:
                self._follow(self._reader.flush())

    def _has_terminal(self, fd: int) -> bool:
        """Return whether the terminal is ours; where it is ours again, silence it again."""
        is_ours = tty.is_foreground(fd)
        if is_ours:
            self._silence.resume()
        return is_ours

    def _patience_s(self) -> float:
        wait_s = self._reader.wait_s(self._escape_wait_s)
        return _LOOK_S if wait_s is None else wait_s

    def _read(self, fd: int) -> bool:
        """Take what was typed; False when the terminal is gone."""
        try:
            data = os.read(fd, _READ_BYTES) if tty.has_keys(fd) else b""
        except OSError:
            # Refused in the background; whether that was why cannot be known a moment later, so it has to happen twice.
            self._failures += tty.is_foreground(fd)
            data = b""
        else:
            self._failures = 0 if data else self._failures + 1
        if data:
            self._follow(self._reader.feed(data))
        elif self._failures > 1:
            self._obey("leave")
        return self._failures < 2

    def _follow(self, tokens: Iterable[Token]) -> None:
        for wish in self._ahead.take(tokens):
            self._obey(wish)
        self._actions.change()

    def _obey(self, wish: Wish) -> None:
        if wish in ("fold", "suspend"):
            (self._actions.fold if wish == "fold" else suspension.request)()
            return
        self._leave = self._leave or wish == "leave"
        if not self._is_stopped:
            self._is_stopped = True
            self._actions.stop()
