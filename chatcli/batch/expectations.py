"""Compares answers with what a row expects: `{"equals" | "contains" | "matches" | "schema": …}`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.phrases import join_words

if TYPE_CHECKING:
    from chatcli.request.schemas import SchemaCheck

_MATCH_S = 1.0

Comparison = Literal["equals", "contains", "matches", "schema"]
_COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


@frozen
class Expectation:
    """What an answer must be; *value* is a text, a regular expression or a JSON schema."""

    comparison: Comparison
    value: Any

    def score(self, answers: Sequence[str]) -> float:
        """Return the share of *answers* that are as expected; none at all are not."""
        return sum(map(self.is_met, answers)) / len(answers) if answers else 0.0

    def is_met(self, answer: str) -> bool:
        """Return whether *answer* is as expected; white space around an answer does not count.

        `matches` searches, so `^` and `$` anchor it; `contains` with several texts wants them all.
        """
        match self.comparison:
            case "equals":
                return answer.strip() == str(self.value).strip()
            case "contains":
                return all(part in answer for part in self.value)
            case "matches":
                return _matches(self.value, answer)
            case "schema":
                return _fits(self.value, answer)


def read_expectation(value: Any) -> Expectation:
    """Return the expectation in *value*: an object with one comparison, or the text that is expected.

    Raises UsageError.
    """
    if isinstance(value, bool | int | float):
        value = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        return Expectation("equals", value)
    known = [name for name in _COMPARISONS if isinstance(value, Mapping) and name in value]
    if len(known) != 1 or len(value) != 1:
        raise UsageError(_("expect is not an object with one of {names}", names=join_words(_COMPARISONS)))
    return Expectation(known[0], _checked(known[0], value[known[0]]))


def _checked(comparison: Comparison, value: Any) -> Any:
    if comparison == "schema":
        return _checked_schema(value)
    if comparison == "contains" and isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return value
    if not isinstance(value, str):
        raise UsageError(_("expect: {name} is not a text", name=comparison))
    if comparison == "matches":
        import regex  # few rows have one

        try:
            regex.compile(value)
        except (regex.error, RecursionError) as error:
            raise UsageError(_("expect: matches is not a regular expression: {reason}", reason=error)) from error
    return [value] if comparison == "contains" else value


def _checked_schema(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise UsageError(_("expect: schema is not an object"))
    _schema_check(value)
    return value


def _matches(expression: str, answer: str) -> bool:
    """Return whether *expression* is found in *answer*, within the time limit: some take forever on some texts."""
    import regex

    try:
        return regex.search(expression, answer, timeout=_MATCH_S) is not None
    except TimeoutError:
        return False


def _fits(schema: Mapping[str, Any], answer: str) -> bool:
    from chatcli.request.schemas import UnfitAnswerError

    try:
        _schema_check(schema).fitting_json(answer)
    except UnfitAnswerError:
        return False
    return True


def _schema_check(schema: Mapping[str, Any]) -> SchemaCheck:
    from chatcli.request.schemas import SchemaCheck  # with the parser of Markdown: most rows have none

    return SchemaCheck(schema, "expect: schema")
