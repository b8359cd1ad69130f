"""A key goes only to the host it was given for, and only the key that was meant."""

import sys

import pytest

from chatcli.errors import ConfigError, hint_text
from chatcli.repl.remedies import word_on_command_line
from chatcli.settings.endpoints import ProviderAddress, locate
from chatcli.settings.keys import FoundKey, KeySearch, KeySources, NoKey, Unconfirmed, find_key, key_hint
from chatcli.settings.keystore import confirmations, key_store
from chatcli.settings.loading import SettingsSources, load_settings
from chatcli.settings.urls import origin_of
from chatcli.text.redactor import Secret
from tests.settings.conftest import Around
from tests.support.hints import hint_of

KEY = "sk-proj-0123456789"
CMD = f'api_key_cmd = [{sys.executable!r}, "-c", "print(\'from-a-command\')"]'


def sources(here: SettingsSources, key_env: str = "") -> KeySources:
    return KeySources(here.env, here.presets, key_store(here.dirs), confirmations(here.dirs), key_env)


def endpoint(here: SettingsSources, provider: str = "openai", base_url: str = "") -> ProviderAddress:
    return locate(load_settings(here).resolved, provider, presets=here.presets, base_url=base_url)


def search(here: SettingsSources, provider: str = "openai", *, base_url: str = "", key_env: str = "") -> KeySearch:
    return find_key(endpoint(here, provider, base_url), sources(here, key_env))


def found(text: str, source: str) -> FoundKey:
    return FoundKey(Secret(text), source)


@pytest.mark.parametrize(
    ("env", "provider"),
    [
        ({"OPENAI_API_KEY": KEY}, "openai"),
        ({"ZHIPU_API_KEY": KEY}, "zhipu"),
        ({"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com"}, "azure"),
        ({"VLLM_API_KEY": KEY}, "vllm"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://proxy.example/v1"}, "openai"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://localhost:8080/v1"}, "openai"),
    ],
    ids=["openai", "second name", "azure", "local", "address from the environment", "local address"],
)
def test_a_known_variable_serves_its_own_provider(around: Around, env: dict[str, str], provider: str) -> None:
    variable = next(name for name in env if name.endswith("_KEY"))

    assert search(around(**env), provider) == found(KEY, f"${variable}")


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("openai", "https://evil.example/v1"),
        ("openai", "http://localhost:8080/v1"),
        ("openai", "http://api.openai.com/v1"),
        ("openai", "https://api.openai.com:8443/v1"),
        ("openai", "https://api.openai.com.evil.example/v1"),
        ("openai", "https://evilapi.openai.com/v1"),
        ("azure", "https://evil.example/openai.azure.com"),
        ("azure", "https://openai.azure.com.evil.example"),
        ("dashscope", "https://evil.oss-cn-hangzhou.aliyuncs.com/v1"),
        ("vllm", "http://10.0.0.1:8000/v1"),
        ("deepseek", "https://api.deepseek.example"),
    ],
)
def test_a_known_variable_serves_no_other_host(around: Around, provider: str, url: str) -> None:
    here = around(f'[providers.{provider}]\nbase_url = "{url}"\nallow_insecure_http = true')
    keys = dict.fromkeys(here.presets[provider].key_envs, KEY)

    outcome = search(around(**keys), provider)

    assert isinstance(outcome, NoKey)
    assert "unless api_key_env names it" in outcome.reason


def test_a_provider_without_a_key_of_its_own_sends_none(around: Around) -> None:
    here = around('[providers.x]\nbase_url = "https://api.openai.com/v1"', OPENAI_API_KEY=KEY)

    assert search(here, "x") == NoKey(("no key is saved for x",))


def test_a_variable_that_is_nobodys_goes_where_it_is_sent(around: Around) -> None:
    here = around('[providers.x]\nbase_url = "https://x.example/v1"\napi_key_env = "WORK_KEY"', WORK_KEY=f"{KEY}\n")

    assert search(here, "x") == found(KEY, "$WORK_KEY")


OTHER = '[providers.x]\nbase_url = "https://x.example/v1"\napi_key_env = "OPENAI_API_KEY"'


