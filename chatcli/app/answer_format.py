"""Formats answers for scripts: only the code, or JSON that matches a schema; anything else is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from chatcli.app.user_files import UserFiles
from chatcli.errors import IncompleteAnswerError
from chatcli.language import N_, _, in_english
from chatcli.markdown.fences import fences
from chatcli.records import frozen
from chatcli.request.schemas import (
    SchemaCheck,
    UnfitAnswerError,
    make_strict,
    response_format,
    schema_from_json,
    schema_from_words,
)

KEPT = N_("the unmodified answer was saved")
_REPAIR = "This does not fit the schema: {complaint}. Answer again, with nothing but the corrected JSON."
Repeat = Callable[[str], str]


class AnswerFormat(Protocol):
    """Turns a whole answer into the text for stdout; *ask_again* asks the model once more and returns its answer."""

    def shape(self, text: str, ask_again: Repeat) -> str:
        """Return the text for stdout; raises IncompleteAnswerError if the answer does not contain it."""
        ...


@frozen
class CodeFormat:
    """The first code block of an answer, or the last one."""

    is_last: bool = False

    def shape(self, text: str, _ask_again: Repeat) -> str:
        """Return the block without its fence."""
        blocks = fences(text)
        if not blocks:
            raise IncompleteAnswerError(
                _("the answer has no code block"), kept=_(KEPT), hint=_("show the whole answer instead")
            )
        return blocks[-1 if self.is_last else 0].text


@frozen
class SchemaFormat:
    """JSON that passes *check*; an answer that does not match is sent back once, with the error."""

    check: SchemaCheck
    tell: Callable[[str], None]

    def shape(self, text: str, ask_again: Repeat) -> str:
        """Return the JSON as the model wrote it."""
        try:
            return self.check.fitting_json(text)
        except UnfitAnswerError as complaint:
            self.tell(_("the answer does not match the schema ({complaint}); asking once more", complaint=complaint))
            with in_english():  # for the model
                repair = _REPAIR.format(complaint=self._complaint(text))
            again = ask_again(repair)
        try:
            return self.check.fitting_json(again)
        except UnfitAnswerError as complaint:
            what = _("the answer does not match the schema: {complaint}", complaint=complaint)
            raise IncompleteAnswerError(
                what, kept=_(KEPT), hint=_("try a larger model, or a simpler schema")
            ) from complaint

    def _complaint(self, text: str) -> str:
        """Return the fault of an answer, empty if it is valid."""
        try:
            self.check.fitting_json(text)
        except UnfitAnswerError as complaint:
            return str(complaint)
        return ""


def answer_schema(given: str, files: UserFiles) -> dict[str, object]:
    """Return the strict schema for *given*: a file, JSON or a list of fields; raises UsageError."""
    is_inline = given.lstrip().startswith("{")
    is_file = not is_inline and (given.endswith(".json") or files.exists(given))
    name = given if is_file else _("the schema")
    text = files.read_text(given) if is_file else given
    schema = schema_from_json(text, name) if is_file or is_inline else schema_from_words(given)
    schema = make_strict(schema)
    SchemaCheck(schema, name)
    return schema


def schema_options(given: str, files: UserFiles) -> dict[str, object]:
    """Return the request parameters for an answer that matches the schema *given*."""
    return {"response_format": response_format(answer_schema(given, files), Path(given).stem)}
