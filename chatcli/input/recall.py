"""Offers past prompts to prompt-toolkit: those of this run at once, those of the file once a thread has read them.

What was written in this run keeps its folded pastes; the file gets the full text. A draft that was cleared is
remembered for this run alone. Each comes back with what of it was typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterable

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

    def draft(self, text: str) -> Draft:
        """Return the past prompt *text* with what of it was typed."""
        return self._drafts.get(text) or Draft(text)

    def add(self, draft: Draft) -> None:
        """Remember a draft that was sent."""
        is_new = draft != self._newest()
        self._drafts[draft.text] = draft
        if is_new:
            self.append_string(draft.text)

    def keep(self, draft: Draft) -> None:
        """Remember a draft that was cleared."""
        is_new = draft != self._newest()
        self._drafts[draft.text] = draft
        if is_new:
            self._loaded_strings.insert(0, draft.text)

    async def load(self) -> AsyncGenerator[str, None]:
        """Give all past prompts, the newest first: what is known already does not wait for the file."""
        known = dict.fromkeys(self._loaded_strings)
        for text in known:
            yield text
        if self._loaded or self._file is None:
            return
        stored = await _in_thread(self.load_history_strings)
        # Each text once, where it was last used: going back never shows the same twice.
        self._loaded_strings = list(dict.fromkeys([*self._loaded_strings, *stored]))
        self._loaded = True
        for text in dict.fromkeys(stored):
            if text not in known:
                yield text

    def load_history_strings(self) -> list[str]:
        """Read the file, the newest entry first."""
        entries = self._file.read() if self._file is not None else []
        drafts = [entry.map(lambda text: strip_controls(text).text) for entry in reversed(entries)]
        for draft in drafts:
            self._drafts.setdefault(draft.text, draft)
        return [draft.text for draft in drafts]

    def store_string(self, string: str) -> None:
        """Write a draft to the file."""
        if self._file is not None:
            self._file.append(self.draft(string).map(self._expand))

    def _newest(self) -> Draft | None:
        return self.draft(self._loaded_strings[0]) if self._loaded_strings else None


async def _in_thread(work: Callable[[], list[str]]) -> Iterable[str]:
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
