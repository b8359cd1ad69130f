"""A fixed tour through a conversation in every kind of terminal, and at small sizes.

usage: python -m tests.tooling.terminals [WORD ...]

Each stop is entered by keys alone: first screen, /help, a list, a reply with a table and code, a paste, a window that
changes its width, Ctrl+C, Ctrl+Z, the end. Wherever it is taken: no traceback, nothing of ours wider than the window,
each thing once in the scrollback, and the terminal as it was before. A WORD chooses the tours whose name has it.

Terminals that cut rows are played by pyte; those that break rows are tmux itself, which is needed for them, behind ssh
(without $TMUX) or not.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.line import Request
from tests.support.program import CHAT, environment
from tests.support.server import Script, Server, Wait
from tests.support.terminal import Terminal

REPLY = "First **words**.\n\n| left | right |\n|---|---|\n| cell | 42 |\n\n```python\nprint('code')\n```\n\nLast."
ONCE = {"REPLYHEAD": 1, "QUESTION1": 1, "DRAFT1": 0, "HALFWAY": 1}  # times that each stands there at the end
_DEADLINE_S = 15.0


@dataclass(frozen=True)
class Tour:
    """One terminal: its environment, size, and whether tmux draws it."""

    name: str
    env: Mapping[str, str]
    columns: int = 80
    rows: int = 24
    in_tmux: bool = False
    without: tuple[str, ...] = field(default=())

    @property
    def is_dumb(self) -> bool:
        """Whether nothing may be drawn again."""
        return self.env["TERM"] == "dumb"


TOURS = (
    Tour("tmux", {"TERM": "tmux-256color"}, in_tmux=True),
    Tour("tmux as screen", {"TERM": "screen-256color"}, in_tmux=True),
    Tour("tmux behind ssh", {"TERM": "screen-256color"}, in_tmux=True, without=("TMUX",)),
    Tour("screen", {"TERM": "screen"}, in_tmux=True, without=("TMUX",)),
    Tour("xterm", {"TERM": "xterm", "XTERM_VERSION": "XTerm(390)"}),
    Tour("linux", {"TERM": "linux"}),
    Tour("vt100", {"TERM": "vt100"}),
    Tour("dumb", {"TERM": "dumb"}),
    Tour("without UTF-8", {"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(390)", "LC_ALL": "C", "LANG": "C"}),
    Tour("40 by 15", {"TERM": "tmux-256color"}, 40, 15, in_tmux=True),
    Tour("20 by 24", {"TERM": "tmux-256color"}, 20, 24, in_tmux=True),
    Tour("40 by 15, cut", {"TERM": "linux"}, 40, 15),
    Tour("20 by 24, cut", {"TERM": "linux"}, 20, 24),
)


class Place:
    """A shell in the terminal of a tour."""

    def __init__(self, shown: Terminal, socket: Path | None) -> None:
        self.shown = shown
        self._socket = socket

    @property
    def everything(self) -> str:
        """The scrollback and the screen."""
        if self._socket is None:
            return "\n".join(self.shown.history)
        return _tmux(self._socket, "capture-pane", "-p", "-J", "-S", "-", "-t", "0")

    def do(self, *steps: str, then: Callable[[Terminal], object] | str) -> None:
        """Press the keys in angle brackets, type the rest, and wait."""
        for step in steps:
            (self.shown.press if step.startswith("<") else self.shown.type)(step.strip("<>"))
        self.shown.wait_for(then, timeout_s=_DEADLINE_S)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, and leave the program the time that terminals take to report it."""
        self.shown.resize(columns, rows)
        time.sleep(0.5)

    def state(self) -> str:
        """Return the settings of the line, and the modes that programs switch on."""
        self.do("clear; echo =$(stty -g)=; echo st''ate", "<enter>", then=lambda it: "state" in it.screen)
        line = re.findall(r"=([\da-f:]+)=", "".join(self.shown.screen))[-1]
        modes = self.shown.modes if self._socket is None else _tmux(self._socket, "display", "-p", _FLAGS)
        return f"{line} {modes}"


_FLAGS = "#{alternate_on} #{cursor_flag} #{keypad_flag} #{mouse_any_flag} #{pane_title}"


def take(tour: Tour) -> list[str]:
    """Take *tour* and return what was wrong."""
    go_on = Event()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        server = stack.enter_context(Server(always=lambda request: _answer(request, go_on), models=["m", "large"]))
        place = stack.enter_context(_shell(tour, home, server))
        stack.callback(go_on.set)
        before = place.state()
        wrong = _walk(tour, place)
        seen = place.everything
        after = place.state()
    wrong += [f"{word} stands {seen.count(word)} times" for word, times in ONCE.items() if seen.count(word) != times]
    wrong += ["a traceback"] if "Traceback" in seen else []
    wrong += [f"before: {before}, after: {after}"] if before != after else []
    wrong += ["an escape sequence"] if tour.is_dumb and b"\x1b" in place.shown.raw.partition(b"/help lists")[2] else []
    return wrong


