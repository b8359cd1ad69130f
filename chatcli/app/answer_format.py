"""Formats answers for scripts: only the code, or JSON that matches a schema; anything else is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from chatcli.app.user_files import UserFiles
from chatcli.errors import IncompleteAnswerError, UsageError
from chatcli.markdown.fences import fences
from chatcli.records import frozen
from chatcli.request.schemas import find_json, make_strict, response_format, schema_from_json, schema_from_words

KEPT = "the unmodified answer was saved"
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
            raise IncompleteAnswerError("the answer has no code block", kept=KEPT, hint="show the whole answer instead")
        return blocks[-1 if self.is_last else 0].text


@frozen
class SchemaFormat:
    """JSON that matches *schema*; an answer that does not match is sent back once, with the error."""

    schema: Mapping[str, Any]
    tell: Callable[[str], None]

    def shape(self, text: str, ask_again: Repeat) -> str:
        """Return the JSON as the model wrote it."""
        try:
            return self._fitting(text)
        except _UnfitError as complaint:
            self.tell(f"the answer does not match the schema ({complaint}); asking once more")
            again = ask_again(_REPAIR.format(complaint=complaint))
        try:
            return self._fitting(again)
        except _UnfitError as complaint:
            what = f"the answer does not match the schema: {complaint}"
            raise IncompleteAnswerError(what, kept=KEPT, hint="try a larger model, or a simpler schema") from complaint

    def _fitting(self, text: str) -> str:
        import fastjsonschema  # not needed without a schema

        try:
            found, content = find_json(text)
            fastjsonschema.validate(dict(self.schema), content, use_default=False)
        except fastjsonschema.JsonSchemaValueException as error:
            raise _UnfitError(str(error.message).replace("data", "it", 1)) from error
        except ValueError as error:
            raise _UnfitError(f"it is not JSON: {error}") from error
        except RecursionError as error:  # a recursive schema goes as deep as the answer
            raise _UnfitError("it is nested too deeply") from error
        return found


class _UnfitError(Exception):
    """Says in a few words what is wrong with an answer."""


def answer_schema(given: str, files: UserFiles) -> dict[str, Any]:
    """Return the strict schema for *given*: a file, JSON or a list of fields; raises UsageError."""
    import fastjsonschema

    is_inline = given.lstrip().startswith("{")
    is_file = not is_inline and (given.endswith(".json") or files.exists(given))
    name = given if is_file else "the schema"
    text = files.read_text(given) if is_file else given
    schema = schema_from_json(text, name) if is_file or is_inline else schema_from_words(given)
    schema = make_strict(schema)
    try:
        fastjsonschema.compile(schema, use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, RecursionError, AttributeError, TypeError) as error:
        raise UsageError(f"{name} is not a valid schema: {error}", hint="use JSON Schema, draft 7") from error
    return schema


def schema_options(given: str, files: UserFiles) -> dict[str, Any]:
    """Return the request parameters for an answer that matches the schema *given*."""
    return {"response_format": response_format(answer_schema(given, files), Path(given).stem)}
