"""Generated replies of marks, code, CJK, addresses and tables: every one is drawn, at every cut, without a letter lost.

    python -m tests.tooling.documents [COUNT] [SEED]

Each thousand documents have a seed of their own, counted on from SEED, so a failure comes back with `1000 ITS_SEED`.

Each leaf that must be read to the letter (code, addresses, formulas) holds a word of its own, which has to stand in the
rows once and, but for tables, in the order of the source. What streams in must give the rows of one render. A document
that fails is printed with what was seen; a sample of them is drawn in the suite.
"""

from __future__ import annotations

import multiprocessing
import random
import re
import sys
import time
from collections.abc import Iterator
from functools import partial

from chatcli.render.look import Look
from chatcli.render.page import Page
from chatcli.render.rows import ScreenRow
from tests.render.stage import letters

SLOWEST_FRAME_S = 0.25
WIDTHS = (24, 60, 240)  # on the widest no word of a cell is broken
LONGEST_PIECES = (30, 300, 300, 600)  # a document is drawn once for each piece, which is what costs
SOURCE = 1000  # documents that are drawn from one seed
PROCESSES = 2
HEIGHT = 200  # nothing leaves before it is final

_WORD = re.compile(r"k\d{5}z")
_MARKS = [
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "`",
    "``",
    "$",
    "$$",
    "[",
    "](",
    "]",
    "<",
    "\\",
    "!",
    "|",
    "~",
    "<!--",
    "&",
]
_WORDS = [
    "the",
    "quick",
    "fox",
    "a",
    "I",
    "总结：",
    "这是",
    "。",
    "の",
    "삭제.",
    "는",
    "API(x)",
    "（注）",
    "é",
    "👍",
    "1.",
    "5 $",
]
_AROUND = ["**{}**", "*{}*", "~~{}~~", "({})", "“{}”", "{}。", "{},", "（{}）", "{}", "{}", "__{}__", "看{}这"]


class Documents:
    """An endless source of documents, the same for the same *seed*."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._count = 0

    def next(self) -> str:
        """Return a document of up to six blocks."""
        kinds = (self._paragraph, self._paragraph, self._list, self._quote, self._table, self._fence, self._heading)
        blocks = [self._chance.choice(kinds)() for _ in range(self._chance.randint(1, 6))]
        return self._chance.choice(["\n\n", "\n\n", "\n"]).join(blocks)

    def _unique(self) -> str:
        self._count += 1
        return f"k{self._count % 100_000:05}z"

    def _literal(self) -> str:
        """Return a leaf that is read to the letter, with a word of its own in it."""
        word = self._unique()
        form = self._chance.choice(
            ["`{}`", "``{}``", "https://e.com/{}", "www.e.com/{}", "${}$", "\\({}\\)", "<https://e.com/{}>"]
        )
        around = ["{}", "_{}_", "a_{}*b", "{}/x.js"]
        if form[0] == "`":
            around += ["<br>{}", "**{}**", "$HOME {}", "[{}](x)", "<b>{}</b>", "{}\\"]
        return form.replace("{}", self._chance.choice(around).replace("{}", word))

    def _sentence(self, most: int) -> str:
        """Return words, leaves and marks, some of which pair."""
        pieces: list[str] = []
        for _ in range(self._chance.randint(1, most)):
            kind = self._chance.random()
            piece = self._literal() if kind < 0.3 else self._chance.choice(_WORDS if kind < 0.8 else _MARKS)
            pieces.append(self._chance.choice(_AROUND).replace("{}", piece) if kind < 0.6 else piece)
        return self._chance.choice([" ", " ", ""]).join(pieces)

    def _paragraph(self) -> str:
        return "\n".join(self._sentence(12) for _ in range(self._chance.randint(1, 3)))

    def _heading(self) -> str:
        return f"{'#' * self._chance.randint(1, 4)} {self._sentence(5)}"

    def _list(self) -> str:
        mark = self._chance.choice(["-", "*", "1.", "1)"])
        return "\n".join(f"{'  ' * self._chance.choice([0, 0, 1])}{mark} {self._sentence(6)}" for _ in range(3))

    def _quote(self) -> str:
        return "\n".join(f"> {self._sentence(8)}" for _ in range(self._chance.randint(1, 3)))

    def _table(self) -> str:
        columns = self._chance.randint(1, 3)
        rows = [[self._sentence(3).replace("|", "\\|") for _ in range(columns)] for _ in range(4)]
        rows.insert(1, [self._chance.choice(["---", ":--", "--:", ":-:"]) for _ in range(columns)])
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def _fence(self) -> str:
        language = self._chance.choice(["", "python", "json", "bash", "nonsense"])
        return "\n".join(
            [f"```{language}", *(f"x = '{self._unique()}' {self._chance.choice(_MARKS[:5])}" for _ in range(3)), "```"]
        )


def faults_of(text: str, sizes: list[int], width: int) -> Iterator[str]:
    """Return what is wrong with how *text* is drawn when it comes in pieces of *sizes*."""
    whole, whole_s = _drawn(text, [len(text)], width)
    shown = letters(row.text for row in whole)
    found, wanted = _WORD.findall(shown), _WORD.findall(text)
    if sorted(found) != sorted(wanted) and not ("|" in text and width < max(WIDTHS)):
        yield f"lost or doubled: {set(wanted) ^ set(found) or found}"
    elif "|" not in text and found != wanted:
        yield f"not in order: {found}"
    streamed, streamed_s = _drawn(text, sizes, width)
    if [row.text for row in streamed] != [row.text for row in whole]:
        yield "differs in a stream"
    if max(whole_s, streamed_s) > SLOWEST_FRAME_S:
        yield f"a frame took {max(whole_s, streamed_s) * 1000:.0f} ms"


def _drawn(text: str, sizes: list[int], width: int) -> tuple[list[ScreenRow], float]:
    """Return the rows of *text*, and what its slowest frame took in CPU."""
    page, rows, slowest_s = Page(Look(links=False)), list[ScreenRow](), 0.0
    place = number = 0
    while place < len(text):
        begun_s = time.thread_time()
        page.feed(text[place : place + sizes[number % len(sizes)]])
        rows += page.draw(width, HEIGHT)[0]
        slowest_s = max(slowest_s, time.thread_time() - begun_s)
        place += sizes[number % len(sizes)]
        number += 1
    page.close()
    return rows + page.draw(width, HEIGHT)[0], slowest_s


def draw(count: int, seed: int) -> str:
    """Draw *count* documents of the source *seed*; return what is wrong with those that fail."""
    documents, chance = Documents(seed), random.Random(seed)
    failed: list[str] = []
    for number in range(count):
        text, width = documents.next(), chance.choice(WIDTHS)
        most = chance.choice(LONGEST_PIECES)
        sizes = [chance.randint(1, most) for _ in range(chance.randint(1, 5))]
        if faults := list(faults_of(text, sizes, width)):
            where = f"{number} of seed {seed}, {width} columns, pieces of {sizes}"
            failed.append(f"{where}: {'; '.join(faults)}\n{text!r}\n")
    return "\n".join(failed)


def main(count: int, seed: int) -> bool:
    """Draw at least *count* documents; return whether all were drawn well."""
    sources = range(seed, seed - (-count // SOURCE))
    is_well = True
    with multiprocessing.Pool(PROCESSES) as pool:
        for number, report in enumerate(pool.imap(partial(draw, SOURCE), sources), 1):
            is_well = is_well and not report
            print(report or f"{number * SOURCE} documents", flush=True)
    return is_well


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(not main(*(arguments + [200_000, 1][len(arguments) :])))
