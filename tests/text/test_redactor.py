"""A known key never comes out, however the text is cut; everything else comes out untouched."""

import copy
import html
import json
import pickle
import re
from collections.abc import Callable
from itertools import combinations
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.records import frozen
from chatcli.text.redactor import MASK, Redactor, Secret, StreamRedactor
from tests.support.growth import is_linear

KEY = "sk-proj-Zk3_9xQ-7"
LONGER = KEY + "8d"
REPEATED = "abababab"


def redactor(*keys: str) -> Redactor:
    return Redactor([Secret(key) for key in keys])


def stream_all(stream: StreamRedactor, pieces: list[str]) -> str:
    return "".join([stream.feed(piece) for piece in pieces]) + stream.close()


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{!r}".format, lambda secret: f"{[secret]}"])
def test_secret_does_not_show_itself(shown) -> None:
    assert KEY not in shown(Secret(KEY))


def test_secret_reveals_its_text_and_compares_by_it() -> None:
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY) == Secret(KEY) != Secret(LONGER)
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY), Secret(LONGER)}) == 2


@pytest.mark.parametrize("leave", [pickle.dumps, copy.deepcopy])
def test_secret_is_not_copied_into_anything(leave) -> None:
    with pytest.raises(TypeError, match="secret"):
        leave(Secret(KEY))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"key {KEY}.", f"key {MASK}.", id="inside a sentence"),
        pytest.param(KEY + KEY, MASK + MASK, id="twice in a row"),
        pytest.param(LONGER, MASK, id="the longer of two that begin alike"),
        pytest.param(f"{KEY}8!", f"{MASK}8!", id="the shorter where the longer fails"),
        pytest.param(KEY[:5] + "\n" + KEY[5:], MASK, id="over two lines"),
        pytest.param("\r\n".join(KEY), MASK, id="a line a character"),
        pytest.param(KEY[:5] + "\n\n" + KEY[5:], KEY[:5] + "\n\n" + KEY[5:], id="a blank line parts it"),
        pytest.param(KEY[:-1], KEY[:-1], id="not all of it"),
        pytest.param("ababababab", f"{MASK}ab", id="overlapping itself"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_known_keys_are_masked(text: str, expected: str) -> None:
    assert redactor(KEY, LONGER, REPEATED).redact(text) == expected


def test_a_word_that_serves_as_key_is_not_masked() -> None:
    """Servers without accounts are given keys such as `ollama`, and answers speak of ollama."""
    assert redactor("ollama", "").redact("ask ollama") == "ask ollama"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Incorrect API key: sk-abc12345***9xyz.", f"Incorrect API key: {MASK}.", id="half masked by a server"
        ),
        pytest.param("authorization: BEARER  eyJhbGciOi.J9-x/==", f"authorization: BEARER  {MASK}", id="bearer"),
        pytest.param(
            "a task-management-system, disk-encryption", "a task-management-system, disk-encryption", id="words"
        ),
        pytest.param("the bearer of news", "the bearer of news", id="bearer as a word"),
    ],
)
def test_guessing_masks_what_looks_like_a_key(text: str, expected: str) -> None:
    assert redactor().redact(text, guess=True) == expected
    assert redactor().redact(text) == text


CORPUS = f"a {KEY}8 {LONGER}{KEY[:6]}\r\n{KEY[6:]} {KEY[:4]}\r x{KEY[:7]}\n\n{KEY} abababab{KEY[:3]}"


def test_every_pair_of_cuts_gives_the_same() -> None:
    known = redactor(KEY, LONGER, REPEATED)
    whole = known.redact(CORPUS)

    for one, two in combinations(range(len(CORPUS) + 1), 2):
        pieces = [CORPUS[:one], CORPUS[one:two], CORPUS[two:]]
        assert stream_all(known.stream(), pieces) == whole, pieces


