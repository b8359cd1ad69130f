"""Reads one row of a batch: a prompt, whole messages, template variables, or a request of the Batch API. Pure.

A row has one of `prompt`, `messages` and `body`, or none of them if a template makes the prompt from the other fields.
Messages and bodies are sent as they are written. `id` (or `custom_id`) names the row, its line number does otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from chatcli.batch.expectations import Expectation, read_expectation
from chatcli.conversation.messages import Role
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.records import field, frozen
from chatcli.text.json_errors import describe_fault
from chatcli.text.json_values import as_text, storable_text
from chatcli.text.phrases import join_words
from chatcli.text.similar import did_you_mean

# The path of the Batch API's lines that can be answered by a chat completion.
CHAT_URL = "/chat/completions"
_OWN = ("prompt", "messages", "body", "id", "custom_id", "expect", "method", "url")
_ROLES = frozenset(get_args(Role))


@frozen
class Row:
    """One row; *line* counts from 1. *fields* are its other values, for a template.

    *messages* and *body* are JSON as the user wrote it, empty if not given; *prompt* is None if not given.
    """

    line: int
    id: str
    prompt: str | None = None
    messages: Sequence[Mapping[str, Any]] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    expect: Expectation | None = None

    @property
    def own_messages(self) -> Sequence[Mapping[str, Any]]:
        """The messages of the row, empty if it has a prompt instead."""
        found: Sequence[Mapping[str, Any]] = self.messages or self.body.get("messages") or ()
        return found


@frozen
class BadLine:
    """A line that is not a row; *column* counts characters from 1."""

    line: int
    column: int
    reason: str


class BadRowError(Exception):
    """A row cannot be used; *place* is the text of the line at which the fault is, or the character's index."""

    def __init__(self, reason: str, place: str | int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def read_json_row(text: str, line: int) -> Row | BadLine:
    """Return the row in *text*, one line of JSON Lines."""
    try:
        return _row(_parse(text), line)
    except BadRowError as error:
        place = error.place if isinstance(error.place, int) else max(text.find(error.place), 0)
        return BadLine(line, place + 1, error.reason)


def row_from_cells(cells: Mapping[str, str], line: int) -> Row:
    """Return the row of a table; raises BadRowError whose place is the name of a column.

    The cells `messages`, `body` and `expect` hold JSON; an `expect` that is not JSON is the text that is expected.
    """
    values: dict[str, Any] = {name: cell for name, cell in cells.items() if cell or name not in _OWN}
    for name in ("messages", "body"):
        if name in values:
            try:
                values[name] = _parse(values[name])
            except BadRowError as error:
                raise BadRowError(_("{name} is {fault}", name=name, fault=error.reason), name) from error
    if values.get("expect", "").lstrip().startswith("{"):
        try:
            values["expect"] = _parse(values["expect"])
        except BadRowError as error:
            raise BadRowError(_("{name} is {fault}", name="expect", fault=error.reason), "expect") from error
    try:
        return _row(values, line)
    except BadRowError as error:
        place = error.place.strip('"') if isinstance(error.place, str) else ""
        raise BadRowError(error.reason, place) from error


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadRowError(_("not valid JSON: {fault}", fault=describe_fault(error)), error.pos) from error
    except RecursionError as error:
        raise BadRowError(_("nested too deeply")) from error
    except ValueError as error:
        raise BadRowError(_("has a number with too many digits")) from error


def _refuse_constant(name: str) -> None:
    raise BadRowError(_("not valid JSON: {name} is not a number", name=name), name)


def _row(value: Any, line: int) -> Row:
    if isinstance(value, str):
        return Row(line, str(line), storable_text(value))
    if not isinstance(value, dict):
        raise BadRowError(_("not an object; a row is an object or a text"))
    given = [name for name in ("prompt", "messages", "body") if value.get(name) is not None]
    if len(given) > 1:
        what = _("has both {one} and {other}", one=given[0], other=given[1])
        raise BadRowError(what, f'"{given[1]}"')
    if value.get("prompt") is not None and not isinstance(value["prompt"], str):
        raise BadRowError(_("prompt is not a text"), '"prompt"')
    fields = {name: _cell(item) for name, item in value.items() if name not in _OWN}
    return Row(
        line,
        _id(value, line),
        storable_text(value["prompt"]) if "prompt" in given else None,
        _messages(value["messages"], '"messages"') if "messages" in given else (),
        _body(value) if "body" in given else {},
        fields,
        _expectation(value.get("expect")),
    )


def _id(value: Mapping[str, Any], line: int) -> str:
    for name in ("custom_id", "id"):
        found = value.get(name)
        if isinstance(found, bool) or not isinstance(found, str | int | None):
            raise BadRowError(_("{name} is neither a text nor a whole number", name=name), f'"{name}"')
        if found not in (None, ""):
            return storable_text(str(found))
    return str(line)


def _messages(value: Any, place: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not value:
        raise BadRowError(_("messages is not a list of messages"), place)
    for number, message in enumerate(value, 1):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES:
            if isinstance(role, str):
                what = _("message {number} has the unknown role `{role}`", number=number, role=role)
            else:
                what = _("message {number} has no role", number=number)
            raise BadRowError(what, place)
        if not isinstance(message.get("content"), str | list | None):
            what = _("message {number} has content that is neither text nor a list of parts", number=number)
            raise BadRowError(what, place)
    return value


def _body(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body of a line of the Batch API."""
    body, url, method = value["body"], value.get("url"), value.get("method")
    if not isinstance(body, dict):
        raise BadRowError(_("body is not an object"), '"body"')
    if url is not None and not as_text(url).endswith(CHAT_URL):
        raise BadRowError(_("url `{url}` is not a chat completion", url=url), '"url"')
    if method not in (None, "POST"):
        raise BadRowError(_("method `{method}` is not POST", method=method), '"method"')
    if body.get("stream"):
        raise BadRowError(_("body asks for a stream, which a batch cannot use"), '"stream"')
    _messages(body.get("messages"), '"messages"' if "messages" in body else '"body"')
    return {name: item for name, item in body.items() if name != "stream"}


def _expectation(value: Any) -> Expectation | None:
    if value is None:
        return None
    try:
        return read_expectation(value)
    except UsageError as error:
        raise BadRowError(error.what, '"expect"') from error


def _cell(value: Any) -> str:
    """Return a value as a template inserts it."""
    return storable_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def missing_prompt(fields: Mapping[str, str]) -> BadRowError:
    """Return the error for a row that asks nothing; *fields* are the ones it has."""
    near = did_you_mean(next(iter(fields), ""), ("prompt", "messages", "body"))
    what = _("has no prompt; it has {names}", names=join_words(list(fields), "and")) if fields else _("has no prompt")
    return BadRowError(_("{sentence}. {following}", sentence=what, following=near) if near else what)
