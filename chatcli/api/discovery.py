"""Finds the models of an endpoint, their context windows, and the servers running on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from chatcli.api.encode import encode_messages
from chatcli.api.error_payloads import error_in
from chatcli.api.exchange import LIST_S, Exchange
from chatcli.api.failures.error_keys import words_rank
from chatcli.api.retirement import retirement_of
from chatcli.conversation.messages import Message
from chatcli.conversation.model_info import MILLION, ModelInfo, Price
from chatcli.errors import AuthenticationError, ChatError
from chatcli.process.threads import run_at_once
from chatcli.providers.provider import Mark, PriceFields, Probe, Provider, WindowSource
from chatcli.providers.table import PROVIDERS
from chatcli.records import frozen, replace

_COUNT_SOURCES = tuple(source for row in PROVIDERS.values() if row.local for source in row.count_sources)
PROBE_S = 0.3
LOOK_S = 2.0  # for a window, which is nice to know and not worth waiting for
T = TypeVar("T")
Lock: TypeAlias = Literal["open", "locked", ""]  # of a server; none answers

_NAMES = ("id", "key", "model", "model_id", "modelid", "model_key", "slug", "model_name", "name")
_LISTS = ("data", "models", "model_list", "result", "results", "items", "list", "response", "body", "payload")
_MAX_DEPTH = 3
_WANTS_KEY = re.compile(r"\b(?:api[ _-]?key|token)\b", re.IGNORECASE)
# The longest answer a model gives, under every name that lists have for it.
ANSWER_FIELDS = (
    *("max_completion_tokens", "top_provider.max_completion_tokens", "max_output_length", "max_output_tokens"),
    "max_tokens",
)


@frozen
class FoundServer:
    """A server that answered on this machine."""

    row: Provider
    base_url: str
    wants_key: bool = False


def list_models(exchange: Exchange, *, wait_s: float = LIST_S) -> list[ModelInfo]:
    """Return the models of the endpoint in its own order; raises ChatError."""
    endpoint = exchange.endpoint
    payload = exchange.get(endpoint.url("models"), wait_s=wait_s)
    entries: dict[str, Mapping[str, Any]] = {}
    for name, entry in _entries(payload):
        entries.setdefault(name, entry)  # some list a name twice
    if not entries and (error := error_in(payload)):
        raise exchange.explain_payload(error)
    models = [_info(name, entry, endpoint.row) for name, entry in entries.items()]
    return list(_described(exchange, models)) if endpoint.row.about_path else models


def _described(exchange: Exchange, models: Sequence[ModelInfo]) -> Iterator[ModelInfo]:
    silent = False
    for info in models:
        abilities = None if silent else fetch_abilities(exchange, info.name)
        silent = abilities is None  # a server that lists none for one model is not asked about fifty more
        yield replace(info, abilities=abilities or ())


def fetch_abilities(exchange: Exchange, model: str) -> tuple[str, ...] | None:
    """Return what *model* can where the server tells it of a single model; None where not. Raises nothing."""
    endpoint = exchange.endpoint
    row = endpoint.row
    if not row.about_path:
        return None
    url = f"{_root(endpoint.base_url)}{row.about_path}"
    told = _quietly(partial(exchange.send, url, {"model": model}, wait_s=LOOK_S))
    return _abilities(told, row) if isinstance(told, dict) else None


def _info(name: str, entry: Mapping[str, Any], row: Provider) -> ModelInfo:
    return ModelInfo(
        name,
        _smallest(entry, row.window_fields),
        _smallest(entry, ANSWER_FIELDS),
        _price(entry, row.price_fields) if row.price_fields else None,
        _abilities(entry, row),
        retirement_of(entry),
    )


def _abilities(entry: Mapping[str, Any], row: Provider) -> tuple[str, ...]:
    return tuple(mark.ability for mark in row.marks if _has(entry, mark))


def _price(entry: Mapping[str, Any], where: PriceFields) -> Price | None:
    """Return the price that *entry* tells, None where it tells none; 0 is a price too, a negative number is not."""
    paths = (where.input, where.output, where.cached)
    paid, earned, cached = (_dollars(entry, path, where.tokens) for path in paths)
    return None if paid is None or earned is None else Price(paid, earned, cached)


def _dollars(entry: Mapping[str, Any], path: str, tokens: int) -> float | None:
    found = _values(entry, path.split(".")) if path else []
    try:
        price = float(found[0]) * (MILLION / tokens)
    except (IndexError, TypeError, ValueError):
        return None
    return round(price, 6) if 0 <= price < MILLION else None


def _has(entry: Mapping[str, Any], mark: Mark) -> bool:
    found = _values(entry, mark.path.split("."))
    return mark.word in found if mark.word else True in found


def fetch_window(exchange: Exchange, model: str) -> int | None:
    """Return the window of *model* as a server on this machine makes use of it, which it alone knows; raises nothing.

    Some that are elsewhere have the habit of telling it too.
    """
    endpoint = exchange.endpoint
    for source in endpoint.row.window_sources:
        url = f"{_root(endpoint.base_url)}{source.path}"
        if window := _quietly(partial(_from_source, exchange, url, source, model)):
            return window
    if not endpoint.is_local or not endpoint.row.window_fields:
        return None
    known = list_models_quietly(exchange)
    return next((info.window_tokens for info in known if info.name == model), None)


def list_models_quietly(exchange: Exchange) -> Sequence[ModelInfo]:
    """Return the models of the endpoint where it tells them at once; raises nothing."""
    return _quietly(partial(list_models, exchange, wait_s=LOOK_S)) or ()


def count_on_server(exchange: Exchange, model: str, messages: Sequence[Message]) -> int | None:
    """Return how many tokens the server counts in *messages* as a request; None where it does not count."""
    endpoint = exchange.endpoint
    row = endpoint.row
    entries = encode_messages(messages, row)
    for source in row.count_sources or (_COUNT_SOURCES if endpoint.is_local else ()):
        url = f"{_root(endpoint.base_url)}{source.path}"
        payload = _quietly(partial(exchange.send, url, {"model": model, "messages": entries}))
        if counted := _smallest(payload, (source.field,)):
            return counted
    return None


def find_local_servers(
    rows: Sequence[Provider], exchange_for: Callable[[Provider, str], Exchange]
) -> list[FoundServer]:
    """Return the servers that answer on this machine, all probed at the same time."""
    probes = [(row, probe) for row in rows for probe in row.probes]
    answers = run_at_once([partial(_answers, row, probe, exchange_for) for row, probe in probes])
    pairs = zip(probes, answers, strict=True)
    found = [FoundServer(row, _address(row, probe), found == "locked") for (row, probe), found in pairs if found]
    # Two programs may be told by one port; the first row that its own marker fits is the one.
    found.sort(key=lambda server: server.wants_key)
    return list({server.base_url: server for server in reversed(found)}.values())[::-1]


def _answers(row: Provider, probe: Probe, exchange_for: Callable[[Provider, str], Exchange]) -> Lock:
    """Return whether the server of *row* answers, or one that wants a key: others want a password."""
    url = _address(row, probe)
    try:
        payload = exchange_for(row, url).get(f"{_root(url)}{probe.path}", wait_s=PROBE_S)
    except AuthenticationError as error:
        return "locked" if _WANTS_KEY.search(error.server.message or "") else ""
    except ChatError:
        return ""
    return "open" if isinstance(payload, dict) and probe.marker in payload else ""


def _address(row: Provider, probe: Probe) -> str:
    return f"http://127.0.0.1:{probe.port}{urlsplit(row.base_url).path}"


def _root(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _from_source(exchange: Exchange, url: str, source: WindowSource, model: str) -> int | None:
    payload = exchange.get(url, wait_s=LOOK_S)
    if not source.rows:
        return _smallest(payload, source.fields)
    for entry in _values(payload, [source.rows]):
        if isinstance(entry, dict) and _same_model(entry.get(source.ids), model):
            return _smallest(entry, source.fields)
    return None


def _same_model(name: Any, model: str) -> bool:
    # Ollama lists `llama3:latest` for a model that is requested as `llama3`.
    return isinstance(name, str) and model in (name, name.removesuffix(":latest"))


def _entries(payload: Any, *, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and entry of each model, in any of the shapes lists have: a list, or one within objects.

    Entries are objects, names alone, or what stands below a name.
    """
    if isinstance(payload, list):
        yield from (pair for entry in payload if (pair := _entry(entry)))
    elif isinstance(payload, dict) and depth < _MAX_DEPTH:
        payload = {key.lower(): value for key, value in payload.items()}
        known = [payload[key] for key in _LISTS if payload.get(key)]
        for inner in known or [
            value for key, value in payload.items() if isinstance(value, list) and words_rank(key) is None
        ]:
            found = [*_entries(inner, depth=depth + 1)]
            if not found and isinstance(inner, dict):
                found = [(name, entry) for name, entry in inner.items() if isinstance(entry, dict)]
            if found:
                yield from found
                return


def _entry(entry: Any) -> tuple[str, Mapping[str, Any]] | None:
    fields = {"id": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
    named = {key.lower(): value for key, value in fields.items() if isinstance(value, str) and value}
    name = next((named[key] for key in _NAMES if key in named), "")
    return (name.removeprefix("models/"), fields) if name else None


def _smallest(entry: Any, fields: Sequence[str]) -> int | None:
    """Return the first of *fields* that is told; where a way leads through a list, its smallest value."""
    for dotted in fields:
        found = [value for value in _values(entry, dotted.split(".")) if isinstance(value, int) and value > 0]
        if found:
            return min(found)
    return None


def _values(node: Any, path: Sequence[str]) -> list[Any]:
    if isinstance(node, list):
        return [value for entry in node for value in _values(entry, path)]
    if not path:
        return [node]
    return _values(node.get(path[0]), path[1:]) if isinstance(node, dict) else []


def _quietly(look: Callable[[], T]) -> T | None:
    try:
        return look()
    except ChatError:
        return None
