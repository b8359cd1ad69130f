"""Reads error bodies of any shape: JSON of any dialect, a web page, plain text, or nothing.

Reading is total: it never raises, and where there is text it is found. Nothing is judged here; control characters stay
(the terminal's own door shows them harmlessly), but line breaks are folded, so that a message is one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chatcli.api.failures.body_waits import moment_in_fields_s, wait_in_fields_s, wait_in_text_s
from chatcli.api.failures.error_keys import code_rank, words_rank
from chatcli.api.failures.retry_after import moment_in_text_s
from chatcli.records import fields, frozen
from chatcli.text.json_values import as_list, as_object, as_text
from chatcli.text.patterns import pattern
from chatcli.text.phrases import one_line, shorten
from chatcli.text.surrogates import repair

MAX_MESSAGE = 500

_MAX_UNKNOWN = 200  # characters of a body of unknown shape
_MAX_DEPTH = 6  # of objects within objects, and of JSON within strings
_MOST_DETAILS = 20  # of an error, and of violations in one
_MAX_ENTRIES = 5  # of a list of complaints
_MAX_MARKUP = 16_384

_MACHINE_WORD = pattern(r"[a-z0-9]+(?:[_.-][a-z0-9]+)+")  # such as invalid_token
_MARKUP = pattern(r"\s*<[!?a-zA-Z]")
_TITLE = pattern(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_UNSEEN = pattern(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = pattern(r"<[^<>]*>")
_EVENT_DATA = pattern(r"^data: ?([{\[].*)$", re.MULTILINE)


@frozen
class ErrorBody:
    """What a body says; each field None or empty where it says nothing.

    *text* is all of the message, on one line, for wordings to be found in. *words* are all codes and types, in lower
    case, of every level; *status* is an HTTP status that the body itself names; *retry_after_s* a wait it asks for, and
    *resets_at_s* the moment when it is over, in seconds since 1970. *headers* are those of the server behind a router,
    which repeats them. *attempt* is what the model wrote, where the server could not use it.
    """

    text: str | None = None
    code: str | None = None
    param: str | None = None
    words: frozenset[str] = frozenset()
    status: int | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    resets_at_s: float | None = None
    needed_tokens: int | None = None
    window_tokens: int | None = None
    headers: Mapping[str, str] | None = None
    attempt: str | None = None
    is_page: bool = False

    @property
    def message(self) -> str | None:
        """The text to show, cut at 500 characters."""
        return None if self.text is None else shorten(self.text, MAX_MESSAGE)


def read_error_body(body: object) -> ErrorBody:
    """Read *body*: the bytes of a response, text, or JSON that is already decoded."""
    if isinstance(body, bytes | bytearray):
        body = body.decode("utf-8-sig", "replace")
    said = _read_text(body) if isinstance(body, str) else _read_value(body, 0)
    if said.text is None:
        return said
    return _merged(said, ErrorBody(retry_after_s=wait_in_text_s(said.text), resets_at_s=moment_in_text_s(said.text)))


def page_title(body: bytes) -> str | None:
    """Return the title or the first line of a web page; None where *body* is none, empty where the page is."""
    text = body[:_MAX_MARKUP].decode("utf-8-sig", "replace")
    return shorten(_page_line(text), MAX_MESSAGE) if _MARKUP.match(text) else None


def _read_text(text: str) -> ErrorBody:
    value = _decoded(text)
    if value is None and (event := _EVENT_DATA.search(text)):
        value = _decoded(event.group(1))
    if value is not None:
        said = _read_value(value, 0)
        return said if said.text or not value else _with(said, text=shorten(_folded(text), _MAX_UNKNOWN))
    if _MARKUP.match(text):
        return ErrorBody(text=_page_line(text[:_MAX_MARKUP]) or None, is_page=True)
    return ErrorBody(text=_first_line(text))


def _decoded(text: str) -> Any:
    """Decode the object or list at the start of *text*, or the string it is; None if there is none.

    Deep nesting ends in RecursionError, and a number of more than 4300 digits in ValueError: then it is text.
    """
    text = text.strip()
    if text[:1] not in ("{", "[", '"'):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return None if isinstance(value, str) and end < len(text) else value


def _read_value(value: object, depth: int) -> ErrorBody:
    if depth > _MAX_DEPTH:
        return ErrorBody()
    if isinstance(value, str):
        return _read_string(value, depth)
    if isinstance(value, Mapping):
        return _read_object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return _joined([_read_value(entry, depth + 1) for entry in value[:_MAX_ENTRIES]])
    return ErrorBody()


def _read_string(text: str, depth: int) -> ErrorBody:
    nested = _decoded(text)
    inner = ErrorBody() if nested is None or isinstance(nested, str) else _read_value(nested, depth + 1)
    return inner if inner.text else ErrorBody(text=_folded(text) or None)


def _read_object(node: Mapping[str, Any], depth: int) -> ErrorBody:
    own = _own(node)
    upstream = _upstream(node.get("metadata"), depth)
    if upstream.text:
        return _merged(upstream, own)
    own = _merged(own, _worded(node, own, depth))
    if own.text:
        return own
    for value in node.values():
        if isinstance(value, Mapping | list) and (inner := _read_value(value, depth + 1)).text:
            return _merged(inner, own)
    return own


def _worded(node: Mapping[str, Any], own: ErrorBody, depth: int) -> ErrorBody:
    """Read the fields for words: the first sentence, or else the first machine-readable code."""
    read = ErrorBody()
    for key in _by_rank(node, words_rank):
        inner = _read_value(node[key], depth + 1)
        if not inner.text or (read.text and _MACHINE_WORD.fullmatch(inner.text)):
            read = _merged(read, inner)
            continue
        read = _merged(_located(inner, own.param if "loc" in node else None), read)
        if not _MACHINE_WORD.fullmatch(inner.text):
            break
    return read


def _by_rank(node: Mapping[str, Any], rank: Callable[[str], int | None]) -> list[str]:
    """Return the names in *node* that have a rank, the surest first; an error that is an object goes before them."""
    ranked = [(found, key) for key in node if (found := rank(key)) is not None]
    ranked.sort(key=lambda pair: -1 if isinstance(node[pair[1]], Mapping | list) and pair[0] == 1 else pair[0])
    return [key for _, key in ranked]


def _own(node: Mapping[str, Any]) -> ErrorBody:
    """Read the fields of *node* itself, leaving the message to the caller."""
    keys = _by_rank(node, code_rank)
    codes = [word for key in keys if (word := _word(node[key]))]
    statuses = [number for key in reversed(keys) if 400 <= (number := _number(node[key]) or 0) < 600]
    details = _details(node.get("details"))
    innermost = [as_object(node.get("innererror")).get("code"), *_more_words(node.get("metadata"))]
    words = {word.lower() for word in (*codes, *details.words, *map(_word, innermost)) if word}
    return ErrorBody(
        code=next((code for code in codes if not code.isdigit()), codes[0] if codes else None),
        param=_word(node.get("param")) or _location(node.get("loc")),
        words=frozenset(words),
        status=statuses[0] if statuses else None,
        request_id=_word(node.get("request_id")),
        retry_after_s=wait_in_fields_s(node),
        resets_at_s=moment_in_fields_s(node),
        needed_tokens=_number(node.get("n_prompt_tokens")),
        window_tokens=_number(node.get("n_ctx")),
        headers=_headers(as_object(node.get("metadata")).get("headers")),
        attempt=_folded(as_text(node.get("failed_generation"))) or None,
    )


def _headers(headers: object) -> Mapping[str, str] | None:
    """Return what a router tells of the headers it got, None where it does not."""
    named = as_object(headers)
    return {name: str(value)[:200] for name, value in named.items() if isinstance(value, str | int | float)} or None


def _details(details: object) -> ErrorBody:
    """Read Google's list of details: which rule or quota was hit."""
    entries = [as_object(entry) for entry in as_list(details)[:_MOST_DETAILS]]
    quotas = [as_object(quota) for entry in entries for quota in as_list(entry.get("violations"))[:_MOST_DETAILS]]
    found = [entry.get("reason") for entry in entries] + [quota.get("quotaId") for quota in quotas]
    return ErrorBody(words=frozenset(filter(None, map(_word, found))))


