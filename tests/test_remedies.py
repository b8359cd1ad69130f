"""Errors say what happened; the surface says what to do. No room below the surfaces names a slash command or a flag."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from chatcli.commands import load_all
from chatcli.commands.table import commands
from chatcli.errors import ChatError, Remedy
from chatcli.flags import FLAGS
from chatcli.repl.remedies import REMEDIES, word_in_conversation, word_on_command_line

ROOT = Path(__file__).parent.parent / "chatcli"
# What speaks to people in its own words: the surfaces, their commands, and the help that describes them.
SURFACES = {"cli", "repl", "commands", "help", "guide", "flags.py"}


def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    load_all()
    slashes = {word for entry in commands() for word in (entry.name, *entry.aliases)} - {"?"}
    flags = {name for flag in FLAGS.values() for name in flag.names}
    command = "|".join(sorted(map(re.escape, slashes), key=len, reverse=True))
    flag = "|".join(sorted(map(re.escape, flags), key=len, reverse=True))
    return re.compile(rf"(?<![\w/.<])/({command})\b(?![/.])"), re.compile(rf"(?<![\w-])({flag})(?![\w-])")


SLASH_COMMAND, FLAG = _words()


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings in *path* that are no docstrings, with their lines; joined strings by their pieces."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def files(*rooms: str, below: bool = False) -> list[Path]:
    found = sorted(ROOT.rglob("*.py"))
    return [path for path in found if (path.relative_to(ROOT).parts[0] in (SURFACES if below else rooms)) != below]


def is_sentence(text: str) -> bool:
    """Return whether *text* is for people: the arguments of other programs are single words."""
    return " " in text.strip()


def naming(paths: Iterable[Path], *patterns: re.Pattern[str], sentences: bool = True) -> list[tuple[str, int, str]]:
    """Return file, line and text of the strings in which one of *patterns* is found."""
    return [
        (str(path.relative_to(ROOT)), line, text)
        for path in paths
        for line, text in strings(path)
        if any(pattern.search(text) for pattern in patterns) and (is_sentence(text) or not sentences)
    ]


def test_no_room_below_the_surfaces_names_a_slash_command_or_a_flag() -> None:
    assert naming(files(below=True), SLASH_COMMAND, FLAG) == []


def test_a_conversation_names_no_flag_where_a_command_does_it() -> None:
    """The table of remedies has both, column by column: see below."""
    assert naming((path for path in files("commands", "repl") if path.name != "remedies.py"), FLAG) == []


def test_the_command_line_names_no_slash_command() -> None:
    """What begins and ends a conversation speaks of it; all else in the room speaks to someone at a shell."""
    assert naming((path for path in files("cli") if path.stem != "chat"), SLASH_COMMAND, sentences=False) == []


@pytest.mark.parametrize("kind", REMEDIES)
def test_each_surface_words_a_remedy_in_its_own_commands(kind: str) -> None:
    remedy = Remedy(kind, values={"name": "NAME"})
    here, there = word_in_conversation(remedy), word_on_command_line(remedy)

    assert not SLASH_COMMAND.search(there)
    assert here == there or not FLAG.search(here), "only what no command does is named by its flag in both"


def test_every_kind_of_remedy_is_in_the_table_and_in_use() -> None:
    used = {
        node.args[0].value
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Remedy"
        and isinstance(node.args[0], ast.Constant)
    }

    assert used == set(REMEDIES)


def test_a_sentence_ends_with_what_the_surface_says() -> None:
    error = ChatError("it fell silent", kept="the text so far is kept", hint=("wait", Remedy("allow_silence")))

    assert error.sentence(word_in_conversation).endswith("Wait; /config defaults.timeout SECONDS allows more")
    assert error.sentence(word_on_command_line).endswith("Wait; --timeout SECONDS allows more")
    assert error.sentence().endswith("Wait")
