"""Separates reasoning that a model writes into its answer as `<think>…</think>`, while it streams.

Only a tag at the very start counts (after optional white space); later tags are ordinary text. Some templates open the
tag in the prompt, so that the answer starts inside it; only the first `</think>` then reveals that the text before it
was reasoning. Such an answer cannot be separated while it streams; `split` does it for a whole text.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from chatcli.text.patterns import pattern

ReasoningKind = Literal["text", "reasoning"]
ReasoningPiece: TypeAlias = tuple[ReasoningKind, str]

TAGS = ("think", "thinking", "thought", "reasoning")
_OPENINGS = tuple(f"<{tag}>" for tag in TAGS)
# A closing tag that ends its line, with an answer after it, or that has a line of its own: one that is only mentioned
# stands among words.
_CLOSED = (
    pattern(rf"(.*?)(?:\A|\n)[ \t]*</({'|'.join(TAGS)})>[ \t]*(?:\n(.*))?", re.DOTALL),
    pattern(rf"(.*?)</({'|'.join(TAGS)})>[ \t]*\n(.*\S.*)", re.DOTALL),
)
_WHOLE = pattern(rf"\s*<({'|'.join(TAGS)})>\s*(.*?)\s*</\1>\s*(.*)", re.DOTALL)


class ReasoningSplitter:
    """Splits text into pieces of reasoning and answer; the result does not depend on how the text is cut."""

    def __init__(self) -> None:
        self._state: Literal["start", "opened", "inside", "after", "text"] = "start"
        self._held = ""
        self._closing = ""

    def feed(self, text: str) -> list[ReasoningPiece]:
        """Return the pieces that are certain so far; a possible tag is held back until it is complete."""
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
            case "inside":
                return self._inside(pieces)
            case "opened":
                return self._skip_space("inside")
            case "after":
                return self._skip_space("text")
            case "text":
                pieces.append(("text", self._held))
                self._held = ""
                return False

    def _begin(self) -> bool:
        start = self._held.lstrip()
        for tag, opening in zip(TAGS, _OPENINGS, strict=True):
            if start.startswith(opening):
                self._state, self._closing = "opened", f"</{tag}>"
                self._held = start[len(opening) :]
                return True
        if any(opening.startswith(start) for opening in _OPENINGS):
            return False
        self._state = "text"
        return True

    def _inside(self, pieces: list[ReasoningPiece]) -> bool:
        before, closing, after = self._held.partition(self._closing)
        if closing:
            if before:
                pieces.append(("reasoning", before))
            self._state, self._held = "after", after
            return True
        keep = _overlap(self._held, self._closing)
        certain = self._held[: len(self._held) - keep]
        if certain:
            pieces.append(("reasoning", certain))
        self._held = self._held[len(certain) :]
        return False

    def _skip_space(self, following: Literal["inside", "text"]) -> bool:
        # Blank lines around a tag belong neither to the reasoning nor to the answer.
        self._held = self._held.lstrip()
        if self._held:
            self._state = following
        return bool(self._held)


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer of a whole text, even if the opening tag was in the prompt."""
    if found := _WHOLE.fullmatch(text):
        return found[2], found[3]
    for closed in _CLOSED:
        if (found := closed.fullmatch(text)) and f"<{found[2]}>" not in found[1]:
            return found[1].strip(), (found[3] or "").lstrip()
    return "", text


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of *text* may be the start of *tag*."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
