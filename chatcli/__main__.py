"""Entry point of `chat` and `python -m chatcli`.

Until there is something to clean up, Ctrl-C kills the program at once and silently, like any other. That is arranged
before anything else is imported, because imports take most of the time of a short run. Imported modules live until the
end, so garbage collection stays off until `process.startup.enable_collector` ends the start-up phase.
"""

from __future__ import annotations

import gc
import signal


def main() -> None:
    """Run the command line of this process and exit with its code."""
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from chatcli.process.startup import forbid_core_dumps, skip_httpx_command

    forbid_core_dumps()
    skip_httpx_command()
    from chatcli.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
