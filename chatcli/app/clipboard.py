"""The clipboard as commands use it, with the surroundings of this run."""

from __future__ import annotations

from chatcli.app.app import App
from chatcli.process.streams import is_terminal
from chatcli.records import frozen


@frozen
class SystemClipboard:
    """The clipboard of the system that *app* runs on; what is imported for it is imported when it is used."""

    app: App

    def read_image(self) -> bytes:
        """Return the picture in it, empty for none."""
        from chatcli.terminal import clipboard

        return clipboard.read_image(self.app.environment.environ)

    def read_text(self) -> str:
        """Return the text in it; raises UsageError where nothing can read it."""
        from chatcli.terminal import clipboard

        return clipboard.read_text(self.app.environment.environ)

    def write(self, text: str) -> str:
        """Put *text* into it, keys masked, and return by what; raises UsageError where nothing can."""
        from chatcli.terminal import clipboard

        stdout = self.app.environment.stdout
        return clipboard.copy_text(
            self.app.redact(text), self.app.environment.environ, stdout if is_terminal(stdout) else None
        )


def clipboard_for(app: App) -> SystemClipboard:
    """Return the clipboard."""
    return SystemClipboard(app)
