"""Commands of other programs are answered with what is used here, and never take the place of one of ours."""

from __future__ import annotations

import re

from chatcli.commands import load_all
from chatcli.commands.foreign import FOREIGN, meaning_of
from chatcli.commands.table import find_command

load_all()


def test_no_word_is_a_command_here() -> None:
    assert [word for word in FOREIGN if find_command(word)] == []


def test_what_is_named_exists() -> None:
    named = {name for hint in FOREIGN.values() for name in re.findall(r"(?<![\w`.])/([a-z]+)", hint)}

    assert len(named) > 5
    assert [name for name in named if not find_command(name)] == []


def test_parameters_and_settings_are_set_by_their_commands() -> None:
    assert meaning_of("top-p") == "/set top_p VALUE sets it"
    assert meaning_of("Ascii") == "/config ui.ascii VALUE sets it"
    assert meaning_of("base_url") == meaning_of("zzz") == ""
