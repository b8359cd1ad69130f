"""The command line: words to flags, flags to a run; and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys

from chatcli.cli.start import COMPLETION, LastRun, app_for, print_version, start
from chatcli.errors import SIGINT, ChatError, Stopped
from chatcli.flags import Flags
from chatcli.process import environment, signals, startup, streams


def main() -> None:
    """Run the command line of this process and exit with its code."""
    startup.set_private_umask()
    streams.repair_streams()
    signals.raise_on_signals()
    try:
        code = run(sys.argv[1:])
        signals.ignore_signals()
    except (KeyboardInterrupt, Stopped) as last:  # it came when all was over but the end of the process
        signals.ignore_signals()
        code = last.exit_code if isinstance(last, Stopped) else Stopped(SIGINT).exit_code
    streams.discard_output(sys.stdout, sys.stderr)
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run *words* as the command line and return the exit code."""
    try:
        code = _follow(words)
        sys.stdout.flush()  # a loss that shows only at the end of the process would have another code
    except KeyboardInterrupt:
        return Stopped(SIGINT).exit_code
    except Stopped as stopped:
        return stopped.exit_code
    except ChatError as error:
        return _fail(error)
    except Exception as error:  # a bug: told in a line, its traceback on request
        named = _named(error)
        return named.exit_code if isinstance(named, Stopped) else _fail(named)
    return code


def _follow(words: list[str]) -> int:
    # The commonest runs have nothing to parse, and importing the parser would be half of their start.
    if not words and COMPLETION not in os.environ:
        start(app_for(Flags()))
        return 0
    if words in (["--version"], ["-V"]):
        print_version()
        return 0
    from chatcli.cli.parser import run_words

    return run_words(words)


def _named(error: Exception) -> ChatError | Stopped:
    """Return what *error* is: a loss of stdout, as the parser writes its help there itself, or else a bug."""
    if isinstance(error, OSError) and error.errno in streams.UNWRITABLE and error.filename is None:
        from chatcli.output.plain import loss

        return loss(error)
    return ChatError(f"a bug in chat: {type(error).__name__}: {error}", hint="CHAT_DEBUG=1 shows where")


def _fail(error: ChatError) -> int:
    from chatcli.output.plain import Notes

    world = environment.Environment.here()
    redact = LastRun.app.redact if LastRun.app else lambda text: text
    notes = Notes(world.stderr, redact, is_verbose=LastRun.flags.verbose)
    if _is_debug(world):
        import traceback

        for line in traceback.format_exc().splitlines():
            notes.write(line)
    notes.fail(error)
    return error.exit_code


def _is_debug(world: environment.Environment) -> bool:
    from chatcli.settings.environment import is_debug

    try:
        return is_debug(world.environ)
    except ChatError:
        return True  # whoever sets the variable to something wants to see something
