"""A conversation in tmux that continues for minutes: questions, pastes, resizes, pickers and Ctrl+C at random.

    python -m tests.tooling.endurance [MINUTES] [SEED]

Each round starts the program from a shell and does some twenty things in the order that its seed gives. It holds if

- every answer that came whole, on a screen that kept its size, stands in the scrollback once, letter by letter as one
  render of it has them;
- no traceback is ever seen, and the prompt always comes back;
- at the end the terminal is as the shell left it: line discipline, cursor, keypad, mouse, screen.

What fails is printed with the seed of its round. Needs tmux.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.render.stage import letters, rendered
from tests.support.answers import chunk, sse, stream_head
from tests.support.line import Request
from tests.support.program import CHAT, environment
from tests.support.server import Script, Server, Sleep
from tests.tooling.documents import Documents

STEPS = 20
LONGEST_WAIT_S = 120
_REPORTED_S = 0.5  # tmux reports a new size within 250 ms
_STATE_ROWS = 4  # the state, the draft and the toolbar are among the last
_SHELL = "READY$"
_FLAGS = "#{cursor_flag}#{keypad_cursor_flag}#{keypad_flag}#{alternate_on}#{mouse_any_flag}#{insert_flag}#{wrap_flag}"
_PASTE = "a paste\n/exit\n\tof several lines\n  @nothing 中文 `x`"


class Tmux:
    """One window of a tmux server of its own."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "tmux"
        self._env = environment(home, {"TMUX": None, "TERM": "xterm-256color"})
        shell = "exec bash --norc --noprofile"
        self.run("-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", shell)
        self.run("set-option", "-g", "history-limit", "100000")
        self.run("respawn-pane", "-k", shell)  # the first one began with a short history
        self.type(f"PS1='{_SHELL} '; clear")
        self.press("Enter")

    def run(self, *words: str, text: str | None = None) -> str:
        """Run a command of tmux; return what it says."""
        argv = ["tmux", "-S", str(self._socket), *words]
        return subprocess.run(argv, env=self._env, input=text, capture_output=True, text=True, check=True).stdout

    def type(self, text: str) -> None:
        """Type letters."""
        self.run("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        self.run("send-keys", *keys)

    def paste(self, text: str) -> None:
        """Paste as a terminal does, with marks where the program wants them."""
        self.run("load-buffer", "-", text=text)
        self.run("paste-buffer", "-p", "-r")

    @property
    def rows(self) -> list[str]:
        """The scrollback and the screen, rows that were broken joined."""
        return self.run("capture-pane", "-p", "-J", "-S", "-").rstrip("\n").split("\n")

    @property
    def last(self) -> str:
        """The row of the cursor."""
        y = int(self.run("display-message", "-p", "#{cursor_y}"))
        rows = self.run("capture-pane", "-p").split("\n")
        return rows[y].rstrip() if y < len(rows) else ""

    def close(self) -> None:
        """End the server and all that runs in it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.run("kill-server")


class Round:
    """One run of the program in a window, and what is wrong with it."""

    def __init__(self, tmux: Tmux, server: Server, chance: random.Random, sent: list[str]) -> None:
        self._tmux = tmux
        self._server = server
        self._chance = chance
        self._sent = sent  # what the server answered, each as soon as it was asked
        self._columns = 80

    def play(self) -> Iterator[str]:
        """Start the program, do what chance says, leave; yield what is wrong."""
        self._wait(lambda: self._tmux.last == _SHELL, "the shell")
        before = self._terminal_state()
        self._tmux.type(shlex.join([*CHAT, "--base-url", self._server.url, "-m", "m"]))
        self._tmux.press("Enter")
        self._wait(self._is_at_prompt, "the first prompt")
        steps = (self._ask, self._ask, self._ask_and_stop, self._ask_and_resize, self._resize, self._paste, self._pick)
        for _ in range(STEPS):
            yield from self._chance.choice(steps)()
        self._empty_prompt()
        self._tmux.press("C-d")
        self._wait(lambda: self._tmux.last == _SHELL, "the shell")
        if (after := self._terminal_state()) != before:
            yield f"the terminal was left as {after!r}, it was {before!r}"
        if any("Traceback" in row or "a bug in chat" in row for row in self._tmux.rows):
            yield "a traceback was seen"

    def _ask(self) -> Iterator[str]:
        """Ask and wait for the whole answer, which then stands there once."""
        time.sleep(_REPORTED_S)  # until the program knows the size it may have got
        self._question()
        answer = self._sent[-1]
        end = answer.rpartition("\n")[2]
        self._wait(lambda: self._is_at_prompt() and end in self._tmux.rows, "the prompt after an answer")
        wanted = _letters(rendered(answer, self._columns))
        if (count := _letters(self._tmux.rows).count(wanted)) != 1:
            yield f"an answer stands {count} times at {self._columns} columns: {answer!r}"

    def _ask_and_stop(self) -> Iterator[str]:
        """Ask, and stop the answer by Ctrl+C or Esc."""
        self._question()
        time.sleep(self._chance.random())
        self._tmux.press(self._chance.choice(["C-c", "Escape"]))
        self._wait(lambda: self._is_at_prompt(with_draft=True), "the prompt after a stop")
        self._empty_prompt()
        yield from ()

    def _ask_and_resize(self) -> Iterator[str]:
        """Change the size of the window while an answer arrives."""
        self._question()
        for _ in range(self._chance.randint(1, 3)):
            time.sleep(self._chance.random() / 2)
            yield from self._resize()
        self._wait(self._is_at_prompt, "the prompt after resizes")

    def _resize(self) -> Iterator[str]:
        self._columns = self._chance.choice(
            [60, 60, 80, 80, 100, 132]
        )  # below, the row that says that an answer comes is cut
        rows = self._chance.choice([10, 24, 24, 40])
        self._tmux.run("resize-window", "-x", str(self._columns), "-y", str(rows))
        yield from ()

    def _paste(self) -> Iterator[str]:
        """Paste what looks like commands, which must do nothing."""
        self._tmux.paste(_PASTE)
        self._wait(lambda: "paste" in self._tmux.last or "nothing" in self._tmux.last, "the paste")
        self._empty_prompt()
        yield from ()

    def _pick(self) -> Iterator[str]:
        """Open a list, move in it, and close it."""
        self._tmux.type(self._chance.choice(["/resume", "/theme", "/tree", "/help all", "/context"]))
        self._tmux.press("Enter")
        time.sleep(self._chance.random())
        for _ in range(self._chance.randint(0, 4)):
            self._tmux.press(self._chance.choice(["Down", "Up", "PageDown", "End", "Home"]))
        self._tmux.press("Escape")
        self._wait(lambda: self._is_at_prompt(with_draft=True), "the prompt after a list")
        self._empty_prompt()
        yield from ()

    def _question(self) -> None:
        count = len(self._sent)
        self._empty_prompt()
        self._tmux.type(f"question {count}")
        self._tmux.press("Enter")
        self._wait(lambda: len(self._sent) > count, "a request")

    def _empty_prompt(self) -> None:
        """Remove what stands in the prompt; Ctrl+C twice would leave."""

        def is_empty() -> bool:
            if not self._is_at_prompt():
                self._tmux.press("C-e", "C-u", "BSpace")
                time.sleep(0.2)
            return self._is_at_prompt()

        self._wait(is_empty, "an empty prompt")

    def _is_at_prompt(self, *, with_draft: bool = False) -> bool:
        mark = r"(\d+ )?>( .*)?" if with_draft else r"(\d+ )?>"
        # tmux breaks rows before it reports its new size: a state drawn meanwhile may stay above, where none is read.
        shown = [row for row in self._tmux.run("capture-pane", "-p").split("\n") if row]
        is_streaming = any("Esc stops" in row for row in shown[-_STATE_ROWS:])
        return not is_streaming and re.fullmatch(mark, self._tmux.last) is not None

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        until_s = time.monotonic() + LONGEST_WAIT_S
        while not holds():
            if time.monotonic() > until_s:
                shown = "\n".join(self._tmux.rows[-40:])
                message = f"{what} did not come within {LONGEST_WAIT_S} s:\n{shown}"
                raise TimeoutError(message)
            time.sleep(0.1)

    def _terminal_state(self) -> tuple[str, str]:
        tty = self._tmux.run("display-message", "-p", "#{pane_tty}").strip()
        settings = subprocess.run(["stty", "-g", "-F", tty], capture_output=True, text=True, check=True).stdout
        return settings, self._tmux.run("display-message", "-p", _FLAGS).strip()


def _letters(rows: list[str]) -> str:
    return letters(unicodedata.normalize("NFD", row) for row in rows)


def faults_of(seed: int) -> Iterator[str]:
    """Play one round; yield what is wrong with it."""
    documents, chance, sent = Documents(seed), random.Random(seed), list[str]()

    def answer(_request: Request) -> Script:
        text = f"{documents.next()}\n\nend{len(sent)}d"
        sent.append(text)
        size, rest_s = chance.choice([3, 10, 40]), chance.choice([0.0, 0.01])
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        steps = [step for piece in pieces for step in (sse(chunk(piece), done=False), Sleep(rest_s))]
        return [stream_head(), *steps, sse(chunk(finish="stop"))]

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, Server(always=answer, models=["m"]) as server:
        tmux = Tmux(Path(home))
        try:
            yield from Round(tmux, server, random.Random(seed + 1), sent).play()
        except TimeoutError as error:
            yield str(error)
        finally:
            tmux.close()


def main(minutes: int, seed: int) -> bool:
    """Play rounds for *minutes*; return whether all held."""
    until_s = time.monotonic() + 60 * minutes
    rounds = failed = 0
    while time.monotonic() < until_s:
        faults = list(faults_of(seed + rounds))
        for fault in faults:
            print(f"seed {seed + rounds}: {fault}", flush=True)
        failed += bool(faults)
        rounds += 1
    print(f"{rounds} rounds of {STEPS} steps, {failed} failed")
    return not failed


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(not main(*(arguments + [60, 1][len(arguments) :])))
