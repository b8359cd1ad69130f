"""Shows long text in the user's pager: `$PAGER`, else `less`, else `more`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.terminal.editor import split_command
from chatcli.terminal.tty import echoing

_USUAL = ("less", "more")
_HINT = N_("Set $PAGER")


def show_in_pager(text: Callable[[], str], *, environment: Mapping[str, str]) -> bool:
    """Show what *text* returns until the user closes the pager; return False if there is none.

    An empty `$PAGER` means none, and so does `cat`. Raises ConfigError if the pager cannot be started or fails.
    """
    command = _command(environment)
    if not command:
        return False
    try:
        with echoing(sys.stdin):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=dict(environment))
            with suppress(BrokenPipeError):  # closed before its end
                process.communicate(text().encode("utf-8", "replace"))
            status = process.wait()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            _("cannot start the pager `{name}`: {reason}", name=command[0], reason=reason), hint=_(_HINT)
        ) from error
    if status:
        what = _("the pager `{name}` exited with status {status}", name=command[0], status=status)
        raise ConfigError(what, hint=_(_HINT))
    return True


def _command(environment: Mapping[str, str]) -> list[str]:
    if (named := environment.get("PAGER")) is not None:
        command = split_command("PAGER", named)
        if command[:1] in ([], ["cat"]):
            return []
    else:
        command = [found for name in _USUAL if (found := shutil.which(name, path=environment.get("PATH")))][:1]
    # Whatever $LESS says, colours are to be colours.
    return [*command, "-R"] if command and Path(command[0]).name == "less" else command