def _upstream(metadata: object, depth: int) -> ErrorBody:
    """Read what the provider behind a router said, with the provider's name in front."""
    raw = _read_value(as_object(metadata).get("raw"), depth + 1)
    provider = _word(as_object(metadata).get("provider_name"))
    return _with(raw, text=f"{provider}: {raw.text}") if raw.text and provider else raw


def _more_words(metadata: object) -> list[object]:
    known = as_object(metadata)
    return [known.get("error_type"), "flagged_input" if "flagged_input" in known else None]


def _located(said: ErrorBody, location: str | None) -> ErrorBody:
    return _with(said, text=f"{location}: {said.text}") if location and said.text else said


def _location(loc: object) -> str | None:
    """Write a place in the request as OpenAI does: `messages[0].content`, without the leading `body`."""
    if not isinstance(loc, list):
        return None
    named = [(step, word) for step in loc[:_MAX_DEPTH] if (word := _word(step)) and word != "body"]
    steps = [f".{word}" if isinstance(step, str) else f"[{word}]" for step, word in named]
    return "".join(steps).lstrip(".") or None


def _joined(entries: Sequence[ErrorBody]) -> ErrorBody:
    """Combine the complaints of a list: all messages, and the first of everything else."""
    messages = [said.text for said in entries if said.text]
    combined = ErrorBody()
    for said in entries:
        combined = _merged(combined, said)
    return _with(combined, text="; ".join(messages) or None)


def _merged(inner: ErrorBody, outer: ErrorBody) -> ErrorBody:
    """Return *inner* with its gaps filled from *outer*, and the words of both."""
    values = {item.name: _first(getattr(inner, item.name), getattr(outer, item.name)) for item in fields(ErrorBody)}
    return ErrorBody(**values | {"words": inner.words | outer.words})


def _with(said: ErrorBody, *, text: str | None) -> ErrorBody:
    return _merged(ErrorBody(text=text), said) if text else said


def _first(inner: Any, outer: Any) -> Any:
    return outer if inner is None or inner is False else inner


def _page_line(text: str) -> str:
    from html import unescape  # with a table of two thousand names

    title = _TITLE.search(text)
    if title and (line := _folded(unescape(title.group(1)))):
        return line
    return _first_line(unescape(_TAG.sub("\n", _UNSEEN.sub("\n", text)))) or ""


def _first_line(text: str) -> str | None:
    """Return the first line with anything on it; a body with NUL in it is not text."""
    lines = [] if "\0" in text else text[:_MAX_MARKUP].splitlines()
    return next((line for raw in lines if (line := _folded(raw))), None)


def _folded(text: str) -> str:
    return repair(one_line(text[:_MAX_MARKUP]))


def _word(value: object) -> str | None:
    """Return a code as text: strings and whole numbers are codes, everything else is not."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return _folded(value)[:200] or None if isinstance(value, str) else f"{value:d}" if abs(value) < 10**18 else None


def _number(value: object) -> int | None:
    word = _word(value)
    return int(word) if word and len(word) <= 15 and word.isascii() and word.isdigit() else None
