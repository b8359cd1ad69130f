"""Separates reasoning that a model writes into its answer between tags, while it streams.

Tags are what a template makes of them: `<think>` with a prefix, attributes or in any case, `[THINK]`, `◁think▷`,
special tokens (`<|START_THINKING|>`), channels (`<|channel|>analysis<|message|>`). Only a tag at the very start counts
(after optional white space); later tags are ordinary text. Some templates open the tag in the prompt, so that the
answer starts inside it; only the first closing tag then reveals that the text before it was reasoning. Such an answer
cannot be separated while it streams; `split_reasoning` does it for a whole text.
"""

from __future__ import annotations

import re
import string
from typing import Literal, TypeAlias

from chatcli.records import frozen
from chatcli.text.patterns import pattern

ReasoningKind = Literal["text", "reasoning"]
ReasoningPiece: TypeAlias = tuple[ReasoningKind, str]

_NAME = r"(?:\w+_)?(?:think|thinking|thoughts?|reason|reasoning)"
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # of the same length, as lower() is not
_BRACKETS = "<[◁"
_MOST_HELD = 300  # characters of what may become a tag


@frozen
class _Family:
    """Tags that look alike: what opens reasoning, and what closes it, `{name}` being what the opening one names.

    What follows reasoning of a *headed* family has a header of its own.
    """

    opening: re.Pattern[str]
    closing: tuple[str, ...]
    is_headed: bool = False


_FAMILIES = (
    _Family(
        pattern(rf"<(?P<name>(?:\w[\w-]*:)?(?:{_NAME}))(?:\s[^<>]*)?>", re.IGNORECASE), ("</{name}>", "</{name} >")
    ),
    _Family(pattern(r"\[(?P<name>think|thinking)\]", re.IGNORECASE), ("[/{name}]",)),
    _Family(pattern(rf"◁(?P<name>{_NAME})▷", re.IGNORECASE), ("◁/{name}▷",)),
    _Family(
        pattern(rf"<\|(?:begin_of_|start_of_|start_)?(?P<name>{_NAME})\|>", re.IGNORECASE),
        ("<|end_of_{name}|>", "<|end_{name}|>", "<|/{name}|>", "</|{name}|>"),
        is_headed=True,
    ),
    _Family(
        pattern(
            r"(?:<\|start\|>assistant\s*)?<\|channel\|>\s*(?:analysis|commentary)[^<]*<\|message\|>", re.IGNORECASE
        ),
        ("<|end|>",),
        is_headed=True,
    ),
    _Family(pattern(r"<unused94>thought\b[ \t]*"), ("<unused95>",)),  # MedGemma
    _Family(pattern(r"<\|channel>\s*(?:thought|analysis)\b[ \t]*", re.IGNORECASE), ("<channel|>",), is_headed=True),
)
# Headers of an answer, and the marks after it.
_ANSWER = pattern(
    r"(?:<\|start\|>assistant\s*)?<\|channel\|>\s*final[^<]*<\|message\|>"
    r"|<\|start_response\|>|<\|begin_of_solution\|>",
    re.IGNORECASE,
)
_ANSWER_ENDS = ("<|return|>", "<|end|>", "<|end_response|>", "<|end_of_solution|>")
# What may become one of them with more text.
_BEGUN = pattern(
    rf"<(?:\|?[\w:-]*\|?|(?:\w[\w-]*:)?(?:{_NAME})\s[^<>]*)|\[\w*|◁\w*|<unused94>[a-z]*"
    r"|(?:<\|start\|>[a-z]*\s*)?(?:<\|?[a-z]*\|?|<\|channel\|?>[^<]*(?:<\|?[a-z]*\|?)?)?",
    re.IGNORECASE,
)
_SQUARE = ("[think]", "[thinking]")

_CLOSING = rf"</(?:\w[\w-]*:)?(?:{_NAME})>|\[/(?:think|thinking)\]|◁/(?:{_NAME})▷"
_CLOSING_AHEAD = pattern(_CLOSING, re.IGNORECASE)
_CLOSING_BEGUN = pattern(r"</?[\w:-]*|\[/?\w*|◁/?\w*")
_OPENED = pattern(rf"<(?:\w[\w-]*:)?(?:{_NAME})>|\[(?:think|thinking)\]|◁(?:{_NAME})▷", re.IGNORECASE)
# A closing tag that ends its line, with an answer after it, or that has a line of its own: one that is only mentioned
# stands among words.
_CLOSED = (
    pattern(rf"(.*?)(?:\A|\n)[ \t]*(?:{_CLOSING})[ \t]*(?:\n(.*))?", re.DOTALL | re.IGNORECASE),
    pattern(rf"(.*?)(?:{_CLOSING})[ \t]*\n(.*\S.*)", re.DOTALL | re.IGNORECASE),
)


