"""What is publicly known of models is found by the names that endpoints give them, and never claimed for others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatcli.conversation.model_info import Price
from chatcli.providers.known_models import FILE, MAKERS, KnownModel, find_known_model
from tests.tooling.models import PROVIDERS, write

MODELS = {"gpt-x": [1000, 100, 2.5, 10, 0.25, "vr"], "big/m": [50, None, None, None, None, ""]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.jsonl"
    lines = [{"date": "2026-11-25"}, {"openai": MODELS}, {"groq": {"m2": [7, 3, 1, 2, None, "r"]}}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_all_that_is_known_is_told(file: Path) -> None:
    assert find_known_model("openai", "gpt-x", file) == KnownModel(
        1000, 100, Price(2.5, 10, 0.25), ("vision", "reasoning")
    )


@pytest.mark.parametrize("name", ["gpt-x", "gpt-x-2026-01-31", "gpt-x-20260131", "gpt-x-latest", "gpt-x:free"])
def test_dates_and_tags_do_not_hide_a_model(file: Path, name: str) -> None:
    assert find_known_model("openai", name, file) == find_known_model("openai", "gpt-x", file)


STRANGERS = [("megallm", "gpt-x"), ("openrouter", "openai/gpt-x:free"), ("", "gpt-x")]


@pytest.mark.parametrize(("provider", "name"), STRANGERS)
def test_another_endpoint_has_the_window_and_no_price(file: Path, provider: str, name: str) -> None:
    assert find_known_model(provider, name, file) == KnownModel(1000, 100, None, ("vision", "reasoning"))


@pytest.mark.parametrize("name", ["gpt", "gpt-x-mini", "m2", "", "date"])
def test_a_model_nobody_knows_is_unknown(file: Path, name: str) -> None:
    assert find_known_model("openai", name, file) is None


def test_an_unknown_price_is_not_nothing(file: Path) -> None:
    assert find_known_model("openai", "big/m", file) == KnownModel(50)


@pytest.mark.parametrize("content", [None, b"", b'{"openai": broken', b'{"openai": \xff'])
def test_without_a_table_nothing_is_known(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "models.jsonl").write_bytes(content)

    assert find_known_model("openai", "gpt-x", tmp_path / "models.jsonl") is None


def test_the_table_holds_the_makers_and_says_how_old_it_is() -> None:
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

    assert lines[0]["date"] >= "2026"
    assert set(MAKERS) <= {name for line in lines[1:] for name in line}
    rows = [row for line in lines[1:] for models in line.values() for row in models.values()]
    assert all(row[0] > 0 and len(row) == 6 for row in rows)


def test_the_table_is_written_from_public_data(tmp_path: Path) -> None:
    chat = {
        "id": "m",
        "contextWindow": 9,
        "maxTokens": 3,
        "input": ["text", "image"],
        "cost": {"input": 1, "output": 2},
    }
    other = {"id": "c", "type": "classifier", "contextWindow": 9}
    for name in PROVIDERS.values():
        document = {"a": {"m": chat, "c": other}, "b": {"m": chat | {"contextWindow": 8}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")

    (tmp_path / ".manifest.json").write_text('{"generatedAt": "2026-11-10T12:05:37Z"}', encoding="utf-8")

    write(tmp_path, tmp_path / "models.jsonl")

    assert find_known_model("groq", "m", tmp_path / "models.jsonl") == KnownModel(8, 3, Price(1, 2), ("vision",))
    assert find_known_model("groq", "c", tmp_path / "models.jsonl") is None
    assert (tmp_path / "models.jsonl").read_text(encoding="utf-8").startswith('{"date": "2026-11-10"}\n')
