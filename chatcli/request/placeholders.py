"""Fills the placeholders of a template: `{{name}}`, `{{name=default}}`, `{{file:PATH}}`. Pure.

Inserted text is not expanded again, so placeholders in it stay unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chatcli.errors import Remedy, UsageError
from chatcli.language import _

INPUT = "input"
_PLACE = re.compile(r"\{\{\s*(?:file:(?P<file>[^{}]+?)|(?P<name>[\w-]+)(?:\s*=(?P<default>[^{}]*))?)\s*\}\}")


def fill_placeholders(text: str, values: Mapping[str, str], read: Callable[[str], str]) -> str:
    """Return *text* with its placeholders filled from *values*; *read* returns the text of a file.

    Raises UsageError, with a remedy, for a placeholder without a value.
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
        raise UsageError(_("the template needs a value for {name}", name=name), kept=_("nothing was sent"), hint=hint)

    return _PLACE.sub(filled, text)


def around_input(text: str) -> tuple[str, str] | None:
    """Return the text before and after the first `{{input}}`; None if there is none."""
    for position in _PLACE.finditer(text):
        if position["name"] == INPUT:
            return text[: position.start()], text[position.end() :]
    return None
