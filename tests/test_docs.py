"""The README says what the code does: its tables are made from the code, and its commands are ones that exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from chatcli.cli.arguments import prepare
from chatcli.cli.parser import build_parser
from chatcli.cli.table import COMMANDS
from chatcli.commands import load_all
from chatcli.commands.table import find_command
from chatcli.flags import FLAGS
from chatcli.help import tables
from chatcli.providers.table import PROVIDERS
from chatcli.settings.example import example

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = {name: README.partition(f"<!-- {name} -->\n")[2].partition("\n<!-- end -->")[0] for name in tables.TABLES}
BLOCKS = re.findall(r"^```\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
LINES = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
COMMAND_LINES = [part.strip() for line in LINES for part in line.split("|") if part.strip().startswith("chat")]


@pytest.mark.parametrize("name", tables.TABLES)
def test_tables_in_the_readme_are_those_of_the_code(name: str) -> None:
    assert TABLES[name] == tables.TABLES[name]()


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_commands_in_the_readme_are_understood(line: str) -> None:
    """The parser takes them; what they would do is not done."""
    words = shlex.split(line.partition(">")[0])[1:]
    parser: Any = typer.main.get_command(build_parser(words))
    context = parser.make_context(
        "chat", prepare(words, commands={command.name for command in COMMANDS}), resilient_parsing=True
    )
    while rest := [*getattr(context, "_protected_args", ()), *context.args]:  # what the command within it is to parse
        if not hasattr(parser, "resolve_command"):
            break
        name, parser, rest = parser.resolve_command(context, rest)
        context = parser.make_context(name, rest, parent=context, resilient_parsing=True)

    assert not [word for word in context.args if word.startswith("-")]


def test_there_are_commands_to_understand() -> None:
    assert len(COMMAND_LINES) > 8


def test_the_readme_gives_the_two_commands() -> None:
    assert "\n<!-- run -->\n```\npython3 -m venv .venv && " in README
    assert "\n<!-- test -->\n```\npython3 -m venv .venv && " in README


def test_the_example_is_that_of_the_code() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == example()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_what_the_readme_links_to_exists(link: str) -> None:
    assert (ROOT / link).exists()


def test_what_the_table_of_the_api_names_exists() -> None:
    table = README.partition("<!-- api -->\n")[2].partition("<!-- end -->")[0]
    load_all()
    quoted = re.findall(r"`([^`]+)`", table)
    words = {word for text in quoted for word in text.split()}

    slashed = {word for word in words if re.fullmatch(r"/[a-z]+", word)}
    flags = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    known = {name for flag in FLAGS.values() for name in flag.names}
    assert len(slashed) > 15
    assert len(flags) > 15
    assert not [word for word in slashed if find_command(word[1:]) is None]
    assert flags <= known


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=lambda path: path.stem)
def test_no_text_of_a_picture_is_stretched_by_spaces_that_browsers_drop(picture: Path) -> None:
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text(encoding="utf-8"))

    assert len(texts) > 20
    assert [text for text in texts if text != " ".join(text.split())] == []


def test_the_readme_counts_the_providers_rightly() -> None:
    told = README.partition("Chat Completions protocol to ")[2].partition(" more, and to ")[0]
    named, _, more = told.rpartition(" and ")
    hosted = [row for row in PROVIDERS.values() if not row.local]

    assert len(named.split(",")) + int(more) == len(hosted)
