"""Finds the fields of an unknown object that describe an error, by how their names end; pure and cheap.

Servers write `message`, `errorMessage`, `error_msg`, `status_msg` or `Errmsg` for one thing, so names are compared
without case and separators, by their ends.
"""

from __future__ import annotations

from functools import lru_cache

# The ends of names that hold words, the surest first. `error` as a word comes after `message`, because some frameworks
# write {"error": "Bad Request", "message": "what is really wrong"}.
_WORDS = (
    ("message", "msg"),
    ("error", "errors", "err", "fault", "exception"),
    ("detail", "details", "faultstring"),
    ("description", "desc", "reason", "cause", "title", "hint"),
    ("text", "info", "output"),
)
TOLD_FOR_SURE = 2  # a name up to this rank is for what went wrong, later ones may be anything
_CODES = (("code", "errno"), ("type",), ("status", "statuscode"))
_SUCCESS = frozenset(
    {"success", "succeeded", "successful", "ok", "okay", "none", "null", "no error", "normal", "done"}
) | {
    *("成功", "操作成功", "请求成功"),
}


@lru_cache(maxsize=512)
def squeeze(key: str) -> str:
    """Return *key* in lower case and without separators."""
    return "".join(letter for letter in key.lower() if letter.isalnum())


@lru_cache(maxsize=512)
def words_rank(key: str) -> int | None:
    """Return how surely *key* names what went wrong in words, 0 the surest; None for a name of something else."""
    name = squeeze(key)
    if name.startswith("inner"):  # a code for machines, next to the message
        return None
    return next((rank for rank, ends in enumerate(_WORDS) if name.endswith(ends)), None)


@lru_cache(maxsize=512)
def code_rank(key: str) -> int | None:
    """Return how surely *key* names a code, 0 the surest; None for a name of something else."""
    name = squeeze(key)
    if name.endswith("statuscode"):
        return 2
    return next((rank for rank, ends in enumerate(_CODES) if name.endswith(ends)), None)


def says_success(value: object) -> bool:
    """Return whether *value* is a word for success."""
    return isinstance(value, str) and value.strip().rstrip(".!").lower() in _SUCCESS


def code_fails(key: str, value: object) -> bool:
    """Return whether *value*, the code under *key*, stands for a failure: a status from 400, any other number but 0."""
    rank = code_rank(key)
    if isinstance(value, bool) or rank is None:
        return False
    if isinstance(value, str) and not value.strip().lstrip("-").isdecimal():
        name = value.lower()
        return any(part in name for part in ("error", "fail", "exception", "invalid", "denied", "unauthor"))
    if not isinstance(value, str | int) or len(str(value)) > 18:
        return False
    number = int(value)
    return number >= 400 if rank else number != 0 and not 200 <= number < 300


def is_code_of_success(key: str, value: object) -> bool:
    """Return whether *value* is a number under *key*, the name of a code, that stands for no failure."""
    is_number = isinstance(value, int) or (isinstance(value, str) and value.strip().isdecimal())
    return is_number and code_rank(key) is not None and not code_fails(key, value)
