"""Reads what a server asks of the user: a form of single values, or a page to open. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chatcli.settings.names import WrongValueError
from chatcli.settings.urls import clean_url
from chatcli.text.json_values import as_list, as_object, as_objects, as_text, as_texts
from chatcli.tools.inquiries import Form, FormField, Kind, OpenPage

_MOST_FIELDS = 20
_KINDS: dict[str, Kind] = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
# https://modelcontextprotocol.io/specification/draft/client/elicitation: forms must not ask for sensitive information.
_SECRET = re.compile(
    r"pass\s*-?_?(word|phrase|code)|\bpwd\b|secret|credential|api[\s_-]*key|private[\s_-]*key|access[\s_-]*key|\btoken\b"
    r"|\bpin\b|\bcvv\b|card[\s_-]*number|\bssn\b|social[\s_-]*security|\botp\b|one-time code|密码|口令|パスワード",
    re.IGNORECASE,
)

# Such as "do not enter your PIN".
_DENIAL = re.compile(
    r"(?:\bnot|n't|n’t|\bnever) (?:give|enter|provide|share|include|send|type|use|tell)\b[^.;)]*", re.IGNORECASE
)


def question_of(server: str, params: Mapping[str, Any]) -> Form | OpenPage | None:
    """Return the question in *params*, None if it must not be asked: a form for secrets, or an address of no page."""
    message = as_text(params.get("message"))
    if params.get("mode") == "url":
        url = as_text(params.get("url"))
        return OpenPage(server, message, url) if is_openable(url) else None
    schema = as_object(params.get("requestedSchema"))
    properties = as_object(schema.get("properties"))
    required = as_texts(schema.get("required"))
    fields = tuple(_field(name, as_object(entry), name in required) for name, entry in properties.items())
    is_secret = any(_is_secret(field, as_object(properties[field.name])) for field in fields)
    is_secret |= _names_secret(message) and any(field.kind == "text" for field in fields)
    if is_secret or len(fields) > _MOST_FIELDS:
        return None
    return Form(server, message, fields, schema)


def _is_secret(field: FormField, entry: Mapping[str, Any]) -> bool:
    words = f"{field.name} · {field.title}"
    return entry.get("format") == "password" or _names_secret(words) or _names_secret(field.description)


def _names_secret(text: str) -> bool:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _DENIAL.sub("", text)).replace("_", " ")
    return bool(_SECRET.search(apart))


def is_openable(url: str) -> bool:
    """Return whether *url* is one that browsers and people read alike: http(s), ASCII, without a user name."""
    base = re.split(r"[?#]", url, maxsplit=1)[0]
    try:
        clean_url(base.removesuffix("/"))
    except WrongValueError:
        return False
    return bool(re.fullmatch(r"[!#-&(-;=?-~]*", url))  # printable, without quotes and angle brackets


def _field(name: str, entry: Mapping[str, Any], is_required: bool) -> FormField:
    """Return one field; enumerations are written in several ways, as of revisions 2025-06-18 to 2026-07-28."""
    title, described = as_text(entry.get("title")) or name, as_text(entry.get("description"))
    items = as_object(entry.get("items"))
    source = items if entry.get("type") == "array" else entry
    choices = {as_text(one.get("const")): as_text(one.get("title")) for one in _alternatives(source)}
    names = as_texts(entry.get("enumNames"))
    values = as_texts(source.get("enum"))
    choices |= {value: names[place] if place < len(names) else "" for place, value in enumerate(values)}
    kind: Kind = _KINDS.get(as_text(entry.get("type")), "text")
    if choices:
        kind = "choices" if source is items else "choice"
    return FormField(name, title, described, kind, choices, entry.get("default"), is_required)


def _alternatives(source: Mapping[str, Any]) -> list[dict[str, Any]]:
    return as_objects(as_list(source.get("oneOf")) or as_list(source.get("anyOf")))
