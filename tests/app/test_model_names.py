"""Wherever a model is named, its name is read by the same rule: flags, settings, templates, commands, replacements."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TypeAlias

import pytest

from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.endpoints import Endpoints
from chatcli.app.model_binder import ModelBinder, provider_to_talk_to
from chatcli.app.user_files import UserFiles
from chatcli.batch.columns import find_columns
from chatcli.conversation.session import Session
from chatcli.conversation.tree import ChatState
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from chatcli.settings.definition import TemplateSettings
from chatcli.settings.trust import trust_ledger, trust_project

Configure: TypeAlias = Callable[..., Configuration]
Place: TypeAlias = tuple[str, str]

TABLES = """
[providers.one]
base_url = "https://one.example/v1"
[providers.two]
base_url = "https://two.example/v1"
[templates.there]
system = "Be brief."
model = "two/b"
[templates.here]
model = "two/b"
provider = "one"
"""
ONE = 'defaults.provider = "one"\n'
KEYS = {"OPENROUTER_API_KEY": "sk-or", "OPENAI_API_KEY": "sk-oa"}


@pytest.fixture
def configure(home: Path) -> Configure:
    """Return the settings of a run with these settings, variables and flags."""

    def build(settings: str = "", env: dict[str, str] | None = None, **flags: object) -> Configuration:
        folder = home / ".config" / "chatcli"
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        (folder / "config.toml").write_text(settings + TABLES, encoding="utf-8")
        environ = {"HOME": str(home), **(env or {})}
        environment = Environment(environ, home, StringIO(), StringIO(), StringIO())
        return Configuration(environment, Flags(**flags), UserFiles(home, environ))  # type: ignore[arg-type]

    return build


def place_of(config: Configuration) -> Place:
    endpoint = Endpoints(config).endpoint(config.provider())
    return endpoint.name, config.model(endpoint)


class Opened:
    """A conversation with its model."""

    def __init__(self, config: Configuration) -> None:
        endpoints = Endpoints(config)
        self.client = EndpointClient(endpoints, endpoints.endpoint(provider_to_talk_to(config)))
        self.session = Session(self.client.bind(""))
        self.binder = ModelBinder(endpoints, self.session, self.client)
        self.binder.begin()

    @property
    def place(self) -> Place:
        return self.client.endpoint.name, self.session.binding.model


NAMED = [
    # settings, environment, flags, place
    (ONE, {}, {"model": ("two/b",)}, ("two", "b")),
    (ONE, {}, {"model": ("m",)}, ("one", "m")),
    (ONE, {}, {"model": ("other/m",)}, ("one", "other/m")),
    (ONE, {}, {"model": ("two/b",), "provider": "one"}, ("one", "two/b")),
    (ONE, {}, {"model": ("two/b",), "base_url": "https://x.example/v1"}, ("x.example", "two/b")),
    (ONE, {"CHAT_MODEL": "two/b"}, {}, ("two", "b")),
    (ONE, {"CHAT_MODEL": "two/b"}, {"provider": "one"}, ("one", "two/b")),
    (ONE, {"CHAT_MODEL": "two/b", "CHAT_PROVIDER": "one"}, {}, ("one", "two/b")),
    (ONE + 'defaults.model = "two/b"\n', {}, {}, ("one", "two/b")),
    (ONE + 'defaults.model = "two/b"\n', {}, {"model": ("two/c",)}, ("two", "c")),
    ('defaults.model = "two/b"\n', {}, {}, ("two", "b")),
    ('defaults.model = "deepseek/deepseek-chat"\n', KEYS, {}, ("deepseek", "deepseek-chat")),
    ("", KEYS, {"model": ("openrouter/auto",)}, ("openrouter", "openrouter/auto")),
    ("", {"OPENROUTER_API_KEY": "sk-or"}, {"model": ("deepseek/new",)}, ("openrouter", "deepseek/new")),
    ("", {}, {"model": ("ollama/llama3",)}, ("ollama", "llama3")),
    ("", {}, {"model": ("ollama/some.gguf",)}, ("ollama", "some.gguf")),
    (ONE, {}, {"template": "there"}, ("two", "b")),
    (ONE, {}, {"template": "there", "provider": "one"}, ("one", "two/b")),
    (ONE, {}, {"template": "here"}, ("one", "two/b")),
    (ONE + '[models."two/b"]\ncontext = 9\n', {}, {"model": ("two/b",)}, ("one", "two/b")),
]


@pytest.mark.parametrize(("settings", "env", "flags", "place"), NAMED)
def test_a_model_is_found_where_its_name_says(
    configure: Configure, settings: str, env: dict[str, str], flags: dict[str, object], place: Place
) -> None:
    config = configure(settings, env, **flags)

    assert place_of(config) == place
    assert Opened(config).place == place


def test_a_project_file_chooses_no_provider(configure: Configure, home: Path) -> None:
    """It may be anyone's, and what is asked goes to whom the user has chosen."""
    config = configure(ONE)
    (home / ".chat.toml").write_text('defaults.model = "two/b"\n', encoding="utf-8")
    trust_project(home, trust_ledger(config.sources.dirs))

    assert place_of(config) == ("one", "two/b")


