"""The program: `chat`, and `python -m chatcli`.

Until there is something to tidy up, Ctrl-C ends it as it ends any other program: at once and without a word. So that is
settled before anything else is imported, which is most of the time a short run takes. What is imported stays until the
end: it is not searched for garbage either, until `process.settle` says that the start is over.
"""

from __future__ import annotations

import gc
import signal


def main() -> None:
    """Run the command line of this process and exit with its code."""
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from chatcli.process.startup import forbid_core_dumps

    forbid_core_dumps()
    from chatcli.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
