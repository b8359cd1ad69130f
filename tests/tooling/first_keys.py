"""Types at random moments of a start, and compares with typing later: `python -m tests.tooling.first_keys`.

Keys are random; their bytes are cut at random places, and each piece is typed as soon as the program has written so
many bytes, from the first one on. Typed at the finished prompt they must give the same draft, or the same end. With
`--fresh` every start imports the whole program, and most keys meet its first line. Prints what differs.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import CHAT, FRESH, environment
from tests.support.terminal import Terminal

KEYS = (
    *("a", "bc", " ", "two words ", "日本語", "é", "e\u0301", "👍", "👩‍💻", "x" * 30, "漢字" * 10),
    *("\x7f", "\x7f\x7f", "\x15", "\x17", "\x0b", "\x19", "\x01", "\x05", "\x14", "\n", "\x03"),
    *("\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[3~", "\x1bb", "\x1bf", "\x1bd", "\x1b\r"),
    *(f"\x1b[200~{text}\x1b[201~" for text in ("pasted", "two\rlines", "long\r" * 30)),
)
SEQUENCE = re.compile(rb"\x1b(?:\[[0-9]*[~A-Z]|.)", re.DOTALL)
LAST = "Ж"  # typed at the end: when it is there, everything before it was taken
BYTES = 380  # that a start writes at least
PROMPT = b"guide\x1b"


@dataclass(frozen=True)
class Typing:
    """Pieces of bytes, each with the number of bytes of output to wait for, in a window of so many columns."""

    pieces: Sequence[bytes]
    moments: Sequence[int]
    columns: int


def draw(rng: random.Random) -> Typing:
    """Return a random typing; sequences stay whole, for a pause inside of one makes Esc of it."""
    keys = "".join(rng.choice(KEYS) for _ in range(rng.randint(1, 8))).encode()
    inside = {place for found in SEQUENCE.finditer(keys) for place in range(found.start() + 1, found.end())}
    cuts = sorted({rng.randrange(len(keys)) for _ in range(rng.randint(0, 4))} - inside)
    pieces = [keys[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(keys)], strict=True) if begin < end]
    moments = sorted(rng.choice((1, 20, rng.randint(1, BYTES))) for _ in pieces)
    return Typing(pieces, moments, rng.choice((80, 40, 20)))


def outcome(home: Path, typing: Typing, *, early: bool, program: Sequence[str]) -> list[str]:
    """Return the rows of the prompt after *typing*, or how the program has ended."""
    with Terminal.run(program, environment(home), cwd=home, columns=typing.columns) as terminal:

        def wait(ready: bytes | int) -> bool:
            """Wait for output; return whether the program still runs."""
            try:
                terminal.wait_for(lambda it: len(it.raw) >= ready if isinstance(ready, int) else ready in it.raw)
            except AssertionError:
                if terminal.process.poll() is None:
                    raise
            return terminal.process.poll() is None

        if not early:
            wait(PROMPT)
        for piece, moment in zip(typing.pieces, typing.moments, strict=True):
            if wait(moment):
                terminal.send(piece)
        if wait(PROMPT):
            terminal.type(LAST)
        try:
            terminal.wait_for(_has_drawn_last)
        except AssertionError:
            return [f"ended: {terminal.wait_exit()}"]
        rows = [row for row in terminal.screen if row]
        return rows[max(number for number, row in enumerate(rows) if row.startswith(">")) :]


def _has_drawn_last(terminal: Terminal) -> bool:
    _before, last, after = terminal.raw.rpartition(LAST.encode())
    return bool(last) and after.endswith(b"\x1b[?25h")


def difference(home: Path, typing: Typing, *, program: Sequence[str] = CHAT) -> str:
    """Return how typing early differs from typing later, "" if it does not; *home* has seen a prompt."""
    early, later = (outcome(home, typing, early=is_early, program=program) for is_early in (True, False))
    return "" if early == later else f"{typing}\n  early {early}\n  later {later}"


def see_prompt(home: Path, program: Sequence[str] = CHAT) -> None:
    """Start once, so that the next start begins with its first line."""
    outcome(home, Typing([b"a"], [1], 80), early=False, program=program)


def main() -> int:
    """Type and print; return how many runs differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true")
    given = parser.parse_args()
    rng, program = random.Random(given.seed), FRESH if given.fresh else CHAT
    with tempfile.TemporaryDirectory() as folder:
        see_prompt(Path(folder), program)
        found = [difference(Path(folder), draw(rng), program=program) for _ in range(given.runs)]
    differing = [text for text in found if text]
    print("\n".join([*differing, f"{len(differing)} of {given.runs} differ"]))
    return len(differing)


if __name__ == "__main__":
    sys.exit(main() > 0)
