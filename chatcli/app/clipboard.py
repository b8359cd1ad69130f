"""The clipboard as commands use it, in the environment of this run."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.process.environment import Environment
from chatcli.process.streams import is_terminal
from chatcli.records import frozen


@frozen
class SystemClipboard:
    """The clipboard of the system; what is imported for it is imported when it is used. *redact* masks keys."""

    environment: Environment
    redact: Callable[[str], str]

    def read_image(self) -> bytes:
        """Return the picture in it, empty for none."""
        from chatcli.terminal import clipboard

        return clipboard.read_image(self.environment.environ)

    def read_text(self) -> str:
        """Return the text in it; raises UsageError where nothing can read it."""
        from chatcli.terminal import clipboard

        return clipboard.read_clipboard(self.environment.environ)

    def write(self, text: str) -> str:
        """Put *text* into it, keys masked, and return by what; raises UsageError where nothing can."""
        from chatcli.terminal import clipboard

        stdout, environ = self.environment.stdout, self.environment.environ
        takes_escapes = is_terminal(stdout) and environ.get("TERM", "dumb") not in ("dumb", "")
        return clipboard.copy_text(self.redact(text), environ, stdout if takes_escapes else None)
