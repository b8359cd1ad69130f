"""Reads the name of a model: a name at the provider in use, or `provider/name` for a model of another one.

Names of models contain slashes themselves (`openai/gpt-5` at OpenRouter, `groq/compound` at Groq), so the first part
alone decides nothing. In this order:

1. A name that the provider in use is known to list is that model.
2. A first part that is a provider which is set up (described in the settings, with a key, or local) chooses it.
3. A first part that is a built-in provider without a key chooses it only where the provider in use cannot be meant,
   because no model that it is known to list has a slash; the missing key is then the error.
4. Any other name belongs to the provider in use, as it is.

A provider that is chosen keeps its own name in front where it lists the whole name, or only names with a slash.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from chatcli.records import frozen


@frozen
class ModelName:
    """The name of a model as its provider knows it; *provider* is empty if no provider is in use."""

    provider: str
    model: str


@frozen
class Providers:
    """The providers that the name of a model may choose.

    *set_up* returns whether one can be asked, *listed* the names that one is known to list, without a request.
    """

    names: Collection[str]
    set_up: Callable[[str], bool]
    listed: Callable[[str], Collection[str]]


def read_model_name(name: str, providers: Providers, *, in_use: str) -> ModelName:
    """Return the model that *name* means while the provider *in_use* is asked, "" if none is."""
    chosen = provider_in_front(name, providers.names)
    if not chosen:
        return ModelName(in_use, name)
    own = providers.listed(in_use)
    if name in own:
        return ModelName(in_use, name)
    if chosen != in_use and not providers.set_up(chosen) and in_use and not _is_without_slashes(own):
        return ModelName(in_use, name)
    return ModelName(chosen, _own_name(name, name.removeprefix(f"{chosen}/"), providers.listed(chosen)))


def provider_in_front(name: str, providers: Collection[str]) -> str:
    """Return the provider of *providers* that *name* begins with, the longest; empty if there is none."""
    fitting = (provider for provider in providers if name.startswith(f"{provider}/") and len(name) > len(provider) + 1)
    return max(fitting, key=len, default="") if "/" in name else ""


def _own_name(name: str, rest: str, listed: Collection[str]) -> str:
    """Return the name of the model at the provider that *name* begins with, and that is known to have *listed*."""
    has_slashes = bool(listed) and all("/" in one for one in listed)
    return name if name in listed or (has_slashes and "/" not in rest) else rest


def _is_without_slashes(listed: Collection[str]) -> bool:
    return bool(listed) and not any("/" in one for one in listed)
