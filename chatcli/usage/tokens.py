"""Counts the tokens of messages: by a cheap upper bound, and exactly if the bound does not decide.

No byte-level token is shorter than a byte, so the bytes of a text are an upper bound of its tokens, and most requests
need no tokenizer. If one is needed, tiktoken counts with the vocabulary closest to the model's; the deviation of a
different vocabulary is learnt from the server's reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock, Thread

from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Message, Part, TextPart
from chatcli.conversation.sendable import as_sent
from chatcli.conversation.tool_images import labels, result_images
from chatcli.errors import ConfigError
from chatcli.process.threads import start_thread
from chatcli.records import field, frozen, mutable

REPLY_TOKENS = 3  # every request ends with the start of an answer
# The tokens of documents and audio are not documented; these are the right order of magnitude for text and speech, and
# the server's reports correct them.
FILE_TOKENS, FILE_BYTES_PER_TOKEN, AUDIO_BYTES_PER_TOKEN = 500, 40, 2_000
_PART = 1_000_000  # characters: a long text is not copied as a whole to be measured
BOUND_OVERHEAD = 16  # templates of local models spell the role out, at worst one byte per token


def bound(text: str) -> int:
    """Return the number of UTF-8 bytes: never fewer than tokens."""
    if text.isascii():
        return len(text)
    return sum(len(text[at : at + _PART].encode("utf-8", "replace")) for at in range(0, len(text), _PART))


def estimate(text: str) -> int:
    """Return a conservative estimate of one token per three bytes: one Chinese character, or three letters."""
    return -(-bound(text) // 3)


@frozen
class Overhead:
    """The overhead of each message, including its role, and the tokens that a name adds."""

    message: int = 4
    name: int = 1


# In the first models of the protocol, the name replaces the role: OpenAI's cookbook.
_OVERHEADS = {"gpt-3.5-turbo-0301": Overhead(5, -1)}


@mutable
class MessageCounter:
    """Counts messages with *count_text*, each message and each distinct text once.

    *is_ready* returns whether *count_text* is fast, *prepare* makes it so in the background. *counts_reasoning*: past
    reasoning is sent back, as few endpoints require. *model* determines the tokens of images, and *encoding* is its
    vocabulary. *sends* returns a message as it is sent.
    """

    count_text: Callable[[str], int] = estimate
    counts_reasoning: bool = False
    is_ready: Callable[[], bool] = lambda: True
    prepare: Callable[[], None] = lambda: None
    model: str = ""
    encoding: Callable[[], str] = lambda: _encoding_name("")
    overhead: Overhead = field(default_factory=Overhead)
    sends: Callable[[Message], Message] = as_sent
    _counted: dict[str, int] = field(default_factory=dict)
    # By identity, because comparing messages reads both completely; entries keep messages alive, so ids stay valid.
    _bounds: dict[int, tuple[Message, int]] = field(default_factory=dict)
    _counts: dict[int, tuple[Message, int]] = field(default_factory=dict)

    def bound(self, message: Message) -> int:
        """Return an upper bound of the tokens of *message*."""
        known = self._bounds.get(id(message))
        if known is None:
            sent = self.sends(message)
            around = BOUND_OVERHEAD * (2 if result_images(sent) else 1)
            known = self._bounds[id(message)] = message, self._total(sent, bound) + around
        return known[1]

    def count(self, message: Message) -> int:
        """Return the tokens of *message*, exact if the model's vocabulary is known."""
        known = self._counts.get(id(message))
        if known is None:
            sent = self.sends(message)
            known = self._counts[id(message)] = message, self._total(sent, self._once) + self._around(sent)
        return known[1]

    def guess(self, message: Message) -> int:
        """Return the count if it is available at once, else a conservative estimate."""
        if self.is_ready():
            return self.count(message)
        sent = self.sends(message)
        return self._total(sent, estimate) + self._around(sent)

    def extra(self, options: Mapping[str, object]) -> int:
        """Return the tokens of a request besides its messages; an upper bound until counting is ready."""
        tools, shape = options.get("tools"), options.get("response_format")
        if not (tools or shape):
            return REPLY_TOKENS
        from chatcli.usage.tool_tokens import json_tokens, tool_tokens  # most requests have neither

        if not self.is_ready():
            return REPLY_TOKENS + json_tokens([tools, shape], bound)
        schema = json_tokens(shape, self._once) if shape else 0
        return REPLY_TOKENS + schema + tool_tokens(tools, self._once, self.encoding())

    def _around(self, message: Message) -> int:
        apart = self.overhead.message if result_images(message) else 0  # images of results are a message of their own
        return self.overhead.message + apart + (self.overhead.name if message.name else 0)

    def _total(self, message: Message, count_text: Callable[[str], int]) -> int:
        if (text := message.only_text) is not None:
            return count_text(text)
        reasoning = message.reasoning if self.counts_reasoning else ""
        texts = [message.text, message.refusal, reasoning, message.name or ""]
        texts += [text for call in message.tool_calls for text in (call.name, call.arguments)]
        texts += [labels(message)] if result_images(message) else []
        return sum(count_text(text) for text in texts if text) + sum(map(self._attached, message.parts))

    def _attached(self, part: Part) -> int:
        match part:
            case TextPart():
                return 0
            case ImagePart(url, detail):
                from chatcli.request.images import read_data_url_header
                from chatcli.usage.image_tokens import image_tokens

                return image_tokens(self.model, read_data_url_header(url), detail)
            case FilePart(_, url):
                return FILE_TOKENS + len(url) // FILE_BYTES_PER_TOKEN
            case AudioPart(url):
                return len(url) // AUDIO_BYTES_PER_TOKEN

    def _once(self, text: str) -> int:
        if text not in self._counted:
            self._counted[text] = self.count_text(text)
        return self._counted[text]


def counter_for(model: str, *, counts_reasoning: bool = False, folder: Path | None = None) -> MessageCounter:
    """Return the counter for *model*, which loads its vocabulary on first use, or when prepared."""
    vocabulary = _Vocabulary(model, folder)
    return MessageCounter(
        vocabulary.count,
        counts_reasoning,
        vocabulary.is_loaded,
        vocabulary.prepare,
        model=model,
        encoding=lambda: _encoding_name(model),
        overhead=_OVERHEADS.get(model, Overhead()),
    )


def _encoding_name(model: str) -> str:
    from chatcli.usage.vocabularies import encoding_name  # most questions need no vocabulary

    return encoding_name(model)


class _Vocabulary:
    """Loads a vocabulary once, in the background if asked to early enough."""

    def __init__(self, model: str, folder: Path | None) -> None:
        self._model = model
        self._folder = folder
        self._count: Callable[[str], int] = estimate
        self._is_loaded = False
        self._lock = Lock()
        self._thread: Thread | None = None

    def is_loaded(self) -> bool:
        return self._is_loaded

    def prepare(self) -> None:
        if self._thread is None and not self._is_loaded:
            with suppress(ConfigError):  # then it is loaded when it is needed
                self._thread = start_thread(Thread(target=self._load, name="vocabulary", daemon=True))

    def count(self, text: str) -> int:
        self._load()
        try:
            return self._count(text)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a Rust panic is not an Exception
            return estimate(text)

    def _load(self) -> None:
        with self._lock:
            if self._is_loaded:
                return
            from chatcli.usage import vocabularies

            name = vocabularies.encoding_name(self._model)
            with suppress(vocabularies.DamagedVocabularyError):
                encode = vocabularies.encoding(name, self._folder or vocabularies.FOLDER).encode
                self._count = partial(vocabularies.count_tokens, encode=encode)
            self._is_loaded = True
