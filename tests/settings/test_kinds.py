"""Each kind of value: what it takes, from TOML and from text, and the words it refuses the rest with."""

from typing import Any, get_args, get_origin, get_type_hints

import pytest

from chatcli.settings.definition import SECTIONS, SETTINGS, find_setting, is_table
from chatcli.settings.kinds import (
    FLAG,
    HEADERS,
    TABLE,
    TEXT,
    URL,
    VARIABLE,
    WORDS,
    ValueKind,
    choice_kind,
    choice_or_path_kind,
    number_kind,
    whole_kind,
)
from chatcli.settings.names import WrongValueError
from chatcli.settings.option import About

EDGE = choice_kind("auto", "light", "dark")
EDGE_OR_FILE = choice_or_path_kind("auto", "light", "dark", what="a theme file")


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        pytest.param(TEXT, "x", "x", id="text"),
        pytest.param(FLAG, False, False, id="flag"),
        pytest.param(whole_kind(0, 9), 9, 9, id="largest whole number"),
        pytest.param(number_kind(0.5), 0.5, 0.5, id="least number"),
        pytest.param(number_kind(0), 3, 3, id="a whole number is a number"),
        pytest.param(EDGE, "dark", "dark", id="choice"),
        pytest.param(EDGE_OR_FILE, "dark", "dark", id="choice before path"),
        pytest.param(EDGE_OR_FILE, "~/x.ini", "~/x.ini", id="path"),
        pytest.param(WORDS, ["pass", ""], ("pass", ""), id="words"),
        pytest.param(WORDS, [], (), id="no words"),
        pytest.param(TABLE, {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, id="table"),
        pytest.param(HEADERS, {"X-Title": "chat, ok"}, {"X-Title": "chat, ok"}, id="headers"),
        pytest.param(VARIABLE, "WORK_KEY", "WORK_KEY", id="variable"),
        pytest.param(VARIABLE, "", "", id="no variable"),
        pytest.param(URL, " https://a.example/v1/ ", "https://a.example/v1", id="address"),
        pytest.param(URL, "", "", id="no address"),
    ],
)
def test_right_values_are_kept(kind: ValueKind, value: object, kept: object) -> None:
    assert kind.check(value) == kept


@pytest.mark.parametrize(
    ("kind", "value", "must"),
    [
        pytest.param(TEXT, 3, "string in quotes", id="number for text"),
        pytest.param(FLAG, "true", "true or false", id="quoted flag"),
        pytest.param(FLAG, 1, "true or false", id="number for a flag"),
        pytest.param(whole_kind(0), True, "a whole number, 0 or more", id="flag for a number"),
        pytest.param(whole_kind(0), 1.0, "a whole number", id="fraction"),
        pytest.param(whole_kind(0, 9), 10, "0 to 9", id="too large"),
        pytest.param(number_kind(0), -0.1, "a number, 0 or more", id="too small"),
        pytest.param(number_kind(0), float("nan"), "a number", id="not a number"),
        pytest.param(number_kind(0), float("inf"), "a number", id="infinite"),
        pytest.param(number_kind(0), True, "a number", id="flag for a fraction"),
        pytest.param(EDGE, ["dark"], "auto, light or dark", id="list for a choice"),
        pytest.param(WORDS, "pass openai", "list of strings", id="one text for words"),
        pytest.param(WORDS, ["pass", 3], "list of strings", id="number among words"),
        pytest.param(WORDS, ["", "x"], "name of a program", id="no program"),
        pytest.param(TABLE, [1], "a table", id="list for a table"),
        pytest.param(TABLE, {"a": float("inf")}, "JSON", id="infinite in a table"),
        pytest.param(TABLE, {"a": [object()]}, "JSON", id="a date deep in a table"),
        pytest.param(
            TABLE, {"messages": [], "stream": True}, "not contain messages or stream", id="what chat sets itself"
        ),
        pytest.param(HEADERS, {"X": 1}, "table of strings", id="number in headers"),
        pytest.param(HEADERS, {"X": "a\r\nHost: evil"}, "valid header", id="header injection"),
        pytest.param(HEADERS, {"X Y": "a"}, "valid header", id="space in a header's name"),
        pytest.param(URL, 3, "string in quotes", id="number for an address"),
    ],
)
def test_wrong_values_are_refused_in_words(kind: ValueKind, value: object, must: str) -> None:
    with pytest.raises(WrongValueError, match=must):
        kind.check(value)


