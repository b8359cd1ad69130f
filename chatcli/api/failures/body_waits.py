"""Reads out of the body of a refusal how long to wait: from a field, or from a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatcli.api.failures.error_keys import squeeze
from chatcli.api.failures.retry_after import SPANS, duration_s, epoch_s
from chatcli.text.patterns import pattern

# A number without a unit counts seconds where a word before it says that it is a time: "retry 3 times" is none.
_ABOUT = r"(?:(?:about|approximately|around|at least|another) |~ ?)?"
_TOLD = pattern(
    r"(?:\bagain|\bretry|\bwait|\bresets?|\brenews?|\bavailable|\bunblocked|\bback)(?:ing)?"
    rf"(?:[- ](?:after|in|for|within):? {_ABOUT}({SPANS}|\d+(?:\.\d+)?)| {_ABOUT}({SPANS}))(?![\w:-])",
    2,
)
_CJK_UNIT_S = {
    **{"毫秒": 0.001, "秒": 1.0, "초": 1.0, "分": 60.0, "분": 60.0},
    **{"小时": 3600.0, "時間": 3600.0, "시간": 3600.0, "天": 86400.0, "日": 86400.0, "일": 86400.0},
}
# A number is read whole and once: a page of digits would otherwise be searched again from each of them.
_CJK_TOLD = pattern(
    rf"(?<![0-9])([0-9]++(?:\.[0-9]++)?) ?个?({'|'.join(_CJK_UNIT_S)})(?:[钟鐘])? ?(?:以|之)?(?:后|後|후|뒤)"
)
# Names of fields, without their separators: for a wait, with its unit, and for the moment when it is over.
_WAIT = pattern(
    r"(?:retry(?:after|in|delay|wait)|wait|waittime|resets?(?:in|after)|cooldown|estimatedtime)"
    r"(?:(ms|milliseconds)|s|secs?|seconds)?"
)
_MOMENT = pattern(r"(?:resets?|retry|available)(?:at|time)")
_MAX_DEPTH = 4
_MOST_FIELDS = 200


def wait_in_fields_s(body: object) -> float | None:
    """Return the seconds that a field of *body* asks to wait: `retry_after`, `resets_in_seconds`, `retryDelay`."""
    for name, value in _fields(body):
        if found := _WAIT.fullmatch(squeeze(name)):
            wait_s = duration_s(_written(value))
            if wait_s:
                return wait_s / 1000 if found[1] else wait_s
    return None


def moment_in_fields_s(body: object) -> float | None:
    """Return the moment that a field of *body* names, in seconds since 1970: `resets_at`."""
    named = (epoch_s(_written(value)) for name, value in _fields(body) if _MOMENT.fullmatch(squeeze(name)))
    return next(filter(None, named), None)


def wait_in_text_s(text: str) -> float | None:
    """Return the wait that a sentence asks for: "Please try again in 41.724s"."""
    if found := _TOLD.search(text):
        return duration_s(found[1] or found[2])
    found = _CJK_TOLD.search(text)
    return float(found[1]) * _CJK_UNIT_S[found[2]] if found else None


def _fields(node: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the fields of *node* and of what is in it, those of each level before what is below."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, Mapping):
        named = [(str(name), value) for name, value in node.items()][:_MOST_FIELDS]
        yield from named
        for _, value in named:
            yield from _fields(value, depth + 1)
    elif isinstance(node, list):
        for value in node[:_MOST_FIELDS]:
            yield from _fields(value, depth + 1)


def _written(value: object) -> str:
    """Return a scalar as a header would have it; of the object that Google makes of a duration, its seconds."""
    if isinstance(value, Mapping):
        value = value.get("seconds")
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
