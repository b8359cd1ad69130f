"""Loads the packaged vocabularies into tiktoken; nothing is ever downloaded.

tiktoken itself downloads a vocabulary on first use, without a timeout, into a folder that others may write. Here the
files are packaged with the code, and each is verified by its hash before use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.records import frozen
from chatcli.text.patterns import pattern

if TYPE_CHECKING:
    from tiktoken import Encoding

FOLDER = Path(__file__).parent.parent / "data"
UNKNOWN = "o200k_base"  # model families with their own vocabulary are closest to the newest and largest one
PIECE_CHARS = 25_000  # at most 100 kB: a million spaces at once make every version of tiktoken panic
MOST_COUNTED_CHARS = 2_000_000  # of one text, no more than windows hold; it takes half a second

# After a letter or a digit these start a new word in both patterns, whatever follows: split here, the parts have the
# same tokens as the whole. An apostrophe is not included ("don't" is one word in one of the patterns).
_WORD_END = pattern(r"(?<=[^\W_])[ \n,.;:!?()\"，。、；：！？]")


@frozen
class Vocabulary:
    """The parts of an encoding besides its ranks: how to split text into words, and special tokens with their ids."""

    sha256: str
    pattern: str
    marks: Mapping[str, int]


VOCABULARIES: Mapping[str, Vocabulary] = {
    "o200k_base": Vocabulary(
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        "|".join(
            [
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                r"\p{N}{1,3}",
                r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
                r"\s*[\r\n]+",
                r"\s+(?!\S)",
                r"\s+",
            ]
        ),
        {"<|endoftext|>": 199_999, "<|endofprompt|>": 200_018},
    ),
    "cl100k_base": Vocabulary(
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
        r"|\s+(?!\S)|\s",
        {
            "<|endoftext|>": 100_257,
            "<|fim_prefix|>": 100_258,
            "<|fim_middle|>": 100_259,
            "<|fim_suffix|>": 100_260,
            "<|endofprompt|>": 100_276,
        },
    ),
}


class DamagedVocabularyError(Exception):
    """A packaged vocabulary is missing or damaged."""


def encoding_name(model: str) -> str:
    """Return the name of the closest vocabulary for *model*: tiktoken's choice first, then ours.

    Imports tiktoken, so call it only before counting.
    """
    return known_encoding_name(model) or UNKNOWN


def known_encoding_name(model: str) -> str | None:
    """Return the name of the known vocabulary of *model*, None if unknown or not packaged."""
    from tiktoken.model import encoding_name_for_model

    bare = model.rpartition("/")[2].partition(":")[0] if not model.startswith("ft:") else model
    try:
        name = encoding_name_for_model(bare)
    except KeyError:
        return None
    return name if name in VOCABULARIES else None


@cache
def encoding(name: str, folder: Path = FOLDER) -> Encoding:
    """Return the encoding *name*, loaded once: 20 ms for tiktoken, 140 to 250 ms and 50 to 85 MB for the vocabulary.

    Raises DamagedVocabularyError if the file is missing or damaged.
    """
    from tiktoken import Encoding

    known = VOCABULARIES[name]
    ranks = _ranks(_raw(folder / f"{name}.tiktoken.xz", known.sha256))
    return Encoding(name, pat_str=known.pattern, mergeable_ranks=ranks, special_tokens=dict(known.marks))


def count_tokens(text: str, encode: Callable[..., list[int]]) -> int:
    """Count the tokens of *text* with *encode*, which treats names of special tokens as plain text.

    Of a text beyond MOST_COUNTED_CHARS pieces are counted, spread evenly over it, and the sum is scaled up. Raises
    whatever *encode* raises; a tiktoken panic is not an Exception.
    """
    if len(text) <= MOST_COUNTED_CHARS:
        return sum(len(encode(piece, disallowed_special=())) for piece in split_pieces(text))
    step = PIECE_CHARS * len(text) // MOST_COUNTED_CHARS
    samples = [text[start : start + PIECE_CHARS] for start in range(0, len(text), step)]
    counted = sum(len(encode(sample, disallowed_special=())) for sample in samples)
    return counted * len(text) // sum(map(len, samples))


def split_pieces(text: str) -> Iterator[str]:
    """Split *text* into parts of at most PIECE_CHARS, between words if possible."""
    start = 0
    while len(text) - start > PIECE_CHARS:
        end = _word_end(text, start)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _word_end(text: str, start: int) -> int:
    limit = start + PIECE_CHARS
    for near in (limit - 1_000, start + 1):  # most texts have a word boundary nearby
        ends = [match.start() for match in _WORD_END.finditer(text, near, limit)]
        if ends:
            return ends[-1]
    return limit


def _raw(file: Path, sha256: str) -> bytes:
    import hashlib
    import lzma

    try:
        raw = lzma.decompress(file.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise DamagedVocabularyError(str(file)) from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DamagedVocabularyError(str(file))
    return raw


def _ranks(raw: bytes) -> dict[bytes, int]:
    from binascii import a2b_base64

    lines = (line.split() for line in raw.splitlines() if line)
    return {a2b_base64(token): int(rank) for token, rank in lines}
