"""Matches typed letters with known names; pure, and the case of letters is ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable


def best_matches(typed: str, known: Iterable[str]) -> list[str]:
    """Return the best fits of *typed*, in their order: what begins so, else what holds it, else has its letters."""
    names = list(known)
    folded = typed.casefold()
    begin = [name for name in names if name.casefold().startswith(folded)]
    held = begin or [name for name in names if folded in name.casefold()]
    fits = re.compile(".*?".join(map(re.escape, folded)), re.DOTALL).search
    return held or [name for name in names if fits(name.casefold())]
