"""Keeps the window of the terminal in step with the chat: its title, and a call when a long answer has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TextIO

from chatcli.app.configuration import Configuration
from chatcli.app.outputs import is_plain
from chatcli.app.running_chat import RunningChat
from chatcli.conversation.titles import title_of_tree
from chatcli.language import _
from chatcli.records import frozen
from chatcli.settings.definition import Ui
from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.tty import write_all
from chatcli.terminal.window import BELL, WindowTitle, notification

_LONG_S = 10.0  # an answer that takes longer is not waited for


@frozen
class ChatWindow:
    """The window in which a chat runs: *title* returns the chat's, *reader* knows whether it has the focus."""

    screen: TextIO
    environ: Mapping[str, str]
    ui: Callable[[], Ui]
    title: Callable[[], str]
    reader: KeyReader
    bar: WindowTitle

    def kept(self) -> AbstractContextManager[None]:
        """Give the window its own title back afterwards."""
        return self.bar.kept()

    def show_title(self) -> None:
        """Show the title of the chat."""
        title = self.title()
        self.bar.show(f"{title} - chat" if title else "chat")

    def call_user(self, seconds: float) -> None:
        """Call the user after a turn of *seconds* if that was long and the window has lost the focus."""
        alert = self.ui().alert
        if seconds >= _LONG_S and not self.reader.is_focused and alert != "off":
            title = self.title()
            text = _("chat has answered: {title}", title=title) if title else _("chat has answered")
            write_all(self.screen, BELL if alert == "bell" else notification(text, self.environ))


def window_of(config: Configuration, chat: RunningChat, reader: KeyReader) -> ChatWindow:
    """Return the window of *chat*; plain terminals have none that could be named."""

    def title() -> str:
        return chat.chats.title or title_of_tree(chat.session.conversation.tree)

    environment = config.environment
    is_on = config.settings.ui.title and not is_plain(config)
    bar = WindowTitle(environment.stdout, environment.environ, is_on=is_on)
    return ChatWindow(environment.stdout, environment.environ, lambda: config.settings.ui, title, reader, bar)