@given(st.text("ab\r\nx", max_size=60), st.data())
def test_any_cut_gives_the_same_for_keys_that_repeat_themselves(text: str, data: st.DataObject) -> None:
    known = redactor("abaababa", "aababaab", "bbbbbbbbb")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))

    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert stream_all(known.stream(), pieces) == known.redact(text)


@given(st.text("ab\r\nx", max_size=40))
def test_only_the_beginning_of_a_key_is_held_back(text: str) -> None:
    key = "abaababa"
    stream = redactor(key).stream()

    out = stream.feed(text)

    held = redactor(key).redact(text).removeprefix(out)
    letters = held.replace("\r", "").replace("\n", "")
    assert out + held == redactor(key).redact(text)
    assert key.startswith(letters)
    assert not held or letters
    assert stream.close() == held


def test_what_follows_a_key_is_not_held_back_with_it() -> None:
    """The end of the first key might have begun the second: once it is masked, it does not."""
    stream = redactor("aaaabbbb", "bbbbccccc").stream()

    assert stream.feed("aaaabbbbcc") == f"{MASK}cc"


def test_a_key_that_is_broken_after_every_character_is_found_letter_by_letter() -> None:
    broken = "\r\n".join(LONGER)

    assert stream_all(redactor(LONGER).stream(), list(f"x{broken}y")) == f"x{MASK}y"


def test_without_keys_nothing_is_held_back() -> None:
    assert redactor().stream().feed(KEY) == KEY


def test_held_text_comes_out_at_the_end() -> None:
    stream = redactor(KEY).stream()

    assert stream.feed(f"x{KEY[:-1]}") == "x"
    assert stream.close() == KEY[:-1]
    assert stream.close() == ""


def test_time_grows_with_the_text_and_not_with_its_square() -> None:
    """One-character pieces of the text that is worst for us: beginnings of the key, again and again."""

    def feed(size: int) -> None:
        stream = redactor("a" * 60 + "b").stream()
        for _ in range(size):
            stream.feed("a")

    assert is_linear(feed, 500, times=8)


ESCAPING_KEY = "a\"b\\c/d&e<f>'g+h%i=j:k"
QUOTERS: dict[str, Callable[[str], str]] = {
    "json": lambda key: json.dumps({"said": f"it is {key}."}),
    "json with slashes escaped": lambda key: json.dumps(key).replace("/", "\\/"),
    "address": quote,
    "address, all of it": lambda key: quote(key, safe=""),
    "address, in small letters": lambda key: re.sub("%..", lambda code: code[0].lower(), quote(key, safe="")),
    "HTML": html.escape,
    "HTML, text only": lambda key: html.escape(key, quote=False),
    "HTML, decimal": lambda key: html.escape(key).replace("&#x27;", "&#39;"),
}


@pytest.mark.parametrize("quoter", QUOTERS)
@pytest.mark.parametrize("key", [KEY, ESCAPING_KEY], ids=["plain", "escaped"])
def test_a_key_is_known_however_it_is_quoted(key: str, quoter: str) -> None:
    quoted = QUOTERS[quoter](key)

    masked = redactor(key).redact(quoted)

    assert MASK in masked
    assert key[:-4] not in masked
    assert quoted[-12:-4] not in masked


@frozen
class Held:
    text: str
    count: int
    inner: object = None


def test_texts_are_masked_in_whatever_holds_them() -> None:
    value = [{KEY: (f"a {KEY}", 5, None)}, Held(f"{KEY}.", 7, Held("fine", 1, {"x": [KEY]}))]

    assert redactor(KEY).redact_values(value) == [
        {MASK: (f"a {MASK}", 5, None)},
        Held(f"{MASK}.", 7, Held("fine", 1, {"x": [MASK]})),
    ]


def test_what_holds_no_key_is_the_same_object() -> None:
    value = [{"a": ("b", 5)}, Held("c", 7, Held("d", 1))]

    assert redactor(KEY).redact_values(value) is value
    assert redactor(KEY).redact_values(value[1]) is value[1]
