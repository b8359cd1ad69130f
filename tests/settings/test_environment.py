"""Variables are read under their own names, and a bad one is named."""

import pytest

from chatcli.errors import ConfigError
from chatcli.providers.table import PROVIDERS
from chatcli.settings.environment import VARIABLES, environment_layer, is_debug
from chatcli.settings.layers import Resolved, resolve_settings


def resolved(**env: str) -> Resolved:
    return resolve_settings([environment_layer(env, presets=PROVIDERS)])


def test_our_variables_are_settings() -> None:
    result = resolved(CHAT_MODEL="m", CHAT_PROVIDER="groq", CHAT_PLAIN="1")

    assert (result.settings.defaults.model, result.settings.defaults.provider) == ("m", "groq")
    assert result.settings.ui.plain
    assert result.source("ui.plain") == "environment CHAT_PLAIN"


def test_empty_and_unknown_variables_are_nothing() -> None:
    assert not resolved(CHAT_MODEL="", CHAT_PLAIN="", OPENAI_BASE_URL=" ", CHAT_NONSENSE="1").given


def test_a_bad_value_names_its_variable() -> None:
    with pytest.raises(ConfigError) as caught:
        resolved(CHAT_PLAIN="perhaps")

    assert caught.value.what == 'environment CHAT_PLAIN: ui.plain = "perhaps" must be true or false'


@pytest.mark.parametrize(
    ("env", "provider", "url"),
    [
        ({"OPENAI_BASE_URL": "https://proxy.example/v1/"}, "openai", "https://proxy.example/v1"),
        ({"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/"}, "azure", "https://r.openai.azure.com/openai/v1"),
        ({"OLLAMA_HOST": "0.0.0.0:9000"}, "ollama", "http://127.0.0.1:9000/v1"),
        ({"MEGALLM_BASE_URL": "http://localhost:1/v1"}, "megallm", "http://localhost:1/v1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_addresses_of_known_providers_are_replaced(env: dict[str, str], provider: str, url: str) -> None:
    assert resolved(**env).settings.providers[provider].base_url == url


def test_an_impossible_address_names_its_variable() -> None:
    with pytest.raises(ConfigError, match="environment OPENAI_BASE_URL: ") as caught:
        resolved(OPENAI_BASE_URL="proxy.example/v1")

    assert caught.value.hint == "Did you mean https://proxy.example/v1?"


@pytest.mark.parametrize(("text", "debug"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_debugging_is_asked_for_by_a_variable(text: str, debug: bool) -> None:
    assert is_debug({"CHAT_DEBUG": text}) is debug
    assert not is_debug({})


def test_an_unreadable_wish_to_debug_is_named() -> None:
    with pytest.raises(ConfigError, match='environment CHAT_DEBUG = "loud" must be true or false'):
        is_debug({"CHAT_DEBUG": "loud"})


def test_every_variable_has_a_meaning_for_the_manual() -> None:
    names = [name for name, *_ in VARIABLES]

    assert len(set(names)) == len(names) == 7
    assert all(meaning for _, meaning, _ in VARIABLES)
