"""How many, how a sentence begins, and what is left of a long text."""

import pytest

from chatcli.language import speaking
from chatcli.text.phrases import capitalize, join_sentences, join_words, one_line, punctuate, shorten, shorten_middle


def test_sentences_that_are_empty_leave_no_gap():
    assert join_sentences("New chat.", "", "2 attachments removed.") == "New chat. 2 attachments removed."
    assert join_sentences("", "") == ""


@pytest.mark.parametrize(("words", "shown"), [("", ""), ("über", "Über"), ("iPhone is", "IPhone is"), ("日本", "日本")])
def test_a_sentence_begins_with_a_capital(words: str, shown: str) -> None:
    assert capitalize(words) == shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("cannot read it", "Cannot read it."),
        ("did you mean `x`?", "Did you mean `x`?"),
        ("It is done.", "It is done."),
        ("and so on…", "And so on…"),
    ],
)
def test_a_sentence_ends_with_one_mark(words: str, sentence: str) -> None:
    assert punctuate(words) == sentence


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("abcde", "abcde"),
        ("abcdef", "abcd…"),
        ("abc  def", "abc…"),
        ("日本語日本", "日本語日本"),
        ("日本語日本語", "日本語日…"),
    ],
)
def test_a_long_text_loses_its_end(text: str, short: str) -> None:
    assert shorten(text, 5) == short


@pytest.mark.parametrize(("path", "short"), [("/a/b/c", "/a/b/c"), ("/home/someone/file", "/ho…ile")])
def test_a_long_path_loses_its_middle(path: str, short: str) -> None:
    assert shorten_middle(path, 7) == short


def test_a_line_has_single_spaces() -> None:
    assert one_line("  a\tb\n\n c\u3000d ") == "a b c d"


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")], ids=len
)
def test_lists_read_like_sentences(words: list[str], text: str) -> None:
    assert join_words(words) == text


def test_a_name_at_the_start_of_a_chinese_sentence_keeps_its_letters() -> None:
    assert punctuate("mcp.json is missing") == "Mcp.json is missing."
    with speaking("zh"):
        assert punctuate("mcp.json 不存在") == "mcp.json 不存在。"
