"""What the package carries counts as tiktoken does, from files that are what was published."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiktoken_ext.openai_public as published
from hypothesis import given
from hypothesis import strategies as st

from chatcli.usage import vocabularies
from chatcli.usage.vocabularies import (
    MOST_COUNTED_CHARS,
    PIECE_CHARS,
    VOCABULARIES,
    count_tokens,
    encoding,
    encoding_name,
    split_pieces,
)
from tests.tooling.vocabularies import pack

NAMES = sorted(VOCABULARIES)


@pytest.mark.parametrize("name", NAMES)
def test_a_vocabulary_is_defined_as_tiktoken_defines_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where the ranks come from is different, and their hash is the same."""
    asked: list[str] = []

    def load(_address: str, expected_hash: str) -> dict[bytes, int]:
        asked.append(expected_hash)
        return {}

    monkeypatch.setattr(published, "load_tiktoken_bpe", load)
    theirs = published.ENCODING_CONSTRUCTORS[name]()

    ours = VOCABULARIES[name]
    assert (ours.pattern, ours.marks, [ours.sha256]) == (theirs["pat_str"], theirs["special_tokens"], asked)


SEEDS = {
    "english": "The quick brown fox jumps over the lazy dog. Don't they'll WE'VE it's.",
    "chinese": "法国的首都是巴黎。今天天气很好，我们去公园散步吧！",
    "japanese": "吾輩は猫である。名前はまだ無い。カタカナも、ひらがなも。",
    "korean": "안녕하세요, 만나서 반갑습니다. 오늘 날씨가 좋네요.",
    "thai": "สวัสดีครับ วันนี้อากาศดีมาก",
    "hindi": "नमस्ते दुनिया, आप कैसे हैं?",
    "arabic": "مرحبا بالعالم، كيف حالك اليوم؟",
    "hebrew": "שלום עולם, מה שלומך?",
    "russian": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "emoji": "👨‍👩‍👧‍👦 👍🏽 🇫🇷 🏳️‍🌈 é́ ﷽",
    "code": "def f(x: int) -> str:\n    return f'{x!r}'  # why\n\n\tif (a&&b||!c) { i++; }\n",
    "marks": "<|endoftext|><|fim_prefix|> <|im_start|>user<|endofprompt|>",
    "NUL": "\0a\0\0b\x7f\x1b[31m",
    "white space": "  a \n\n \t b\r\n\r\n   c   \n",
    "numbers": "3.14159 1234567890 1e-9 ½ ٣٤٥ 二〇二六",
    "punctuation": '?!?!... --- *** /// \\\\ "\'" ‘’ “” «» — …\n/path/to\n//x',
}
TEXTS = {
    f"{name}, {form}": text
    for name, seed in SEEDS.items()
    for form, text in {
        "once": seed,
        "among spaces": f"  {seed}   {seed} ",
        "many times": seed * 40,
        "longer than a piece": f"{seed} and so on,\n" * (2 * PIECE_CHARS // len(seed)),
    }.items()
}


@pytest.mark.parametrize("name", NAMES)
def test_counts_equal_those_of_tiktoken_for_the_whole(name: str) -> None:
    encode = encoding(name).encode

    for title, text in TEXTS.items():
        assert count_tokens(text, encode) == len(encode(text, disallowed_special=())), title


@pytest.mark.parametrize(("name", "numbers"), [("cl100k_base", [9906, 0]), ("o200k_base", [13225, 0])])
def test_the_numbers_are_those_of_the_published_vocabularies(name: str, numbers: list[int]) -> None:
    assert encoding(name).encode("Hello!") == numbers


@given(st.lists(st.sampled_from([" ", "a", "漢", ".", "'", "\n", "7", "s", "/", "́"]), max_size=40).map("".join))
def test_a_cut_between_words_changes_no_count(text: str) -> None:
    encode = encoding("o200k_base").encode
    for match in vocabularies._WORD_END.finditer(text):
        parts = text[: match.start()], text[match.start() :]

        assert sum(len(encode(part)) for part in parts) == len(encode(text))


@pytest.mark.parametrize("text", [" " * 1_000_000, "x" * 60_000, "漢" * 60_000, "a b" * 40_000, ""])
def test_pieces_are_short_and_make_the_whole(text: str) -> None:
    cut = list(split_pieces(text))

    assert "".join(cut) == text
    assert all(0 < len(piece) <= PIECE_CHARS for piece in cut)


def test_a_million_spaces_are_counted() -> None:
    assert 0 < count_tokens(" " * 1_000_000, encoding("o200k_base").encode) <= 1_000_000


@pytest.mark.parametrize("times", [2.5, 25])
def test_of_a_flood_a_part_is_counted(times: float) -> None:
    """What no window can hold need not be counted to the last token."""
    words = "".join(f"{number:x} and {number} words\n" for number in range(100_000))
    text = (words * int(MOST_COUNTED_CHARS * times / len(words) + 1))[: int(MOST_COUNTED_CHARS * times)]
    sizes: list[int] = []

    def encode(piece: str, **_options: object) -> list[int]:
        sizes.append(len(piece))
        return [0] * piece.count(" ")

    counted = count_tokens(text, encode)

    assert sum(sizes) <= MOST_COUNTED_CHARS + PIECE_CHARS
    assert counted == pytest.approx(text.count(" "), rel=0.02)


ENCODINGS = [
    ("gpt-4o-mini", "o200k_base"),
    ("gpt-4.5-preview", "o200k_base"),
    ("gpt-6-luna", "o200k_base"),
    ("openai/gpt-6-astra", "o200k_base"),
    ("azure/gpt-4", "cl100k_base"),
    ("openai/gpt-4:free", "cl100k_base"),
    ("o3-mini", "o200k_base"),
    ("gpt-4-turbo", "cl100k_base"),
    ("ft:gpt-3.5-turbo:me::1", "cl100k_base"),
    ("gpt-35-turbo", "cl100k_base"),
    ("gpt-oss-120b", "o200k_base"),
    ("text-davinci-003", "o200k_base"),
    ("llama3", "o200k_base"),
    ("", "o200k_base"),
]


@pytest.mark.parametrize(("model", "name"), ENCODINGS, ids=[model or "none" for model, _ in ENCODINGS])
def test_models_have_their_encoding(model: str, name: str) -> None:
    assert encoding_name(model) == name


def test_only_what_was_published_is_packed(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.tiktoken").write_bytes(b"YQ== 0\n")

    with pytest.raises(ValueError, match="not the file that was published"):
        pack(tmp_path, tmp_path)
