"""A settings file is changed in the one place that is meant, or not at all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.settings.edit import with_values
from chatcli.settings.names import Name

MODEL: Name = ("defaults", "model")

EDITS = [
    pytest.param("", {MODEL: "m"}, '[defaults]\nmodel = "m"\n', id="an empty file"),
    pytest.param(
        '[defaults]\nmodel = "old"\nlog = true\n', {MODEL: "m"}, '[defaults]\nmodel = "m"\nlog = true\n', id="replaced"
    ),
    pytest.param(
        "[defaults]\nlog = true\n", {MODEL: "m"}, '[defaults]\nmodel = "m"\nlog = true\n', id="added to its section"
    ),
    pytest.param(
        '[ui]\ntheme = "dark"\n', {MODEL: "m"}, '[ui]\ntheme = "dark"\n\n[defaults]\nmodel = "m"\n', id="a new section"
    ),
    pytest.param(
        '[ui]\ntheme = "dark"', {MODEL: "m"}, '[ui]\ntheme = "dark"\n\n[defaults]\nmodel = "m"\n', id="no last newline"
    ),
    pytest.param(
        '# mine\n[defaults] # of all\n  model   = "old"  # the best\n',
        {MODEL: "m"},
        '# mine\n[defaults] # of all\nmodel = "m"  # the best\n',
        id="comments stay",
    ),
    pytest.param(
        '[defaults]\n# model = "old"\n', {MODEL: "m"}, '[defaults]\nmodel = "m"\n# model = "old"\n', id="commented out"
    ),
    pytest.param(
        '[defaults]\nmodel = "a # b"\n', {MODEL: "m"}, '[defaults]\nmodel = "m"\n', id="what looks like a comment"
    ),
    pytest.param(
        '[ui]\nmodel = "x"\n[defaults]\nmodel = "old"\n',
        {MODEL: "m"},
        '[ui]\nmodel = "x"\n[defaults]\nmodel = "m"\n',
        id="the same name elsewhere",
    ),
    pytest.param(
        '[defaults]\nmodel_name = 1\nmodel = "old"\n',
        {MODEL: "m"},
        '[defaults]\nmodel_name = 1\nmodel = "m"\n',
        id="a longer name",
    ),
    pytest.param(
        "",
        {("providers", "a.b", "base_url"): "http://x", MODEL: 'say "hi"'},
        '[providers."a.b"]\nbase_url = "http://x"\n\n[defaults]\nmodel = "say \\"hi\\""\n',
        id="several, in quotes",
    ),
    pytest.param(
        '[defaults]\nsystem = "a\u2028b"\n',
        {MODEL: "m"},
        '[defaults]\nmodel = "m"\nsystem = "a\u2028b"\n',
        id="U+2028 is no newline",
    ),
]


@pytest.mark.parametrize(("text", "values", "changed"), EDITS)
def test_only_what_is_meant_changes(text: str, values: Mapping[Name, object], changed: str) -> None:
    assert with_values(text, values) == changed


UNTOUCHABLE = [
    pytest.param("defaults = [", id="not TOML"),
    pytest.param("defaults = { log = true }\n", id="an inline table"),
    pytest.param("defaults = 5\n", id="no table at all"),
    pytest.param("defaults.log = true\n", id="dotted keys"),
    pytest.param("[ defaults ]\nlog = true\n", id="spaces in the header"),
    pytest.param('[defaults]\nmodel = """\nold"""\n', id="a value of several lines"),
    pytest.param('[defaults]\n"model" = "old"\n', id="a name in quotes"),
    pytest.param('[ui]\ntheme = """\n[defaults]\n"""\n', id="what looks like a section"),
    pytest.param("[[defaults]]\nlog = true\n", id="a list of tables"),
    pytest.param("[defaults.model]\nx = 1\n[defaults]\nlog = true\n", id="a table under the same name"),
]


@pytest.mark.parametrize("text", UNTOUCHABLE)
def test_what_would_change_more_is_not_done(text: str) -> None:
    assert with_values(text, {MODEL: "m"}) is None


names = st.sampled_from(["a", "b", "c d", 'e"', "f.g"])
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
simple: st.SearchStrategy[Any] = st.one_of(st.booleans(), st.integers(-99, 99), texts, st.lists(texts, max_size=2))
files = st.lists(
    st.sampled_from(
        [
            "[a]",
            "[b] # x",
            "[a.b]",
            "[[c]]",
            "a = 1",
            'b = "x" # y',
            "# c",
            "",
            'a = """',
            '"""',
            "a.b = 2",
            "b = [",
            "]",
        ]
    ),
    max_size=8,
).map("\n".join)


def put(table: dict[str, Any], name: Name, value: object) -> dict[str, Any]:
    inner = table
    for part in name[:-1]:
        inner = inner.setdefault(part, {})
    inner[name[-1]] = value
    return table


@given(files, st.tuples(names, names) | st.tuples(names, names, names), simple)
def test_the_result_says_what_the_file_said_and_the_value(text: str, name: Name, value: object) -> None:
    changed = with_values(text, {name: value})

    if changed is not None:
        assert tomllib.loads(changed) == put(tomllib.loads(text), name, value)
        kept = [line for line in text.splitlines() if line.strip()]
        assert sum(line not in changed.splitlines() for line in kept) <= 1


def test_a_value_within_another_value_is_refused() -> None:
    assert with_values('a = """\n[a]\n[a]\na = """', {("a", "a"): False}) is None


@given(st.dictionaries(st.tuples(names, names), simple, max_size=4))
def test_any_values_can_be_written_into_an_empty_file_and_written_again(values: dict[Name, object]) -> None:
    written = with_values("", values)

    assert written is not None
    assert with_values(written, values) == written
