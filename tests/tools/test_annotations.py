"""Annotations become schemas, and what fits a schema becomes what the annotation asks for."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import pathlib
import typing
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypedDict

import jsonschema
import pytest

from chatcli.tools.annotations import UnsupportedError, schema_of, to_python
from chatcli.tools.docstrings import describe


class Color(enum.Enum):
    RED = "red"
    BLUE = 2


@dataclasses.dataclass
class Place:
    city: str
    zip: int | None = None
    color: Color = Color.RED
    computed: int = dataclasses.field(default=0, init=False)


class Options(TypedDict, total=False):
    depth: typing.Required[int]
    name: str


class Bound(NamedTuple):
    """As annotated-types says it."""

    ge: int
    le: int


City = NewType("City", str)
DATE = datetime.date(2026, 1, 2)
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
UUID = uuid.UUID(int=7)

# annotation, what is written, what becomes of it, what does not fit
FITTING: list[tuple[Any, Any, Any, Any]] = [
    (str, "a", "a", 1),
    (int, 3, 3, "3"),
    (int, 3.0, 3, 3.5),
    (float, 3, 3.0, "x"),
    (bool, True, True, 1),
    (int | None, None, None, "x"),
    (typing.Optional[str], "a", "a", 1),  # noqa: UP045
    (int | str, "7", "7", None),
    (list[int], [1, 2], [1, 2], ["a"]),
    (Sequence[Color], ["red", 2], [Color.RED, Color.BLUE], ["green"]),
    (set[str], ["a", "b"], {"a", "b"}, ["a", "a"]),
    (frozenset[int], [1], frozenset({1}), [None]),
    (tuple[int, str], [1, "a"], (1, "a"), [1]),
    (tuple[int, ...], [1, 2], (1, 2), ["a"]),
    (dict[str, int], {"a": 1}, {"a": 1}, {"a": "b"}),
    (Mapping[str, Place], {"a": {"city": "x"}}, {"a": Place("x")}, {"a": {}}),
    (dict, {"a": [1]}, {"a": [1]}, []),
    (list, [1, "a"], [1, "a"], {}),
    (Literal["a", 1, None], 1, 1, "b"),
    (Color, 2, Color.BLUE, "blue"),
    (Place, {"city": "x", "zip": 1, "color": 2}, Place("x", 1, Color.BLUE), {"zip": 1}),
    (Place | None, {"city": "x"}, Place("x"), {"town": "x"}),
    (Options, {"depth": 1}, {"depth": 1}, {"name": "a"}),
    (datetime.date, "2026-01-02", DATE, 5),
    (list[datetime.datetime], ["2026-01-02T03:04:05+00:00"], [MOMENT], 1),
    (uuid.UUID, str(UUID), UUID, 7),
    (pathlib.Path, "a/b", pathlib.Path("a/b"), None),
    (decimal.Decimal, "1.10", decimal.Decimal("1.10"), 1),
    (City, "x", "x", 1),
    (Annotated[int, "how many", Bound(1, 5)], 5, 5, 6),
    (Any, {"a": 1}, {"a": 1}, ...),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "written", "wanted", "unfit"), FITTING, ids=[str(row[0]) for row in FITTING])
def test_what_fits_the_schema_becomes_what_the_annotation_asks_for(
    annotation: Any, written: Any, wanted: Any, unfit: Any
) -> None:
    schema = schema_of(annotation)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    value = to_python(written, annotation)

    assert validator.is_valid(written)
    assert unfit is ... or not validator.is_valid(unfit)
    assert (value, type(value)) == (wanted, type(wanted))


@pytest.mark.parametrize("annotation", [complex, bytes, dict[int, str], typing.Callable[[], int], type, Literal[b"x"]])
def test_what_json_cannot_hold_is_no_tool(annotation: Any) -> None:
    with pytest.raises(UnsupportedError):
        schema_of(annotation)


def test_descriptions_and_bounds_stand_in_the_schema() -> None:
    schema = schema_of(Annotated[int, "how many", Bound(1, 5)])

    assert schema == {"type": "integer", "description": "how many", "minimum": 1, "maximum": 5}


GOOGLE = """Report the weather.

    In words.

    Args:
        city: Its name,
            in English.
        unit (str, optional): c or f: the unit.

    Returns:
        str: words
    """
REST = """Report the weather.

    In words.

    :param city: Its name,
        in English.
    :param str unit: c or f: the unit.
    :returns: words
    """
NUMPY = """Report the weather.

    In words.

    Parameters
    ----------
    city : str
        Its name,
        in English.
    unit : str, optional
        c or f: the unit.

    Returns
    -------
    str
        words
    """


@pytest.mark.parametrize("text", [GOOGLE, REST, NUMPY], ids=["google", "rest", "numpy"])
def test_docstrings_are_read_in_the_styles_in_use(text: str) -> None:
    said, parameters = describe(text)

    assert said == "Report the weather.\n\nIn words."
    assert parameters == {"city": "Its name, in English.", "unit": "c or f: the unit."}


@pytest.mark.parametrize("text", [None, "", "One line.", "Note: not a section.\nArgs are none."])
def test_a_docstring_without_parameters_describes_the_function_alone(text: str | None) -> None:
    assert describe(text) == ((text or ""), {})
