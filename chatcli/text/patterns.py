"""Regular expressions that are compiled when they are first used.

Compiling is the dearest thing a module can do at import: a class of Unicode ranges takes milliseconds, and most runs
never meet the text it is for.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    """Stands for a pattern until somebody asks it for anything, then answers as the pattern would."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._text, self._flags)
        # From now on the methods are found without coming here.
        for method in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return the pattern *text*, compiled at its first use."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
