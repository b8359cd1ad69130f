"""The small changes that can be made to a file of Python: to comparisons, constants, conditions, calls and values."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FLIPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    **{
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
        ast.Is: ast.IsNot,
        ast.IsNot: ast.Is,
        ast.In: ast.NotIn,
        ast.NotIn: ast.In,
    },
    **{ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt},
}
_MOVED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change: the bytes from *start* to *end* of *file* become *text*.

    They begin on *line*, and the statement that they are in on *statement*.
    """

    file: str
    line: int
    statement: int
    start: int
    end: int
    text: str
    what: str

    @property
    def room(self) -> str:
        """The package or module that is changed."""
        parts = Path(self.file).with_suffix("").parts
        return parts[1] if len(parts) > 1 else parts[0]

    def apply(self, source: bytes) -> bytes:
        """Return *source* with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutations(root: Path, file: Path) -> Iterator[Mutation]:
    """Yield every change that could be made to *file*, which lies below *root*."""
    source = file.read_bytes()
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for statement, (node, text, what) in _changes(ast.parse(source), 1):
        start, end = begins[node.lineno - 1] + node.col_offset, begins[node.end_lineno - 1] + node.end_col_offset
        yield Mutation(str(file.relative_to(root)), node.lineno, statement, start, end, text, what)


def _changes(node: ast.AST, statement: int) -> Iterator[tuple[int, tuple[Any, str, str]]]:
    """Yield the line of the statement and the change for each place in *node*, which is in that of line *statement*."""
    statement = node.lineno if isinstance(node, ast.stmt) else statement
    yield from ((statement, change) for change in _changes_of(node))
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_aside(node, name, child):
                yield from _changes(child, statement)


def _is_aside(parent: ast.AST, name: str, child: ast.AST) -> bool:
    """Return whether *child* is a docstring, an annotation, or else nothing that runs as it is written."""
    if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(parent, ast.Call):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
        return True
    if isinstance(child, ast.Subscript) and ast.unparse(child.value) == "Literal":
        return True
    return isinstance(child, ast.JoinedStr | ast.ImportFrom | ast.Import)


def _changes_of(node: ast.AST) -> Iterator[tuple[Any, str, str]]:
    """Yield each place of *node* itself, what stands there instead, and what that is."""
    match node:
        case ast.Compare(ops=[operator]):
            for kinds, what in ((_FLIPPED, "comparison flipped"), (_MOVED, "boundary off by one")):
                if type(operator) in kinds:
                    yield node, _written(node, ops=[kinds[type(operator)]()]), what
        case ast.Constant(value=bool(value)):
            yield node, str(not value), "constant changed"
        case ast.Constant(value=int(value) | float(value)):
            yield node, repr(value + 1), "constant changed"
        case ast.Constant(value=str(value) | bytes(value)) if len(value.split()) < 2:
            yield node, repr(type(value)()) if value else '"odd"', "constant changed"
        case ast.BoolOp(op=operator):
            yield node, _written(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And()), "and for or"
        case ast.BinOp(op=ast.Add() | ast.Sub() as operator):
            yield node, _written(node, op=ast.Sub() if isinstance(operator, ast.Add) else ast.Add()), "plus for minus"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, f"(not ({ast.unparse(test)}))", "not added"
        case ast.comprehension(ifs=[*tests]):
            yield from ((test, f"(not ({ast.unparse(test)}))", "not added") for test in tests)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield value, "None", "return replaced"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield node, "pass", "statement deleted"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.Delete():
            yield node, "pass", "statement deleted"


def _written(node: ast.AST, **fields: Any) -> str:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return f"({ast.unparse(changed)})"
