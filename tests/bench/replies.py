"""Replies to be shown: the text of one, and the deltas that it comes in."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

_SENTENCES = (
    "the quick brown fox jumps over a lazy dog while seven wizards boil their tea and nobody in town "
    "knows why it should take so long to write one short sentence about streams of text"
)
_WORDS = _SENTENCES.split()
_CJK = "这是一个用来测试换行的中文段落因为没有空格所以可以在任何字符之间断开"


def reply(size_bytes: int) -> str:
    """Return a reply of prose, lists, code, tables and CJK, with a unique word in every sentence."""
    chance = random.Random(size_bytes)
    marks = (f"q{''.join(letters)}x" for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=4))
    kinds = (_prose, _prose, _list, _code, _prose, _table, _chinese)
    text = ""
    for number, kind in enumerate(itertools.cycle(kinds)):
        if len(text.encode()) >= size_bytes:
            return text
        text += f"## Part {number}\n\n" if number % 5 == 0 else ""
        text += kind(chance, marks) + "\n\n"
    raise AssertionError("a cycle does not end")


def deltas(text: str) -> list[str]:
    """Return *text* in pieces of 1 to 6 characters."""
    chance, pieces, place = random.Random(1), [], 0
    while place < len(text):
        size = chance.randint(1, 6)
        pieces.append(text[place : place + size])
        place += size
    return pieces


def tall_tables(count: int = 60) -> dict[str, str]:
    """Return tables of *count* rows, which no screen of 24 rows holds, by what they are made of."""
    chance = random.Random(1)
    kinds: dict[str, tuple[int, Callable[[], str]]] = {
        "words": (5, lambda: chance.choice(_WORDS)),
        "numbers": (3, lambda: str(chance.randint(1, 10 ** chance.randint(1, 8)))),
        "code": (3, lambda: f"`{chance.choice(_WORDS)}_{chance.randint(1, 99)}` **{chance.choice(_WORDS)}**"),
        "phrases": (3, lambda: " ".join(chance.choices(_WORDS, k=chance.randint(1, 8)))),
        "rows of several lines": (3, lambda: " ".join(chance.choices(_WORDS, k=chance.randint(10, 30)))),
        "many columns": (8, lambda: " ".join(chance.choices(_WORDS, k=chance.randint(1, 8)))),
        "Chinese": (5, lambda: _CJK[chance.randint(0, 20) :][: chance.randint(1, 8)]),
        "records": (20, lambda: chance.choice(_WORDS)),
    }
    return {name: _rows(columns, cell, count) for name, (columns, cell) in kinds.items()}


def _rows(columns: int, cell: Callable[[], str], count: int) -> str:
    lines = ["".join(f"| h{number} " for number in range(columns)) + "|", "|---" * columns + "|"]
    lines += ["".join(f"| {cell()} " for _ in range(columns)) + "|" for _ in range(count)]
    return "\n".join(lines) + "\n"


def _sentence(chance: random.Random, marks: Iterator[str]) -> str:
    words = chance.choices(_WORDS, k=chance.randint(6, 16))
    words[0] = words[0].capitalize()
    words[2] = f"**{words[2]} {words[3]}**" if chance.random() < 0.3 else words[2]
    words[4] = f"`{words[4]}`" if chance.random() < 0.3 else words[4]
    return " ".join([*words, next(marks)]) + "."


def _prose(chance: random.Random, marks: Iterator[str]) -> str:
    return " ".join(_sentence(chance, marks) for _ in range(chance.randint(3, 7)))


def _list(chance: random.Random, marks: Iterator[str]) -> str:
    return "\n".join(f"{number}. {_sentence(chance, marks)}" for number in range(1, chance.randint(4, 9)))


def _code(chance: random.Random, marks: Iterator[str]) -> str:
    lines = [
        f"    {next(marks)} = compute({chance.randint(1, 99)}, 'text')  # why" for _ in range(chance.randint(5, 25))
    ]
    return "\n".join(["```python", "def work(value: int) -> str:", *lines, "    return value", "```"])


def _table(chance: random.Random, marks: Iterator[str]) -> str:
    rows = [f"| {chance.choice(_WORDS)} | {chance.randint(1, 999)} | {next(marks)} |" for _ in range(8)]
    return "\n".join(["| Name | Count | Remark |", "|:-----|------:|--------|", *rows])


def _chinese(chance: random.Random, marks: Iterator[str]) -> str:
    start = chance.randint(0, 10)
    return "，".join(_CJK[start:] + f" {next(marks)} " for _ in range(3)) + "。"
