"""Builds the request of a row. Pure, apart from files that a template names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chatcli.app.templates import TemplateFiller
from chatcli.batch.rows import BadRowError, Row, missing_prompt
from chatcli.conversation.messages import Message, Request, TextPart, text_message
from chatcli.errors import UsageError
from chatcli.records import frozen
from chatcli.settings.definition import TemplateSettings
from chatcli.text.json_values import as_list, as_object, as_text

# What a body says about the run rather than the answer.
_NOT_RAW = ("model", "n")


@frozen
class RowRequests:
    """Builds requests for rows; *system* returns the system prompt, filled with the values of a row.

    A row with messages of its own gets neither system prompt nor template: it is sent as it is. *uses_own_models* lets
    a row with a body choose its model.
    """

    system: Callable[[TemplateFiller], str]
    filler: TemplateFiller
    template: TemplateSettings | None = None
    template_name: str = ""
    examples: Sequence[tuple[str, str]] = ()
    uses_own_models: bool = False

    def request(self, row: Row, model: str, options: Mapping[str, Any]) -> Request:
        """Return the request of *row*; raises BadRowError if it asks nothing, or a template misses a value."""
        if row.own_messages:
            return self._own_request(row, model, options)
        try:
            return Request(model, self._messages(row), options, stream=False)
        except UsageError as error:
            raise BadRowError(error.what) from error

    def model_of(self, row: Row, model: str) -> str:
        """Return the model that answers *row*: its own, if it may choose, else *model*."""
        return (as_text(row.body.get("model")) if self.uses_own_models else "") or model

    def _own_request(self, row: Row, model: str, options: Mapping[str, Any]) -> Request:
        messages = tuple(
            text_message(entry["role"], "".join(_texts(entry.get("content")))) for entry in row.own_messages
        )  # for estimates only: what is sent is *raw*
        raw = {name: value for name, value in row.body.items() if name not in _NOT_RAW}
        raw["messages"] = row.own_messages
        count = {"n": row.body["n"]} if "n" in row.body else {}
        return Request(self.model_of(row, model), messages, {**options, **count}, stream=False, raw=raw)

    def _messages(self, row: Row) -> tuple[Message, ...]:
        filler = (
            TemplateFiller((*self.filler.given, *_pairs(row.fields)), self.filler.read) if row.fields else self.filler
        )
        system = self.system(filler)
        parts = (TextPart(row.prompt),) if row.prompt else ()
        if self.template:
            parts = self.template_parts(filler, parts)
        if not parts:
            raise missing_prompt(row.fields)
        return (
            *([text_message("system", system)] if system else []),
            *(text_message(role, text) for pair in self.examples for role, text in zip(_TURN, pair, strict=True)),
            Message("user", parts),
        )

    def template_parts(self, filler: TemplateFiller, parts: tuple[TextPart, ...]) -> Any:
        """Return the question of the template with *parts* as its input."""
        assert self.template is not None
        return filler.question(self.template, self.template_name, parts)


_TURN: tuple[Any, Any] = ("user", "assistant")


def _pairs(fields: Mapping[str, str]) -> list[str]:
    """Return *fields* as values of placeholders; one without a name fills none."""
    return [f"{name}={value}" for name, value in fields.items() if name.strip() and "=" not in name]


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [as_text(as_object(part).get("text")) for part in as_list(content)]
