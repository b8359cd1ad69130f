"""A conversation inside the test: session, client and plain output as the program has them, against a real server.

Where a whole process adds nothing, a turn is asked here: the network is real, the time is the test's own. `Asked` tells
what a process would have left: stdout, stderr and the exit code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any

from chatcli.api.client import NoParameterMemory
from chatcli.api.rate_limiter import RateLimits
from chatcli.app.clients import client_for, exchange_for
from chatcli.conversation.messages import Event, Message
from chatcli.conversation.token_budget import TokenBudget
from chatcli.errors import SIGINT, ChatError, Stopped
from chatcli.output.plain import Notes, PlainOutput
from chatcli.providers.endpoint import Endpoint, RetryPolicy
from chatcli.providers.table import PLAIN
from chatcli.repl.remedies import word_on_command_line
from chatcli.text.redactor import Redactor, Secret
from chatcli.usage.tokens import MessageCounter
from tests.support.server import Server
from tests.support.sessions import make_session

if TYPE_CHECKING:
    from tests.support.terminal import Terminal


# A program that is `chat` and tells at its end on stderr how much memory it took.
_FOCUS_REPORTS = 1004  # wanted while an answer arrives: its end rings where nobody looks
MEASURED = """
import sys
from chatcli.cli.main import run
from tests.acceptance.talk import peak_rss_mb
code = run(sys.argv[1:])
sys.stderr.write(f"PEAK {peak_rss_mb():.0f}\\n")
sys.exit(code)
"""


@dataclass(slots=True)
class Time:
    """A clock that stands still but for its own sleeps, all of which are kept."""

    now_s: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Return the time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self.slept.append(seconds)
        self.now_s += seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question left: both streams, the error, the answer, every event, and the seconds that were waited."""

    stdout: str
    stderr: str
    error: ChatError | Stopped | None
    answer: Message | None
    events: tuple[Event, ...]
    waited_s: float

    @property
    def exit_code(self) -> int:
        """The code that `chat ask` would end with."""
        return self.error.exit_code if self.error else 0

    @property
    def sentence(self) -> str:
        """What the error says, empty where there is none."""
        return self.error.sentence(word_on_command_line) if isinstance(self.error, ChatError) else ""


class Talk:
    """A conversation with *server*; *endpoint* holds fields of `Endpoint` that differ from the usual."""

    def __init__(
        self,
        server: Server | str,
        *,
        key: str | None = None,
        options: Mapping[str, Any] | None = None,
        stream: bool = True,
        environ: Mapping[str, str] | None = None,
        verbose: bool = False,
        window_tokens: int | None = None,
        policy: RetryPolicy | None = None,
        **endpoint: Any,
    ) -> None:
        secret = Secret(key) if key else None
        made = Endpoint(
            name="test",
            base_url=server if isinstance(server, str) else server.url,
            row=PLAIN,
            key=secret,
            key_source="$TEST_KEY" if key else None,
            policy=policy or RetryPolicy(),
            **endpoint,
        )
        self.time = Time()
        self.exchange = exchange_for(made, environ or {}, topics=lambda _language: ())
        client = client_for(self.exchange, RateLimits(), NoParameterMemory())
        client.sleep, client.clock, client.chance = self.time.sleep, self.time.clock, lambda: 0.0
        self.session = make_session(
            client=client,
            model="m",
            budget=TokenBudget(MessageCounter(), window_tokens),
            options=dict(options or {}),
            stream=stream,
        )
        self._redactor = Redactor([secret] if secret else [])
        self._is_verbose = verbose

    def ask(self, text: str = "hi") -> Asked:
        """Ask, and return what came of it; only a ChatError may come in the place of an answer."""
        stdout, stderr, events = StringIO(), StringIO(), list[Event]()
        notes = Notes(
            stderr,
            lambda line: self._redactor.redact(line, guess=True),
            word_on_command_line,
            is_verbose=self._is_verbose,
        )
        output = PlainOutput(stdout, notes)
        before_s, turn, error = self.time.now_s, None, None

        def take(event: Event) -> None:
            events.append(event)
            show(event)

        try:
            with output.turn() as show:
                turn = self.session.turn(text, take)
            error = Stopped(SIGINT) if turn.reply.stopped else turn.error
        except (ChatError, Stopped) as raised:
            error = raised
        if isinstance(error, ChatError):
            output.fail(error)
        return Asked(
            stdout.getvalue(),
            stderr.getvalue(),
            error,
            turn.reply.message() if turn else None,
            tuple(events),
            self.time.now_s - before_s,
        )

    def close(self) -> None:
        """Close the connections."""
        self.exchange.http.close()


def peak_rss_mb() -> float:
    """Return the most memory that this process has held."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  # as short as can be: it runs in a child
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource  # not on Windows

        unit = 1024**2 if os.uname().sysname == "Darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def last_line(shown: Terminal) -> str:
    """Return the row of the cursor, without the number of the turn before the mark."""
    return re.sub(r"^\d+ (?=>)", "", shown.screen[shown.cursor[1]])


def is_at_prompt(shown: Terminal) -> bool:
    """Return whether an empty prompt waits for words; below an answer that is arriving stands a draft that does not."""
    is_answering = "Esc stops" in shown.text or _FOCUS_REPORTS in shown.modes
    return last_line(shown) == ">" and not is_answering
