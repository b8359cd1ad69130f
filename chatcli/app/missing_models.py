"""Explains that an endpoint has no such model: whether it was retired, and which models can be used instead."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chatcli.app.retirement_notices import day_of
from chatcli.conversation.model_info import ModelInfo, Retirement
from chatcli.errors import ModelNotFoundError, ModelRetiredError, Remedy
from chatcli.language import N_, _
from chatcli.text.phrases import join_words
from chatcli.text.similar import did_you_mean, similar

_MOST_NAMED = 3
_GONE = N_("{what}; it was retired on {day}")
_DEPRECATED = N_("{what}; it is deprecated and may be retired at any time")


def suggest_models(
    error: ModelNotFoundError, model: str, retirement: Retirement | None, listed: Sequence[ModelInfo]
) -> None:
    """Complete *error* about *model*, whose *retirement* is None if unknown: if it is retired, name what remains.

    Otherwise name models of similar names among those *listed*.
    """
    now_s = time.time()
    is_over = retirement is not None and retirement.is_over(now_s)
    names = [info.name for info in listed if info.name != model and not _is_over(info, now_s)]
    if retirement and is_over:
        day = "" if retirement.at_s is None else day_of(retirement.at_s, now_s)
        error.what = _(_GONE if day else _DEPRECATED, what=error.what, day=day)
    if is_over or isinstance(error, ModelRetiredError):
        successor = [retirement.successor] if retirement and retirement.successor else []
        remaining = list(dict.fromkeys([*successor, *similar(model, names), *names]))[:_MOST_NAMED]
        listed_names = join_words([f"`{name}`" for name in remaining])
        remains = _("{names} can be used instead", names=listed_names) if remaining else None
        error.hint = (remains, Remedy("list_models")) if remains else Remedy("list_models")
    elif meant := did_you_mean(model, names):
        error.hint = (meant, Remedy("list_models"))


def is_listed(model: str, listed: Sequence[str], *, has_variants: bool) -> bool:
    """Return whether *model* is one of *listed*, written as servers accept it: in any case, and without `models/`.

    With *has_variants*, what follows a colon chooses how a model is served, and lists have the model alone.
    """
    names = {_plain(name) for name in listed}
    name = _plain(model)
    return name in names or (has_variants and name.partition(":")[0] in names)


def _plain(name: str) -> str:
    return name.casefold().removeprefix("models/").removesuffix(":latest")


def _is_over(info: ModelInfo, now_s: float) -> bool:
    return info.retirement is not None and info.retirement.is_over(now_s)
