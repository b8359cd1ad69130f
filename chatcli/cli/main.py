"""Runs the command line: arguments in, exit code out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NoReturn

from chatcli.cli.start import COMPLETION, ErrorGuard, execute, print_version, start
from chatcli.errors import SIGINT, Stopped
from chatcli.language import ENGLISH, _, current_language, use_language
from chatcli.process import startup, streams
from chatcli.process.environment import is_ascii_locale

if TYPE_CHECKING:
    from chatcli.cli.invocation import Invocation
    from chatcli.output.plain import Notes
    from chatcli.terminal.first_line import FirstLine

_VERSION = (["--version"], ["-V"])
_HELP = (["--help"], ["-h"])


def main(line: FirstLine | None = None) -> NoReturn:
    """Run the command line of this process and exit with its code; *line* is shown meanwhile."""
    startup.set_private_umask()
    streams.repair_streams()
    code = _answer_tab() if COMPLETION in os.environ else None
    if code is None:
        code = _run_with_signals(line)
    streams.discard_output(sys.stdout, sys.stderr)
    startup.prepare_exit()
    sys.exit(code)


def _run_with_signals(line: FirstLine | None) -> int:
    from chatcli.process import signals  # a Tab has nothing to clean up

    signals.raise_on_signals()
    try:
        code = run(sys.argv[1:], line)
        signals.ignore_signals()
    except (KeyboardInterrupt, Stopped) as last:  # it arrived while the process was exiting
        signals.ignore_signals()
        code = last.exit_code if isinstance(last, Stopped) else Stopped(SIGINT).exit_code
    return code


def run(words: list[str], line: FirstLine | None = None) -> int:
    """Run *words* as the command line and return the exit code."""
    with ErrorGuard(_notes) as guarded:
        if _is_for_scripts(words):
            use_language(ENGLISH)
        elif words not in _VERSION:
            _use_wished_language()
        guarded.end(_follow(words, line))
    return guarded.code


def _use_wished_language() -> None:
    from chatcli.settings.language import use_wished_language

    use_wished_language(os.environ)
    if current_language() != ENGLISH and not streams.can_show(_("just now")):
        use_language(ENGLISH)


def _is_for_scripts(words: Sequence[str]) -> bool:
    """Return whether programs read the output: they depend on one language, whatever the user's is."""
    return "--json" in takewhile(lambda word: word != "--", words)


def _follow(words: list[str], line: FirstLine | None) -> int:
    if (line is not None or not words) and COMPLETION not in os.environ:
        from chatcli.flags import Flags

        flags = Flags(go_on=True) if words else Flags()  # a line is shown with no other words than -c
        return execute(flags, lambda run: start(run, line), line=line)
    if words in _VERSION:
        print_version()
        return 0
    if words in _HELP:
        from chatcli.cli.help_text import help_width
        from chatcli.cli.root_help import root_help

        sys.stdout.write(root_help(help_width()))
        return 0
    return _run(words)


def _run(words: list[str]) -> int:
    from chatcli.cli.invocation import prepare_words, read_invocation

    prepared = prepare_words(words)
    asked: Invocation | int | None = None if COMPLETION in os.environ else read_invocation(prepared)
    if asked is None:
        from chatcli.cli.parser import parse

        asked = parse(prepared)
    return asked if isinstance(asked, int) else asked.run()


def _answer_tab() -> int | None:
    """Write the values that fit where the cursor of a shell stands; return None to leave it to the parser."""
    from chatcli.cli.completion import complete
    from chatcli.process.environment import Environment

    answer: str | None = None
    with ErrorGuard(_notes) as guarded:
        _use_wished_language()
        answer = complete(os.environ[COMPLETION].partition("complete_")[2], Environment.here())
        if answer is None:
            return None
        if os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
            return 0 if answer else 1
        sys.stdout.write(f"{answer}\n")
        guarded.end(0)
    return guarded.code


def _notes() -> Notes:
    """Return the output for an error that occurred before a run existed."""
    from chatcli.output.plain import Notes
    from chatcli.repl.remedies import word_on_command_line

    return Notes(sys.stderr, str, word_on_command_line, is_ascii=is_ascii_locale(os.environ))