def test_a_known_key_goes_to_another_host_only_after_a_yes(around: Around) -> None:
    here = around(OTHER, OPENAI_API_KEY=KEY)
    asked = search(here, "x")
    assert isinstance(asked, Unconfirmed)

    sources(here).confirmed.add(asked.variable, asked.origin)

    assert asked.question == "$OPENAI_API_KEY is the key of OpenAI. Send it to https://x.example?"
    assert search(here, "x") == found(KEY, "$OPENAI_API_KEY")


def test_a_yes_holds_for_one_host_only(around: Around) -> None:
    here = around(OTHER, OPENAI_API_KEY=KEY)
    sources(here).confirmed.add("OPENAI_API_KEY", origin_of("https://x.example:8443/v1"))

    assert isinstance(search(here, "x"), Unconfirmed)


def test_without_anybody_to_ask_a_known_key_stays_at_home(around: Around) -> None:
    asked = search(around(OTHER, OPENAI_API_KEY=KEY), "x")
    assert isinstance(asked, Unconfirmed)

    refusal = asked.refusal()

    assert isinstance(refusal, ConfigError)
    assert refusal.what.startswith("$OPENAI_API_KEY is the key of OpenAI and is not sent to https://x.example")
    assert "on a terminal" in hint_of(refusal)


def test_naming_the_owners_variable_at_the_owners_host_asks_nothing(around: Around) -> None:
    here = around(OTHER.replace("x.example", "api.openai.com"), OPENAI_API_KEY=KEY)

    assert search(here, "x") == found(KEY, "$OPENAI_API_KEY")


def test_a_saved_key_beats_the_known_variable(around: Around) -> None:
    here = around(OPENAI_API_KEY=KEY)
    key_store(here.dirs).set_key("openai", origin=origin_of("https://api.openai.com"), key="saved-key")

    assert search(here) == found("saved-key", "the key store")


def test_a_saved_key_goes_to_no_address_it_was_not_saved_for(around: Around) -> None:
    here = around(OPENAI_BASE_URL="https://evil.example/v1")
    key_store(here.dirs).set_key("openai", origin=origin_of("https://api.openai.com"), key="saved-key")

    outcome = search(here)

    assert outcome == NoKey(
        (
            "the saved key is for https://api.openai.com, not https://evil.example",
            "$OPENAI_API_KEY is not set",
        )
    )


def test_an_address_on_the_command_line_gets_no_key_unasked(around: Around) -> None:
    here = around(f"[providers.openai]\n{CMD}", OPENAI_API_KEY=KEY)
    key_store(here.dirs).set_key("openai", origin=origin_of("https://api.openai.com"), key="saved-key")

    outcome = search(here, base_url="https://api.openai.com/v1")

    assert outcome == NoKey(("an address given for one run gets no key unless a variable is named for it",))


def test_an_address_on_the_command_line_gets_the_key_named_beside_it(around: Around) -> None:
    here = around(OPENAI_API_KEY=KEY)

    outcome = search(here, base_url="https://x.example/v1", key_env="OPENAI_API_KEY")

    assert outcome == found(KEY, "$OPENAI_API_KEY")


def test_a_variable_on_the_command_line_is_the_only_one_looked_at(around: Around) -> None:
    here = around(OPENAI_API_KEY=KEY)

    assert search(here, key_env="WORK_KEY") == NoKey(("$WORK_KEY is not set",))


@pytest.mark.parametrize(
    ("provider", "base_url", "env", "hint"),
    [
        ("openai", "", {}, "set $OPENAI_API_KEY; `chat keys set openai` saves one"),
        ("mine", "", {}, "set $MINE_KEY; `chat keys set mine` saves one"),
        ("bare", "", {}, "`chat keys set bare` saves one"),
        ("", "https://x.example/v1", {}, "--key-env NAME names the variable that holds one"),
        (
            *("", "https://x.example/v1", {"OPENAI_API_KEY": KEY}),
            "$OPENAI_API_KEY is only sent to api.openai.com; --key-env NAME names the variable that holds one",
        ),
        (
            *("groq", "", {"GROQ_API_KEY": KEY}),
            "$GROQ_API_KEY is only sent to api.groq.com;"
            " providers.groq.api_key_env names a variable whose key may go to https://z.example",
        ),
    ],
    ids=[
        *("a known provider", "a variable of one's own", "nothing named", "an address on the command line"),
        *("a key that is kept from an address", "a key that is kept from another host"),
    ],
)
def test_how_a_key_can_be_given_is_told_for_each_endpoint(
    around: Around, provider: str, base_url: str, env: dict[str, str], hint: str
) -> None:
    mine = '[providers.mine]\nbase_url = "https://x.example"\napi_key_env = "MINE_KEY"'
    others = '[providers.bare]\nbase_url = "https://y.example"\n[providers.groq]\nbase_url = "https://z.example"'
    here = around(f"{mine}\n{others}")

    assert hint_text(key_hint(endpoint(here, provider, base_url), here.presets, env), word_on_command_line) == hint


