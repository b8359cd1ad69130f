"""Recognises refusals because the model accepts no images; only consulted if images were sent."""

from __future__ import annotations

import re

from chatcli.text.patterns import pattern

_PICTURES = pattern(
    r"\bimages?\b|image_url|\bpictures?\b|\bvision\b|\bvisual\b|multi-?modal|\bmodalit|mmproj|图片|图像|视觉",
    re.IGNORECASE,
)
_REFUSED = pattern(
    r"\b(?:not|no|cannot|without|missing|only|unsupported|unable|invalid|unknown|unexpected|lacks?|disabled)\b"
    r"|n't\b|\bat most 0\b|不支持",
    re.IGNORECASE,
)
# What is wrong with the picture itself, the model sees well enough.
_BAD_PICTURE = pattern(
    r"too (?:large|big|small|many)"
    r"|(?:could not|couldn't|failed to) (?:process|load|read|open) (?:\w+ )?(?:image|picture)\b"
    r"|download|fetch|corrupt|decode|exceeds|resolution|format|mime|base64|image/\w+"
    r"|dimension|(?<![a-z_])url is",
    re.IGNORECASE,
)
# Servers that take nothing but text complain about the kind of the content.
_TEXT_ONLY = pattern(
    r"content\W.{0,40}(?:must be|should be|expected|is not|to be) (?:a |an )?(?:valid )?['\"`]?(?:string|str|text)\b"
    r"|(?:string|str)\b.{0,30}(?:type expected|required)|expected (?:a )?(?:string|`?text`?)"
    r"|\bonly (?:accepts?|supports?|takes?|allows?) text\b"
    r"|(?:list|array|sequence|object)\b.{0,40}\bcontent\b"
    r"|\bcontent\b.{0,40}\b(?:list|array|sequence)\b.{0,20}\b(?:not|in)\b",
    re.IGNORECASE,
)


def is_blind(text: str) -> bool:
    """Return whether a server that was sent pictures says *text* because the model sees none."""
    if _TEXT_ONLY.search(text):
        return True
    return bool(_PICTURES.search(text) and _REFUSED.search(text)) and not _BAD_PICTURE.search(text)
