"""Writes the marks that chat itself uses in ASCII, for terminals and locales that know no others.

What others wrote is not changed: letters stay as they are, and answers never come here.
"""

from __future__ import annotations

_MARKS = str.maketrans(
    {
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("·•–—─", "-"),
        **dict.fromkeys("▌│", "|"),
        "┼": "+",
        "…": "...",
        "→": "->",
        "⟨": "<",
        "⟩": ">",
        "×": "x",
        "≤": "<=",
        "≥": ">=",
        "／": "/",
        "\N{NO-BREAK SPACE}": " ",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


def to_ascii(text: str) -> str:
    """Return *text* of ours with its marks in ASCII."""
    return text.translate(_MARKS)
