"""Encodes the reasoning effort in the fields and levels of an endpoint; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatcli.language import _
from chatcli.providers.provider import LEVEL, Effort, Provider
from chatcli.records import frozen
from chatcli.request.parameters import EFFORTS


@frozen
class EncodedEffort:
    """The fields of a request, and a notice if they differ from the requested level."""

    fields: Mapping[str, object]
    note: str = ""


def encode_effort(level: str, model: str, row: Provider) -> EncodedEffort:
    """Return the fields that request *level* of *model*, or the nearest supported level."""
    rule = rule_for(model, row)
    if rule is None:
        return EncodedEffort({"reasoning_effort": level})
    if level == "none":
        if rule.off is not None:
            return EncodedEffort(rule.off)
        least = rule.levels[0]
        note = _("{model} always reasons, so effort `{level}` is sent", model=model, level=least)
        return EncodedEffort(_at(rule, least), note)
    nearest = _nearest(level, rule.levels)
    note = _("{model} has no effort `{level}`, so `{nearest}` is sent", model=model, level=level, nearest=nearest)
    return EncodedEffort(_at(rule, nearest), note if nearest != level else "")


def demanded_by_tools(model: str, row: Provider) -> str:
    """Return the effort that *model* requires for tools here, empty if any will do."""
    rule = rule_for(model, row)
    return rule.with_tools if rule else ""


def rule_for(model: str, row: Provider) -> Effort | None:
    """Return the rule of *row* for *model*, None if the standard field applies."""
    bare = model.lower()
    return next((rule for rule in row.efforts if re.match(rule.models, bare)), None)


def _nearest(level: str, levels: tuple[str, ...]) -> str:
    wanted = EFFORTS.index(level) if level in EFFORTS else len(EFFORTS)
    # Of two equally near levels the higher one: a user who sets the effort wants the better answer.
    return min(levels, key=lambda known: (abs(EFFORTS.index(known) - wanted), -EFFORTS.index(known)))


def _at(rule: Effort, level: str) -> Mapping[str, object]:
    return {name: level if told == LEVEL else _inner(told, level) for name, told in rule.on.items()}


def _inner(told: object, level: str) -> object:
    if isinstance(told, Mapping):
        return {name: level if inner == LEVEL else inner for name, inner in told.items()}
    return told
