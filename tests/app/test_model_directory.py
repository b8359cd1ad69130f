"""What is known of a model: the endpoint's own word, what it taught, the public table; and no one is asked in vain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chatcli.api.exchange import Exchange
from chatcli.api.http.client import HttpClient
from chatcli.app.endpoint_memory import Calibration, CalibrationFile, ModelListFile
from chatcli.app.model_directory import ModelDirectory
from chatcli.conversation.model_info import ModelInfo, Price
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.providers.table import PLAIN, PROVIDERS
from chatcli.text.redactor import Redactor
from tests.support.pages import Pages

FAR = "https://api.example.com/v1"
NEAR = "http://127.0.0.1:8080/v1"


class DirectoryStage:
    """A directory over a server that answers with pages, and files that outlive it."""

    def __init__(self, folder: Path, url: str = FAR, provider: str = "", models: Sequence[Any] = ()) -> None:
        self.pages = Pages({"/v1/models": {"data": list(models)}} if models else {})
        self.hours = 0.0
        self.gauges = CalibrationFile(folder / "gauges.json")
        self.url = url
        self.row = PROVIDERS.get(provider, PLAIN)
        self.folder = folder

    def open(self) -> ModelDirectory:
        endpoint = Endpoint(name=self.row.name, base_url=self.url, row=self.row)
        rosters = ModelListFile(self.folder / "models.json", now=lambda: 1_000_000 + self.hours * 3600)
        return ModelDirectory(
            endpoint, lambda: Exchange(endpoint, HttpClient(self.pages), None, Redactor(())), rosters, self.gauges
        )


def test_a_list_is_good_for_a_day_in_the_next_run_too(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, models=[{"id": "m", "context_length": 5}])

    first = stage.open().models()
    stage.hours = 23
    directory = stage.open()
    again = directory.models()
    stage.hours = 25

    assert first == again == [ModelInfo("m", 5)]
    assert (len(stage.pages.asked), directory.age_s) == (1, 23 * 3600)
    stage.open().models()
    assert len(stage.pages.asked) == 2


def test_a_fresh_list_is_asked_for_in_any_case(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, models=[{"id": "m"}])

    stage.open().models()
    stage.open().models(fresh=True)

    assert len(stage.pages.asked) == 2


def test_a_server_on_this_machine_is_asked_every_time(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, NEAR, models=[{"id": "m"}])

    stage.open().models()
    directory = stage.open()

    assert directory.cached() == ()
    directory.models()
    assert len(stage.pages.asked) == 2


def test_the_own_word_of_an_endpoint_counts_most_and_the_public_table_least(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, models=[{"id": "gpt-4o", "context_length": 7_000}])

    assert stage.open().window("gpt-4o") == 128_000, "publicly known: nobody is asked"
    stage.gauges.remember(FAR, "gpt-4o", Calibration(window_tokens=64_000))
    assert stage.open().window("gpt-4o") == 64_000, "what it taught when it refused"
    assert stage.pages.asked == []
    directory = stage.open()
    directory.models()
    assert directory.window("gpt-4o") == 7_000


def test_a_model_that_nobody_knows_is_asked_for_once_a_day(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, models=[{"id": "new", "max_model_len": 9}])

    assert [stage.open().window(name) for name in ("new", "new", "other")] == [9, 9, None]
    assert len(stage.pages.asked) == 1


@pytest.mark.parametrize(
    ("url", "provider"), [(NEAR, ""), ("http://box.example.com/v1", "ollama")], ids=["here", "one that cuts"]
)
def test_how_much_of_a_window_a_server_makes_use_of_it_alone_knows(tmp_path: Path, url: str, provider: str) -> None:
    assert DirectoryStage(tmp_path, url, provider).open().window("gpt-4o") is None


def test_what_the_guide_takes_is_no_question(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, GUIDE_URL)

    assert (stage.open().window("guide"), stage.pages.asked) == (None, [])


def test_a_price_is_the_endpoints_own_before_the_public_one(tmp_path: Path) -> None:
    listed = {"id": "openai/gpt-4o", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}
    stage = DirectoryStage(tmp_path, "https://openrouter.ai/api/v1", "openrouter", models=[listed])
    stage.pages.pages["/api/v1/models"] = stage.pages.pages["/v1/models"]
    directory = stage.open()

    public = directory.known("openai/gpt-4o").price
    directory.models()

    assert public is not None
    assert directory.known("openai/gpt-4o").price == Price(1, 2) != public


def test_what_a_model_can_is_asked_of_a_server_that_tells_it_of_one(tmp_path: Path) -> None:
    stage = DirectoryStage(tmp_path, NEAR, "ollama")
    stage.pages.pages["/api/show"] = {"capabilities": ["completion", "vision"]}
    directory = stage.open()

    assert [directory.abilities("m") for _ in range(2)] == [("text", "vision")] * 2
    assert len(stage.pages.asked) == 1
    assert DirectoryStage(tmp_path, NEAR).open().abilities("m") == ()
