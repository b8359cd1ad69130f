"""The clipboard as commands use it, with the surroundings of this run."""

from __future__ import annotations

from chatcli.app import App
from chatcli.core.values import value
from chatcli.process import is_terminal


@value
class SystemClipboard:
    """The clipboard of the system that *app* runs on; what is imported for it is imported when it is used."""

    app: App

    def read_image(self) -> bytes:
        """Return the picture in it, empty for none."""
        from chatcli import clipboard

        return clipboard.read_image(self.app.world.environ)

    def read_text(self) -> str:
        """Return the text in it; raises UsageError where nothing can read it."""
        from chatcli import clipboard

        return clipboard.read_text(self.app.world.environ)

    def write(self, text: str) -> str:
        """Put *text* into it, keys masked, and return by what; raises UsageError where nothing can."""
        from chatcli import clipboard

        stdout, environ = self.app.world.stdout, self.app.world.environ
        takes_escapes = is_terminal(stdout) and environ.get("TERM", "dumb") not in ("dumb", "")
        return clipboard.write(self.app.redact(text), environ, stdout if takes_escapes else None)


def clipboard_for(app: App) -> SystemClipboard:
    """Return the clipboard."""
    return SystemClipboard(app)
