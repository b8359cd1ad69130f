"""What tests are given: a scripted server, a home, `chat` as one line, and `chat` in a terminal."""

from __future__ import annotations

import gc
import os
import signal
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import settings

from chatcli.language import ENGLISH, use_language
from tests.support.program import CHAT, Ran, Running, close_fork_server, environment, run, start
from tests.support.server import Server

if TYPE_CHECKING:
    import trustme

    from tests.support.terminal import Terminal

# How long an example may take says something about the machine, and nothing about the program. Each run draws other
# examples; `--hypothesis-profile=thorough` draws more of them at once.
settings.register_profile("calm", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("calm")

# Programs inherit which signals are ignored, but no handlers: the signals of Ctrl-C and Ctrl-\ are ignored where the
# tests themselves were started in the background, and a hang-up where they run under nohup, which must outlive it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGQUIT") and signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)

# Thousands of tests make a disk confirm what they then throw away: where memory serves as one, theirs is there.
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 1 << 30


def _can_hold_tests(folder: Path) -> bool:
    """Return whether *folder* has room, and programs that are written there can be executed."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize >= _ENOUGH_BYTES and not system.f_flag & os.ST_NOEXEC


if _can_hold_tests(_MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

OpenServer: TypeAlias = Callable[..., Server]
OpenTerminal: TypeAlias = "Callable[..., Terminal]"


def pytest_collection_finish() -> None:
    """Spare the garbage collector the tests themselves, which it would go through again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _processes() -> Iterator[None]:
    """Leave no process behind."""
    yield
    close_fork_server()


@pytest.fixture
def server() -> Iterator[OpenServer]:
    """Open scripted servers: `server(answer("Hello"), failure(500, "down"))`; see `tests.support.server.Server`."""
    with ExitStack() as stack:
        yield lambda *answers, **options: stack.enter_context(Server(*answers, **options))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


@dataclass(frozen=True, slots=True)
class Chat:
    """`chat` in its own home: `chat("ask", "hi", server=server, stdin="…").stdout`.

    *server* gives the address by `--base-url`; all other keywords are those of `tests.support.program`.
    """

    home: Path

    def __call__(self, *arguments: str, server: Server | None = None, **options: Any) -> Ran:
        """Run to the end."""
        return run(*_address(server), *arguments, home=self.home, **options)

    def start(self, *arguments: str, server: Server | None = None, **options: Any) -> Running:
        """Start, for use in `with`."""
        return start(*_address(server), *arguments, home=self.home, **options)


@pytest.fixture
def chat(home: Path) -> Chat:
    """`chat` as one line, in an empty home."""
    return Chat(home)


@pytest.fixture
def terminal(home: Path) -> Iterator[OpenTerminal]:
    """Open `chat` in a terminal: `terminal(server=server, env={"NO_COLOR": "1"}, columns=40)`."""
    from tests.support.terminal import Terminal  # needs a system with pseudo-terminals

    with ExitStack() as stack:

        def open_terminal(
            *arguments: str,
            server: Server | None = None,
            env: Mapping[str, str | None] | None = None,
            cwd: Path | None = None,
            **size: int,
        ) -> Terminal:
            argv = [*CHAT, *_address(server), *arguments]
            return stack.enter_context(Terminal.run(argv, environment(home, env), cwd=cwd or home, **size))

        yield open_terminal


@pytest.fixture
def chinese() -> Iterator[None]:
    """Word messages in Chinese within this process."""
    use_language("zh")
    yield
    use_language(ENGLISH)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that no one knows."""
    import trustme  # slow to import, and few tests need it

    return trustme.CA()


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """The server side of TLS for 127.0.0.1 and localhost, signed by `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def _address(server: Server | None) -> tuple[str, ...]:
    return () if server is None else ("--base-url", server.url)
