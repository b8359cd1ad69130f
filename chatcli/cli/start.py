"""Starts a run: checks its flags, runs the command, and turns errors into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Self

from chatcli.cli.version import VERSION
from chatcli.errors import SIGINT, ChatError, ConfigError, Stopped, UsageError
from chatcli.language import _
from chatcli.process import environment, streams
from chatcli.process.streams import is_terminal
from chatcli.text.phrases import join_words

if TYPE_CHECKING:
    from chatcli.app.endpoints import Confirm
    from chatcli.cli.run import Run
    from chatcli.flags import Flags
    from chatcli.output.plain import Notes
    from chatcli.terminal.first_line import FirstLine

_NAMING = ("NAME", "MODEL", "URL", "PATH", "CHAT", "SCHEMA")  # placeholders of flags whose value must not be empty
COMPLETION = "_CHAT_COMPLETE"  # set by the shell when it requests completions


def execute(flags: Flags, act: Callable[[Run], int | None], *, line: FirstLine | None = None) -> int:
    """Run *act* with *flags* and return the exit code; raises UsageError for an invalid flag.

    A question ends *line* before it is asked.
    """
    from chatcli.cli.run import Run  # --help and --version need none of it

    _check(flags)
    run = Run.of(environment.Environment.here(), flags, _confirming(line))
    with ErrorGuard(run.notes) as guarded:
        guarded.end(act(run))
    return guarded.code


def _confirming(line: FirstLine | None) -> Confirm:
    def confirm(question: str) -> bool:
        from chatcli.terminal.question import confirm  # few runs ask

        if line is not None:
            line.end()
        return confirm(question)

    return confirm


class ErrorGuard:
    """Turns an exception raised inside it into an exit code: the only place where an error ends the program.

    *notes* creates the output for the error. A context manager, so that it appears in no traceback or stack.
    """

    def __init__(self, notes: Callable[[], Notes]) -> None:
        self._notes = notes
        self.code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        code = None if error is None else self._code_of(error)
        if code is not None:
            self.code = code
        return code is not None

    def end(self, code: int | None) -> None:
        """Record the exit code; if it is 0, check that stdout accepted everything."""
        self.code = code or 0
        if self.code == 0:
            sys.stdout.flush()  # a loss found only at exit would get another code

    def _code_of(self, error: BaseException) -> int | None:
        """Show *error* and return its exit code; None for an exception that ends the interpreter."""
        match error:
            case KeyboardInterrupt():
                return Stopped(SIGINT).exit_code
            case Stopped():
                return error.exit_code
            case ChatError():
                return _report(error, self._notes())
            case Exception():  # a bug: one line, with the traceback on request
                named = _named(error)
                return named.exit_code if isinstance(named, Stopped) else _report(named, self._notes())
            case _:
                return None


def start(run: Run, line: FirstLine | None = None) -> None:
    """Start a conversation on a terminal, where *line* may be shown, or answer what is piped in."""
    if run.environment.is_conversation:
        from chatcli.cli.chat import chat

        chat(run, line)
    elif is_terminal(run.environment.stdin):
        what = _("an interactive chat needs a terminal on stdout")
        raise UsageError(what, hint=_("`{command}` asks a single question", command='chat ask "..."'))
    else:
        from chatcli.cli.ask import ask

        ask(run)


def print_version() -> None:
    """Print the version of this program."""
    sys.stdout.write(f"chat {VERSION}\n")


def _check(flags: Flags) -> None:
    from chatcli.flags import FLAGS  # --version needs none of them

    for name, flag in FLAGS.items():
        given = getattr(flags, name)
        if flag.value in _NAMING and "" in (given if isinstance(given, tuple) else (given,)):
            what = _("{flag} has an empty value", flag=f"`{flag.names[0]}`")
            raise UsageError(what, hint=_("give it one, or leave it out"))
        if flag.choices and given and given not in flag.choices:
            choices = join_words(flag.choices)
            raise UsageError(
                _(
                    "unknown value {value} for {flag}: use {choices}",
                    value=f"`{given}`",
                    flag=flag.names[0],
                    choices=choices,
                )
            )
    cost = flags.max_cost
    if cost is not None and not 0 < cost < inf:
        raise UsageError(_("{flag} is not above 0", flag=f"--max-cost {cost:g}"), hint=_("it is in US dollars"))


def _named(error: Exception) -> ChatError | Stopped:
    """Return what *error* means: lost output (the parser writes help to stdout itself), a system fault, or a bug."""
    from chatcli.files.faults import system_error

    if isinstance(error, OSError) and error.errno in streams.UNWRITABLE and error.filename is None:
        from chatcli.output.plain import loss

        return loss(error)
    if isinstance(error, OSError):
        return system_error(error)
    if isinstance(error, MemoryError):
        return ConfigError(_("there is not enough memory"), hint=_("close other programs"))
    if isinstance(error, ImportError):
        return ConfigError(_("the installation of chat is incomplete: {error}", error=error), hint=_("reinstall it"))
    what = _("a bug in chat: {error}", error=f"{type(error).__name__}: {error}")
    return ChatError(what, hint=_("CHAT_DEBUG=1 shows where"))


def _report(error: ChatError, notes: Notes) -> int:
    if _is_debug():
        import traceback

        for line in traceback.format_exc().splitlines():
            notes.write(line)
    notes.fail(error)
    return error.exit_code


def _is_debug() -> bool:
    from chatcli.settings.environment import is_debug

    try:
        return is_debug(os.environ)
    except ChatError:
        return True  # any value turns debugging on
