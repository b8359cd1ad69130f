"""The rows are sound, and each endpoint finds its own."""

from collections.abc import Mapping

import pytest

from chatcli.providers.provider import Provider
from chatcli.providers.table import PLAIN, PROVIDERS, row_for
from chatcli.settings.presets import Preset, is_home
from chatcli.settings.urls import clean_url, origin_of

ROWS = list(PROVIDERS.values())
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@every_row
def test_addresses_are_written_as_they_are_used(row: Provider) -> None:
    assert not row.base_url or clean_url(row.base_url) == row.base_url
    assert row.base_url or row.url_env, "nobody could know its address"


@every_row
def test_keys_may_go_home(row: Provider) -> None:
    preset: Preset = row  # the settings see a row through this door

    assert not row.base_url or is_home(preset, origin_of(row.base_url))
    assert row.key_hosts or row.base_url


@every_row
def test_a_hosted_provider_is_known_by_its_address(row: Provider) -> None:
    assert row.local or row_for(row.base_url or f"https://mine{row.key_hosts[0]}/v1") is row


@every_row
def test_a_row_is_found_by_its_name(row: Provider) -> None:
    assert row_for("https://gateway.example/v1", kind=row.name) is row


@every_row
def test_rows_say_nothing_twice_or_against_themselves(row: Provider) -> None:
    assert not row.unsupported & (row.ranges.keys() | row.renames.keys())
    assert all(least <= most for least, most in row.ranges.values())
    assert all(name.isidentifier() for name in row.unsupported | row.ranges.keys() | row.renames.keys())
    assert not row.local or row.probes
    assert all(probe.path.startswith("/") and probe.marker for probe in row.probes)


def test_names_variables_and_ports_are_nobody_elses() -> None:
    """A variable with two owners could send a key to the wrong one of them."""
    variables = [name for row in ROWS for name in (*row.key_envs, row.url_env) if name]
    ports = [probe.port for row in ROWS for probe in row.probes]

    assert len(PROVIDERS) == 25
    assert PLAIN.name not in PROVIDERS
    assert len(set(variables)) == len(variables)
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://EU.api.openai.com/v1", "openai"),
        ("https://mine.openai.azure.com/openai/v1", "azure"),
        ("https://ws1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://api.moonshot.cn/v1", "moonshot"),
        ("https://api.together.xyz/v1", "together"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://127.0.0.1:1234/v1", "lmstudio"),
        ("http://127.0.0.1:11435/v1", "plain"),
        ("http://127.0.0.1:8080/v1", "plain"),
        ("https://api.openai.com.evil.example/v1", "plain"),
        ("https://evil-api.openai.com.example", "plain"),
        ("https://notapi.x.ai/v1", "plain"),
        ("https://gateway.example/api.openai.com/v1", "plain"),
        ("https://gateway.example?u=//api.openai.com", "plain"),
        ("https://api.openai.com@gateway.example/v1", "plain"),
        ("nonsense", "plain"),
        ("", "plain"),
    ],
)
def test_habits_follow_the_host(url: str, name: str) -> None:
    assert row_for(url).name == name


def test_the_plain_row_can_be_asked_for() -> None:
    assert row_for("https://api.openai.com/v1", kind="plain") is PLAIN


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        row_for("https://api.openai.com/v1", kind="nobody")


def test_the_plain_row_assumes_nothing() -> None:
    assert [PLAIN.unsupported, PLAIN.renames, PLAIN.ranges, PLAIN.stop_most] == [frozenset(), {}, {}, None]
    assert not PLAIN.echoes_reasoning
    assert (PLAIN.key_header, PLAIN.key_scheme, PLAIN.limit_field) == ("Authorization", "Bearer", "max_tokens")


def test_rows_cannot_be_changed_or_added() -> None:
    assert isinstance(PROVIDERS, Mapping)
    with pytest.raises(TypeError):
        PROVIDERS["x"] = PLAIN  # type: ignore[index]  # that it cannot is the point
    with pytest.raises(AttributeError):
        PLAIN.name = "x"  # type: ignore[misc]  # that it cannot is the point
