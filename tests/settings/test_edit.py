"""A settings file is changed in the one place that is meant, or not at all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.settings.edit import with_values, without
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
        '# mine\n[defaults] # of all\n  model   = "m"  # the best\n',
        id="layout and comments stay",
    ),
    pytest.param(
        '[defaults]\n# a = 1\n#model = "old"\n',
        {MODEL: "m"},
        '[defaults]\n# a = 1\n#model = "old"\nmodel = "m"\n',
        id="below its commented-out line",
    ),
    pytest.param(
        '[defaults]\n#a = 1\n#[providers.x]\n#model = ""\n[ui]\n',
        {MODEL: "m"},
        '[defaults]\nmodel = "m"\n#a = 1\n#[providers.x]\n#model = ""\n[ui]\n',
        id="not below that of another section",
    ),
    pytest.param(
        "[defaults]\nlog = true\n\n# about ui\n[ui]\n",
        {MODEL: "m"},
        '[defaults]\nmodel = "m"\nlog = true\n\n# about ui\n[ui]\n',
        id="not below the comment of the next section",
    ),
    pytest.param(
        "[defaults]\r\nlog = true\r\n", {MODEL: "m"}, '[defaults]\r\nmodel = "m"\r\nlog = true\r\n', id="CRLF"
    ),
    pytest.param(
        "defaults = {log = true}\n", {MODEL: "m"}, 'defaults = {log = true, model = "m"}\n', id="an inline table"
    ),
    pytest.param(
        "defaults.log = true\n", {MODEL: "m"}, 'defaults.log = true\ndefaults.model = "m"\n', id="dotted keys"
    ),
    pytest.param(
        "[ defaults ]\nlog = true\n", {MODEL: "m"}, '[ defaults ]\nmodel = "m"\nlog = true\n', id="spaces in the header"
    ),
    pytest.param(
        '[defaults]\nmodel = """\nold""" # c\n', {MODEL: "m"}, '[defaults]\nmodel = "m" # c\n', id="several lines"
    ),
    pytest.param('[defaults]\n"model" = "old"\n', {MODEL: "m"}, '[defaults]\n"model" = "m"\n', id="a name in quotes"),
    pytest.param(
        '[ui]\ntheme = """\n[defaults]\n"""\n',
        {MODEL: "m"},
        '[ui]\ntheme = """\n[defaults]\n"""\n\n[defaults]\nmodel = "m"\n',
        id="what looks like a section",
    ),
    pytest.param(
        "[models.x.params]\ntop_p = 1\n# next\n[ui]\n",
        {("models", "x", "params", "seed"): 7},
        "[models.x.params]\nseed = 7\ntop_p = 1\n# next\n[ui]\n",
        id="an entry of a table with a section",
    ),
    pytest.param(
        "[models.x]\nparams = {top_p = 1} # mine\n",
        {("models", "x", "params", "seed"): 7},
        "[models.x]\nparams = {top_p = 1, seed = 7} # mine\n",
        id="an entry of an inline table",
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


def tighten(text: str | None) -> str:
    """Remove the spaces within braces, where releases of tomlkit differ."""
    assert text is not None
    return re.sub(r" *([{},]) *", r"\1", text)


@pytest.mark.parametrize(("text", "values", "changed"), EDITS)
def test_only_what_is_meant_changes(text: str, values: Mapping[Name, object], changed: str) -> None:
    assert tighten(with_values(text, values)) == tighten(changed)


UNTOUCHABLE = [
    pytest.param("defaults = [", id="not TOML"),
    pytest.param("defaults = 5\n", id="no table at all"),
    pytest.param("[[defaults]]\nlog = true\n", id="a list of tables"),
    pytest.param("[defaults.model]\n# mine\nx = 1\n", id="a table with a comment under the same name"),
]


@pytest.mark.parametrize("text", UNTOUCHABLE)
def test_what_would_change_more_is_not_done(text: str) -> None:
    assert with_values(text, {MODEL: "m"}) is None


REMOVALS = [
    pytest.param(
        '# m\n[defaults]\nmodel = "x" # c\nlog = true\n', MODEL, "# m\n[defaults]\nlog = true\n", id="a value"
    ),
    pytest.param('defaults = {log = true, model = "x"}\n', MODEL, "defaults = {log = true}\n", id="of an inline table"),
    pytest.param('defaults.model = "x"\ndefaults.log = true\n', MODEL, "defaults.log = true\n", id="a dotted key"),
    pytest.param(
        "[models.x]\ncontext = 1\n[models.x.params]\nseed = 1\n\n# about ui\n[ui]\nascii = true\n",
        ("models", "x"),
        "\n# about ui\n[ui]\nascii = true\n",
        id="a section and those below it, not the comment of the next",
    ),
    pytest.param("[models]\nx = { context = 1 }\n", ("models", "x"), "", id="an inline table"),
    pytest.param("a = 1\n\n[ui]\nx = 1\n\n[b]\ny = 1\n", ("ui", "x"), "a = 1\n\n[b]\ny = 1\n", id="the last value"),
    pytest.param("a = 1\n\n[ui]\nx = 1\n", ("ui", "x"), "a = 1\n", id="of the last section"),
    pytest.param("[ui]\n# x of old\nx = 1\n", ("ui", "x"), "[ui]\n# x of old\n", id="a section with comments stays"),
    pytest.param("# about ui\n[ui]\nx = 1\n", ("ui", "x"), "# about ui\n", id="a comment outside stays"),
    pytest.param("[m.x]\nc = 1\n[m.x.params]\ns = 1\n", ("m", "x", "params", "s"), "[m.x]\nc = 1\n", id="below"),
    pytest.param("[m.x]\n[m.x.params]\ns = 1\n", ("m", "x", "params", "s"), "", id="and those around it"),
    pytest.param("[m.x]\nc = 1\nparams = {s = 1}\n", ("m", "x", "params", "s"), "[m.x]\nc = 1\n", id="in a line"),
    pytest.param("m.x.c = 1\n", ("m", "x", "c"), "", id="dotted keys"),
]


@pytest.mark.parametrize(("text", "name", "changed"), REMOVALS)
def test_only_what_is_named_is_removed(text: str, name: Name, changed: str) -> None:
    assert tighten(without(text, name)) == tighten(changed)


def tables(document: dict[str, Any], around: Name = ()) -> set[Name]:
    """Return the names of the tables in *document* in which nothing is left."""
    inner = {(*around, key): value for key, value in document.items() if isinstance(value, dict)}
    return {name for name, value in inner.items() if not value}.union(*(tables(v, n) for n, v in inner.items()))


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
        of_value = 2 if '"""' in text else 1
        assert sum(line not in changed.splitlines() for line in kept) <= of_value


