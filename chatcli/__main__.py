"""Entry point of `chat` and `python -m chatcli`.

Until there is something to clean up, Ctrl+C kills the program at once and silently, like any other. That is arranged
before much is imported, because imports take most of the time of a short run. Imported modules live until the
end, so garbage collection stays off until `process.startup.enable_collector` ends the start-up phase.

Where a conversation begins or goes on without more arguments, the first keys are echoed before anything else: see
`terminal.first_line`.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from chatcli.terminal.first_line import FirstLine

_COMPLETION = "_CHAT_COMPLETE"  # as in `cli.start`, which takes longer to import than the first line
_CONVERSING: tuple[list[str], ...] = ([], ["-c"], ["--continue"])  # the arguments


def main() -> None:
    """Run the command line of this process and exit with its code."""
    gc.disable()
    if sys.argv[1:] not in _CONVERSING or _COMPLETION in os.environ:
        _start(None)
    from chatcli.terminal.first_line import FirstLine

    with FirstLine() as line:
        _start(line)


def _start(line: FirstLine | None) -> NoReturn:
    from chatcli.process.startup import forbid_core_dumps, leave_silently_on_interrupt, skip_httpx_command

    leave_silently_on_interrupt()
    forbid_core_dumps()
    skip_httpx_command()
    from chatcli.cli.main import main as run

    run(line)


if __name__ == "__main__":
    main()
