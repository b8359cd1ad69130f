"""The process behind `launcher.Launcher`: starts programs, waits for them, and says what it saw.

It runs in a bare interpreter and imports only what is built in or tiny: it cannot see less memory than it has itself.
"""

from __future__ import annotations

import marshal
import os
import select
import sys
import termios
import time
from typing import Any

KEY = b"q7x"
_DEADLINE_S = 60.0
_LOOK_S = 0.001
_WHERE_IS_THE_CURSOR, _HERE = b"\x1b[6n", b"\x1b[1;1R"

Moments = list[Any]  # first byte, ready, echoed, complete: None until they come


def serve() -> None:
    """Take jobs from stdin and put figures on stdout until there are no more."""
    while True:
        try:
            argv, env, drawn = marshal.load(sys.stdin.buffer)
        except EOFError:
            return
        marshal.dump(in_terminal_run(argv, env, drawn) if drawn else pipe_run(argv, env), sys.stdout.buffer)
        sys.stdout.buffer.flush()


def pipe_run(argv: list[str], env: dict[str, str]) -> tuple[Any, ...]:
    """Run a program whose stdout and stderr are one pipe, and stdin is empty."""
    reader, writer = os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_DUP2, writer, 2),
    ]
    started_at = time.monotonic()
    child = os.posix_spawnp(argv[0], argv, env, file_actions=actions)
    os.close(writer)
    moments: Moments = [None, None, None, None]
    output = b""
    while select.select([reader], [], [], _DEADLINE_S)[0] and (data := os.read(reader, 1 << 16)):
        moments[0] = moments[0] or time.monotonic()
        output += data
    os.close(reader)
    return (started_at, *moments, *end(child), output)


def in_terminal_run(argv: list[str], env: dict[str, str], drawn: bytes) -> tuple[Any, ...]:
    """Run a program in a terminal until it has echoed the key and *drawn* its prompt, and kill it then."""
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    name = os.ttyname(slave)
    actions = [(os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0), *((os.POSIX_SPAWN_DUP2, 0, fd) for fd in (1, 2))]
    started_at = time.monotonic()
    child = os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsid=True)
    os.close(slave)
    moments: Moments = [None, None, None, None]
    output = watch(master, moments, drawn, started_at + _DEADLINE_S)
    os.kill(child, 9)
    figures = end(child)
    os.close(master)
    return (started_at, *moments, *figures, output)


def watch(master: int, moments: Moments, drawn: bytes, until: float) -> bytes:
    """Read what the program draws, type the key when it listens, and note the moments."""
    output = b""
    while None in moments and time.monotonic() < until:
        if select.select([master], [], [], _LOOK_S)[0]:
            try:
                data = os.read(master, 1 << 16)
            except OSError:  # the program has ended
                return output
            moments[0] = moments[0] or time.monotonic()
            output += data
            os.write(master, _HERE * data.count(_WHERE_IS_THE_CURSOR))
        if moments[1] is None and not termios.tcgetattr(master)[3] & termios.ICANON:
            moments[1] = time.monotonic()
            os.write(master, KEY)
        elif KEY in output:
            moments[2] = moments[2] or time.monotonic()
        if drawn in output:
            moments[3] = moments[3] or time.monotonic()
    return output


def end(child: int) -> tuple[float, float, int, int]:
    """Wait for the end; return the moment, CPU seconds, peak memory in the system's unit, and status."""
    _, status, usage = os.wait4(child, 0)
    return time.monotonic(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status


if __name__ == "__main__":
    serve()
