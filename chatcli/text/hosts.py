"""Judges host names by their text; nothing is resolved, so a name that points to this machine is not local."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from chatcli.text.patterns import pattern

_MOST_LETTERS, _MOST_LABEL = 253, 63  # of a name, and of each part: RFC 1035, section 2.3.4
_NUMERIC = pattern(r"[0-9]+(?:\.[0-9]+){3}")
_OF_ADDRESSES = pattern(r"[0-9a-f:.]+(?:%.*)?")
_OF_ANY_SCRIPT = frozenset({"DIGIT", "HYPHEN-MINUS", "MIDDLE", "COMBINING"})  # first words of Unicode character names
_EAST_ASIAN = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"}
)  # scripts used together


def is_loopback(host: str) -> bool:
    """Return whether *host*, as in a URL, is this machine: localhost, 127.0.0.0/8 or ::1."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    if not _OF_ADDRESSES.fullmatch(name):
        return False
    from ipaddress import ip_address  # a start that meets names alone has no use for it

    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_possible(host: str) -> bool:
    """Return whether *host* can be resolved: an address, or a name whose labels have 1 to 63 characters."""
    if host.startswith("["):
        from ipaddress import IPv6Address

        return _is_address(IPv6Address, host.strip("[]"))
    if _NUMERIC.fullmatch(host):
        from ipaddress import IPv4Address

        return _is_address(IPv4Address, host)
    name = host.removesuffix(".")
    return len(name) <= _MOST_LETTERS and all(0 < len(label) <= _MOST_LABEL for label in name.split("."))


def _is_address(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def mixes_scripts(host: str) -> bool:
    """Return whether a label of *host*, in Unicode or as xn--…, mixes scripts that are not used together.

    This detects a Cyrillic letter among Latin ones that look alike.
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
