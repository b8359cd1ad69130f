"""Evaluates arithmetic: a tree of numbers, operators and known functions. Nothing is executed, and work is bounded."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from chatcli.language import N_, _
from chatcli.tools.tool import ToolError

Number: TypeAlias = "int | float"

MOST_CHARS = 1_000
MOST_BITS = 10_000  # of a whole number: some 3 000 digits, below the 4 300 that Python writes
_MOST_FACTORIAL = 1_000
_MOST_DIGITS = 400  # more than any float has

_OPERATORS: dict[type, Callable[[object, object], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_SIGNS: dict[type, Callable[[Any], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_NAMES = {"pi": math.pi, "e": math.e, "tau": math.tau}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10", "floor", "ceil", "trunc")},
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot")},
    **{name: getattr(math, name) for name in ("sinh", "cosh", "tanh", "degrees", "radians", "fabs", "gcd")},
    **{"abs": abs, "round": round, "min": min, "max": max},
}

# What Python says of a value that there is not.
_REASONS = frozenset(
    {
        N_("division by zero"),
        N_("float division by zero"),
        N_("integer modulo by zero"),
        N_("float modulo"),
        N_("math domain error"),
        N_("0.0 cannot be raised to a negative power"),
    }
)


def calculate(expression: str) -> str:
    """Return the value of *expression*; raises ToolError if it is not arithmetic, or too large."""
    if len(expression) > MOST_CHARS:
        raise ToolError(_("The expression is longer than {most} characters.", most=MOST_CHARS))
    try:
        value = _bounded(_value(ast.parse(expression.strip(), mode="eval").body))
    except (SyntaxError, MemoryError) as error:
        raise ToolError(_("`{expression}` is not an arithmetic expression.", expression=expression)) from error
    except RecursionError as error:
        raise ToolError(_("The expression is nested too deeply.")) from error
    except (ArithmeticError, ValueError, TypeError) as error:
        reason = _(str(error)) if str(error) in _REASONS else error
        raise ToolError(_("`{expression}` has no value: {reason}.", expression=expression, reason=reason)) from error
    return str(value)


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNS:
            return _SIGNS[type(sign)](_value(operand))
        case ast.BinOp(left=left, op=kind, right=right):
            return _bounded(_combine(kind, _value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _bounded(_apply(name, [_value(argument) for argument in arguments]))
        case _:
            raise ToolError(_("`{expression}` is not arithmetic.", expression=ast.unparse(node)))


def _combine(kind: ast.operator, left: Number, right: Number) -> Number:
    if isinstance(kind, ast.Mult):
        _check_bits(_bits(left) + _bits(right))
        return left * right
    if isinstance(kind, ast.Pow):
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(_bits(left) * abs(right))
        return _real(left**right)
    if isinstance(kind, ast.BitXor):
        raise ToolError(_("Write a power as `**`."))
    if type(kind) not in _OPERATORS:
        raise ToolError(_("Only + - * / // % and ** are known."))
    return _OPERATORS[type(kind)](left, right)


def _apply(name: str, arguments: list[Number]) -> Number:
    if name == "factorial" and len(arguments) == 1:
        if arguments[0] not in range(_MOST_FACTORIAL + 1):
            raise ToolError(_("factorial takes a whole number from 0 to {most}.", most=_MOST_FACTORIAL))
        return math.factorial(int(arguments[0]))
    if name not in _FUNCTIONS:
        raise ToolError(
            _(
                "The function `{name}` is unknown. Known: {names}.",
                name=name,
                names=_(", ").join(sorted([*_FUNCTIONS, "factorial"])),
            )
        )
    if name == "round" and any(abs(digits) > _MOST_DIGITS for digits in arguments[1:]):
        raise ToolError(_("round takes at most {most} digits.", most=_MOST_DIGITS))
    return _real(_FUNCTIONS[name](*arguments))


def _real(value: object) -> Number:
    if not isinstance(value, int | float):
        raise ToolError(_("The value is not a real number."))
    return value


def _bounded(value: Number) -> Number:
    _check_bits(_bits(value))
    return value


def _bits(value: Number) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return 0 if math.isfinite(value) else MOST_BITS + 1


def _check_bits(bits: int) -> None:
    if bits > MOST_BITS:
        raise ToolError(_("The value is too large."))