class ReasoningSplitter:
    """Splits text into pieces of reasoning and answer; the result does not depend on how the text is cut.

    *is_opened* says that reasoning has arrived in a field of its own: a closing tag at the start is then dropped.
    """

    def __init__(self) -> None:
        self.is_opened = False
        self._state: Literal["start", "opened", "inside", "after", "headed", "text"] = "start"
        self._held = ""
        self._closing: tuple[str, ...] = ()  # of reasoning, or of an answer that has a header
        self._is_headed = False

    @property
    def is_inside(self) -> bool:
        """Whether reasoning has begun and not ended."""
        return self._state in ("opened", "inside")

    def feed(self, text: str) -> list[ReasoningPiece]:
        """Return the pieces that are certain so far; a possible tag is held back until it is complete."""
        if self._state == "text" and not self._closing:  # where an answer is nearly all the time
            return [("text", text)] if text else []
        pieces: list[ReasoningPiece] = []
        self._held += text
        while self._held and self._step(pieces):
            pass
        return pieces

    def close(self) -> list[ReasoningPiece]:
        """Return the held-back text at the end of the input."""
        held, self._held = self._held, ""
        kind: ReasoningKind = "reasoning" if self._state == "inside" else "text"
        return [(kind, held)] if held else []

    def _step(self, pieces: list[ReasoningPiece]) -> bool:
        match self._state:
            case "start":
                return self._begin()
            case "opened":
                return self._skip_space("inside")
            case "inside":
                return self._until_closed(pieces, "reasoning")
            case "after":
                return self._skip_space("start" if self._is_headed else "text")
            case "headed":
                return self._skip_space("text")
            case "text":
                return self._until_closed(pieces, "text")

    def _begin(self) -> bool:
        start = self._held.lstrip()
        if start and start[0] not in _BRACKETS:
            return self._go_on("text", self._held)
        for family in _FAMILIES:
            if found := family.opening.match(start):
                name = found.groupdict().get("name", "").translate(_FOLD)
                self._closing = tuple(closing.format(name=name) for closing in family.closing)
                self._is_headed = family.is_headed
                return self._go_on("opened", start[found.end() :])
        if found := _ANSWER.match(start):
            self._closing = _ANSWER_ENDS
            return self._go_on("headed", start[found.end() :])
        if self.is_opened and (found := _CLOSING_AHEAD.match(start)):
            return self._go_on("after", start[found.end() :])
        if len(start) < _MOST_HELD and self._may_begin(start):
            return False
        return self._go_on("text", self._held)

    def _may_begin(self, start: str) -> bool:
        if self.is_opened and _CLOSING_BEGUN.fullmatch(start):
            return True
        if start.startswith("["):  # as much of JSON does
            return any(tag.startswith(start.translate(_FOLD)) for tag in _SQUARE)
        return not start or _BEGUN.fullmatch(start) is not None

    def _go_on(self, state: Literal["opened", "after", "headed", "text"], rest: str) -> bool:
        if rest is self._held:  # a text without a header has no end
            self._closing = ()
        self._state, self._held = state, rest
        return True

    def _until_closed(self, pieces: list[ReasoningPiece], kind: ReasoningKind) -> bool:
        folded = self._held.translate(_FOLD) if self._closing else ""
        positions = [(position, tag) for tag in self._closing if (position := folded.find(tag)) >= 0]
        end = (
            min(positions)[0]
            if positions
            else len(self._held) - max((_overlap(folded, tag) for tag in self._closing), default=0)
        )
        if end:
            pieces.append((kind, self._held[:end]))
        if not positions:
            self._held = self._held[end:]
            return False
        self._held = self._held[end + len(min(positions)[1]) :]
        self._state = "after" if kind == "reasoning" else "text"
        return True

    def _skip_space(self, following: Literal["inside", "start", "text"]) -> bool:
        # Blank lines around a tag belong neither to the reasoning nor to the answer.
        self._held = self._held.lstrip()
        if self._held:
            # Only an answer with a header has an end that is marked.
            self._closing = () if self._state == "after" else self._closing
            self._state = following
        return bool(self._held)


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer of a whole text, even if the opening tag was in the prompt."""
    splitter = ReasoningSplitter()
    pieces = [*splitter.feed(text), *splitter.close()]
    reasoning = "".join(piece for kind, piece in pieces if kind == "reasoning")
    if not splitter.is_inside and (reasoning or pieces != [("text", text)]):
        return reasoning.strip(), "".join(piece for kind, piece in pieces if kind == "text")
    for closed in _CLOSED if any(f"{bracket}/" in text for bracket in _BRACKETS) else ():
        if (found := closed.fullmatch(text)) and not _OPENED.search(found[1]):
            return found[1].strip(), (found[2] or "").lstrip()
    return "", text


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of *text* may be the start of *tag*."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
