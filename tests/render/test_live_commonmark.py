"""The law of the reply on the screen holds for every example of CommonMark's specification.

The specification is no part of the project: COMMONMARK_SPEC names its `spec.txt`, which `.ci/run` installs. Without it
the law is proven on the examples that stand here.
"""

import os
import re
from pathlib import Path

import pytest

from tests.render.stage import Stage, cut, rendered

OWN = ["*a*b**c**", "- a\n\n  b\n- c\n", "> a\nb\n\n    code\n", "[a]: /b\n\n[a]\n", "1. a\n   - b\n     c\n2. d\n"]
_EXAMPLE = re.compile(r"^`{32} example[^\n]*\n(.*?)^\.\n.*?^`{32}$", re.DOTALL | re.MULTILINE)

# References that are defined after their use cannot be known while they stream: what is printed is not taken back.
LATE = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)


def examples() -> list[str]:
    path = os.environ.get("COMMONMARK_SPEC", "")
    found = _EXAMPLE.findall(Path(path).read_text(encoding="utf-8")) if path else []
    return [*OWN, *(text.replace("→", "\t") for text in found)]


@pytest.mark.parametrize("screen", [(60, 24), (24, 30)], ids=str)
@pytest.mark.parametrize("text", [text for text in examples() if not LATE.search(text)])
def test_an_example_stands_as_if_rendered_once(text: str, screen: tuple[int, int]) -> None:
    whole = rendered(text, screen[0])

    for deltas in (cut(text, 1), cut(text, 5), text.splitlines(keepends=True)):
        assert Stage(*screen).play(deltas) == whole


@pytest.mark.parametrize("text", [text for text in examples() if LATE.search(text)])
def test_an_example_with_references_shows_every_word(text: str) -> None:
    """The words stand there once; only whether they are a link may depend on when its definition came."""
    words = re.findall(r"[^\W_]{2,}", " ".join(rendered(text, 60)))

    shown = " ".join(Stage(60, 24).play(cut(text, 1)))

    assert all(word in shown for word in words)
