"""How many tokens a message takes: a bound that costs nothing, and a count where the bound does not decide.

No byte-level token is shorter than a byte, so the bytes of a text bound its tokens from above, and most requests need
no tokenizer at all. The count is exact where tiktoken knows the model and its vocabulary lies on this machine already
(nothing is ever downloaded: tiktoken would wait for it without a limit); elsewhere it is an estimate on the safe side.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from chatcli.core.messages import ImagePart, Message
from chatcli.core.values import field, record, value

MESSAGE_TOKENS = 4  # role and separators: 3 or 4 in OpenAI's own counts
BOUND_OVERHEAD = 16  # templates of local models spell the role out, a byte a token at worst
IMAGE_TOKENS = 1100  # a picture of the largest size that is not scaled down, in tiles, rounded up
PIECE_CHARS = 100_000  # a million spaces make every version of tiktoken panic


@value
class Vocabulary:
    """Where tiktoken has a vocabulary from, and the hash of the whole file."""

    address: str
    sha256: str


VOCABULARIES: Mapping[str, Vocabulary] = {
    "o200k_base": Vocabulary(
        "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": Vocabulary(
        "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}


def bound(text: str) -> int:
    """Return the number of UTF-8 bytes: never fewer than tokens."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def estimate(text: str) -> int:
    """Return a cautious guess, a token for every three bytes: one for a Chinese character, one for three letters."""
    return -(-bound(text) // 3)


@record
class MessageCounter:
    """Counts messages with *count_text*, each distinct text once.

    *counts_reasoning* tells that past reasoning is sent back, as few endpoints want it.
    """

    count_text: Callable[[str], int] = estimate
    counts_reasoning: bool = False
    _counted: dict[str, int] = field(default_factory=dict)

    def bound(self, message: Message) -> int:
        """Return the most tokens that *message* can take."""
        return self._total(message, bound) + BOUND_OVERHEAD

    def count(self, message: Message) -> int:
        """Return the tokens of *message*; the estimate is cautious where the vocabulary is not known."""
        return self._total(message, self._once) + MESSAGE_TOKENS

    def _total(self, message: Message, count_text: Callable[[str], int]) -> int:
        reasoning = message.reasoning if self.counts_reasoning else ""
        texts = [message.text, message.refusal, reasoning, message.name or ""]
        texts += [text for call in message.tool_calls for text in (call.name, call.arguments)]
        images = sum(isinstance(part, ImagePart) for part in message.parts)
        return sum(count_text(text) for text in texts if text) + images * IMAGE_TOKENS

    def _once(self, text: str) -> int:
        if text not in self._counted:
            self._counted[text] = self.count_text(text)
        return self._counted[text]


def counter_for(
    model: str,
    environ: Mapping[str, str] = os.environ,
    *,
    counts_reasoning: bool = False,
    vocabularies: Mapping[str, Vocabulary] = VOCABULARIES,
) -> MessageCounter:
    """Return the best counter there is for *model* without going to the network."""

    @cache
    def chosen() -> Callable[[str], int]:
        # Looked for when the first text is counted, which most requests never come to.
        name = encoding_name(model)
        file = _file(vocabularies[name].address, environ) if name else None
        return _exact(name, file, vocabularies[name].sha256) if name and file else estimate

    return MessageCounter(lambda text: chosen()(text), counts_reasoning)


def encoding_name(model: str) -> str | None:
    """Return the name of the vocabulary of an OpenAI model, or None for a family that has its own."""
    bare = model.rpartition("/")[2].partition(":")[0]
    if re.match(r"gpt-[5-9]|gpt-4o|gpt-4\.[15]|o[1-9]\b|chatgpt|codex", bare):
        return "o200k_base"
    return "cl100k_base" if re.match(r"gpt-4|gpt-3\.5|gpt-35", bare) else None


def _exact(name: str, file: Path, sha256: str) -> Callable[[str], int]:
    @cache
    def encoder() -> Callable[..., list[int]] | None:
        if not _is_whole(file, sha256):
            return None
        import tiktoken  # 20 ms, and 140 to 250 more for the vocabulary

        return tiktoken.get_encoding(name).encode

    def count(text: str) -> int:
        encode = encoder()
        if encode is None:
            return estimate(text)
        pieces = (text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS))
        return sum(_count_piece(encode, piece) for piece in pieces)

    return count


def _is_whole(file: Path, sha256: str) -> bool:
    # A damaged file would be fetched anew by tiktoken, without a word and without a limit.
    import hashlib

    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _count_piece(encode: Callable[..., list[int]], piece: str) -> int:
    try:
        return len(encode(piece, disallowed_special=()))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic in Rust is no Exception
        return estimate(piece)


def _file(address: str, environ: Mapping[str, str]) -> Path | None:
    """Return the vocabulary if it lies on this machine, by the rules by which tiktoken finds its own cache."""
    import hashlib
    import tempfile

    default = str(Path(tempfile.gettempdir()) / "data-gym-cache")
    folder = environ.get("TIKTOKEN_CACHE_DIR", environ.get("DATA_GYM_CACHE_DIR", default))
    file = Path(folder) / hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    return file if folder and file.is_file() else None
