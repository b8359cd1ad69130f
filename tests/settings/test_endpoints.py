"""Which endpoint is meant, who named its address, and whose habits it has."""

import pytest

from chatcli.errors import ConfigError
from chatcli.settings.endpoints import ProviderAddress, locate, pick_provider, refuse_insecure
from chatcli.settings.loading import SettingsSources, load_settings
from tests.settings.conftest import Around
from tests.support.hints import hint_of


def located(here: SettingsSources, provider: str = "", *, base_url: str = "") -> ProviderAddress:
    return locate(load_settings(here).resolved, provider, presets=here.presets, base_url=base_url)


def test_a_known_provider_has_its_own_address(around: Around) -> None:
    endpoint = located(around(), "groq")

    assert (endpoint.base_url, endpoint.given_by) == ("https://api.groq.com/openai/v1", "preset")
    assert str(endpoint.origin) == "https://api.groq.com"


def test_the_environment_beats_the_file(around: Around) -> None:
    config = '[providers.openai]\nbase_url = "https://file.example/v1"\nrpm = 3'

    from_file = located(around(config), "openai")
    from_both = located(around(config, OPENAI_BASE_URL="https://env.example/v1"), "openai")

    assert (from_file.base_url, from_file.given_by) == ("https://file.example/v1", "user")
    assert (from_both.base_url, from_both.given_by) == ("https://env.example/v1", "environment")
    assert from_both.options.rpm == 3


def test_an_address_on_the_command_line_has_no_provider(around: Around) -> None:
    endpoint = located(around('[providers.openai]\nheaders = { X = "y" }'), "openai", base_url="http://localhost:1/v1/")

    assert (endpoint.provider, endpoint.base_url, endpoint.given_by) == ("", "http://localhost:1/v1", "flag")
    assert not endpoint.options.headers


def test_a_wrong_address_on_the_command_line_is_mended_in_words(around: Around) -> None:
    with pytest.raises(ConfigError, match='the URL given for this run: "localhost:1" must begin with') as caught:
        located(around(), base_url="localhost:1")

    assert caught.value.hint == "Did you mean http://localhost:1?"


def test_a_password_on_the_command_line_is_not_repeated(around: Around) -> None:
    with pytest.raises(ConfigError) as caught:
        located(around(), base_url="https://me:hunter2@a.example")

    assert "hunter2" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("config", "provider", "kind"),
    [
        pytest.param("", "openai", "openai", id="known by name"),
        pytest.param("", "ollama", "ollama", id="a server of one's own is known by name"),
        pytest.param('[providers.ollama]\nbase_url = "http://box:1/v1"', "ollama", "ollama", id="wherever it is"),
        pytest.param('[providers.openai]\nbase_url = "http://box:1/v1"', "openai", "openai", id="a hosted one too"),
        pytest.param('[providers.x]\nbase_url = "http://box:1/v1"\nkind = "vllm"', "x", "vllm", id="named"),
        pytest.param('[providers.x]\nbase_url = "http://box:1/v1"', "x", "", id="the host decides"),
        pytest.param('[providers.ollama]\nkind = "plain"', "ollama", "plain", id="none"),
    ],
)
def test_whose_habits_an_endpoint_has(around: Around, config: str, provider: str, kind: str) -> None:
    assert located(around(config), provider).kind == kind


@pytest.mark.parametrize(
    ("config", "env", "provider", "sentence"),
    [
        pytest.param("", {}, "grok", 'unknown provider "grok". Did you mean "groq"?', id="unknown"),
        pytest.param(
            "",
            {"CHAT_PROVIDER": "opanai"},
            "opanai",
            'environment CHAT_PROVIDER: unknown provider "opanai". Did you mean "openai"?',
            id="unknown, from a variable",
        ),
        pytest.param(
            "",
            {},
            "my.box",
            'unknown provider "my.box". Describe it under [providers."my.box"], with its base_url',
            id="new",
        ),
        pytest.param("[providers.x]\nrpm = 1", {}, "x", "provider x has no URL. Set providers.x.base_url", id="own"),
        pytest.param(
            "",
            {},
            "azure",
            "provider azure has no URL. Set $AZURE_OPENAI_ENDPOINT, or providers.azure.base_url",
            id="azure",
        ),
        pytest.param(
            '[providers.x]\nbase_url = "http://a"\nkind = "vlm"',
            {},
            "x",
            'providers.x.kind = "vlm" is not a built-in provider. Did you mean "vllm"?',
            id="kind",
        ),
    ],
)
def test_what_cannot_be_located_is_said(
    around: Around, config: str, env: dict[str, str], provider: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        located(around(config, **env), provider)

    assert caught.value.sentence() == sentence


def test_a_kind_that_is_like_nothing_gets_the_list(around: Around) -> None:
    with pytest.raises(ConfigError) as caught:
        located(around('[providers.x]\nbase_url = "http://a"\nkind = "zzzzzz"'), "x")

    assert hint_of(caught.value).endswith("vllm, plain")


@pytest.mark.parametrize(
    ("config", "env", "provider"),
    [
        pytest.param("", {}, "", id="nothing points anywhere"),
        pytest.param('[defaults]\nprovider = "xai"', {"OPENAI_API_KEY": "k"}, "xai", id="what is set"),
        pytest.param("[providers.x]\nrpm = 1", {"OPENAI_API_KEY": "k"}, "x", id="the only one described"),
        pytest.param("[providers.x]\nrpm = 1\n[providers.y]\nrpm = 1", {"XAI_API_KEY": "k"}, "xai", id="one of two"),
        pytest.param("", {"XAI_API_KEY": "k", "GROQ_API_KEY": "k"}, "groq", id="the first with a key"),
        pytest.param("", {"OPENAI_API_KEY": " ", "HF_TOKEN": "k"}, "huggingface", id="blank is no key"),
        pytest.param("", {"OPENAI_BASE_URL": "http://localhost:1"}, "openai", id="an address"),
    ],
)
def test_a_provider_is_picked_without_being_asked_for(
    around: Around, config: str, env: dict[str, str], provider: str
) -> None:
    here = around(config, **env)

    assert pick_provider(load_settings(here).resolved, presets=here.presets, env=here.env) == provider


def test_a_stored_key_is_the_last_hint_and_asked_for_last(around: Around) -> None:
    asked = []

    def stored() -> list[str]:
        asked.append(True)
        return ["mistral", "xai"]

    for env in ({"OPENAI_API_KEY": "k"}, {}):
        here = around(**env)
        picked = pick_provider(load_settings(here).resolved, presets=here.presets, env=here.env, stored=stored)

    assert picked == "mistral"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "config",
    [
        '[providers.x]\nbase_url = "https://a.example"',
        '[providers.x]\nbase_url = "http://127.0.0.1:8080"',
        '[providers.x]\nbase_url = "http://a.example"\nallow_insecure_http = true',
    ],
    ids=["https", "this machine", "allowed"],
)
def test_keys_travel_encrypted_or_not_far(around: Around, config: str) -> None:
    endpoint = located(around(config), "x")

    refuse_insecure(endpoint)

    assert endpoint.provider == "x"


def test_keys_do_not_travel_in_the_clear(around: Around) -> None:
    endpoint = located(around('[providers."my.x"]\nbase_url = "http://a.example:8080"'), "my.x")

    with pytest.raises(ConfigError) as caught:
        refuse_insecure(endpoint)

    assert caught.value.sentence() == (
        "the key would be sent unencrypted to http://a.example:8080. "
        'Use https://, or set providers."my.x".allow_insecure_http = true'
    )
