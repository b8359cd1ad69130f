"""Implements the clipboard port of commands."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.process.environment import Environment
from chatcli.process.streams import is_terminal
from chatcli.records import frozen


@frozen
class SystemClipboard:
    """The system clipboard, imported on first use; *redact* masks keys."""

    environment: Environment
    redact: Callable[[str], str]

    def read_image(self) -> bytes:
        """Return the image in the clipboard, empty if there is none."""
        from chatcli.terminal import clipboard

        return clipboard.read_image(self.environment.environ)

    def read_text(self) -> str:
        """Return the text in the clipboard; raises UsageError if no tool can read it."""
        from chatcli.terminal import clipboard

        return clipboard.read_clipboard(self.environment.environ)

    def write(self, text: str) -> str:
        """Copy *text* with keys masked, and return the tool used; raises UsageError if there is none."""
        from chatcli.terminal import clipboard

        stdout, environ = self.environment.stdout, self.environment.environ
        takes_escapes = is_terminal(stdout) and environ.get("TERM", "dumb") not in ("dumb", "")
        return clipboard.copy_text(self.redact(text), environ, stdout if takes_escapes else None)
