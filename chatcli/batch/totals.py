"""Adds up the results of a run, for its progress, its summary and its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from chatcli.batch.results import Result
from chatcli.language import N_, _
from chatcli.records import field, frozen, mutable
from chatcli.terminal import cells
from chatcli.text.units import format_cost, format_tokens

# Exit codes as classes of failures.
_CLASSES = {
    2: N_("invalid"),
    5: N_("unreachable"),
    6: N_("server error"),
    7: N_("rate limit"),
    8: N_("rejected"),
    9: N_("incomplete"),
    10: N_("cut at the length limit"),
    11: N_("filtered"),
}


@mutable
class Totals:
    """What the results of this run add up to; *failures* counts them by exit code."""

    answered: int = 0
    tokens: int = 0
    cost: float = 0.0
    priced: int = 0
    failures: Counter[int] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many results are failures."""
        return sum(self.failures.values())

    def add(self, result: Result) -> None:
        """Add one result."""
        usage = result.usage
        self.answered += 1
        if usage:
            self.tokens += (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
            self.priced += usage.cost is not None
            self.cost += usage.cost or 0.0
        if result.error:
            self.failures[result.exit_code] += 1

    def describe(self) -> str:
        """Return tokens and cost in words; empty if there are none."""
        parts = [_("{count} tokens", count=format_tokens(self.tokens))] if self.tokens else []
        parts += [format_cost(self.cost)] if self.priced else []
        return _(", ").join(parts)


def describe_failures(failures: Counter[int]) -> str:
    """Return *failures*, counted by exit code, in words; empty if there are none."""
    classes = _(", ").join(_describe_class(code, count) for code, count in sorted(failures.items()))
    return _("{count} failed ({classes})", count=failures.total(), classes=classes) if classes else ""


def _describe_class(code: int, count: int) -> str:
    name = _(_CLASSES[code]) if code in _CLASSES else _("exit {code}", code=code)
    return _("{count} {failure}", count=count, failure=name)


@frozen
class Score:
    """How many of *expected* rows one model answered as expected; a row with several answers counts in part."""

    model: str
    expected: int
    met: float

    @property
    def share(self) -> float:
        """The share of expected rows that were met, from 0 to 1."""
        return self.met / self.expected if self.expected else 0.0


def score_table(scores: Sequence[Score]) -> list[str]:
    """Return the lines of the table of *scores*."""
    rows = [(_("model"), _("score"), _("met"))]
    rows += [(one.model, f"{one.share:5.1%}", _met(one)) for one in scores]
    widths = [max(cells.width(row[column]) for row in rows) for column in range(2)]
    return ["  ".join((_padded(name, widths[0]), _padded(share, widths[1]), met)) for name, share, met in rows]


def _met(score: Score) -> str:
    return _("{met:g} of {expected}", met=score.met, expected=score.expected)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells.width(text))


def add_scores(titles: Sequence[str], found: Iterable[tuple[int, float]]) -> list[Score]:
    """Return the score of each of *titles* from (column, score) pairs; models without any are left out."""
    counts, sums = [0] * len(titles), [0.0] * len(titles)
    for column, score in found:
        counts[column] += 1
        sums[column] += score
    return [Score(title, counts[column], sums[column]) for column, title in enumerate(titles) if counts[column]]
