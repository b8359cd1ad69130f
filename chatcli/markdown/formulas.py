"""Recognises formulas, `$x_1$`, `$$x$$`, `\\(x\\)` and `\\[x\\]`, whose content is not Markdown.

A dollar sign is also money, a variable of a shell, a function of a library. So one that stands behind a letter or a
digit opens no formula, and one before a letter or a digit closes none: `$FOO to **$BAR**` has none, nor has `$5 or $6`.
The dollarmath of mdit-py-plugins asks for the same of digits alone, and knows no `\\(`.
"""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

_FORMULA = re.compile(
    r"\\\((?:.+?)\\\)|\\\[(?:.+?)\\\]"
    r"|(?<![A-Za-z0-9$\\])(?:\$\$(?:[^`]+?)\$\$|\$(?![\s$])[^\n$`]{0,200}?(?<![\s\\])\$)(?![A-Za-z0-9$_])",
    re.DOTALL,
)


def formula(state: StateInline, silent: bool) -> bool:
    """Read a formula."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("math", "", 0).content = found[0]
    state.pos = found.end()
    return True
