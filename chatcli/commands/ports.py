"""What slash commands ask of the application: one port for each thing outside of the conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.ports import Client
from chatcli.conversation.tree import ChatState, Tree
from chatcli.records import field, frozen
from chatcli.text.draft import Draft

if TYPE_CHECKING:
    from chatcli.request.attachments import Attachment
    from chatcli.store.entries import ChatEntry, SearchHit
    from chatcli.usage.spending import Spending


@frozen
class EndpointInfo:
    """The endpoint in use, in words that may be shown: never the key itself."""

    provider: str
    base_url: str
    key_source: str | None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    proxy: str | None = None


class EndpointPort(Protocol):
    """The endpoint in use and its models; what cannot be reached is raised as ChatError."""

    @property
    def info(self) -> EndpointInfo:
        """What may be shown of it."""
        ...

    @property
    def providers(self) -> Sequence[str]:
        """The names of all providers there are."""
        ...

    def use_model(self, provider: str | None, model: str) -> None:
        """Use *model* from the next turn on, of another provider where one is named."""
        ...

    def list_models(self) -> Sequence[ModelInfo]:
        """Return the models that the endpoint lists, with what is known of them."""
        ...

    def model_names(self) -> Sequence[str]:
        """Return the names of models that are known without asking anybody."""
        ...

    def count_exactly(self, messages: Sequence[Message]) -> int | None:
        """Ask the endpoint how many tokens *messages* have; None where it does not count."""
        ...

    def preview(self, request: Request, form: Any) -> str:
        """Return *request* as json, curl or python."""
        ...

    def fan_out(self, models: Sequence[str]) -> Client:
        """Return the client that asks several models at once."""
        ...


class SettingsPort(Protocol):
    """The settings of this run; a wrong key or value is raised as ConfigError."""

    def rows(self) -> Sequence[tuple[str, str, str]]:
        """Return key, value and origin of each setting."""
        ...

    def change(self, key: str, text: str) -> None:
        """Set one setting for this run."""
        ...

    def reset(self) -> None:
        """Put model, system prompt and parameters back to what is configured."""
        ...

    def templates(self) -> Sequence[tuple[str, str, str]]:
        """Return name, origin and purpose of each template."""
        ...

    def use_template(self, name: str) -> str:
        """Go by a template from the next turn on, and return the draft of its question."""
        ...


class HelpPort(Protocol):
    """The help topics."""

    def topics(self) -> Sequence[tuple[str, str]]:
        """Return name and summary of each topic."""
        ...

    def text(self, name: str) -> str | None:
        """Return a topic as Markdown, None where there is none of that name."""
        ...


class FilesPort(Protocol):
    """The user's files; what cannot be read or written is raised as UsageError."""

    def file(self, name: str) -> list[Attachment]:
        """Return what the file or folder *name* becomes."""
        ...

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return what the picture *name*, a path or an address, becomes."""
        ...

    def data(self, data: bytes, name: str) -> Attachment:
        """Return what *data* becomes."""
        ...

    def load_mentions(self, draft: Draft) -> list[Attachment]:
        """Return the files that *draft* names with `@`."""
        ...

    def read_text(self, name: str) -> str:
        """Return the text of the file *name*."""
        ...

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name* and return its path; one that exists is not touched."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file or folder."""
        ...


class ClipboardPort(Protocol):
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


class ChatsPort(Protocol):
    """The stored chats, and the one in use; what cannot be read or written is raised as ChatError."""

    @property
    def is_on(self) -> bool:
        """Whether this chat is stored."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether something of this chat could not be stored yet."""
        ...

    @property
    def title(self) -> str:
        """The title that this chat was given or opened by, empty for one that has only its first question."""
        ...

    @property
    def current(self) -> ChatEntry | None:
        """This chat, None where nothing of it is stored."""
        ...

    def begin(self, tree: Tree, state: ChatState) -> None:
        """Leave this chat as it is and begin another with these messages."""
        ...

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        """Return chats whose titles hold *words*, the newest first."""
        ...

    def search(self, words: str) -> Sequence[SearchHit]:
        """Return messages that hold *words*."""
        ...

    def find(self, name: str) -> ChatEntry:
        """Return the chat that *name* means."""
        ...

    def resume(self, name: str) -> ChatEntry:
        """Open the chat that *name* means."""
        ...

    def open(self, entry: ChatEntry, *, at: int | None = None) -> ChatEntry:
        """Open a chat, on the branch through message *at*."""
        ...

    def rename(self, title: str) -> None:
        """Give this chat a title."""
        ...

    def delete(self, entry: ChatEntry) -> None:
        """Delete a chat for good."""
        ...

    def spent_today(self) -> Spending:
        """Return what the answers of all stored chats took since midnight."""
        ...

    def turn_on(self) -> None:
        """Store this chat from its beginning."""
        ...
