"""Azure, both ways: its v1 address, and deployments with a version; with a key, or with a token of Entra."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatcli.cli.run import Run
from chatcli.errors import ConfigError
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from chatcli.records import replace
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer

V1 = "https://r.openai.azure.com/openai/v1"
DEPLOYED = "https://r.openai.azure.com/openai/deployments/my-gpt"


def run_in(home: Path, config: str, **env: str) -> Run:
    folder = home / ".config/chatcli"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    (folder / "config.toml").write_text(config)
    (folder / "config.toml").chmod(0o600)
    environment = replace(Environment.here(), environ={"HOME": str(home), **env}, directory=home)
    return Run.of(environment, Flags(provider="azure"), lambda _question: False)


@pytest.mark.parametrize(
    ("config", "env", "url"),
    [
        ("", {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com"}, f"{V1}/chat/completions"),
        (
            f'[providers.azure]\nbase_url = "{DEPLOYED}"',
            {"OPENAI_API_VERSION": "2024-10-21"},
            f"{DEPLOYED}/chat/completions?api-version=2024-10-21",
        ),
        (
            f'[providers.azure]\nbase_url = "{DEPLOYED}"\napi_version = "2025-01-01"',
            {"OPENAI_API_VERSION": "2024-10-21"},
            f"{DEPLOYED}/chat/completions?api-version=2025-01-01",
        ),
        (f'[providers.azure]\nbase_url = "{V1}"', {"OPENAI_API_VERSION": "2024-10-21"}, f"{V1}/chat/completions"),
        (
            f'[providers.azure]\nbase_url = "{V1}"\napi_version = "preview"',
            {},
            f"{V1}/chat/completions?api-version=preview",
        ),
    ],
    ids=["v1", "deployment", "its own version first", "v1 wants none", "v1 with one that was set"],
)
def test_the_address_is_as_azure_wants_it(home: Path, config: str, env: dict[str, str], url: str) -> None:
    assert run_in(home, config, **env).endpoints.endpoint("azure").url("chat/completions") == url


def test_a_deployment_without_a_version_names_the_remedy(home: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run_in(home, f'[providers.azure]\nbase_url = "{DEPLOYED}"').endpoints.endpoint("azure")

    assert caught.value.hint == 'set $OPENAI_API_VERSION, or api_version = "2024-10-21" under [providers.azure]'


def test_a_deployment_is_the_model(home: Path) -> None:
    azure = run_in(home, f'[providers.azure]\nbase_url = "{DEPLOYED}"\napi_version = "1"')

    assert azure.config.model(azure.endpoints.endpoint("azure")) == "my-gpt"


@pytest.mark.parametrize(
    ("env", "header"),
    [
        ({"AZURE_OPENAI_API_KEY": "key-0123456789"}, {"api-key": "key-0123456789"}),
        ({"AZURE_OPENAI_AD_TOKEN": "token-0123456789"}, {"Authorization": "Bearer token-0123456789"}),
    ],
    ids=["key", "Entra"],
)
def test_a_key_and_a_token_have_headers_of_their_own(home: Path, env: dict[str, str], header: dict[str, str]) -> None:
    endpoint = run_in(home, "", AZURE_OPENAI_ENDPOINT="https://r.openai.azure.com", **env).endpoints.endpoint("azure")

    sent = endpoint.request_headers()
    assert {name: text for name, text in sent.items() if name in ("api-key", "Authorization")} == header


def test_a_version_goes_with_every_request(chat: Chat, server: OpenServer, home: Path) -> None:
    model = server(answer("Yes"), models=["m"])
    run_in(home, f'[providers.mine]\nbase_url = "{model.url}"\nkind = "azure"\napi_version = "7"\n')

    ran = chat("ask", "-p", "mine", "-m", "m", "hi")

    assert (ran.exit_code, ran.stdout) == (0, "Yes")
    assert model.requests[-1].path.endswith("/chat/completions?api-version=7")
    assert json.loads(model.requests[-1].body)["model"] == "m"
