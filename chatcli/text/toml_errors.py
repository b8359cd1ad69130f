"""Words the errors of the TOML parser, which Python always gives in English."""

from __future__ import annotations

import re

from chatcli.language import ENGLISH, N_, _, current_language

_COMPLAINTS = (
    N_("Cannot declare {value} twice"),
    N_("Cannot mutate immutable namespace {value}"),
    N_("Cannot overwrite a value"),
    N_("Cannot redefine namespace {value}"),
    N_("Duplicate inline table key {value}"),
    N_("Escaped character is not a Unicode scalar value"),
    N_("Expected '=' after a key in a key/value pair"),
    N_("Expected ']' at the end of a table declaration"),
    N_("Expected ']]' at the end of an array declaration"),
    N_("Expected newline or end of document after a statement"),
    N_("Expected {value}"),
    N_("Found invalid character {value}"),
    N_("Illegal character {value}"),
    N_("Invalid date or datetime"),
    N_("Invalid hex value"),
    N_("Invalid initial character for a key part"),
    N_("Invalid statement"),
    N_("Invalid value"),
    N_("Unclosed array"),
    N_("Unclosed inline table"),
    N_("Unescaped '\\' in a string"),
    N_("Unterminated string"),
)


def toml_complaint(said: str) -> str:
    """Return what the parser said, in the user's language if it is known there."""
    if current_language() == ENGLISH:
        return said
    for complaint in _COMPLAINTS:  # an exact one stands before the pattern that it also fits
        before, place, _after = complaint.partition("{value}")
        if said == complaint:
            return _(complaint)
        if place and (match := re.fullmatch(re.escape(before) + "(.+?)( twice)?", said)):
            return _(complaint, value=match[1])
    return said
