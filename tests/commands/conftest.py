"""What commands are given: a context whose ports lead nowhere, and write down what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from chatcli.commands import interpretation, load_all
from chatcli.commands.context import CommandContext
from chatcli.commands.ports import EndpointInfo, ShellOutput
from chatcli.commands.table import Outcome
from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import ChatState, Tree
from chatcli.errors import ConfigError, UsageError
from chatcli.records import mutable, replace
from chatcli.request.attachments import Attachment, of_bytes, of_link, of_text
from chatcli.request.mentions import mentions, pasted_names
from chatcli.settings.names import Name
from chatcli.store.entries import ChatEntry, SearchHit
from chatcli.text.draft import Draft
from chatcli.usage.spending import Spending, total_spending
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, says
from tests.support.sessions import make_session

ENDPOINT = EndpointInfo("openai", "https://api.openai.com/v1", "$OPENAI_API_KEY", {"temperature": (0, 1.5)})
SETTINGS = {
    "defaults.model": ("m", "flag --model"),
    "ui.theme": ('"auto"', "default"),
    "ui.plain": ("false", "default"),
}
MODELS = (ModelInfo("m", 128_000), ModelInfo("gpt-mini"))


class Unkept:
    """An archive in which there is nothing."""

    def __init__(self, session: Session | None = None, *kept: ChatEntry) -> None:
        self.session = session
        self.kept = list(kept)
        self.begun: list[tuple[Tree, ChatState]] = []
        self.is_on = self.is_behind = False
        self.current: ChatEntry | None = None
        self.opened_at: int | None = None
        self.title = ""
        self.today = Spending()

    def save_image(self, url: str) -> str:
        return f"/pictures/{len(url)}.png"

    def begin(self, tree: Tree, state: ChatState, *, title: str = "") -> None:
        self.title = title
        self.begun.append((tree, state))
        if self.session:
            self.session.load(tree, state)

    @property
    def spent(self) -> Spending:
        return total_spending(self.session.conversation.tree.nodes) if self.session else Spending()

    def spent_today(self) -> Spending:
        return self.today

    def entries(self, words: str = "") -> Sequence[ChatEntry]:
        return [entry for entry in self.kept if words in entry.title]

    def search(self, words: str) -> Sequence[SearchHit]:
        return [SearchHit(entry, 2, "assistant", f"about {words}") for entry in self.kept if words != "nothing"]

    def find(self, name: str) -> ChatEntry:
        found = next((entry for entry in self.kept if entry.id == name), None)
        if found is None:
            raise UsageError(f"unknown chat `{name}`")
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


class Toolbox:
    """Two tools, of which one is on."""

    def __init__(self) -> None:
        self.on = {"now"}

    def rows(self) -> Sequence[tuple[str, str, str, str]]:
        return [(name, "built in", "on" if name in self.on else "off", "Does it.") for name in self.names()]

    def names(self) -> Sequence[str]:
        return ["now", "run"]

    def switch(self, name: str, *, is_on: bool) -> Sequence[str]:
        if name not in self.names():
            raise UsageError(f"unknown tool `{name}`")
        self.on = self.on | {name} if is_on else self.on - {name}
        return [name]


class Shell:
    """A shell that writes back what it is told to run; `false` fails and writes nothing."""

    last: ShellOutput | None = None

    def run(self, command: str, show: Callable[[str], None]) -> str:
        self.last = ShellOutput(command, "" if command == "false" else f"ran {command}")
        if self.last.text:
            show(self.last.text)
        return "exit status 1" if command == "false" else ""


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

    def load_mentions(self, draft: Draft) -> list[Attachment]:
        named = [readings[-1] for readings in mentions(draft)]
        return [found for name in named if not name.startswith("no") for found in self.file(name)]

    def pasted_mentions(self, draft: Draft) -> list[str]:
        return [readings[-1] for readings in pasted_names(draft)]

    def read_text(self, name: str) -> str:
        return f"text of {name}"

    def write_text(self, name: str, _text: str) -> str:
        return name

    def exists(self, name: str) -> bool:
        return name in ("/etc", "big report.md")


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


@mutable
class FakeEndpoint:
    """An endpoint that answers nothing; what it is asked is appended to *log*."""

    session: Session
    log: list[Any]
    info: EndpointInfo = ENDPOINT
    providers: Sequence[str] = ("openai", "ollama")
    list_models: Callable[[], Sequence[ModelInfo]] = lambda: MODELS
    known_models: Callable[[], Sequence[tuple[str, ModelInfo]]] = lambda: ()
    model_names: Callable[[], Sequence[str]] = lambda: ["m", "gpt-mini"]
    count_exactly: Callable[[Sequence[Message]], int | None] = lambda _messages: None

    def use_model(self, model: str, provider: str = "") -> None:
        self.log.append((provider, model))
        chosen, _, name = model.rpartition("/")
        self.session.binding = replace(self.session.binding, model=name)
        self.info = replace(self.info, provider=provider or chosen or self.info.provider)

    def hold_model(self) -> Callable[[], None]:
        before = self.session.binding
        return lambda: setattr(self.session, "binding", before)

    def preview(self, request: Request, form: Any) -> str:
        return f"{form} {[message.text for message in request.messages]}"

    def fan_out(self, models: Sequence[str]) -> ScriptedClient:
        return ScriptedClient(*[says(f"by {name}") for name in models[:1]])


class FakeSettings:
    """Settings of one run in a dictionary."""

    def __init__(self, log: list[Any], rows: Sequence[tuple[str, str, str]] | None = None) -> None:
        self.log = log
        known = rows if rows is not None else [(key, *row) for key, row in SETTINGS.items()]
        self.values = {key: (value, origin) for key, value, origin in known}

    def rows(self) -> Sequence[tuple[str, str, str]]:
        return [(key, value, origin) for key, (value, origin) in self.values.items()]

    def change(self, key: str, text: str) -> None:
        if key not in self.values:
            raise ConfigError(f"unknown setting `{key}`")
        self.values[key] = (text, "this run")

    def save(self, values: Mapping[Name, object]) -> Sequence[str]:
        self.log.append(dict(values))
        return ["/settings.toml"]

    def edit(self) -> str:
        return "/settings.toml"

    def reset(self) -> None:
        self.log.append("reset")

    def templates(self) -> Sequence[tuple[str, str, str]]:
        return [("summarise", "shipped", "The main points")]

    def use_template(self, name: str) -> str:
        return f"draft of {name}"


class FakeHelp:
    """One topic."""

    def topics(self) -> Sequence[tuple[str, str]]:
        return [("pipes", "In and out")]

    def text(self, name: str) -> str | None:
        return {"pipes": "# Pipes\n"}.get(name)


def context_with(
    *answers: Sequence[Step],
    log: list[Any] | None = None,
    model: str = "m",
    system: str = "",
    endpoint: Mapping[str, Any] | None = None,
    rows: Sequence[tuple[str, str, str]] | None = None,
    **ports: Any,
) -> CommandContext:
    """Return a context after one turn for each of *answers*; what its ports are asked is appended to *log*.

    *endpoint* holds fields of the endpoint, *rows* the settings; other *ports* stand in place of the usual ones.
    """
    session = make_session(client=ScriptedClient(*answers), model=model, system=system, budget=TokenBudget(Letters()))
    for number in range(1, len(answers) + 1):
        session.turn(f"q{number}", ignore)
    asked = [] if log is None else log
    usual: Mapping[str, Any] = {
        "session": session,
        "endpoint": FakeEndpoint(session, asked, **(endpoint or {})),
        "settings": FakeSettings(asked, rows),
        "chats": Unkept(session),
        "files": Paper(),
        "clipboard": Pinboard(),
        "help": FakeHelp(),
        "tools": Toolbox(),
        "shell": Shell(),
        "edit": lambda text: f"edited {text}",
    }
    return CommandContext(**{**usual, **ports})


def interpret(line: str, context: CommandContext) -> Outcome:
    """Return what *line* asks for where it is typed."""
    return interpretation.interpret(Draft.by_keys(line), context)


@pytest.fixture
def context() -> Callable[..., CommandContext]:
    """Make contexts: `context(says("a"))` after one turn, `context(log=[])` to see what it asks of its callables."""
    load_all()
    return context_with


@pytest.fixture
def answer() -> Callable[..., list[Step]]:
    """Write an answer for `context`."""
    return says
