"""The command line in Chinese: all of it, aligned in cells, and in English for programs."""

from __future__ import annotations

import json
import re

import pytest
import typer

from chatcli.cli.main import _is_for_scripts
from chatcli.cli.misuse import COMMAND_MEANINGS, FLAG_MEANINGS, usage_error
from chatcli.cli.parser import build_parser
from chatcli.terminal.cells import width
from tests.cli.test_help import pages
from tests.conftest import Chat, OpenTerminal

_NAMES = re.compile(r"`[^`]*`|用法：.*|chat ask \".*?\"|git diff \| ")  # what is typed as it stands
_ENGLISH = re.compile(r"[A-Za-z]*[a-z]{2,}(?: [a-z]{2,}){2}")  # three words of a sentence


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("columns", [80, 40])
def test_help_is_chinese_and_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    rows = [(path, row) for path, text in pages() for row in text.splitlines()]

    assert [(path, row) for path, row in rows if width(row) >= columns] == []
    assert [(path, row) for path, row in rows if _ENGLISH.search(_NAMES.sub("", row))] == []
    assert {row[-1] for _path, row in rows if row and row[0] not in " 用"} == {"："}, "headings"


@pytest.mark.usefixtures("chinese")
def test_descriptions_stand_in_one_column_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    for path, text in pages():
        if path not in ("chat", "chat batch"):  # their commands have a column of their own
            found = re.findall(r"^( +(?:-.*?|[^ ].*?)  +)[^ ]", text.partition("\n\n")[2], re.MULTILINE)
            assert len({width(begun) for begun in found if begun.strip().startswith("-")}) == 1, path


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask", "--model"], "--model"),
        (["ask", "--json=1", "x"], "--json"),
        (["config", "get"], "KEY"),
        (["doctor", "extra"], "`extra`"),
        (["batch", "f.csv", "--jobs", "many"], "`many`"),
        (["sessions", "list", "--most", "0"], "`0`"),
        (["ask", "--temprature", "1"], "`--temperature`"),
        (["ask", "--api-key", "1"], "`chat keys set PROVIDER`"),
        (["sessions", "lst"], "`chat sessions list`"),
    ],
)
def test_errors_of_the_parser_are_chinese(words: list[str], said: str) -> None:
    with pytest.raises(typer.BadParameter.__mro__[1]) as caught:
        build_parser(words)(words, prog_name="chat", standalone_mode=False)

    sentence = usage_error(caught.value).sentence()

    assert said in sentence
    assert not _ENGLISH.search(_NAMES.sub("", sentence))


@pytest.mark.usefixtures("chinese")
def test_what_was_meant_is_told_in_chinese() -> None:
    from chatcli.language import _

    meanings = [_(meaning, name="x") for meaning in (*FLAG_MEANINGS.values(), *COMMAND_MEANINGS.values())]

    assert [meaning for meaning in meanings if _ENGLISH.search(_NAMES.sub("", meaning))] == []


@pytest.mark.parametrize(
    ("words", "is_for_scripts"),
    [
        (["ask", "--json", "hi"], True),
        (["--json"], True),
        (["doctor", "--json"], True),
        (["ask", "--", "--json"], False),
        (["ask", "hi"], False),
        ([], False),
    ],
)
def test_what_programs_read_is_asked_for_by_json(words: list[str], *, is_for_scripts: bool) -> None:
    assert _is_for_scripts(words) is is_for_scripts


def test_programs_read_english_whatever_the_language(chat: Chat) -> None:
    chinese = {"LANG": "zh_CN.UTF-8", "CHAT_LANG": "zh"}

    for_people = chat("doctor", env=chinese)
    for_programs = chat("doctor", "--json", env=chinese)
    failed = chat("ask", "--json", "hi", env=chinese)

    assert "模型" in for_people.stdout
    assert {"key", "config", "endpoint"} & {json.loads(line)["name"] for line in for_programs.stdout.splitlines()}
    assert (for_programs.stdout + failed.stdout + failed.stderr).isascii()
    assert json.loads(failed.stdout.splitlines()[-1])["message"]


def test_a_terminal_that_has_no_chinese_gets_english(terminal: OpenTerminal, chat: Chat) -> None:
    env = {"LC_ALL": "C", "CHAT_LANG": "zh", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    shown = terminal("ask", "-t", "nothing", "hello", env=env)
    shown.wait_exit()

    assert "unknown template" in shown.text
    assert "没有模板" in chat("ask", "-t", "nothing", "hello", env=env).stderr
