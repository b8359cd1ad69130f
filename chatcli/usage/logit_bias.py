"""Turns words in `logit_bias` into the token ids that a model has for them.

Only vocabularies that are known for sure are used: with a stranger's, other words would be banned. A word is looked up
with and without a space before it, as it stands within and at the beginning of a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.errors import UsageError


def has_named_tokens(bias: object) -> bool:
    """Tell whether any name in *bias* is no token id."""
    return isinstance(bias, Mapping) and any(not str(name).isdigit() for name in bias)


def resolve_bias(bias: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return *bias* with ids in place of words; raises UsageError for a word that is no single token of *model*."""
    from chatcli.usage.vocabularies import encoding, known_encoding_name  # tiktoken, and a vocabulary

    name = known_encoding_name(model)
    if name is None:
        what = f"the vocabulary of `{model}` is unknown, so words cannot be mapped to its tokens"
        raise UsageError(what, kept="nothing was sent", hint="use token ids instead of words")
    encode = encoding(name).encode
    resolved: dict[str, Any] = {}
    for word, value in bias.items():
        if word.isdigit():
            resolved[word] = value
            continue
        forms = {form: encode(form, disallowed_special=()) for form in (word, f" {word}")}
        ids = [tokens[0] for tokens in forms.values() if len(tokens) == 1]
        if not ids:
            parts = ", ".join(map(str, forms[f" {word}"]))
            what = f"`{word}` is several tokens of `{model}` ({parts}), but a bias applies to one"
            raise UsageError(what, kept="nothing was sent", hint="use one of these ids, or another word")
        resolved |= {str(id): value for id in ids}
    return resolved
