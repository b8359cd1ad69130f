"""What commands may lay hands on: the conversation, the endpoint in use, and a few doors that the application opens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.ports import Client
from chatcli.conversation.session import Session
from chatcli.conversation.tree import ChatState, Tree
from chatcli.records import field, frozen, mutable

if TYPE_CHECKING:
    from chatcli.commands.storage import ChatArchive
    from chatcli.request.attachments import Attachment


@frozen
class EndpointInfo:
    """The endpoint in use, in words that may be shown: never the key itself."""

    provider: str
    base_url: str
    key_source: str | None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    proxy: str | None = None


class Files(Protocol):
    """Reads what is to be attached; what cannot be is raised as UsageError."""

    def file(self, name: str) -> list[Attachment]:
        """Return what the file or folder *name* becomes."""
        ...

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return what the picture *name*, a path or an address, becomes."""
        ...

    def data(self, data: bytes, name: str) -> Attachment:
        """Return what *data* becomes."""
        ...

    def load_mentions(self, text: str) -> list[Attachment]:
        """Return the files that *text* names with `@`."""
        ...


class Clipboard(Protocol):
    """The clipboard of this system; raises UsageError where there is none."""

    def read_image(self) -> bytes:
        """Return the picture in it, empty for none."""
        ...

    def read_text(self) -> str:
        """Return the text in it."""
        ...

    def write(self, text: str) -> str:
        """Put *text* into it, and return by what."""
        ...


@mutable
class CommandContext:
    """The conversation and the doors to what lies outside of it.

    *switch* changes provider and model (None keeps what is), *list_models* asks the endpoint, *settings* returns rows
    of key, value and origin, *change* sets one setting for this run, *topic* returns a help text or None, *reset* puts
    model, system prompt and parameters back to what is configured. *begin* leaves the chat as it is and begins another
    with these messages. *adapt* goes by what the chat that was just opened says of its model. *shown* writes a request
    as json, curl or python. *templates* lists name, origin and purpose, *use_template* goes on by one and returns the
    draft of its question. *waiting* holds what goes along with the next message. *count_exactly* asks the endpoint how
    many tokens messages have, and returns None where it does not count. *write_text* writes a new file and returns
    where; it raises UsageError, also where there is one already.
    """

    session: Session
    endpoint: EndpointInfo
    switch: Callable[[str | None, str], EndpointInfo]
    list_models: Callable[[], Sequence[ModelInfo]]
    settings: Callable[[], Sequence[tuple[str, str, str]]]
    change_setting: Callable[[str, str], None]
    topic: Callable[[str], str | None]
    topics: Callable[[], Sequence[tuple[str, str]]]
    reset: Callable[[], None]
    begin_chat: Callable[[Tree, ChatState], None]
    chats: ChatArchive
    apply_stored_settings: Callable[[], None]
    files: Files
    clipboard: Clipboard
    preview: Callable[[Request, Any], str]
    templates: Callable[[], Sequence[tuple[str, str, str]]]
    use_template: Callable[[str], str]
    fan_out: Callable[[Sequence[str]], Client]
    attachments: list[Attachment] = field(default_factory=list)
    providers: Sequence[str] = ()
    model_names: Callable[[], Sequence[str]] = tuple
    path_exists: Callable[[str], bool] = lambda _path: False
    read_text: Callable[[str], str] = lambda _path: ""
    write_text: Callable[[str, str], str] = lambda path, _text: path
    count_exactly: Callable[[Sequence[Message]], int | None] = lambda _messages: None
    now: Callable[[], float] = time.time
