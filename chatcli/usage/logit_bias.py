"""Maps words in `logit_bias` to the token ids of a model.

Only exactly known vocabularies are used, because another one would ban different words. A word is looked up with and
without a leading space, as it occurs within and at the start of a text.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.errors import UsageError
from chatcli.language import _


def has_named_tokens(bias: object) -> bool:
    """Return whether any name in *bias* is not a token id."""
    return isinstance(bias, Mapping) and any(not str(name).isdigit() for name in bias)


def resolve_bias(bias: Mapping[str, object], model: str) -> dict[str, object]:
    """Return *bias* with ids in place of words; raises UsageError for a word that is not a single token of *model*."""
    from chatcli.usage.vocabularies import encoding, known_encoding_name  # tiktoken, and a vocabulary

    name = known_encoding_name(model)
    if name is None:
        what = _("the vocabulary of `{model}` is unknown, so words cannot be mapped to its tokens", model=model)
        raise UsageError(what, kept=_("nothing was sent"), hint=_("use token ids instead of words"))
    encode = encoding(name).encode
    resolved: dict[str, object] = {}
    for word, value in bias.items():
        if word.isdigit():
            resolved[word] = value
            continue
        forms = {form: encode(form, disallowed_special=()) for form in (word, f" {word}")}
        ids = [tokens[0] for tokens in forms.values() if len(tokens) == 1]
        if not ids:
            parts = _(", ").join(map(str, forms[f" {word}"]))
            what = _(
                "`{text}` is more than one token of `{model}` ({tokens}), but a bias applies to a single token",
                text=word,
                model=model,
                tokens=parts,
            )
            raise UsageError(what, kept=_("nothing was sent"), hint=_("use one of these ids, or another word"))
        resolved |= {str(id): value for id in ids}
    return resolved
