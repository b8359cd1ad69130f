"""The name of a model is read by one rule: its provider in front chooses, unless the one in use has that very model."""

from __future__ import annotations

import pytest

from chatcli.settings.model_names import ModelName, Providers, provider_in_front, read_model_name

LISTED = {
    "openai": ("gpt-5", "gpt-5-mini"),
    "openrouter": ("openai/gpt-5", "openrouter/auto", "deepseek/deepseek-chat"),
    "groq": ("groq/compound", "openai/gpt-oss-120b", "llama-3.3-70b"),
    "guide": ("guide",),
}
SET_UP = ("openai", "openrouter", "own", "ollama", "a/b", "guide")
PROVIDERS = Providers((*SET_UP, "groq", "deepseek", "a"), SET_UP.__contains__, lambda name: LISTED.get(name, ()))

READ = [
    # in use, as typed, provider, model
    ("openai", "gpt-5", "openai", "gpt-5"),
    ("openai", "meta/llama", "openai", "meta/llama"),
    ("openai", "ollama/llama3", "ollama", "llama3"),
    ("openai", "ollama/hf.co/x", "ollama", "hf.co/x"),
    ("openai", "ollama/", "openai", "ollama/"),
    ("openai", "openai/gpt-5", "openai", "gpt-5"),
    ("openai", "./x.gguf", "openai", "./x.gguf"),
    # the name of a model is not that of a provider, whatever its first part is called
    ("openrouter", "openai/gpt-5", "openrouter", "openai/gpt-5"),
    ("openrouter", "deepseek/deepseek-chat", "openrouter", "deepseek/deepseek-chat"),
    ("openrouter", "openai/gpt-5-mini", "openai", "gpt-5-mini"),
    ("openrouter", "deepseek/new", "openrouter", "deepseek/new"),
    ("groq", "openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
    # a provider that lists the whole name means it
    ("openrouter", "openrouter/auto", "openrouter", "openrouter/auto"),
    ("openai", "openrouter/auto", "openrouter", "openrouter/auto"),
    ("openrouter", "openrouter/stealth", "openrouter", "openrouter/stealth"),
    ("openai", "openrouter/deepseek/deepseek-chat", "openrouter", "deepseek/deepseek-chat"),
    ("openai", "groq/compound", "groq", "groq/compound"),
    ("openai", "groq/llama-3.3-70b", "groq", "llama-3.3-70b"),
    # without a key, only where nothing else can be meant
    ("openai", "deepseek/deepseek-chat", "deepseek", "deepseek-chat"),
    ("own", "deepseek/deepseek-chat", "own", "deepseek/deepseek-chat"),
    ("own", "openai/gpt-5", "openai", "gpt-5"),
    ("guide", "deepseek/deepseek-chat", "deepseek", "deepseek-chat"),
    ("guide", "guide/guide", "guide", "guide"),
    ("", "deepseek/deepseek-chat", "deepseek", "deepseek-chat"),
    ("", "deepseek-chat", "", "deepseek-chat"),
    # names of providers may contain slashes too
    ("openai", "a/b/c", "a/b", "c"),
]


@pytest.mark.parametrize(("in_use", "typed", "provider", "model"), READ, ids=[f"{one[1]}@{one[0]}" for one in READ])
def test_a_name_is_read(in_use: str, typed: str, provider: str, model: str) -> None:
    assert read_model_name(typed, PROVIDERS, in_use=in_use) == ModelName(provider, model)


@pytest.mark.parametrize("in_use", ["", *PROVIDERS.names])
def test_every_listed_model_is_reached_by_its_full_name(in_use: str) -> None:
    """From wherever it is typed: nothing but a model of that very name at the provider in use stands before it."""
    for provider in LISTED:
        for model in LISTED[provider]:
            typed = model if model.startswith(f"{provider}/") else f"{provider}/{model}"
            if typed not in LISTED.get(in_use, ()) and (PROVIDERS.set_up(provider) or in_use == provider):
                assert read_model_name(typed, PROVIDERS, in_use=in_use) == ModelName(provider, model)


@pytest.mark.parametrize("in_use", LISTED)
def test_every_model_of_the_provider_in_use_is_reached_as_it_is_listed(in_use: str) -> None:
    for model in LISTED[in_use]:
        assert read_model_name(model, PROVIDERS, in_use=in_use) == ModelName(in_use, model)


@pytest.mark.parametrize("name", ["gpt-5", "/ollama/x", "ollama/", "OLLAMA/x", "ollama", ""])
def test_a_provider_in_front_stands_there_whole_and_before_something(name: str) -> None:
    assert provider_in_front(name, PROVIDERS.names) == ""
