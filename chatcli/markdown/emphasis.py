"""Decides which runs of `*`, `_` and `~` open or close emphasis, also in scripts without spaces.

CommonMark tells an opening run from a closing one by the spaces and the punctuation around it. Chinese, Japanese and
Korean put no spaces there, so `**总结：**这` would stay as it is written. Here a run is also at a word's edge where a
character of these scripts is next to it, and their own punctuation counts as letters do. Text without any of them reads
as the standard says.

The rule is that of https://github.com/tats-u/markdown-cjk-friendly; mdit-py-cjk-friendly knows it for Chinese and
Japanese, not for Hangul (`**API(x)**는`), requires an old markdown-it-py and changes every parser of the process.
"""

from __future__ import annotations

import unicodedata

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter, Scanned

_FIRST_CJK = "\u1100"
_PICTURES = range(0x1F000, 0x20000)  # emoji, which are as wide but stand among words of any script


def emphasis(state: StateInline, silent: bool) -> bool:
    """Read a run of `*` or `_`."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    scanned = scan(state, state.pos)
    for _ in range(scanned.length):
        _push(state, marker, scanned, length=scanned.length)
    state.pos += scanned.length
    return True


def strikethrough(state: StateInline, silent: bool) -> bool:
    """Read a run of `~`: pairs of them, as markdown-it does."""
    if silent or state.src[state.pos] != "~":
        return False
    scanned = scan(state, state.pos)
    if scanned.length < 2:
        return False
    if scanned.length % 2:
        state.push("text", "", 0).content = "~"
    for _ in range(scanned.length // 2):
        _push(state, "~~", scanned, length=0)  # runs of any length pair
    state.pos += scanned.length
    return True


def scan(state: StateInline, start: int) -> Scanned:
    """Return whether the run that begins at *start* can open emphasis and can close it."""
    marker, end = state.src[start], start
    while end < state.posMax and state.src[end] == marker:
        end += 1
    before = state.src[start - 1] if start > 0 else " "
    after = state.src[end] if end < state.posMax else " "
    is_left = _flanks(before, after)
    is_right = _flanks(after, before)
    if marker != "_":
        return Scanned(is_left, is_right, end - start)
    can_open = is_left and (not is_right or _is_punctuation(before))
    can_close = is_right and (not is_left or _is_punctuation(after))
    return Scanned(can_open, can_close, end - start)


def is_cjk(character: str) -> bool:
    """Return whether a character is Chinese, Japanese or Korean: a letter, or punctuation of these scripts."""
    if character < _FIRST_CJK or ord(character) in _PICTURES:
        return False
    return unicodedata.east_asian_width(character) in "WFH" and unicodedata.category(character) != "So"


def _flanks(outside: str, inside: str) -> bool:
    """Return whether a run between these two belongs to what is *inside*."""
    if isWhiteSpace(ord(inside)):
        return False
    if not _is_punctuation(inside) or is_cjk(inside):
        return True
    return isWhiteSpace(ord(outside)) or _is_punctuation(outside) or is_cjk(outside)


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _push(state: StateInline, marker: str, scanned: Scanned, *, length: int) -> None:
    state.push("text", "", 0).content = marker
    index = len(state.tokens) - 1
    state.delimiters.append(Delimiter(ord(marker[0]), length, index, -1, scanned.can_open, scanned.can_close))
