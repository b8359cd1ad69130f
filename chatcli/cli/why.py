"""`chat why`: explains why a command failed, from its output or from what the shell knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from io import BufferedReader
from typing import TYPE_CHECKING, Annotated

from chatcli.cli.ask import ask
from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.process.streams import is_terminal
from chatcli.records import replace

if TYPE_CHECKING:
    import typer

# Set by the function that `chat shell-init` defines.
COMMAND, STATUS = "CHAT_LAST_COMMAND", "CHAT_LAST_STATUS"


def why(
    run: Run,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help=_("An error message, or a question about the input.")),
    ] = None,
) -> None:
    """Explain *words* and stdin, or else the last command of the shell; raises ChatError as `ask` does."""
    flags = run.flags if run.flags.template else replace(run.flags, template="why")
    own = Run.of(run.environment, flags, run.endpoints.confirm, files=run.files)
    is_given = bool(words or flags.file or flags.image) or _has_piped_text(run)
    ask(own, words if is_given else [_last_command(run.environment.environ)])


def _has_piped_text(run: Run) -> bool:
    """Return whether anything but white space is piped in, waiting for its first bytes, which stay there."""
    stdin = run.environment.stdin
    if is_terminal(stdin) or run.flags.no_stdin:
        return False
    buffer = stdin.buffer
    return not isinstance(buffer, BufferedReader) or bool(buffer.peek(1).strip())


def _last_command(environ: Mapping[str, str]) -> str:
    command, status = environ.get(COMMAND, "").strip(), environ.get(STATUS, "")
    if not command:
        hint = _("pipe its output in: make 2>&1 | chat why; after `chat shell-init`, `chat why` knows the last command")
        raise UsageError(_("no failed command to explain"), hint=hint)
    if status == "0":
        hint = _("to ask about its output: {command}", command=f"{command} 2>&1 | chat why")
        raise UsageError(_("{command} succeeded", command=f"`{command}`"), hint=hint)
    return f"`{command}` exited with status {status or 'unknown'}."
