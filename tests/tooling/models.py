"""Write the table of models: `python -m tests.tooling.models FOLDER`.

FOLDER holds the public data of the npm package @earendil-works/pi-ai (MIT): `npm pack`, unpacked, folder
`package/dist/providers/data`. Only facts are taken: names, sizes, prices, abilities.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chatcli.providers.known_models import FILE

PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "deepseek": "deepseek",
    "openrouter": "openrouter",
    "mistral": "mistral",
    "groq": "groq",
    "xai": "xai",
    "together": "together",
    "fireworks": "fireworks",
    "moonshot": "moonshotai",
    "zai": "zai",
    "cerebras": "cerebras",
    "huggingface": "huggingface",
    "nvidia": "nvidia",
}


def rows(document: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """Return a row for each model that chats: window, longest answer, prices in, out and cached, abilities."""
    found: dict[str, list[Any]] = {}
    for model in _chatting(document):
        cost = model.get("cost") or {}
        prices = [cost.get(key) or None for key in ("input", "output", "cacheRead")]
        letters = ("v" if "image" in model.get("input", ()) else "") + ("r" if model.get("reasoning") else "")
        row = [model["contextWindow"], model.get("maxTokens"), *prices, letters]
        known = found.get(model["id"])
        found[model["id"]] = min(row, known, key=lambda one: one[0]) if known else row
    return dict(sorted(found.items()))


def _chatting(document: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for models in document.values():
        for model in models.values():
            if model.get("type", "chat") == "chat" and model.get("contextWindow"):
                yield model


def write(source: Path, target: Path = FILE) -> None:
    """Write the table from the files in *source*, with the date on which they were made."""
    made = json.loads((source / ".manifest.json").read_text(encoding="utf-8"))["generatedAt"]
    lines = [json.dumps({"date": made[:10]})]
    for name, file in PROVIDERS.items():
        document = json.loads((source / f"{file}.json").read_text(encoding="utf-8"))
        # The reader finds a line by how it starts.
        lines.append(f'{{"{name}": {json.dumps(rows(document), separators=(",", ":"), ensure_ascii=False)}}}')
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
