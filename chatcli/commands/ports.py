"""Declares the ports of slash commands: one for each thing outside the conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.ports import Client
from chatcli.conversation.tree import ChatState, Tree
from chatcli.records import field, frozen
from chatcli.settings.names import Name
from chatcli.text.draft import Draft

if TYPE_CHECKING:
    from chatcli.request.attachments import Attachment
    from chatcli.store.entries import ChatEntry, SearchHit
    from chatcli.usage.spending import Spending


@frozen
class EndpointInfo:
    """Public details of the endpoint, never its key."""

    provider: str
    base_url: str
    key_source: str | None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    proxy: str | None = None


class EndpointPort(Protocol):
    """The current endpoint and its models; raises ChatError if it cannot be reached."""

    @property
    def info(self) -> EndpointInfo:
        """Public details of the endpoint."""
        ...

    @property
    def providers(self) -> Sequence[str]:
        """The names of all providers."""
        ...

    def use_model(self, model: str, provider: str = "") -> None:
        """Use *model* from the next turn on: of *provider*, or of the one that its name chooses."""
        ...

    def hold_model(self) -> Callable[[], None]:
        """Return what makes the model in use the current one again."""
        ...

    def list_models(self) -> Sequence[ModelInfo]:
        """Return the models that the endpoint lists, with known details."""
        ...

    def known_models(self) -> Sequence[tuple[str, ModelInfo]]:
        """Return provider and details of each model known without contacting any endpoint, the one in use first."""
        ...

    def model_names(self) -> Sequence[str]:
        """Return the model names known without contacting the endpoint."""
        ...

    def count_exactly(self, messages: Sequence[Message]) -> int | None:
        """Ask the endpoint to count the tokens of *messages*; None if it cannot."""
        ...

    def preview(self, request: Request, form: Any) -> str:
        """Return *request* as json, curl or python."""
        ...

    def fan_out(self, models: Sequence[str]) -> Client:
        """Return the client that asks several models at once."""
        ...


@frozen
class ShellOutput:
    """What a command of the user's shell wrote, without its middle if that was long."""

    command: str
    text: str


class ShellPort(Protocol):
    """The user's shell; raises UsageError if there is none."""

    @property
    def last(self) -> ShellOutput | None:
        """The command that ran last, with its output."""
        ...

    def run(self, command: str, show: Callable[[str], None], /) -> str:
        """Run *command* and *show* each line of its output; return how it ended, "" if with success."""
        ...


class SettingsPort(Protocol):
    """The settings of this run; raises ConfigError for an invalid key or value."""

    def rows(self) -> Sequence[tuple[str, str, str]]:
        """Return key, value and origin of each setting."""
        ...

    def change(self, key: str, text: str) -> None:
        """Set one setting for this run."""
        ...

    def save(self, values: Mapping[Name, object]) -> Sequence[str]:
        """Keep *values* in the settings file; return its path, and a clause on each that something overrides."""
        ...

    def edit(self) -> str:
        """Let the user edit the settings file and apply it; return its path."""
        ...

    def reset(self) -> None:
        """Reset model, system prompt and parameters to the configured values."""
        ...

    def templates(self) -> Sequence[tuple[str, str, str]]:
        """Return name, origin and purpose of each template."""
        ...

    def use_template(self, name: str) -> str:
        """Apply a template from the next turn on, and return its question as a draft."""
        ...


class HelpPort(Protocol):
    """The help topics."""

    def topics(self) -> Sequence[tuple[str, str]]:
        """Return name and summary of each topic."""
        ...

    def text(self, name: str) -> str | None:
        """Return a topic as Markdown, None if there is no such topic."""
        ...


class FilesPort(Protocol):
    """The user's files; raises UsageError for files that cannot be read or written."""

    def file(self, name: str) -> list[Attachment]:
        """Return the attachments for the file or folder *name*."""
        ...

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return the attachments for the image *name*, a path or a URL."""
        ...

    def data(self, data: bytes, name: str) -> Attachment:
        """Return the attachment for *data*."""
        ...

    def load_mentions(self, draft: Draft) -> list[Attachment]:
        """Return the files that *draft* names with `@`."""
        ...

    def pasted_mentions(self, draft: Draft) -> list[str]:
        """Return the files whose names were pasted behind a typed `@` of *draft*, which attaches nothing."""
        ...

    def read_text(self, name: str) -> str:
        """Return the text of the file *name*."""
        ...

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name* and return its path; never overwrites."""
        ...

    def exists(self, name: str) -> bool:
        """Return whether the file or folder exists."""
        ...


class ClipboardPort(Protocol):
    """The system clipboard; raises UsageError if there is none."""

    def read_image(self) -> bytes:
        """Return the image in the clipboard, empty if there is none."""
        ...

    def read_text(self) -> str:
        """Return the text in the clipboard."""
        ...

    def write(self, text: str) -> str:
        """Copy *text*, and return the tool used."""
        ...


class ServerContentPort(Protocol):
    """The prompts of MCP servers."""

    def knows(self, name: str) -> bool:
        """Return whether *name* begins with a server and a colon."""
        ...

    def prompts(self, server: str) -> Sequence[tuple[str, str, str]]:
        """Return name, arguments and description of each prompt of *server*."""
        ...

    def prompt(self, words: str) -> str:
        """Return the text of the prompt that *words* name, `server:prompt NAME=VALUE …`."""
        ...


class ToolsPort(Protocol):
    """The tools that the model may call, and what else their servers offer."""

    @property
    def content(self) -> ServerContentPort:
        """The prompts of MCP servers."""
        ...

    def rows(self) -> Sequence[tuple[str, str, str, str]]:
        """Return name, origin, state and description of each tool."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names that `switch` accepts."""
        ...

    def switch(self, name: str, *, is_on: bool) -> Sequence[str]:
        """Offer the tools that *name* means, or no longer, and return their names."""
        ...


class ChatsPort(Protocol):
    """The stored chats and the current one; raises ChatError if the store fails."""

    @property
    def is_on(self) -> bool:
        """Whether this chat is stored."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether part of this chat could not be saved yet."""
        ...

    @property
    def title(self) -> str:
        """The title that this chat was given or opened with; empty if it has none yet."""
        ...

    @property
    def current(self) -> ChatEntry | None:
        """The stored entry of this chat, None if nothing of it is stored."""
        ...

    def begin(self, tree: Tree, state: ChatState, *, title: str = "") -> None:
        """Leave this chat and start another with these messages; without a *title* its first question gives one."""
        ...

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        """Return chats whose titles contain *words*, most recent first."""
        ...

    def search(self, words: str) -> Sequence[SearchHit]:
        """Return messages that contain *words*."""
        ...

    def find(self, name: str) -> ChatEntry:
        """Return the chat that *name* means."""
        ...

    def resume(self, name: str) -> ChatEntry:
        """Resume the chat that *name* means."""
        ...

    def open(self, entry: ChatEntry, *, at: int | None = None) -> ChatEntry:
        """Open a chat, on the branch through message *at*."""
        ...

    def rename(self, title: str) -> None:
        """Rename this chat."""
        ...

    def delete(self, entry: ChatEntry) -> None:
        """Delete a chat permanently."""
        ...

    def save_image(self, url: str) -> str:
        """Return the file in which this chat keeps an image of an answer, empty if it keeps none."""
        ...

    @property
    def spent(self) -> Spending:
        """The tokens and cost of this chat."""
        ...

    def spent_today(self) -> Spending:
        """Return the tokens and cost of all stored chats since midnight."""
        ...

    def turn_on(self) -> None:
        """Save this chat from its first turn on."""
        ...
