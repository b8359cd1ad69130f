"""`--help` fits the terminal, leads with examples, and lists every flag where the user looks for it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from chatcli.cli.arguments import prepare
from chatcli.cli.parser import build_parser
from chatcli.cli.root_help import root_help
from chatcli.cli.table import COMMANDS, EXAMPLES
from chatcli.flags import FLAGS, RARE, SECTIONS, flags_of


def pages() -> Iterator[tuple[str, str]]:
    """Yield each command with its help at the current width."""
    waiting: list[tuple[str, Any, Any]] = [("chat", typer.main.get_command(build_parser((), whole=True)), None)]
    for name, command, parent in waiting:
        context = command.make_context(name, [], parent=parent, resilient_parsing=True)
        yield context.command_path, context.get_help()
        waiting += [(child, one, context) for child, one in getattr(command, "commands", {}).items()]


def page(wanted: str) -> str:
    return next(text for path, text in pages() if path == wanted)


def headings(text: str) -> list[str]:
    return re.findall(r"^(\w+):$", text, re.MULTILINE)


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_help_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    shown = dict(pages())

    assert len(shown) == len(COMMANDS) + 1
    assert {(path, line) for path, text in shown.items() for line in text.splitlines() if len(line) > columns} == set()


def test_a_wide_terminal_does_not_stretch_the_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    assert max(map(len, page("chat ask").splitlines())) <= 80


def test_help_shows_examples_then_commands_then_the_flags_by_section() -> None:
    text = page("chat")

    common = [section for section, names in SECTIONS.items() if not RARE.issuperset(names)]
    assert headings(text) == ["Examples", "Commands", *common, "Other"]
    assert [term for term, _ in EXAMPLES] == re.findall(r"^  (.+?)  ", text.partition("Commands:")[0], re.MULTILINE)


def test_the_help_of_chat_lists_what_its_parser_takes() -> None:
    """It is made without the parser."""
    command: Any = typer.main.get_command(build_parser(()))
    context = command.make_context("chat", [], resilient_parsing=True)
    options = [record for option in command.get_params(context) if (record := option.get_help_record(context))]
    commands = [(name, one.help) for name, one in command.commands.items()]

    rows = re.findall(r"^ +(\S.*?)  +(\S.*)$", root_help(500).partition("Commands:")[2], re.MULTILINE)

    assert sorted(rows) == sorted([*options, *commands])
    assert [row for row in rows if row in commands] == [(name, one.help) for name, one in command.commands.items()]


def test_each_flag_is_in_one_section() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(FLAGS)


def test_rare_flags_are_listed_by_the_command_that_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    texts = dict(pages())

    def listed(path: str) -> set[str]:
        shown = set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", texts[path].partition("Model:")[2], re.MULTILINE))
        return {name for name, flag in FLAGS.items() if flag.names[0] in shown}

    assert listed("chat ask") == set(flags_of("ask"))
    assert listed("chat batch") == set(flags_of("batch"))
    assert listed("chat") == set(FLAGS) - RARE
    assert set(FLAGS) >= RARE


@pytest.mark.parametrize("line", [term for term, _ in EXAMPLES])
def test_examples_are_commands_that_exist(line: str) -> None:
    words = shlex.split(line.rpartition("| ")[2])

    assert words[0] == "chat"
    assert prepare(words[1:], commands={command.name for command in COMMANDS if not command.group}) == words[1:]


def test_completion_knows_the_rare_flags_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CHAT_COMPLETE", "complete_bash")
    command: Any = typer.main.get_command(build_parser((), whole=True))

    assert not [option.name for option in command.params if option.hidden]