def _walk(tour: Tour, place: Place) -> list[str]:
    place.do('eval "$CHAT"', "<enter>", then=_at_prompt)
    place.do("/help", "<enter>", then=_after("troubleshooting."))
    place.do("/model", "<enter>", then="Number," if tour.is_dumb else lambda it: "/" in it.screen)
    place.do(*(["<enter>"] if tour.is_dumb else ["<down>", "<escape>"]), then=_after(""))
    place.do("QUESTION1", "<enter>", then=_after("Last."))
    place.shown.paste("".join(f"pasted {number}\n" for number in range(30)))
    place.shown.wait_for(lambda it: "[Pasted" in it.text or "pasted 29" in it.text)
    place.do("<ctrl-c>", then=_at_prompt)
    place.do(f"DRAFT1 {'word ' * 12}THERE", then=lambda it: "THERE" in "".join(it.text.split()))
    for columns in (max(tour.columns // 2, 15), tour.columns + 9, tour.columns):  # what a terminal cuts is gone
        place.resize(columns, tour.rows)
    drafts = place.everything.count("DRAFT1")
    place.do("<ctrl-u>", "HALF", "<enter>", then="HALFWAY")
    place.do("<ctrl-c>", then=_after("stopped by"))
    place.do("<ctrl-z>", then="Stopped")
    place.do("fg", "<enter>", then=_at_prompt)
    place.do("<ctrl-d>", then=lambda it: it.screen[it.cursor[1]] == "$")
    return [f"the draft stood {drafts} times"] if drafts != 1 else []


def _at_prompt(shown: Terminal) -> bool:
    return re.fullmatch(r"(\d+ )?>", shown.screen[shown.cursor[1]]) is not None and "Esc stops" not in shown.text


def _after(words: str) -> Callable[[Terminal], bool]:
    """Wait until *words* stand above an empty prompt, however they are broken into rows."""
    return lambda shown: words in " ".join(shown.text.split()) and _at_prompt(shown)


def _answer(request: Request, go_on: Event) -> Script:
    if request.json["messages"][-1]["content"] == "HALF":
        return [stream_head(), sse(chunk("HALFWAY\n\n"), done=False), Wait(go_on)]
    return answer(f"REPLYHEAD\n\n{REPLY}")


@contextmanager
def _shell(tour: Tour, home: Path, server: Server) -> Iterator[Place]:
    program = shlex.join([*CHAT, "--base-url", server.url, "-m", "m"])
    bash = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    socket = home / "tmux" if tour.in_tmux else None
    changes = {**tour.env, "PS1": "$ ", "CHAT": program}
    (home / ".config/chatcli").mkdir(parents=True, mode=0o700)
    (home / ".config/chatcli/config.toml").write_text("[ui]\nhints = false\n")
    (home / ".config/chatcli/config.toml").chmod(0o600)
    argv = [
        "env",
        *(word for name in tour.without for word in ("-u", name)),
        f"TERM={tour.env['TERM']}",
        "PS1=$ ",
        *bash,
    ]
    if socket is not None:
        _configure(socket.with_suffix(".conf"))
        argv = ["tmux", "-S", str(socket), "-f", str(socket.with_suffix(".conf")), "new-session", shlex.join(argv)]
        changes["TERM"] = "xterm-256color"
    with Terminal.run(argv, environment(home, changes), cwd=home, columns=tour.columns, rows=tour.rows) as shown:
        shown.wait_for(lambda it: it.screen[it.cursor[1]] == "$", timeout_s=_DEADLINE_S)
        try:
            yield Place(shown, socket)
        finally:
            if socket is not None:
                _tmux(socket, "kill-server")


def _configure(path: Path) -> None:
    path.write_text("set -g status off\nset -g escape-time 10\nset -g history-limit 9999\n")


def _tmux(socket: Path, *words: str) -> str:
    return subprocess.run(["tmux", "-S", str(socket), *words], capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Take the tours and print what was wrong."""
    words = sys.argv[1:]
    failed = 0
    for tour in TOURS:
        if words and not any(word in tour.name for word in words):
            continue
        try:
            wrong = take(tour)
        except AssertionError as error:
            wrong = [str(error).partition("\nlast bytes")[0]]
        print(f"{tour.name:20} {'; '.join(wrong) or 'as it should be'}", flush=True)
        failed += bool(wrong)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
