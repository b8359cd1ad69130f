"""The manual's tables say what the code says, and are whole."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from chatcli.commands import load_all
from chatcli.commands.table import commands
from chatcli.errors import EXIT_CODES
from chatcli.flags import FLAGS
from chatcli.help import tables
from chatcli.providers.table import PROVIDERS
from chatcli.request.parameters import PARAMETERS
from chatcli.settings.definition import SETTINGS
from chatcli.settings.environment import VARIABLES
from chatcli.settings.names import dotted


def cells(text: str) -> list[list[str]]:
    """Return the rows of all tables in *text*, without their heads."""
    tokens = MarkdownIt().enable("table").parse(text)
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if before.type == "tr_open" and token.type == "td_open":
            rows.append([])
        if before.type == "td_open":
            rows[-1].append(token.content)
    return rows


def firsts(text: str) -> list[str]:
    return [row[0] for row in cells(text)]


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_table_renders_with_as_many_cells_in_every_row(name: str) -> None:
    rows = cells(tables.TABLES[name]())

    assert rows
    for row in rows:
        assert row[0].strip("` "), row
        assert row[-1] or name in ("keys", "providers"), row


def test_exit_codes_are_all_there() -> None:
    assert firsts(tables.exit_codes_table()) == [str(number) for number in EXIT_CODES]


def test_settings_and_variables_are_all_there() -> None:
    shown = firsts(tables.settings_table())

    assert shown == [
        *(f"`{dotted(setting.name)}`".replace('"*"', "NAME") for setting in SETTINGS),
        *(f"`{name}`" for name, *_ in VARIABLES),
    ]


def test_flags_are_all_there_with_their_values() -> None:
    shown = tables.flags_table()

    assert [name for flag in FLAGS.values() for name in flag.names if f"`{name}`" not in shown] == []
    assert "`-o`, `--option` KEY VALUE" in firsts(shown)
    assert {row[1] for row in cells(shown)} <= {"all", "A", "B", "A B", "C A", "C A B", "C A M B", "B F", "C A B F"}


def test_commands_are_all_there() -> None:
    load_all()

    shown = tables.TABLES["commands"]()

    assert [entry.name for entry in commands() if f"`/{entry.name}" not in shown] == []


def test_providers_are_all_there_and_no_key_is() -> None:
    rows = {row[0].strip("`"): row for row in cells(tables.providers_table())}

    assert list(rows) == list(PROVIDERS)
    assert rows["openai"][3] == "`$OPENAI_API_KEY`"
    assert rows["azure"][2] == "`$AZURE_OPENAI_ENDPOINT`"


def test_parameters_are_all_there() -> None:
    assert firsts(tables.parameters_table()) == [f"`{name}`" for name in PARAMETERS]


def test_defaults_are_shown_where_there_are_any() -> None:
    rows = {row[0].strip("`"): row for row in cells(tables.settings_table()) if len(row) == 3}

    assert rows["defaults.max_wait"][1] != ""
    assert rows["defaults.model"][1] == ""


def test_the_topics_have_their_tables() -> None:
    texts = {topic.name: topic.text for topic in tables.all_topics()}

    assert tables.exit_codes_table() in texts["exit-codes"]
    assert tables.parameters_table() in texts["params"]
    assert tables.keys_table() in texts["keys"]
    assert not [name for name, text in texts.items() if re.search(r"^\{\{\w+\}\}$", text, re.MULTILINE)]
