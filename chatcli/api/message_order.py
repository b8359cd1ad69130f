"""Puts an answer between results of tools and a message of the user, where a server demands one.

Mistral's servers do, and those that count tokens with its library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

ACKNOWLEDGED = "The results are here."
_REFUSED = re.compile(r"role\W+user\W+after\W+role\W+tool", re.IGNORECASE)


def is_order_refused(text: str | None) -> bool:
    """Return whether a server says in *text* that a user message must not follow results of tools."""
    return bool(text and _REFUSED.search(text))


def answer_results(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages of a request with such answers; those that have them stay unchanged."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        if found and found[-1]["role"] == "tool" and entry["role"] == "user":
            found.append({"role": "assistant", "content": ACKNOWLEDGED})
        found.append(dict(entry))
    return found
