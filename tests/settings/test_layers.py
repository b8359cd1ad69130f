"""The earlier layer wins, where each value came from is known, and every error names layer, key, value and remedy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import ConfigError
from chatcli.settings.definition import Settings
from chatcli.settings.layers import (
    Layer,
    Resolved,
    SettingEntry,
    parse_setting,
    problems,
    request_params,
    resolve_settings,
)
from chatcli.settings.names import Name, dotted
from chatcli.settings.option import PRECEDENCE, LayerName
from tests.support.hints import hint_of

MODEL: Name = ("defaults", "model")


def layer(name: LayerName, values: dict[Name, Any]) -> Layer:
    return Layer(name, tuple(SettingEntry(key, value, f"the {name}") for key, value in values.items()))


def resolved(*layers: tuple[LayerName, dict[Name, Any]]) -> Resolved:
    return resolve_settings([layer(name, values) for name, values in layers])


def error_of(name: LayerName, key: Name, value: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve_settings([Layer(name, (SettingEntry(key, value, "config.toml"),))])
    return caught.value


def test_without_layers_everything_is_default() -> None:
    nothing = resolve_settings([])

    assert nothing.settings == Settings()
    assert nothing.source("defaults.model") == "default"


@given(st.dictionaries(st.sampled_from(PRECEDENCE), st.text("ab", min_size=1, max_size=3)))
def test_the_earlier_layer_wins(values: dict[LayerName, str]) -> None:
    layers = [layer(name, {MODEL: values[name]}) for name in PRECEDENCE if name in values]

    result = resolve_settings(layers)

    winner = next((name for name in PRECEDENCE if name in values), None)
    assert result.settings.defaults.model == (values[winner] if winner else "")
    assert result.source("defaults.model") == (f"the {winner}" if winner else "default")


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["model", "system", "provider"]), st.text("ab", max_size=2)),
        min_size=3,
        max_size=3,
    )
)
def test_resolving_in_two_steps_changes_nothing(tables: list[dict[str, str]]) -> None:
    """What one layer leaves open, the next decides, key by key."""
    names: tuple[LayerName, ...] = ("flag", "environment", "user")
    layers = [
        layer(name, {("defaults", key): value for key, value in table.items()})
        for name, table in zip(names, tables, strict=True)
    ]

    merged = {**tables[2], **tables[1], **tables[0]}

    assert (
        resolve_settings(layers).settings.defaults
        == resolved(("flag", {("defaults", key): value for key, value in merged.items()})).settings.defaults
    )


def test_named_tables_are_put_together_from_all_layers() -> None:
    result = resolved(
        ("environment", {("providers", "a.b", "base_url"): "https://a.example/"}),
        ("user", {("providers", "a.b", "rpm"): 3, ("models", "m.1", "context"): 8192, ("ui", "ascii"): True}),
    )

    assert result.settings.providers["a.b"].base_url == "https://a.example"
    assert result.settings.providers["a.b"].rpm == 3
    assert result.settings.models["m.1"].context == 8192
    assert result.settings.ui.ascii
    assert result.source('models."m.1".context') == "the user"


def test_a_wrong_entry_is_an_error_even_where_it_is_hidden() -> None:
    with pytest.raises(ConfigError):
        resolved(("flag", {MODEL: "x"}), ("user", {MODEL: 3}))


def test_tables_cannot_be_changed() -> None:
    result = resolved(("user", {("models", "m", "params"): {"temperature": 1}}))

    with pytest.raises(TypeError):
        result.settings.models["m"].params["temperature"] = 2  # type: ignore[index]  # that it cannot is the point


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        pytest.param(
            ("ui", "theme"),
            "drak",
            'config.toml: ui.theme = "drak" must be auto, light, dark, none, solarized-dark, solarized-light, '
            "gruvbox-dark, gruvbox-light, nord, dracula, contrast-dark or contrast-light, or "
            'a path to a rich theme file. Did you mean "dark"?',
            id="word",
        ),
        pytest.param(
            ("providers", "x", "base_url"),
            "x.example/v1/chat/completions",
            'config.toml: providers.x.base_url = "x.example/v1/chat/completions" must begin with https:// or http://. '
            "Did you mean https://x.example/v1?",
            id="address",
        ),
        pytest.param(
            ("defaults", "timeout"),
            "120",
            'config.toml: defaults.timeout = "120" must be a number, 0.1 or more',
            id="type",
        ),
        pytest.param(
            ("providers", "x", "api_key_env"),
            "sk-123456789",
            "config.toml: providers.x.api_key_env must be the name of a variable, not a key. "
            "Put keys in a variable, a command or the key store, never in this file",
            id="key in the wrong place",
        ),
    ],
)
def test_errors_name_layer_key_value_and_remedy(key: Name, value: object, sentence: str) -> None:
    error = error_of("user", key, value)

    assert error.sentence() == sentence
    assert error.exit_code == 3


@pytest.mark.parametrize(
    ("key", "what", "hint"),
    [
        pytest.param(("defaults", "modle"), "unknown setting defaults.modle", "mean `defaults.model`?", id="spelling"),
        pytest.param(("default",), "unknown setting default", "mean `defaults`?", id="section"),
        pytest.param(("model",), "unknown setting model", "mean `defaults.model`?", id="no section"),
        pytest.param(("defaults", "theme"), "unknown setting defaults.theme", "mean `ui.theme`?", id="wrong section"),
        pytest.param(("ui", "base_url"), "ui.base_url", "mean `providers.NAME.base_url`?", id="belongs to a provider"),
        pytest.param(
            ("providers", "x.y", "base_ulr"), "", 'mean `providers."x.y".base_url`?', id="spelling within a provider"
        ),
        pytest.param(("ui_theme",), "unknown setting ui_theme", "mean `ui.theme`?", id="dot"),
        pytest.param(("qqq", "zzz"), "unknown setting qqq.zzz", "`chat config show` lists", id="nothing near"),
        pytest.param(("providers", "x", "api_key"), "", "api_key_env", id="a key in the file"),
        pytest.param(("ui",), "ui must be a table", "Write [ui]", id="section that is no table"),
        pytest.param(("models", "m.1"), "must be a table", 'Write [models."m.1"]', id="model that is no table"),
    ],
)
def test_unknown_settings_are_refused_with_a_proposal(key: Name, what: str, hint: str) -> None:
    error = error_of("user", key, "sk-secret-value")

    assert what in error.what
    assert dotted(key) in error.what
    assert hint in hint_of(error)
    assert "sk-secret-value" not in error.sentence()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (("providers", "openai", "base_url"), "https://evil.example/v1"),
        (("providers", "openai", "api_key_env"), "AWS_SECRET_ACCESS_KEY"),
        (("providers", "openai", "api_key_cmd"), ["rm", "-rf", "."]),
        (("providers", "openai", "headers"), {"X": "y"}),
        (("defaults", "provider"), "evil"),
        (("models", "m", "params"), {"temperature": 1}),
        (("ui", "plain"), True),
    ],
    ids=lambda value: dotted(value) if isinstance(value, tuple) else "",
)
def test_a_project_may_not_decide_where_text_goes(key: Name, value: object) -> None:
    error = error_of("project", key, value)

    assert error.what == f"config.toml: {dotted(key)} cannot be set there"
    assert error.hint == "A project file can only set defaults.model, defaults.system and defaults.temperature"


def test_problems_are_found_all_at_once() -> None:
    wrong = layer("user", {MODEL: 3, ("ui", "plain"): True, ("ui", "them"): "dark"})

    assert [error.what for error in problems(wrong)] == [
        "the user: defaults.model = 3 must be a string in quotes",
        "the user: unknown setting ui.them",
    ]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("ui.plain", "on", True),
        ("defaults.max_wait", "2.5", 2.5),
        ('models."gpt-x.1".context', "8192", 8192),
        ("defaults.system", "be kind", "be kind"),
    ],
)
def test_settings_are_read_from_text(key: str, text: str, value: object) -> None:
    entry = parse_setting(key, text)

    assert resolve_settings([Layer("flag", (entry,))]).given[entry.name].value == value
    assert entry.source == "this run"


@pytest.mark.parametrize("key", ["ui.plane", "ui..plain", "", "ui"])
def test_text_for_no_setting_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="this run: "):
        parse_setting(key, "on")


def test_wrong_text_for_a_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'this run: ui\.plain = "perhaps" must be true or false'):
        parse_setting("ui.plain", "perhaps")


TEMPERATURE: Name = ("defaults", "temperature")
PARAMS: Name = ("models", "m", "params")


@pytest.mark.parametrize(
    ("layers", "params"),
    [
        pytest.param([], {}, id="nothing is sent unless set"),
        pytest.param([("user", {TEMPERATURE: 0.1})], {"temperature": 0.1}, id="for all models"),
        pytest.param([("user", {PARAMS: {"top_p": 1}})], {"top_p": 1}, id="for one model"),
        pytest.param(
            [("user", {TEMPERATURE: 0.1, PARAMS: {"temperature": 0.2, "top_p": 1}})],
            {"temperature": 0.2, "top_p": 1},
            id="the model beats the defaults of its file",
        ),
        pytest.param(
            [("project", {TEMPERATURE: 0.1}), ("user", {PARAMS: {"temperature": 0.2, "top_p": 1}})],
            {"temperature": 0.1, "top_p": 1},
            id="the project beats the user's model",
        ),
        pytest.param(
            [("flag", {PARAMS: {"temperature": 0.3}}), ("user", {TEMPERATURE: 0.1})],
            {"temperature": 0.3},
            id="what is set for the run beats both",
        ),
    ],
)
def test_request_parameters_follow_the_layers(layers: list[tuple[LayerName, dict[Name, Any]]], params: object) -> None:
    assert request_params(resolved(*layers), "m") == params
