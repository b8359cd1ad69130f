"""Offers past prompts to prompt-toolkit: those of this run first, then those of the file, other windows' included.

Those of this run are there at once, those of the file once a thread has read them; what other windows add after that is
a few bytes, which are read when someone goes back. What was written in this run keeps its folded pastes; the file gets
the full text. A draft that was cleared is remembered for this run alone. Each comes back with what of it was typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Sequence

from prompt_toolkit.history import History

from chatcli.errors import ConfigError
from chatcli.input.prompt_history import HistoryFile
from chatcli.process.threads import start_thread
from chatcli.terminal.paste import strip_controls
from chatcli.text.draft import Draft


class Recall(History):
    """Past prompts, kept in *file* where there is one; *expand* gives the full text of a draft."""

    def __init__(self, file: HistoryFile | None, expand: Callable[[str], str]) -> None:
        super().__init__()
        self._file = file
        self._expand = expand
        self._drafts: dict[str, Draft] = {}
        self._own: list[str] = []  # of this run, the newest first; so are those of the file
        self._stored: list[str] = []
        self._written: set[str] = set()  # by this run, so they are not new

    @property
    def own_count(self) -> int:
        """How many of the past prompts, which come first, are of this run."""
        return len(self._own)

    def draft(self, text: str) -> Draft:
        """Return the past prompt *text* with what of it was typed."""
        return self._drafts.get(text) or Draft(text)

    def add(self, draft: Draft) -> None:
        """Remember a draft that was sent."""
        if self._remember(draft) and self._file is not None:
            whole = draft.map(self._expand)
            self._written.add(whole.text)
            self._file.append(whole)

    def keep(self, draft: Draft) -> None:
        """Remember a draft that was cleared."""
        self._remember(draft)

    def take_news(self) -> list[str]:
        """Return what other windows have sent since the file was last read, the newest first."""
        if self._file is None or not self._loaded:
            return []
        news = [text for text in self._known(self._file.read_new()) if text not in self._written]
        if news:
            self._stored = list(dict.fromkeys([*news, *self._stored]))
        return news

    async def load(self) -> AsyncGenerator[str, None]:
        """Give all past prompts, the newest first and each once: what is known already does not wait for the file."""
        self.take_news()
        known = dict.fromkeys([*self._own, *self._stored])
        for text in known:
            yield text
        if self._loaded or self._file is None:
            return
        self._stored = await _in_thread(self.load_history_strings)
        self._loaded = True
        for text in self._stored:
            if text not in known:
                yield text

    def get_strings(self) -> list[str]:
        """Return the known past prompts, the oldest first."""
        return list(dict.fromkeys([*self._own, *self._stored]))[::-1]

    def load_history_strings(self) -> list[str]:
        """Read the file, the newest entry first."""
        return self._known(self._file.read() if self._file is not None else [])

    def store_string(self, string: str) -> None:
        """Do nothing: `add` writes drafts, which say more than strings."""

    def _known(self, entries: Sequence[Draft]) -> list[str]:
        """Return the texts of *entries*, the newest first and each once, and remember what of them was typed."""
        drafts = [entry.map(lambda text: strip_controls(text).text) for entry in reversed(entries)]
        for draft in drafts:
            self._drafts.setdefault(draft.text, draft)
        return list(dict.fromkeys(draft.text for draft in drafts))

    def _remember(self, draft: Draft) -> bool:
        """Put *draft* before all others of this run; tell whether it was not there already."""
        newest = [*self._own[:1], *self._stored[:1]][:1]
        is_new = newest != [draft.text] or draft != self.draft(draft.text)
        self._drafts[draft.text] = draft
        self._own = [draft.text, *(text for text in self._own if text != draft.text)]
        return is_new


async def _in_thread(work: Callable[[], list[str]]) -> list[str]:
    """Wait for *work* in a thread that may be left behind: a slow disk must not hold up the way out."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[list[str]] = loop.create_future()

    def deliver(result: list[str]) -> None:
        if not done.cancelled():
            done.set_result(result)

    def run() -> None:
        result = work()
        with contextlib.suppress(RuntimeError):  # the prompt is over, and its loop closed
            loop.call_soon_threadsafe(deliver, result)

    try:
        start_thread(threading.Thread(target=run, name="history", daemon=True))
    except ConfigError:
        return work()
    return await done