SWITCHES: list[tuple[Callable[[Opened], object], Place]] = [
    (lambda opened: opened.binder.use_model("two/b"), ("two", "b")),
    (lambda opened: opened.binder.use_model("two/b", "one"), ("one", "two/b")),
    (lambda opened: opened.binder.use_model("other/b"), ("one", "other/b")),
    (lambda opened: opened.binder.connect("two", "two/b"), ("two", "two/b")),
    (lambda opened: opened.binder.use_template(TemplateSettings(model="two/b")), ("two", "b")),
    (lambda opened: opened.binder.use_template(TemplateSettings(model="two/b", provider="one")), ("one", "two/b")),
    (lambda opened: opened.binder.open(ChatState(None, provider="two", model="one/b")), ("two", "one/b")),
]


@pytest.mark.parametrize(("switch", "place"), SWITCHES)
def test_in_a_conversation_too(configure: Configure, switch: Callable[[Opened], object], place: Place) -> None:
    opened = Opened(configure(ONE))

    switch(opened)

    assert opened.place == place


@pytest.mark.parametrize(
    ("flagged", "place"),
    [("m", ("two", "m")), ("one/m", ("one", "m")), ("two/m", ("two", "m")), ("x/m", ("two", "x/m"))],
)
def test_a_flag_names_a_model_at_the_provider_of_the_chat_that_is_opened(
    configure: Configure, flagged: str, place: Place
) -> None:
    opened = Opened(configure(ONE, model=(flagged,)))

    opened.binder.open(ChatState(None, provider="two", model="b"))

    assert opened.place == place


@pytest.mark.parametrize(
    ("flags", "provider", "is_told"),
    [
        ({}, "127.0.0.1", True),
        ({"provider": "two"}, "127.0.0.1", False),
        ({"model": ("m",)}, "127.0.0.1", False),
        ({"base_url": "http://127.0.0.1:9/v1"}, "127.0.0.1", False),
        ({}, "two", False),
        ({}, "guide", False),
        ({}, "", False),
    ],
)
def test_a_chat_that_leaves_its_endpoint_says_where_it_goes(
    configure: Configure, flags: dict[str, object], provider: str, is_told: bool
) -> None:
    """What was asked of a server by its address is not sent to another one without a word."""
    notice = Opened(configure(ONE, **flags)).binder.open(ChatState(None, provider=provider, model="private"))

    assert (notice is not None) is is_told
    if notice:
        assert all(word in notice.message for word in ("private", "127.0.0.1", "one"))


def test_what_was_in_use_comes_back_with_its_provider(configure: Configure) -> None:
    opened = Opened(configure(ONE, model=("m",), base_url="https://x.example/v1"))
    put_back = opened.binder.hold()
    opened.binder.use_model("two/b")

    put_back()

    assert opened.place == ("x.example", "m")


def test_models_that_step_in_or_are_asked_together_are_found_by_the_same_rule(configure: Configure) -> None:
    client = Opened(configure(ONE)).client

    routes = [client.route(client.read_name(name), name) for name in ("m", "two/b", "one/m", "other/m")]

    places = [(route.provider, route.model, route.title) for route in routes]
    assert places == [("one", "m", "m"), ("two", "b", "two/b"), ("one", "m", "one/m"), ("one", "other/m", "other/m")]


@pytest.mark.parametrize(
    ("flags", "columns"),
    [
        ({"model": ("two/b",)}, [("two", "b", "two/b")]),
        ({"model": ("two/b", "m")}, [("two", "b", "two/b"), ("one", "m", "m")]),
        ({"model": ("two/b", "m"), "provider": "one"}, [("one", "two/b", "two/b"), ("one", "m", "m")]),
        ({"model": ("two/b",), "provider": "one"}, [("one", "two/b", "two/b")]),
    ],
)
def test_columns_of_a_batch_too(
    configure: Configure, flags: dict[str, object], columns: list[tuple[str, str, str]]
) -> None:
    found = find_columns(Endpoints(configure(ONE, **flags)))

    assert [(one.endpoint.name, one.column.model, one.column.title) for one in found] == columns
