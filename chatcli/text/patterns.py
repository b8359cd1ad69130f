"""Regular expressions that are compiled on first use.

Compiling at import is expensive: a class of Unicode ranges takes milliseconds, and most runs never need it.
"""

from __future__ import annotations

import re
from typing import AnyStr, cast


class _Lazy:
    """A proxy for a pattern, which compiles it at the first access."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        compiled = re.compile(self._text, self._flags)
        # From now on, methods are found without this lookup.
        for method in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return the pattern *text*, compiled on first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))
