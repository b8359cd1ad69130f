"""Draws the pictures of the README: a real conversation in a real pseudo-terminal, as SVG, dark and light.

usage: python -m tests.tooling.pictures
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from pathlib import Path

from pyte.screens import Char
from wcwidth import wcwidth

from tests.support.answers import answer
from tests.support.program import CHAT, ROOT, environment
from tests.support.screen import Screen
from tests.support.server import Server
from tests.support.terminal import Terminal

COLUMNS, ROWS = 82, 32
# Words that are drawn together: those of East Asian letters come from another font, which has its own widths.
_EAST = "\u2e80-\uffef"
_PIECE = re.compile(f"[{_EAST}]+|[^\\s{_EAST}]+(?: [^\\s{_EAST}]+)*")
CELL_W, CELL_H, PAD = 8.43, 18, 14
QUESTION = "How do I count words in Python? 中文呢？"
REPLY = """\
Use `collections.Counter`; it is a dictionary that counts:

```python
from collections import Counter

def most_common(text: str, n: int = 3) -> list[tuple[str, int]]:
    words = text.lower().split()
    return Counter(words).most_common(n)
```

| text         | what splits it | 词语 |
|--------------|----------------|-----:|
| `"to be"`    | white space    |    2 |
| `"生存还是"` | nothing        |    1 |

1. Chinese has **no spaces** between words, so `split` sees one word.
2. Count characters, or cut the text with a library first:
   - `jieba` is the usual one
   - a regular expression will do for a *rough* count
"""
# The sixteen colours by pyte's names, as two terminals that many people use draw them.
DARK = {
    **{"background": "#1e1e2e", "foreground": "#cdd6f4", "black": "#7f849c", "red": "#f38ba8", "green": "#a6e3a1"},
    **{"brown": "#f9e2af", "blue": "#89b4fa", "magenta": "#f5c2e7", "cyan": "#94e2d5", "white": "#bac2de"},
}
LIGHT = {
    **{"background": "#fafafa", "foreground": "#383a42", "black": "#8a8c93", "red": "#e45649", "green": "#3b8b38"},
    **{"brown": "#b07d00", "blue": "#3068d8", "magenta": "#a626a4", "cyan": "#0b7f9e", "white": "#7a7c82"},
}


def main() -> None:
    """Play the conversation and write both pictures."""
    screen = played()
    (ROOT / "docs").mkdir(exist_ok=True)
    for name, colours in (("dark", DARK), ("light", LIGHT)):
        (ROOT / "docs" / f"chat-{name}.svg").write_text(drawn(screen, colours), encoding="utf-8")


def played() -> Screen:
    """Return the screen at the end of the conversation."""
    usage = {"prompt_tokens": 24, "completion_tokens": 186, "total_tokens": 210}
    with tempfile.TemporaryDirectory() as home, Server(answer(REPLY, usage=usage), models=["tiny-llama"]) as server:
        argv = [*CHAT, "--base-url", server.url, "-m", "tiny-llama"]
        with Terminal.run(argv, environment(Path(home)), columns=COLUMNS, rows=ROWS) as terminal:
            terminal.wait_for(">")
            terminal.type(QUESTION)
            terminal.press("enter")
            terminal.wait_for("out 186")
            terminal.wait_for("ctx 210/?")
            raw = terminal.raw
    screen = Screen(COLUMNS, ROWS, answer=lambda _data: None)
    # pyte knows no faint text; the pictures show it in grey.
    screen.feed(raw.replace(b"\x1b[2m", b"\x1b[90m").replace(b"\x1b[0;2m", b"\x1b[0;90m"))
    return screen


def drawn(screen: Screen, colours: Mapping[str, str]) -> str:
    """Return *screen* as an SVG of its own, with real text in it."""
    rows = [row for row in range(ROWS) if screen.rows[row]]
    lines = "\n".join(line for row in rows for line in row_drawn(screen, row, colours))
    return framed(lines, COLUMNS, rows[-1] + 1, colours)


def framed(lines: str, columns: int, rows: int, colours: Mapping[str, str]) -> str:
    """Return an SVG of a terminal of *columns* by *rows* cells in which *lines* are drawn."""
    width, height = columns * CELL_W + 2 * PAD, rows * CELL_H + 2 * PAD
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{colours["background"]}"/>\n'
        "<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" "
        f'font-size="14">\n{lines}\n</g>\n</svg>\n'
    )


def row_drawn(screen: Screen, row: int, colours: Mapping[str, str]) -> Iterator[str]:
    """Yield the pieces of text in a row of *screen*, each at its place."""
    cells = [(column, screen.cell(column, row)) for column in range(COLUMNS)]
    for style, run in groupby(cells, key=lambda cell: _style(cell[1], colours)):
        piece = list(run)
        text = "".join(cell.data for _, cell in piece)
        # Spaces at the edges and more than one between words are collapsed by browsers, which then stretch the rest.
        for found in _PIECE.finditer(text):
            start, length = piece[0][0] + _cells(text[: found.start()]), _cells(found[0])
            x, y = PAD + start * CELL_W, PAD + row * CELL_H + 13
            fitted = f'textLength="{length * CELL_W:.1f}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text x="{x:.1f}" y="{y}" {fitted} {style}>{escape(found[0])}</text>'


def _cells(text: str) -> int:
    return sum(max(wcwidth(letter), 0) for letter in text)


def _style(cell: Char, colours: Mapping[str, str]) -> str:
    name = cell.fg if cell.fg in colours else "foreground"
    bright = cell.fg.removeprefix("bright")
    colour = colours.get(bright, colours[name]) if cell.fg != "default" else colours["foreground"]
    traits = [f'fill="{colour}"']
    traits += ['font-weight="bold"'] if cell.bold else []
    traits += ['font-style="italic"'] if cell.italics else []
    return " ".join(traits)


if __name__ == "__main__":
    main()
