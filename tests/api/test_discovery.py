"""Model lists of every shape are read, windows are found where servers tell them, and silence is no error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from chatcli.api.discovery import (
    FoundServer,
    count_on_server,
    fetch_abilities,
    fetch_window,
    find_local_servers,
    list_models,
)
from chatcli.api.exchange import Exchange
from chatcli.api.http.client import HttpClient
from chatcli.conversation.messages import text_message
from chatcli.conversation.model_info import ModelInfo, Price
from chatcli.errors import AuthenticationError, ServerError, Stopped, UnreachableError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.provider import Provider
from chatcli.providers.table import PLAIN, PROVIDERS
from chatcli.text.redactor import Redactor, Secret
from tests.support.pages import Pages

LOCAL = "http://127.0.0.1:8080/v1"


def exchange(
    pages: Mapping[str, Any] | httpx.BaseTransport,
    row: Provider = PLAIN,
    url: str = LOCAL,
    *,
    key: Secret | None = None,
) -> Exchange:
    endpoint = Endpoint(name=row.name, base_url=url, row=row, key=key)
    transport = Pages(pages) if isinstance(pages, Mapping) else pages
    return Exchange(endpoint, HttpClient(transport), None, Redactor(()))


LISTS = [
    pytest.param({"object": "list", "data": [{"id": "b"}, {"id": "a"}]}, ["b", "a"], id="as OpenAI has it"),
    pytest.param([{"id": "a"}], ["a"], id="a bare list"),
    pytest.param({"models": [{"name": "models/gemini-x"}]}, ["gemini-x"], id="as Gemini has it"),
    pytest.param({"models": [{"key": "a"}, {"model": "b"}]}, ["a", "b"], id="other names"),
    pytest.param({"data": [{"id": ""}, {}, None, "", 5, {"id": 7}, {"id": "a"}]}, ["a"], id="entries that are none"),
    pytest.param({"Models": [{"Id": "a"}, {"ModelId": "b"}]}, ["a", "b"], id="names in capitals"),
    pytest.param({"payload": {"models": {"a": {"ctx": 1}}}}, ["a"], id="by their names, within an object"),
    pytest.param({"data": None}, [], id="null"),
    pytest.param({"data": {}}, [], id="an object"),
    pytest.param("nothing", [], id="a string"),
]


@pytest.mark.parametrize(("page", "names"), LISTS)
def test_model_lists_are_read_in_every_shape(page: Any, names: list[str]) -> None:
    assert [info.name for info in list_models(exchange({"/v1/models": page}))] == names


WINDOWS = [
    pytest.param({"context_length": 8192}, 8192, id="context_length"),
    pytest.param({"max_model_len": 4096}, 4096, id="vLLM"),
    pytest.param({"meta": {"n_ctx_train": 2048}}, 2048, id="llama.cpp"),
    pytest.param({"top_provider": {"context_length": 100}, "context_length": 200}, 200, id="the best name first"),
    pytest.param({"context_length": None, "context_window": 300}, 300, id="null is not told"),
    pytest.param({"context_length": 0, "context_window": 300}, 300, id="0 is not told"),
    pytest.param({"context_length": "8192"}, None, id="text is not told"),
    pytest.param({}, None, id="not told"),
]


@pytest.mark.parametrize(("fields", "window"), WINDOWS)
def test_a_list_may_tell_the_window(fields: dict[str, Any], window: int | None) -> None:
    page = {"data": [{"id": "m", **fields}]}

    assert list_models(exchange({"/v1/models": page})) == [ModelInfo("m", window)]


def test_of_several_upstreams_the_smallest_window_counts() -> None:
    page = {"data": [{"id": "m", "providers": [{"context_length": 9}, {}, {"context_length": 5}]}]}

    assert list_models(exchange({"/v1/models": page}, PROVIDERS["huggingface"])) == [ModelInfo("m", 5)]


def test_the_list_is_asked_for_as_the_provider_wants_it() -> None:
    pages = Pages({"/v1/models": []})

    list_models(exchange(pages, PROVIDERS["anthropic"], "https://api.anthropic.com/v1", key=Secret("key-123")))

    [(asked, headers)] = pages.asked
    assert asked == "GET https://api.anthropic.com/v1/models"
    assert headers["x-api-key"] == "key-123"
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "page", "error"),
    [
        (401, {"error": {"message": "bad key"}}, AuthenticationError),
        (200, b"<html><title>Login</title></html>", ServerError),
        (200, b"not JSON", ServerError),
    ],
    ids=["status", "web page", "words"],
)
def test_a_list_that_cannot_be_had_is_an_error(status: int, page: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        list_models(exchange(Pages({"/v1/models": page}, status=status)))


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnreachableError):
        list_models(exchange({}))


OLLAMA = {
    "/api/ps": {"models": [{"name": "llama3:latest", "context_length": 4096}, {"name": "x", "context_length": 1}]}
}
LMSTUDIO = {
    "/api/v1/models": {
        "models": [{"key": "m", "loaded_instances": [{"config": {"context_length": 7}}], "max_context_length": 9}]
    }
}
SOURCES = [
    pytest.param("ollama", OLLAMA, "llama3", 4096, id="Ollama, named briefly"),
    pytest.param("ollama", OLLAMA, "llama3:latest", 4096, id="Ollama, named in full"),
    pytest.param("ollama", OLLAMA, "qwen", None, id="Ollama, not loaded"),
    pytest.param("ollama", {"/api/ps": {"models": None}}, "x", None, id="Ollama, nothing loaded"),
    pytest.param("llamacpp", {"/props": {"default_generation_settings": {"n_ctx": 512}}}, "any", 512, id="llama.cpp"),
    pytest.param("lmstudio", LMSTUDIO, "m", 7, id="LM Studio, loaded"),
    pytest.param(
        "lmstudio", {"/api/v0/models": {"data": [{"id": "m", "max_context_length": 9}]}}, "m", 9, id="LM Studio, older"
    ),
    pytest.param("plain", {"/v1/models": {"data": [{"id": "m", "max_model_len": 3}]}}, "m", 3, id="in the list"),
    pytest.param("plain", {"/v1/models": {"data": [{"id": "m", "max_model_len": 3}]}}, "n", None, id="not in the list"),
    pytest.param("plain", {}, "m", None, id="nobody there"),
    pytest.param("llamacpp", {"/props": [], "/v1/models": 7}, "m", None, id="nonsense"),
]


@pytest.mark.parametrize(("name", "pages", "model", "window"), SOURCES)
def test_a_window_is_found_where_the_server_tells_it(
    name: str, pages: Mapping[str, Any], model: str, window: int | None
) -> None:
    row = PROVIDERS.get(name, PLAIN)

    assert fetch_window(exchange(pages, row), model) == window


def test_a_server_far_away_is_not_asked_for_its_window() -> None:
    pages = Pages({"/v1/models": [{"id": "m", "context_length": 5}]})

    assert fetch_window(exchange(pages, PLAIN, "https://api.example.com/v1"), "m") is None
    assert pages.asked == []


def test_a_signal_is_no_server_without_an_answer() -> None:
    class Signalled(Pages):
        """A transport during which the program is told to end."""

        def handle_request(self, _request: httpx.Request) -> httpx.Response:
            raise Stopped(15)

    with pytest.raises(Stopped):
        fetch_window(exchange(Signalled({})), "m")


TOLD = [
    pytest.param(
        "openrouter",
        {
            "pricing": {"prompt": "0.0000025", "completion": "0.00001", "input_cache_read": "0.00000125"},
            "architecture": {"input_modalities": ["text", "image"]},
            "supported_parameters": ["tools", "seed"],
            "top_provider": {"max_completion_tokens": 16},
        },
        ModelInfo("m", None, 16, Price(2.5, 10, 1.25), ("vision", "tools")),
        id="OpenRouter",
    ),
    pytest.param(
        "openrouter", {"pricing": {"prompt": "0", "completion": "0"}}, ModelInfo("m", price=Price(0, 0)), id="for free"
    ),
    pytest.param("openrouter", {"pricing": {"prompt": "-1", "completion": "-1"}}, ModelInfo("m"), id="it depends"),
    pytest.param("openrouter", {"pricing": {"prompt": "?"}, "supported_parameters": 7}, ModelInfo("m"), id="nonsense"),
    pytest.param(
        "together", {"pricing": {"input": 0.18, "output": 0.6}}, ModelInfo("m", price=Price(0.18, 0.6)), id="Together"
    ),
    pytest.param(
        "mistral",
        {"capabilities": {"vision": True, "function_calling": True, "reasoning": False}},
        ModelInfo("m", abilities=("vision", "tools")),
        id="Mistral",
    ),
]


@pytest.mark.parametrize(("name", "entry", "info"), TOLD)
def test_prices_and_abilities_are_read_where_a_list_tells_them(
    name: str, entry: Mapping[str, Any], info: ModelInfo
) -> None:
    assert list_models(exchange({"/v1/models": [{"id": "m", **entry}]}, PROVIDERS[name])) == [info]


NAMES_ALONE = PROVIDERS["ollama"]


def test_a_list_of_names_alone_is_filled_from_what_is_told_of_each() -> None:
    pages = {
        "/v1/models": [{"id": "m"}, {"id": "n"}],
        "/api/show": {"capabilities": ["completion", "vision", "insert"]},
    }

    assert [info.abilities for info in list_models(exchange(pages, NAMES_ALONE))] == [("text", "vision")] * 2


def test_who_tells_nothing_of_one_model_is_not_asked_of_the_next() -> None:
    pages = Pages({"/v1/models": [{"id": "m"}, {"id": "n"}]})

    assert list_models(exchange(pages, NAMES_ALONE)) == [ModelInfo("m"), ModelInfo("n")]
    assert [asked for asked, _ in pages.asked].count("POST http://127.0.0.1:8080/api/show") == 1


@pytest.mark.parametrize(
    ("row", "page", "abilities"),
    [
        pytest.param(NAMES_ALONE, {"capabilities": ["completion"]}, ("text",), id="told"),
        pytest.param(NAMES_ALONE, {"capabilities": None}, (), id="told badly"),
        pytest.param(NAMES_ALONE, ["completion"], None, id="no object"),
        pytest.param(PLAIN, {"capabilities": ["completion"]}, None, id="not asked"),
    ],
)
def test_abilities_of_one_model(row: Provider, page: Any, abilities: tuple[str, ...] | None) -> None:
    assert fetch_abilities(exchange({"/api/show": page}, row), "m") == abilities


def look(pages: Mapping[str, Any]) -> list[FoundServer]:
    rows = list(PROVIDERS.values())
    return find_local_servers(rows, lambda row, url: exchange(pages, row, url))


LOCALS = [
    pytest.param({}, [], id="none"),
    pytest.param({"11434/api/version": {"version": "1"}}, [("ollama", "http://127.0.0.1:11434/v1")], id="Ollama"),
    pytest.param(
        {"9931/props": {"default_generation_settings": {}}}, [("llamacpp", "http://127.0.0.1:9931/v1")], id="new port"
    ),
    pytest.param({"11434/api/version": {"other": 1}}, [], id="another program"),
    pytest.param({"11434/api/version": ["version"]}, [], id="no object"),
    pytest.param(
        {"8000/version": {"version": "1"}, "1234/api/v1/models": {"models": []}, "8080/props": {}},
        [("lmstudio", "http://127.0.0.1:1234/v1"), ("vllm", "http://127.0.0.1:8000/v1")],
        id="several, in the order of the table",
    ),
]


@pytest.mark.parametrize(("pages", "found"), LOCALS)
def test_servers_on_this_machine_are_found(pages: Mapping[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(place.row.name, place.base_url) for place in look(pages)] == found


@pytest.mark.parametrize(
    ("status", "page", "found"),
    [
        (401, {"error": {"code": 401, "message": "Invalid API Key"}}, [("llamacpp", True)]),
        (401, b"<html><title>Log in</title></html>", []),
        (401, {}, []),
        (401, {"error": "An API token is required"}, [("llamacpp", True)]),
        (403, {"error": {"message": "Forbidden"}}, []),
        (404, {"error": {"message": "Not found"}}, []),
    ],
)
def test_a_server_that_wants_a_key_is_found_by_its_words(status: int, page: Any, found: list[tuple[str, bool]]) -> None:
    """Whatever else may listen on these ports asks for a password."""
    pages = Pages({"8080/props": page}, status=status)
    servers = find_local_servers(list(PROVIDERS.values()), lambda row, url: exchange(pages, row, url))

    assert [(server.row.name, server.wants_key) for server in servers] == found


COUNTS = [
    pytest.param("llamacpp", LOCAL, {"/v1/chat/completions/input_tokens": {"input_tokens": 25}}, 25, id="llama.cpp"),
    pytest.param("vllm", LOCAL, {"/tokenize": {"count": 7, "max_model_len": 9}}, 7, id="vLLM"),
    pytest.param("plain", LOCAL, {"/tokenize": {"count": 7}}, 7, id="whatever runs here"),
    pytest.param("plain", LOCAL, {"/tokenize": {"tokens": []}}, None, id="another kind of counting"),
    pytest.param("plain", "https://a.example/v1", {"/tokenize": {"count": 7}}, None, id="elsewhere nobody is asked"),
    pytest.param("openai", LOCAL, {}, None, id="nobody counts"),
]


@pytest.mark.parametrize(("name", "url", "pages", "count"), COUNTS)
def test_messages_are_counted_by_a_server_that_can(
    name: str, url: str, pages: Mapping[str, Any], count: int | None
) -> None:
    answering = exchange(pages, PROVIDERS.get(name, PLAIN), url)

    assert count_on_server(answering, "m", [text_message("user", "hello")]) == count
