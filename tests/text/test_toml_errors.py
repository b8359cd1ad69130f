"""What the TOML parser says is said in the user's language, whatever the file's mistake."""

from __future__ import annotations

import tomllib

import pytest

from chatcli.language import speaking
from chatcli.text.toml_errors import toml_complaint

MISTAKES = [
    'a = "x\n',
    'a = "x',
    "a = 1\na = 2",
    "[a]\n[a]",
    "a = {}\n[a.b]",
    "a = {x = 1, x = 2}",
    "a = {x = 1",
    "a = [1",
    'a = "\\q"',
    'a = "\\uD800"',
    'a = "\\u12"',
    "a",
    "[a",
    "[[a]",
    "a = 1 b = 2",
    "a = ",
    "a = 2024-99-99",
    "= 1",
    "*",
    "a = 1\n[[a]]",
    "a = '''x",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_each_complaint_is_known(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = str(caught.value).rpartition(" (at ")[0]

    assert toml_complaint(said) == said
    with speaking("zh"):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in toml_complaint(said)), said
        assert "{" not in toml_complaint(said)
