"""Finds words for people that go round the translation: `python -m tests.tooling.untranslated` lists them.

A message is what a call takes that shows something or raises one of our errors, or what is first given a name such as
`what` or `hint`. Words in it must come from `_`, `N_` or `ngettext`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import chatcli.errors
from tests.tooling.catalogue import PACKAGE

_ERRORS = {
    name for name, kind in vars(chatcli.errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}
# The names of calls that show all their arguments, and of those that show one: its place, from 0.
_SHOWN_WHOLE = _ERRORS | {"WrongValueError", "UnfitAnswerError", "note", "confirm", "Finding"}
_SHOWN = {"Notice": 1, "say": 0, "pick": 0, "secret": 0, "choose": 0}
_KEYWORDS = {"hint", "kept", "help", "title"}
_NAMES = {"what", "hint", "kept", "note", "notice", "sentence", "question", "remedy", "complaint", "reason", "told"}
# Two words of a sentence, one of which may be a place.
_WORDS = re.compile(r"[A-Za-z]{2,}[,:;]? (?:[a-z]{2,}|…)|… [a-z]{2,}")
# Commands, which are the same in each language, and the name of the program before a sentence.
_TYPED = re.compile(r"`[^`]*`|^(?:chat:|source) …$|\bchat (?:ask|sessions|shell-init) .*")


def untranslated(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of what goes round the translation in the module at *path*."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for shown in _shown(node):
            for text in _texts(shown):
                if _WORDS.search(_TYPED.sub("", text)):
                    yield shown.lineno, text


def _shown(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions of *node* that are shown to people."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            places = node.args if name in _SHOWN_WHOLE else node.args[_SHOWN[name] :][:1] if name in _SHOWN else []
            yield from places
            yield from (keyword.value for keyword in node.keywords if keyword.arg in _KEYWORDS)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _NAMES:
            yield value
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            yield value


def _texts(shown: ast.expr) -> Iterator[str]:
    """Yield the texts in *shown* that are not translated; a place in an f-string counts as a word."""
    match shown:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in shown.values)
        case ast.IfExp():
            yield from (*_texts(shown.body), *_texts(shown.orelse))
        case ast.BinOp():
            yield from (*_texts(shown.left), *_texts(shown.right))
        case ast.BoolOp() | ast.Tuple() | ast.List():
            values = shown.values if isinstance(shown, ast.BoolOp) else shown.elts
            yield from (text for value in values for text in _texts(value))


def main() -> None:
    """List them all."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, text in untranslated(path):
            print(f"{path.relative_to(PACKAGE.parent)}:{line}: {text}")


if __name__ == "__main__":
    main()