@pytest.mark.parametrize("header", ["Authorization", "API-Key", "x-api-key"])
def test_headers_hold_no_keys(header: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        HEADERS.check({header: "secret"})

    assert caught.value.private
    assert "key store" in caught.value.hint


@pytest.mark.parametrize("key", ["sk-proj-abc", "8d2f4a6b8c0d2e4f6a8b0c2d4e6f", "a b", "$OPENAI_API_KEY"])
def test_a_key_in_place_of_its_variable_is_not_repeated(key: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        VARIABLE.check(key)

    assert caught.value.private
    assert key not in f"{caught.value.must} {caught.value.hint}"


def test_near_choice_is_proposed() -> None:
    with pytest.raises(WrongValueError) as caught:
        EDGE.check("drak")

    assert caught.value.hint == 'did you mean "dark"?'


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        pytest.param(TEXT, "true", "true", id="text stays text"),
        pytest.param(FLAG, " Yes ", True, id="yes"),
        pytest.param(FLAG, "0", False, id="zero"),
        pytest.param(FLAG, "maybe", "maybe", id="no flag"),
        pytest.param(whole_kind(0), "12", 12, id="whole"),
        pytest.param(number_kind(0), "0.5", 0.5, id="fraction"),
        pytest.param(number_kind(0), "much", "much", id="no number"),
        pytest.param(EDGE, " dark ", "dark", id="choice"),
        pytest.param(WORDS, "pass 'my key'", ["pass", "my key"], id="words as a shell has them"),
        pytest.param(WORDS, '["pass", "a b"]', ["pass", "a b"], id="words as a list"),
        pytest.param(WORDS, "it's", "it's", id="open quote"),
        pytest.param(TABLE, '{"a": 1}', {"a": 1}, id="table"),
        pytest.param(TABLE, "[" * 100_000, "[" * 100_000, id="bottomless table"),
    ],
)
def test_text_becomes_what_toml_would_have_given(kind: ValueKind, text: str, value: object) -> None:
    assert kind.from_text(text) == value


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: ".".join(setting.name))
def test_every_setting_is_whole(setting) -> None:
    """Type, kind and default agree, and the help is one line that fits."""
    about: About = setting.about
    annotation: Any = get_type_hints(SECTIONS[setting.name[0]])[setting.name[-1]]

    sample = about.kind.check(about.sample if setting.default is None else setting.default)

    assert isinstance(sample, _types(annotation))
    assert setting.default is None or sample == setting.default
    assert about.help
    assert "\n" not in about.help
    assert not about.help.endswith(".")
    assert "user" in about.by


def _types(annotation: Any) -> tuple[type, ...]:
    from collections.abc import Mapping

    if annotation is float or float in get_args(annotation):
        return (float, int)
    origin = get_origin(annotation)
    if origin is None:
        return (annotation,)
    return {tuple: (tuple,), Mapping: (Mapping,)}.get(origin, (str,))


def test_a_project_may_set_three_things() -> None:
    assert [".".join(setting.name) for setting in SETTINGS if "project" in setting.about.by] == [
        "defaults.model",
        "defaults.system",
        "defaults.temperature",
    ]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        pytest.param((), True, id="the file itself"),
        pytest.param(("ui",), True, id="section"),
        pytest.param(("models", "gpt-x.1"), True, id="one of many"),
        pytest.param(("ui", "theme"), False, id="setting"),
        pytest.param(("models", "x", "params"), False, id="setting that is a table"),
        pytest.param(("nonsense",), False, id="unknown"),
    ],
)
def test_tables_are_told_from_settings(name: tuple[str, ...], table: bool) -> None:
    assert is_table(name) is table


def test_names_with_a_name_inside_are_found() -> None:
    assert find_setting(("models", "gpt-x.1", "context"))
    assert find_setting(("models", "context")) is None
    assert find_setting(("ui", "theme", "x")) is None
    assert find_setting(()) is None
