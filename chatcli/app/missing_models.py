"""Explains that an endpoint has no such model: whether it was retired, and which models can be used instead."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chatcli.app.retirement_notices import describe_retirement
from chatcli.conversation.model_info import ModelInfo, Retirement
from chatcli.errors import ModelNotFoundError, ModelRetiredError, Remedy
from chatcli.text.phrases import join_words
from chatcli.text.similar import did_you_mean, similar

_MOST_NAMED = 3


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
        error.what = f"{error.what}; it {describe_retirement(retirement, now_s)}"
    if is_over or isinstance(error, ModelRetiredError):
        successor = [retirement.successor] if retirement and retirement.successor else []
        remaining = list(dict.fromkeys([*successor, *similar(model, names), *names]))[:_MOST_NAMED]
        remains = f"{join_words([f'`{name}`' for name in remaining])} can be used instead" if remaining else None
        error.hint = (remains, Remedy("list_models")) if remains else Remedy("list_models")
    elif meant := did_you_mean(model, names):
        error.hint = (meant, Remedy("list_models"))


def _is_over(info: ModelInfo, now_s: float) -> bool:
    return info.retirement is not None and info.retirement.is_over(now_s)
