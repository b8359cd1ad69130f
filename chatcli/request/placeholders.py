"""Fills the places of a template: `{{name}}`, `{{name=default}}`, `{{file:PATH}}`. Pure.

What is filled in is never looked at again, so that a text which holds such a place itself stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chatcli.errors import Remedy, UsageError

INPUT = "input"
_PLACE = re.compile(r"\{\{\s*(?:file:(?P<file>[^{}]+?)|(?P<name>[\w-]+)(?:\s*=(?P<default>[^{}]*))?)\s*\}\}")


def fill_placeholders(text: str, values: Mapping[str, str], read: Callable[[str], str]) -> str:
    """Return *text* with its places filled from *values*; *read* gives the text of a file.

    Raises UsageError for a place that nothing fills, naming it and how it is filled.
    """

    def filled(position: re.Match[str]) -> str:
        if position["file"] is not None:
            return read(position["file"])
        name, default = position["name"], position["default"]
        if name in values:
            return values[name]
        if default is not None:
            return default.strip()
        hint = Remedy("set_variable", values={"name": name})
        raise UsageError(f"the template needs a value for {name}", kept="nothing was sent", hint=hint)

    return _PLACE.sub(filled, text)


def around_input(text: str) -> tuple[str, str] | None:
    """Return what stands before and after the first place for what is asked; None where there is none."""
    for position in _PLACE.finditer(text):
        if position["name"] == INPUT:
            return text[: position.start()], text[position.end() :]
    return None
