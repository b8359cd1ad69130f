"""Hosts, judged by how they are written: nothing is resolved, so a name that points to this machine is still a name."""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address

_OF_ANY_SCRIPT = frozenset({"DIGIT", "HYPHEN-MINUS", "MIDDLE", "COMBINING"})  # first words of names of characters
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})  # written together


def is_loopback(host: str) -> bool:
    """Tell whether *host*, as a URL has it, names this machine: localhost, 127.0.0.0/8 or ::1."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def mixes_scripts(host: str) -> bool:
    """Tell whether a label of *host*, in Unicode or as xn--…, has letters of scripts that are not written together.

    So a Cyrillic letter among Latin ones is found, which looks like a Latin one.
    """
    return any(len(_scripts(_decoded(label))) > 1 for label in host.split("."))


def _decoded(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label


def _scripts(label: str) -> set[str]:
    words = {unicodedata.name(letter, "?").partition(" ")[0] for letter in label} - _OF_ANY_SCRIPT
    return {"HAN" if word in _EAST_ASIAN else word for word in words} - ({"LATIN"} if words & _EAST_ASIAN else set())
