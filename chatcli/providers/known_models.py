"""Reads public data on models: window, price, capabilities. The fallback if neither user nor server provides it.

The table is a file with one line per provider, so that only one line is parsed. It is dated and may be outdated: a
window reported by a server takes precedence, and a price applies only to the provider that charges it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from chatcli.conversation.model_info import Price
from chatcli.language import N_
from chatcli.records import frozen
from chatcli.text.patterns import pattern

FILE = Path(__file__).parent.parent / "data" / "models.jsonl"
ABILITIES = {"v": N_("vision"), "r": N_("reasoning")}
# The vendor's window is the best guess for other endpoints that serve the model.
MAKERS = ("openai", "anthropic", "gemini", "deepseek", "mistral", "xai", "moonshot", "zai")
_DATE = pattern(r"-(\d{8}|\d{4}-\d\d-\d\d|\d{4}|latest)$")


@frozen
class KnownModel:
    """Public data on one model; *price* is None if the endpoint is not the one that charges it."""

    window_tokens: int
    answer_tokens: int | None = None
    price: Price | None = None
    abilities: tuple[str, ...] = ()


def find_known_model(provider: str, model: str, file: Path = FILE) -> KnownModel | None:
    """Return data on *model* at *provider*, else on the model of that name from its vendor, else None."""
    names = list(_names(model))
    own = _provider(provider, file)
    for name in names:
        if name in own:
            return _entry(own[name], is_priced=True)
    for name in names:
        for maker in MAKERS:
            if name in (known := _provider(maker, file)):
                return _entry(known[name], is_priced=False)
    return None


def public_names(provider: str, file: Path = FILE) -> Collection[str]:
    """Return the names of the models of *provider*, none if it is not in the table."""
    return _provider(provider, file).keys()


def _names(model: str) -> Iterator[str]:
    """Yield the names to look up: unchanged, without tag, without vendor, without date."""
    bare = model.partition(":")[0]
    last = bare.rpartition("/")[2]
    yield from dict.fromkeys((model, bare, last, _DATE.sub("", last)))


@cache
def _provider(name: str, file: Path) -> dict[str, list[float | str | None]]:
    start = f'{{"{name}": '
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(start):
                    models: dict[str, list[float | str | None]] = json.loads(line)[name]
                    return models
    except (OSError, ValueError):
        return {}  # without the table the window is unknown, as for a new model
    return {}


def _entry(row: list[float | str | None], *, is_priced: bool) -> KnownModel:
    window, answer, paid, earned, cached, letters = row
    price = Price(float(paid), float(earned), float(cached) if cached else None) if paid and earned else None
    return KnownModel(
        window_tokens=int(window or 0),
        answer_tokens=int(answer) if answer else None,
        price=price if is_priced else None,
        abilities=tuple(word for letter, word in ABILITIES.items() if letter in str(letters)),
    )
