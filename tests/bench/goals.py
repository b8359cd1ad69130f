"""Sets figures beside what they are to be.

Each bench prints its goals below its tables, in a section of their own; the one command gathers them in one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TITLE = "### Goals"
HEAD = "| measure | `chat` | beside it | ratio | goal | |\n| --- | ---: | ---: | ---: | ---: | --- |"


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure, and the most that it may be: so many times *reference*, which is the figure of *beside*, if given."""

    measure: str
    figure: float
    most: float
    unit: str
    reference: float | None = None
    beside: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the figure is no more than it may be."""
        return self.figure <= self.most * (1 if self.reference is None else self.reference)

    def row(self) -> str:
        """Return the row of the table."""
        verdict = "reached" if self.is_reached else "**missed**"
        if self.reference is None:
            return f"| {self.measure} | {_short(self.figure)} {self.unit} | | | {self.most:g} {self.unit} | {verdict} |"
        beside = f"{self.beside}: {_short(self.reference)} {self.unit}"
        ratio = self.figure / self.reference if self.reference else float("inf")
        figure = f"{_short(self.figure)} {self.unit}"
        return f"| {self.measure} | {figure} | {beside} | {ratio:.2f} | {self.most:g} | {verdict} |"


def section(goals: Iterable[Goal]) -> str:
    """Return what a bench prints of its goals."""
    return "\n".join((TITLE, "", HEAD, *(goal.row() for goal in goals)))


def gather(printed: Sequence[str]) -> tuple[str, list[str]]:
    """Return the table of all goals in what benches have *printed*, and the rest of each."""
    rows, rest = list[str](), list[str]()
    for text in printed:
        before, _, table = text.partition(f"\n{TITLE}\n\n{HEAD}\n")
        rows += [line for line in table.splitlines() if line.startswith("| ")]
        rest.append("\n".join((before, *(line for line in table.splitlines() if not line.startswith("| ")))).rstrip())
    return "\n".join((HEAD, *rows)), rest


def _short(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
