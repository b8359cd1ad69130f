"""Keys at the prompt: what the table takes, and the line, the reason and the remedy of what it refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import ConfigError
from chatcli.settings.bindings import Bindings, actions
from chatcli.settings.key_names import format_keys, parse_keys
from chatcli.settings.layers import problems, resolve_settings
from chatcli.settings.loading import user_layer
from chatcli.settings.names import to_toml
from chatcli.settings.toml_lines import line_of
from tests.settings.conftest import Around


def bindings(around: Around, text: str) -> Bindings:
    return resolve_settings([user_layer(around(text))]).settings.bindings


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("c-x c-e", "c-x c-e"),
        ("Ctrl+X Ctrl+E", "c-x c-e"),
        ("C-X C-E", "c-x c-e"),
        ("^X ^e", "c-x c-e"),
        ("Alt+Enter", "escape enter"),
        ("M-Return", "escape enter"),
        ("Esc b", "escape b"),
        ("escape B", "escape B"),
        ("meta-B", "escape b"),
        ("alt++", "escape +"),
        ("alt+-", "escape -"),
        ("Ctrl+Alt+e", "escape c-e"),
        ("Shift+Ctrl+Left", "c-s-left"),
        ("shift-tab", "s-tab"),
        ("F12", "f12"),
        ("PgUp", "pageup"),
        ("page-down", "pagedown"),
        ("f5 a", "f5 a"),
        ("alt+é", "escape é"),
    ],
)
def test_keys_are_read_however_they_are_spelled(written: str, keys: str) -> None:
    assert parse_keys(written) == keys
    assert parse_keys(format_keys(keys)) == keys or format_keys(keys).endswith("B")


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        ('edtor = ["c-t"]', "bindings.edtor", "editor"),
        ('editor = ["c-j"]', "bindings.newline by default", "another key"),
        ('editor = ["c-x"]\nliteral = ["c-x c-q"]', "c-x c-q", "another key"),
        ('undo = ["f5 a", "f5"]', "f5 begins f5 a", "Remove"),
        ('editor = ["f5", "f5", "f6"]\nundo = ["F6"]', "f6", "another key"),
        ('editor = ["c-enter"]', "Alt+Enter", "escape enter"),
        ('editor = ["Shift+Return"]', "Alt+Enter", "escape enter"),
        ('editor = ["ctrl+i"]', "as tab", "tab"),
        ('editor = ["c-h"]', "as backspace", "backspace"),
        ('editor = ["ctrl+/"]', "as c-_", "c-_"),
        ('editor = ["c-1"]', "c-1", "Ctrl with a letter"),
        ('editor = ["ctrl+shift+e"]', "ctrl+shift+e", "Ctrl with a letter"),
        ('editor = ["cmd+e"]', "cmd+e", "Ctrl or Alt"),
        ('editor = ["ecsape x"]', "ecsape", "escape"),
        ('editor = ["q"]', "typable", "Ctrl or Alt"),
        ('editor = ["space"]', "typable", "Ctrl or Alt"),
        ('editor = ["c-c"]', "always", ""),
        ('editor = ["esc"]', "always", ""),
        ('editor = ["alt+["]', "sequences", ""),
        ('editor = [""]', "1 to 4", ""),
        ("editor = 5", "list of keys", ""),
        ('editor = ["c-t", 5]', "list of keys", ""),
        ("send = []", "must name a key", "enter"),
    ],
)
def test_a_binding_that_cannot_work_is_refused_with_its_line(
    around: Around, line: str, reason: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        bindings(around, f'[ui]\ntheme = "dark" # editor\n\n[bindings]\n# editor, undo\n{line}\n')

    assert re.match(r"config\.toml, line [67]: (unknown setting )?bindings\.", caught.value.what)
    assert reason in caught.value.what
    assert remedy in str(caught.value.hint)


def test_enter_swaps_the_keys_that_the_file_does_not_name(around: Around) -> None:
    swapped = bindings(around, '[ui]\nenter = "newline"\n')
    named = bindings(around, '[ui]\nenter = "newline"\n[bindings]\nsend = ["c-j", "f4"]\n')

    assert (swapped.send, swapped.newline) == (("c-j", "escape enter"), ("enter",))
    assert (named.send, named.newline) == (("c-j", "f4"), ("enter",))


def test_no_default_keys_clash(around: Around) -> None:
    every = [key for keys in actions(Bindings()).values() for key in keys]

    assert [one for one in every for other in every if one != other and f"{other} ".startswith(f"{one} ")] == []
    assert [parse_keys(key) for key in every] == every
    assert bindings(around, "[bindings]\n" + "\n".join(f"{n} = {to_toml(k)}" for n, k in actions(Bindings()).items()))


VALUES = st.sampled_from(['""', '"""\na = 1\n"""', "'''\n[t]\nk = 1'''", "[\n1, # k\n2]", "{ k = 1 }", "1", '"k = 1"'])
KEYS = st.sampled_from(["k", "a", '"k"', "t.k"])


@given(st.lists(st.tuples(st.sampled_from(["", "# k = 1\n", "\n", "[t]\n"]), KEYS, VALUES), max_size=5))
def test_a_setting_stands_where_its_line_is_said_to_be(rows: list[tuple[str, str, str]]) -> None:
    """Whatever stands before it, and wherever its name is only mentioned."""
    before = "".join(f"{head}x{at}.{key} = {value}\n" for at, (head, key, value) in enumerate(rows))
    before = before.replace("[t]\n", "", max(before.count("[t]\n") - 1, 0)) if before.count("\n[t]\n") > 1 else before
    text = f"{before}[wanted]\nother = 1\nk = 2\nz = 3\n"

    assert line_of(text, ("wanted", "k")) in (text.count("\n", 0, text.index("[wanted]")) + 3, None)


def test_every_mistake_of_a_file_has_its_line(around: Around) -> None:
    layer = user_layer(around('[ui]\nthem = 1\nplain = 2\n[models."a.b"]\ncontext = "x"\n[bindings]\nundo = 3\n'))

    assert [error.what.partition(":")[0] for error in problems(layer)] == [
        f"config.toml, line {number}" for number in (2, 3, 5, 7)
    ]
