"""Generated shapes of replies: ten times the text must be at most twelve times the work, whatever is repeated.

    python -m tests.tooling.shapes [COUNT] [SEED]

A shape is what a reply begins with and what then comes again and again. Work is counted in calls; what a single call
costs (a pattern that is not linear) is seen by the clock, with a wide margin. A shape that fails is printed.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

from chatcli.conversation.messages import Text
from chatcli.markdown.fences import fences
from tests.render.stage import Stage, cut
from tests.support.work import calls

SIZE = 5_000  # characters, and ten times as many
FRAME = 1_000  # characters between two frames
MOST_WORK = 12
MOST_TIME = 40  # that only what is truly quadratic exceeds, however busy the machine
LEAST_CALLS = 20_000  # shapes that cost less are linear enough

_BEGINNINGS = [
    *["", "", "", "- ", "> ", "1. ", "# ", "- - > ", "```python\n", "````md\n", "    ", "$$\n", "\\[\n", "<div>\n"],
    *["<!-- ", "[a]: ", "[^1]: ", "| a | b |\n|---|---|\n", "| a | b |\n|---|---|\n| ", "a\n===\n", "![a](", "[a]("],
    *["| a |\n|-|\n| `", "> | a | b |\n> |---|---|\n", "```diff\n", "```json\n{", "<pre>\n", "a ", "~~~\n", "*", "`"],
]
_PIECES = [
    *["a", "b c", "the fox ", " ", " ", "\n", "\n", "\n\n", "  \n", "\t", "- ", "> ", "1. ", "1) ", "* ", "  ", "    "],
    *["*", "**", "***", "_", "__", "~~", "~", "`", "``", "```", "```py", "~~~", "````", "$", "$$", "\\(", "\\)", "\\["],
    *[
        "\\]",
        "[",
        "]",
        "](",
        ")",
        "(",
        "!",
        "![",
        "<",
        ">",
        "<a>",
        "</a>",
        "<!--",
        "-->",
        "<br>",
        "<div>",
        "&",
        "&amp;",
    ],
    *[
        "|",
        "| a | b |",
        "|---|---|",
        "---",
        "===",
        "#",
        "## ",
        "\\",
        "\\\\",
        ":",
        "[^1]",
        "[a]: b",
        "[x] ",
        "www.",
        ".",
    ],
    *[
        "https://e.com/",
        "data:image/png;base64,",
        "iVBOR",
        "a@b.c",
        "总结：",
        "字",
        "。",
        "。**",
        "👨‍👩‍👧",
        "e\u0301",
        "\u200b",
    ],
    *[
        "x = 1",
        '"',
        "'",
        "/*",
        "*/",
        "#!",
        "{",
        "}",
        "\r\n",
        "\u2028",
        "\x1b[",
        "é",
        "\u202e",
        "=" * 20,
        "-" * 20,
        "5 $",
    ],
]


def shapes(seed: int) -> Iterator[tuple[str, str]]:
    """Return endless shapes: what begins and what is repeated, the same for the same *seed*."""
    chance = random.Random(seed)
    while True:
        pieces = chance.choices(_PIECES, k=chance.choice([1, 1, 2, 2, 3, 4, 6, 9]))
        yield chance.choice(_BEGINNINGS), "".join(pieces)


def growth(beginning: str, piece: str) -> tuple[float, float]:
    """Return how many times as much work and time a reply of this shape takes that is ten times as long."""
    few, few_s = _cost(beginning, piece, SIZE)
    many, many_s = _cost(beginning, piece, 10 * SIZE)
    return max(many, LEAST_CALLS) / max(few, LEAST_CALLS / 10), many_s / max(few_s, 0.02)


def _cost(beginning: str, piece: str, size: int) -> tuple[int, float]:
    text = (beginning + piece * (size // len(piece) + 1))[:size]
    turn = Stage().turn

    def play() -> None:
        for delta in cut(text, FRAME):
            turn.feed(Text(delta), 0)
            turn.frame((80, 24), 0)
        turn.end(0)
        turn.frame((80, 24), 0)
        fences(text)

    begun_s = time.thread_time()
    return calls(play), time.thread_time() - begun_s


def main(count: int, seed: int) -> bool:
    """Try *count* shapes; return whether all are linear."""
    source = shapes(seed)
    _cost("# ", "a **b** `c`\n\n", SIZE)  # what is imported and kept at the first time is no work of a reply
    failed = 0
    for number in range(count):
        beginning, piece = next(source)
        work, taken = growth(beginning, piece)
        if work > MOST_WORK or taken > MOST_TIME:
            failed += 1
            print(
                f"{number}: {beginning!r}, {piece!r}: {work:.1f} times the work, {taken:.1f} times the time", flush=True
            )
    print(f"{count} shapes, {failed} failed")
    return not failed


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(not main(*(arguments + [2_000, 1][len(arguments) :])))
