"""What commands are given: a desk whose doors lead nowhere, and write down who passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from chatcli.commands import load_all
from chatcli.commands.context import CommandContext, EndpointInfo
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.errors import ConfigError, UsageError
from chatcli.request.attachments import Attachment, mentions, of_bytes, of_link, of_text
from chatcli.store.entries import ChatEntry, SearchHit
from chatcli.usage.spending import Spending
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, says

ENDPOINT = EndpointInfo("openai", "https://api.openai.com/v1", "$OPENAI_API_KEY", {"temperature": (0, 1.5)})
SETTINGS = {"defaults.model": ("m", "flag --model"), "ui.theme": ("auto", "default"), "ui.plain": ("false", "default")}
MODELS = (ModelInfo("m", 128_000), ModelInfo("gpt-mini"))


class Unkept:
    """An archive in which there is nothing."""

    def __init__(self, *kept: ChatEntry) -> None:
        self.kept = list(kept)
        self.is_on = self.is_behind = False
        self.current: ChatEntry | None = None
        self.opened_at: int | None = None
        self.title = ""
        self.spent = Spending()

    def spent_today(self) -> Spending:
        return self.spent

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        return [entry for entry in self.kept if words in entry.title]

    def search(self, words: str) -> Sequence[SearchHit]:
        return [SearchHit(entry, 2, "assistant", f"about {words}") for entry in self.kept if words != "nothing"]

    def find(self, name: str) -> ChatEntry:
        found = next((entry for entry in self.kept if entry.id == name), None)
        if found is None:
            raise UsageError(f"there is no chat `{name}`")
        return found

    def resume(self, name: str) -> ChatEntry:
        return self.open(self.find(name))

    def open(self, entry: ChatEntry, *, at: int | None = None) -> ChatEntry:
        self.current = entry
        self.opened_at = at
        return entry

    def rename(self, title: str) -> None:
        self.title = title

    def delete(self, entry: ChatEntry) -> None:
        self.kept.remove(entry)

    def turn_on(self) -> None:
        self.is_on = True


class Paper:
    """Files that hold their own names; one of which the name begins with `no` is not there."""

    def file(self, name: str) -> list[Attachment]:
        if name.startswith("no"):
            raise UsageError(f"cannot read {name}: it is not there")
        return [of_text(f"text of {name}", name)]

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        return [of_link(f"https://pictures/{name}", detail)]

    def data(self, data: bytes, name: str) -> Attachment:
        return of_bytes(data, name)

    def load_mentions(self, text: str) -> list[Attachment]:
        return [found for name in mentions(text) if not name.startswith("no") for found in self.file(name)]


class Pinboard:
    """A clipboard that is only a string."""

    def __init__(self, text: str = "", image: bytes = b"") -> None:
        self.text = text
        self.image = image

    def read_image(self) -> bytes:
        return self.image

    def read_text(self) -> str:
        return self.text

    def write(self, text: str) -> str:
        self.text = text
        return "a string"


def context_with(
    *answers: Sequence[Step], log: list[Any] | None = None, model: str = "m", **callables: Any
) -> CommandContext:
    """Return a context after one turn for each of *answers*; what its callables are asked is appended to *log*."""
    session = Session(client=ScriptedClient(*answers), model=model, budget=TokenBudget(Letters()))
    for number in range(1, len(answers) + 1):
        session.turn(f"q{number}", ignore)
    asked = [] if log is None else log
    settings: dict[str, tuple[str, str]] = dict(SETTINGS)

    def switch(provider: str | None, name: str) -> EndpointInfo:
        asked.append((provider, name))
        session.model = name
        return EndpointInfo(provider or ENDPOINT.provider, ENDPOINT.base_url, None)

    def change(key: str, text: str) -> None:
        if key not in settings:
            raise ConfigError(f"there is no setting `{key}`")
        settings[key] = (text, "this run")

    usual: Mapping[str, Any] = {
        "session": session,
        "endpoint": ENDPOINT,
        "switch": switch,
        "list_models": lambda: MODELS,
        "settings": lambda: [(key, value, origin) for key, (value, origin) in settings.items()],
        "change_setting": change,
        "topic": {"pipes": "# Pipes\n"}.get,
        "topics": lambda: [("pipes", "In and out")],
        "begin_chat": session.load,
        "chats": Unkept(),
        "apply_stored_settings": lambda: asked.append("apply_stored_settings"),
        "files": Paper(),
        "clipboard": Pinboard(),
        "templates": lambda: [("summarise", "shipped", "The main points")],
        "use_template": lambda name: f"draft of {name}",
        "fan_out": lambda names: ScriptedClient(*[says(f"by {name}") for name in names[:1]]),
        "preview": lambda request, form: f"{form} {[message.text for message in request.messages]}",
        "reset": lambda: asked.append("reset"),
        "providers": ("openai", "ollama"),
        "model_names": lambda: ["m", "gpt-mini"],
        "path_exists": {"/etc"}.__contains__,
        "read_text": lambda path: f"text of {path}",
    }
    return CommandContext(**{**usual, **callables})


@pytest.fixture
def context() -> Callable[..., CommandContext]:
    """Make contexts: `context(says("a"))` after one turn, `context(log=[])` to see what it asks of its callables."""
    load_all()
    return context_with


@pytest.fixture
def answer() -> Callable[..., list[Step]]:
    """Write an answer for `context`."""
    return says
