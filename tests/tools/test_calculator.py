"""Arithmetic has a value; everything else has a sentence, and no expression takes long."""

from __future__ import annotations

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.tools.calculator import MOST_CHARS, calculate
from chatcli.tools.tool import ToolError


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        (" (1+2)*3 ", "9"),
        ("2**10", "1024"),
        ("10 / 4", "2.5"),
        ("-7 // 2", "-4"),
        ("-3 % 5", "2"),
        ("sqrt(2) * sqrt(2)", str(math.sqrt(2) ** 2)),
        ("factorial(20)", "2432902008176640000"),
        ("round(2.567, 2)", "2.57"),
        ("max(1, 2.5, -3) + pi - pi", "2.5"),
        ("log(8, 2)", "3.0"),
        ("1_000 * 0x10", "16000"),
    ],
)
def test_arithmetic_has_its_value(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        *("", "x", "1 +", "__import__('os')", "(1).real", "[1][0]", "1 if 1 else 2", "lambda: 1", "'a' * 9", "True"),
        *(
            "1j",
            "...",
            "1 and 2",
            "1 < 2",
            "1 << 99",
            "2 ^ 3",
            "f(1)",
            "sqrt(-1)",
            "1 / 0",
            "max()",
            "sqrt()",
            "(y:=1)",
        ),
        *("9**9**9", "2**99999", "factorial(10**6)", "factorial(-1)", "round(1, -10**9)", "1e308 * 10", "(-8)**(1/3)"),
        *(
            "10**400 / 3",
            "1e999",
            "9" * (MOST_CHARS + 1),
            "(" * MOST_CHARS,
            "-" * (MOST_CHARS - 1) + "x",
            "\0",
            "\ud800",
        ),
        *("factorial(3.5)", "max(*[1])", "round(1, ndigits=2)", "2**10000 * 2**10000", "0**-1"),
    ],
    ids=lambda expression: repr(expression[:20]),
)
def test_all_else_is_refused_with_a_sentence(expression: str) -> None:
    with pytest.raises(ToolError, match=r"\.$"):
        calculate(expression)


NUMBERS = st.integers(0, 9).map(str) | st.sampled_from(["1.5", "99", "1e300"])
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
def test_values_are_those_of_python(expression: str) -> None:
    try:
        value = calculate(expression)
    except ToolError:
        return

    assert value == str(eval(compile(ast.parse(expression, mode="eval"), "", "eval")))
