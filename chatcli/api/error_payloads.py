"""Recognises error objects sent with status 200: they hold no answer and say what went wrong.

Rules, in this order:

- An error that is declared (`error`, `errors`, `fault`, a failing `base_resp`, within a choice too) is one, also beside
  an answer; but an error that says success (`code` 0, "success", nothing at all) is none.
- An object that contains an answer is not an error.
- A failing code or status, `success` false, and an event called `error` make one.
- Else words under a name for errors do, unless the object says what else it is (a status, a ping), or says success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatcli.api.failures.error_keys import (
    TOLD_FOR_SURE,
    code_fails,
    code_rank,
    is_code_of_success,
    says_success,
    squeeze,
    words_rank,
)
from chatcli.api.payloads import unwrapped

_FLAGS = frozenset({"success", "successful", "issuccess", "ok"})
_ENVELOPES = (
    *("base_resp", "baseResp", "x_groq", "header", "status", "meta", "response", "Response", "ResponseMetadata"),
    *("result", "data"),
)
_DECLARING = 1  # the rank of names such as `error`


def error_in(payload: object, name: str = "") -> object:
    """Return the part of *payload* that says what went wrong, None where nothing did; *name* is that of its event."""
    if isinstance(payload, list):
        return next((found for entry in payload if (found := error_in(entry, name))), None)
    is_error_event = name.lower() == "error"
    if not isinstance(payload, dict):
        return payload if is_error_event and payload else None
    if declared := _declared(payload):
        return declared
    if has_answer(unwrapped(payload)):
        return None
    if is_error_event or _fails(payload) or any(_fails(inner) or _declared(inner) for inner in _envelopes(payload)):
        return payload
    return payload if has_words(payload) and not (name or _names_itself(payload)) else None


def has_words(payload: Mapping[str, object]) -> bool:
    """Return whether *payload* has words where errors have them, and does not say success."""
    return not _succeeds(payload) and any(
        isinstance(value, str | list | dict) and _is_failure(value)
        for key, value in payload.items()
        if (rank := words_rank(key)) is not None and rank <= TOLD_FOR_SURE
    )


def has_answer(payload: Mapping[str, object]) -> bool:
    """Return whether *payload* has a choice that says anything, or a message in the place of choices."""
    choices, message = payload.get("choices"), payload.get("message")
    if isinstance(message, dict) and ("content" in message or "tool_calls" in message):
        return True
    return isinstance(choices, list) and any(_says_anything(choice) for choice in choices if isinstance(choice, dict))


def _says_anything(choice: Mapping[str, object]) -> bool:
    part = choice.get("delta") or choice.get("message")
    said = part.items() if isinstance(part, dict) else [("content", part)]
    return bool(choice.get("text") or choice.get("finish_reason") or any(value for key, value in said if key != "role"))


def _declared(payload: Mapping[str, object]) -> object:
    for key, value in payload.items():
        if words_rank(key) == _DECLARING and _is_failure(value):
            return payload
    if squeeze(str(payload.get("object"))) == "error" or squeeze(str(payload.get("type"))) == "error":
        return payload
    choices = payload.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and _is_failure(choice.get("error")):
            return {"error": choice["error"]}
    for key in ("base_resp", "baseResp", "x_groq"):
        inner = payload.get(key)
        if isinstance(inner, dict) and (_is_failure(inner.get("error")) or _fails(inner)):
            return {"error": inner["error"]} if inner.get("error") else inner
    return None


def _is_failure(value: object) -> bool:
    """Return whether the value of a field for errors says that there is one."""
    if isinstance(value, dict):
        said = [inner for key, inner in value.items() if inner and not is_code_of_success(key, inner)]
        return bool(said) and not (_succeeds(value) and not _fails(value))
    if isinstance(value, list):
        return any(map(_is_failure, value))
    if isinstance(value, str):
        return bool(value.strip()) and not says_success(value) and value.strip() not in ("0", "200", "false")
    return value is True or (isinstance(value, int) and value not in (0, 200))


def _fails(node: Mapping[str, object]) -> bool:
    """Return whether the codes and flags of *node* itself stand for a failure."""
    if any(squeeze(key) in _FLAGS and value in (False, "false") for key, value in node.items()):
        return True
    return not _succeeds(node) and any(code_fails(key, value) for key, value in node.items())


def _succeeds(node: Mapping[str, object]) -> bool:
    return any(
        says_success(value) or (value is True and squeeze(key) in _FLAGS)
        for key, value in node.items()
        if words_rank(key) == 0 or code_rank(key) is not None or squeeze(key) in _FLAGS
    )


def _names_itself(payload: Mapping[str, object]) -> bool:
    """Return whether *payload* says of what kind it is: events about the progress of a request do."""
    return any(isinstance(payload.get(key), str) and payload[key] for key in ("type", "event", "object", "status"))


def _envelopes(payload: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    return (inner for key in _ENVELOPES if isinstance(inner := payload.get(key), dict))