@given(files, st.tuples(names, names) | st.tuples(names, names, names), simple)
def test_what_is_set_and_removed_leaves_no_empty_table(text: str, name: Name, value: object) -> None:
    changed = with_values(text, {name: value})

    if changed is not None and "#" not in text and (bare := without(changed, name)) is not None:
        assert tables(tomllib.loads(bare)) <= tables(tomllib.loads(text))


def test_a_value_within_another_value_is_refused() -> None:
    assert with_values('a = """\n[a]\n[a]\na = """', {("a", "a"): False}) is None


@given(st.dictionaries(st.tuples(names, names), simple, max_size=4))
def test_any_values_can_be_written_into_an_empty_file_and_written_again(values: dict[Name, object]) -> None:
    written = with_values("", values)

    assert written is not None
    assert with_values(written, values) == written


@given(files, st.tuples(names, names) | st.tuples(names, names, names), simple)
def test_a_new_value_can_be_removed_again(text: str, name: Name, value: object) -> None:
    changed = with_values(text, {name: value})

    if changed is not None and not isinstance(value, dict) and (removed := without(changed, name)) is not None:
        entry = name[-1]
        tables = [tomllib.loads(each) for each in (changed, removed)]
        for part in name[:-1]:
            tables = [table.get(part, {}) for table in tables]
        assert tables[1] == {key: held for key, held in tables[0].items() if key != entry}
