"""Begins a run: the application for the flags, and what needs no parser, `chat` alone and `chat --version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.cli.version import VERSION
from chatcli.errors import UsageError
from chatcli.flags import FLAGS, Flags
from chatcli.process import environment, streams

if TYPE_CHECKING:
    from chatcli.app.app import App

COMPLETION = "_CHAT_COMPLETE"  # set by the shell when it asks what may follow


class LastRun:
    """The run that is under way, for whoever has to tell of its failure."""

    flags = Flags()
    app: App | None = None


def app_for(flags: Flags) -> App:
    """Return the application for *flags*."""
    from chatcli.app.app import App  # --help and --version need none of it

    for name, flag in FLAGS.items():
        given = getattr(flags, name)
        if flag.choices and given and given not in flag.choices:
            raise UsageError(f"`{flag.names[0]} {given}` is none of {', '.join(flag.choices)}")
    LastRun.flags = flags
    LastRun.app = App(environment.Environment.here(), flags, streams.confirm)
    return LastRun.app


def start(app: App) -> None:
    """Talk to whoever sits at the terminal, or answer what is piped in."""
    if app.environment.is_conversation:
        from chatcli.cli.chat import chat

        chat(app)
    elif streams.is_terminal(app.environment.stdin):
        raise UsageError("stdout is not a terminal, so there is nobody to talk to", hint='chat ask "..." asks once')
    else:
        from chatcli.cli.ask import ask

        ask(app, ())


def print_version() -> None:
    """Print the version of the program."""
    environment.Environment.here().stdout.write(f"chat {VERSION}\n")
