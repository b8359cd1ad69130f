"""Calibrates our token counts to a server's, from its reports on a few requests.

A server's counts are roughly proportional to ours if its vocabulary is similar, and to the bytes if it has no tokens
for the script; its template adds a few tokens per message. Both are linear, so a line is fitted to the newest reports
for each, by least squares regularised towards a plain ratio, and the better fit is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.messages import Usage
from chatcli.records import frozen

MOST_REPORTS = 8
_FADING = 0.8  # weight of a report relative to the next newer one
_LEANING = 0.01  # regularisation towards a plain ratio, in squared relative errors
_DOUBT = 0.5  # bytes are used only if they reduce the error to less than this share


@frozen
class Scale:
    """Converts our counts into a server's tokens: *each* per token or byte of ours, *around* per message."""

    each: float = 1.0
    around: float = 0.0
    by_bytes: bool = False

    def size(self, counted: float, messages: int) -> float:
        """Convert *counted*, in the unit of this scale, into the server's tokens."""
        return max(self.each * counted + self.around * messages, 0.0)

    def of(self, report: CountReport) -> float:
        """Predict the server's tokens for the request of *report*."""
        return self.size(report.bytes if self.by_bytes else report.tokens, report.messages)


@frozen
class CountReport:
    """One request: our count, its bytes, its messages, and the tokens *seen* by the server."""

    tokens: float
    bytes: float
    messages: int
    seen: float


def seen_tokens(usage: Usage | None) -> int:
    """Return the tokens that the server read, 0 if unknown; some servers report cached tokens separately."""
    if usage is None or usage.is_estimate or not usage.prompt_tokens:
        return 0
    cached = usage.cached_tokens or 0
    return usage.prompt_tokens + (cached if cached > usage.prompt_tokens else 0)


def learn_scale(reports: Sequence[CountReport], before: Scale) -> Scale:
    """Return the best-fitting scale for *reports*, oldest first; *before* if there are none."""
    reports = [report for report in reports[-MOST_REPORTS:] if report.tokens > 0 and report.seen > 0]
    if not reports:
        return before
    by_tokens, by_bytes = _fitted(reports, by_bytes=False), _fitted(reports, by_bytes=True)
    errors = _error(by_tokens, reports), _error(by_bytes, reports)
    if before.by_bytes:
        return by_tokens if errors[0] < errors[1] * _DOUBT else by_bytes
    return by_bytes if len(reports) > 1 and errors[1] < errors[0] * _DOUBT else by_tokens


def _fitted(reports: Sequence[CountReport], *, by_bytes: bool) -> Scale:
    """Fit seen = each * counted + around * messages, with all three normalised to about one."""
    weights = _weights(reports)
    rows = [(report.bytes if by_bytes else report.tokens, report.messages, report.seen) for report in reports]
    total = sum(weights)
    x_mean, n_mean, y_mean = (
        sum(weight * row[column] for weight, row in zip(weights, rows, strict=True)) / total for column in range(3)
    )
    scaled = [(x / x_mean, n / n_mean, y / y_mean) for x, n, y in rows]
    xx = _LEANING + sum(w * x * x for w, (x, _, _) in zip(weights, scaled, strict=True))
    nn = _LEANING + sum(w * n * n for w, (_, n, _) in zip(weights, scaled, strict=True))
    xn = sum(w * x * n for w, (x, n, _) in zip(weights, scaled, strict=True))
    xy = _LEANING + sum(w * x * y for w, (x, _, y) in zip(weights, scaled, strict=True))
    ny = sum(w * n * y for w, (_, n, y) in zip(weights, scaled, strict=True))
    determinant = xx * nn - xn * xn
    each, around = (xy * nn - ny * xn) / determinant, (ny * xx - xy * xn) / determinant
    if each <= 0:  # more text but fewer tokens is noise, not a trend
        each, around = xy / xx, 0.0
    return Scale(each * y_mean / x_mean, around * y_mean / n_mean, by_bytes)


def _error(scale: Scale, reports: Sequence[CountReport]) -> float:
    pairs = zip(_weights(reports), reports, strict=True)
    return sum(weight * (scale.of(report) / report.seen - 1) ** 2 for weight, report in pairs)


def _weights(reports: Sequence[CountReport]) -> list[float]:
    return [_FADING**age for age in range(len(reports) - 1, -1, -1)]
