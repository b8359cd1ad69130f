"""Masks keys in everything that is shown or stored.

`Secret` is text that is never shown by accident. `Redactor` replaces each known key by `***`; its stream does so
even if a key arrives in pieces.

A key is also found in its escaped forms in JSON, URLs and HTML.

Law: the result does not depend on how the text is cut, and only a possible start of a key is held back. A key is found
even with one line break inside it, as when a terminal or a proxy has wrapped it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chatcli.records import fields, replace
from chatcli.text.patterns import pattern

MASK = "***"

# Local servers get keys like "none" or "ollama"; masking such a word would spoil every answer that contains it.
SHORTEST = 8

_BREAK = r"(?:\r?\n)?"
_NO_SINGLE_BREAK = pattern(r"\n[\r\n]|\r(?!\n|\Z)")
_IS_NEVER_ESCAPED = pattern(r"[A-Za-z0-9._~-]*")
_LOOKS_LIKE_KEY = pattern(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_*-]{8,}")
_BEARER = pattern(r"\b(bearer\s+)[A-Za-z0-9._~+/=*-]{8,}", re.IGNORECASE)


class Secret:
    """A key that prints as `***`; `reveal` returns the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the key itself, for the one header that contains it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


class Redactor:
    """Masks the keys in use; those shorter than `SHORTEST` characters count as placeholders."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        keys = {secret.reveal() for secret in secrets}
        spellings = {spelling for key in keys if len(key) >= SHORTEST for spelling in _spellings(key)}
        # Longest first: of two keys with a common prefix, the pattern must match the longer one completely.
        self._keys = sorted(spellings, key=lambda key: (-len(key), key))
        self._pattern = pattern("|".join(_BREAK.join(map(re.escape, key)) for key in self._keys))
        self._heads = {key[0] for key in self._keys}
        self._beginnings = tuple({key[:size] for key in self._keys for size in range(1, len(key))})
        self._reach = 3 * len(self._keys[0]) if self._keys else 0  # a break of two characters after each

    def redact(self, text: str, *, guess: bool = False) -> str:
        """Return *text* with every known key masked.

        *guess* also masks text that looks like a key (`sk-…`, `Bearer …`): right for diagnostics, wrong for an answer,
        which may be about keys.
        """
        masked = self._pattern.sub(MASK, text) if self._keys else text
        if not guess:
            return masked
        return _BEARER.sub(rf"\g<1>{MASK}", _LOOKS_LIKE_KEY.sub(MASK, masked))

    def redact_values(self, value: Any) -> Any:
        """Return *value* with all known keys masked; returns the same object if there are none.

        It may be decoded JSON, or a record.
        """
        match value:
            case str():
                return self.redact(value)
            case list() | tuple() if type(value) in (list, tuple):
                return _changed(value, type(value)(map(self.redact_values, value)))
            case Mapping():
                masked = {self.redact_values(name): self.redact_values(entry) for name, entry in value.items()}
                return _changed(value, masked)
            case _ if hasattr(value, "__fields__"):
                held = {item.name: getattr(value, item.name) for item in fields(value)}
                changes = {name: new for name, old in held.items() if (new := self.redact_values(old)) is not old}
                return replace(value, **changes) if changes else value
            case _:
                return value

    def stream(self) -> StreamRedactor:
        """Return a stream that masks known keys in text that arrives in pieces."""
        return StreamRedactor(self)

    def split(self, text: str) -> tuple[str, str]:
        """Return the settled part of *text*, masked, and the rest that may still become a key."""
        if not (self._keys and (text.endswith(self._beginnings) or self._pattern.search(text) or _has_break(text))):
            return text, ""
        settled: list[str] = []
        done, hold = 0, self._open_end(text, 0)
        for match in self._pattern.finditer(text):
            if hold <= match.start():
                break  # an earlier or longer key may still start there
            settled += [text[done : match.start()], MASK]
            done = match.end()
            hold = hold if hold >= done else self._open_end(text, done)
        return "".join([*settled, text[done:hold]]), text[hold:]

    def _open_end(self, text: str, start: int) -> int:
        """Return the position after *start* of a possible key prefix that reaches the end of *text*."""
        near_end = range(max(start, len(text) - self._reach), len(text))
        return next((at for at in near_end if text[at] in self._heads and self._may_grow(text[at:])), len(text))

    def _may_grow(self, tail: str) -> bool:
        """Return whether *tail* is a proper prefix of a key."""
        if _NO_SINGLE_BREAK.search(tail):
            return False
        letters = tail.replace("\r", "").replace("\n", "")
        return any(len(key) > len(letters) and key.startswith(letters) for key in self._keys)


class StreamRedactor:
    """Masks keys in text that arrives in pieces: feed them in order, then close."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text that is settled after *text*."""
        settled, self._held = self._redactor.split(self._held + text)
        return settled

    def close(self) -> str:
        """Return the held-back text, which did not become a key."""
        held, self._held = self._held, ""
        return self._redactor.redact(held)


def _spellings(key: str) -> Iterator[str]:
    """Yield *key* and its escaped forms."""
    yield key
    if _IS_NEVER_ESCAPED.fullmatch(key):
        return
    import html
    import json
    from urllib.parse import quote

    inside_json = json.dumps(key)[1:-1]
    yield from (inside_json, inside_json.replace("/", "\\/"))
    for safe in ("", "/", ":/?#[]@!$&'()*+,;="):
        escaped = quote(key, safe=safe)
        yield from (escaped, re.sub("%..", lambda code: code[0].lower(), escaped))
    yield from (html.escape(key), html.escape(key, quote=False), html.escape(key).replace("&#x27;", "&#39;"))


def _has_break(text: str) -> bool:
    return "\n" in text or "\r" in text


def _changed(old: Any, new: Any) -> Any:
    return old if old == new else new
