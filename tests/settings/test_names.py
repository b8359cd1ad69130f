"""Names and values are written so that they can be read back."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.settings.names import dotted, format_for_message, split_dotted, to_toml

# TOML has no surrogates, and a control character other than \t must be escaped: that is what is put to the test.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_written_values_are_toml(value: object) -> None:
    assert tomllib.loads(f"x = {to_toml(value)}")["x"] == value


@given(st.lists(TEXTS.filter(str.isprintable), min_size=1, max_size=4).map(tuple))
def test_dotted_names_are_read_back(name: tuple[str, ...]) -> None:
    assert split_dotted(dotted(name)) == name


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", 'a."b', "a b", "a.b=c"])
def test_what_is_no_name_gives_the_empty_name(text: str) -> None:
    assert split_dotted(text) == ()


def test_names_need_quotes_only_around_dots_and_blanks() -> None:
    assert dotted(("models", "gpt-x", "context")) == "models.gpt-x.context"
    assert dotted(("models", "gpt-x.1", "context")) == 'models."gpt-x.1".context'


def test_long_values_are_cut_and_keys_masked_in_messages() -> None:
    assert len(format_for_message("x" * 1000)) == 60
    assert "abcdefgh" not in format_for_message({"a": "sk-abcdefgh12345"})