def test_a_known_variable_on_the_command_line_asks_for_another_host(around: Around) -> None:
    here = around('[providers.x]\nbase_url = "https://x.example"', OPENAI_API_KEY=KEY)

    assert isinstance(search(here, "x", key_env="OPENAI_API_KEY"), Unconfirmed)


def test_another_account_is_not_taken_in_place_of_the_one_that_was_asked_for(around: Around) -> None:
    here = around('[providers.openai]\napi_key_env = "WORK_KEY"', OPENAI_API_KEY=KEY)

    assert search(here) == NoKey(("$WORK_KEY is not set", "no key is saved for openai"))


def test_a_command_gives_the_key(around: Around) -> None:
    here = around(f"[providers.openai]\n{CMD}", OPENAI_API_KEY=KEY)

    assert search(here) == found("from-a-command", f"api_key_cmd {sys.executable}")


def test_the_variable_comes_before_the_command(around: Around) -> None:
    here = around(f'[providers.openai]\napi_key_env = "WORK_KEY"\n{CMD}', WORK_KEY=KEY)

    assert search(here) == found(KEY, "$WORK_KEY")


def test_a_commands_key_goes_to_no_address_from_the_environment(around: Around) -> None:
    here = around(f"[providers.openai]\n{CMD}", OPENAI_BASE_URL="https://proxy.example/v1")

    outcome = search(here)

    assert isinstance(outcome, NoKey)
    assert outcome.tried[0] == "api_key_cmd is not used for https://proxy.example, which comes from the environment"


def test_a_commands_key_goes_to_the_providers_own_host_in_any_case(around: Around) -> None:
    here = around(f"[providers.azure]\n{CMD}", AZURE_OPENAI_ENDPOINT="https://r.openai.azure.com")

    assert search(here, "azure") == found("from-a-command", f"api_key_cmd {sys.executable}")


def test_the_keyring_is_asked_only_where_it_was_wished_for(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(ConfigError, match="keyring"):
        search(around("[providers.openai]\napi_key_keyring = true"))

    assert isinstance(search(around("")), NoKey)


@pytest.mark.parametrize("key_env", ["WORK_KEY", "OPENAI_API_KEY"])
def test_no_key_travels_in_the_clear(around: Around, key_env: str) -> None:
    """Nor is a yes asked for that could not be acted on."""
    here = around(
        f'[providers.x]\nbase_url = "http://x.example"\napi_key_env = "{key_env}"', WORK_KEY=KEY, OPENAI_API_KEY=KEY
    )

    with pytest.raises(ConfigError, match=r"unencrypted to http://x\.example"):
        search(here, "x")


def test_without_a_key_the_clear_is_fine(around: Around) -> None:
    assert isinstance(search(around('[providers.x]\nbase_url = "http://x.example"'), "x"), NoKey)


def test_an_impossible_key_names_its_variable_and_not_itself(around: Around) -> None:
    with pytest.raises(ConfigError) as caught:
        search(around(OPENAI_API_KEY="sk-123456“7"))

    assert caught.value.what == "the key from $OPENAI_API_KEY contains U+201C at position 10"


def test_quotes_that_an_env_file_kept_are_not_sent(around: Around) -> None:
    """A server would only answer that the key is wrong."""
    for quote in "\"'`":
        with pytest.raises(ConfigError, match=r"\$OPENAI_API_KEY has quotes around it"):
            search(around(OPENAI_API_KEY=f" {quote}{KEY}{quote}\n"))


def test_no_outcome_shows_the_key(around: Around) -> None:
    assert KEY not in repr(search(around(OPENAI_API_KEY=KEY)))
