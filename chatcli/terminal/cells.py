"""Measures text in terminal cells, and finds where one visible character ends and the next begins.

Both follow Unicode's data as Python carries it. Cell widths are counted code point by code point, as most terminals
do; terminals that draw a joined emoji as one need less than is counted, never more. Replies are measured by
`render.widths`, which asks what the widest terminal needs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence, Set

from chatcli.text.patterns import pattern

_JOINER = "\N{ZERO WIDTH JOINER}"
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc"})
# The joiner, the sign for emoji style, the keycap, halves of flags, skin tones, tags.
_EMOJI_PARTS = pattern("[\u200d\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
LONG_WORD = 20  # cells; so much of a word is shown rather than nothing of it
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = "\u4e00", "\u9fff"
_OPENING = frozenset("([{（［｛「『【《〈〔“‘")  # no line ends with one of these
_CLOSING = frozenset(")]}）］｝」』】》〉〕”’，。、；：！？,.;:!?%…—·～")  # nor begins with one of these
_CODE = pattern("`[^`]+`")
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"  # a format character, yet terminals draw it


def width(text: str) -> int:
    """Return the cells that *text* takes; control characters take none."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells, text))


def wrap_words(text: str, columns: int) -> str:
    """Return *text* with a newline where a line of *columns* cells is full; words stay whole.

    A newline takes the place of a space, or stands beside a character as wide as two cells: Chinese and Japanese have
    no spaces. Marks stay with what they follow or precede, and code in backticks that a line has room for stays whole.
    """
    if text.isascii() and len(text) <= columns:
        return text
    pieces, used = list[str](), 0
    for gap, word in _words(text, _whole_code(text, columns)):
        taken = width(word)
        if pieces and used + len(gap) + taken > columns:
            pieces += ["\n", word]
            used = taken
        else:
            pieces += [gap, word]
            used += len(gap) + taken
    return "".join(pieces)


def _whole_code(text: str, columns: int) -> Set[int]:
    """Return the places within the code of *text* that fits on a line: none of them is broken."""
    codes = [found.span() for found in _CODE.finditer(text) if width(found[0]) <= columns]
    return {place for start, end in codes for place in range(start + 1, end)}


def _words(text: str, whole: Set[int]) -> Iterator[tuple[str, str]]:
    """Yield what may stand on a line of its own, with the space before it, if any; no place in *whole* is broken."""
    gap, start = "", 0
    for place, character in enumerate(text):
        if place in whole:
            continue
        if character == " ":
            yield gap, text[start:place]
            gap, start = " ", place + 1
        elif place > start and _may_break(text, place):
            yield gap, text[start:place]
            gap, start = "", place
    yield gap, text[start:]


def _may_break(text: str, index: int) -> bool:
    """Return whether a line may end before *index*, where there is no space."""
    before, after = text[index - 1], text[index]
    if before.isascii() and after.isascii():
        return False
    if before in _OPENING or after in _CLOSING:
        return False
    if _FIRST_IDEOGRAPH <= after <= _LAST_IDEOGRAPH:  # wide, and never part of the character before it
        return True
    return (_cells(before) == 2 or _cells(after) == 2) and not _is_joined(text, index)


def cut_to_width(text: str, columns: int, *, mark: str = "…") -> str:
    """Return the beginning of *text* that takes no more than *columns* cells, with a *mark* behind it if it is cut.

    It ends with a whole word, unless a long one is cut, such as a path. Where there is no room for a letter and the
    mark, nothing is left but the mark.
    """
    if width(text) <= columns:
        return text
    end, used = 0, width(mark)
    while end < len(text) and used + width(character := text[end : following(text, end)]) <= columns:
        used += width(character)
        end += len(character)
    kept = text[:end].rstrip()
    words = text[: end + 1].rpartition(" ")[0].rstrip(" ,;:")
    kept = words if words and width(kept) - width(words) <= LONG_WORD else kept
    return f"{kept}{mark}" if kept else mark[: max(columns, 0)]


def fit_fields(fields: Sequence[str], columns: int, *, dot: str, mark: str, least: Sequence[int] = ()) -> str:
    """Return the fields that are not empty with a *dot* between them, in no more than *columns* cells.

    What does not fit leaves whole: the fields whose numbers are in *least*, in that order. The last one is cut.
    """
    leaving = [number for number in least if fields[number]]
    left = [number for number, field in enumerate(fields) if field]
    while len(left) > 1 and width(dot.join(fields[number] for number in left)) > columns:
        left.remove(leaving.pop(0) if leaving else left[-1])
    return cut_to_width(dot.join(fields[number] for number in left), columns, mark=mark)


def previous(text: str, end: int) -> int:
    """Return where the character that ends at *end* begins; 0 stays 0."""
    start = max(end - 1, 0)
    while start > 0 and _is_joined(text, start):
        start -= 1
    return start


def following(text: str, start: int) -> int:
    """Return where the character that begins at *start* ends; the end of the text stays."""
    end = min(start + 1, len(text))
    while end < len(text) and _is_joined(text, end):
        end += 1
    return end


def characters(text: str) -> Iterator[str]:
    """Split *text* into characters as people see them."""
    start = 0
    while start < len(text):
        end = following(text, start)
        yield text[start:end]
        start = end


def is_drawn_variously(text: str) -> bool:
    """Return whether *text* holds what terminals give different widths: joined emoji, flags, keycaps, skin tones."""
    return _EMOJI_PARTS.search(text) is not None


def _cells(character: str) -> int:
    if unicodedata.category(character) in _INVISIBLE and character != _SOFT_HYPHEN:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _is_joined(text: str, index: int) -> bool:
    """Return whether the code points around *index* belong to one character (UAX #29, without Indic conjuncts)."""
    before, after = text[index - 1], text[index]
    if before in "\r\n" or after.isascii():
        return False
    if _extends(after):
        return True
    if before == _JOINER:
        return _is_pictograph(after)
    if _is_regional(before) and _is_regional(after):
        return _regionals_before(text, index) % 2 == 1
    return _is_one_syllable(before, after)


def _extends(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags, which make flags of regions
        or character in "\N{HALFWIDTH KATAKANA VOICED SOUND MARK}\N{HALFWIDTH KATAKANA SEMI-VOICED SOUND MARK}"
        or character == "\N{ZERO WIDTH NON-JOINER}"
    )


def _is_pictograph(character: str) -> bool:
    return unicodedata.category(character) == "So" or character >= "\U0001f000"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regionals_before(text: str, index: int) -> int:
    count = 0
    while count < index and _is_regional(text[index - count - 1]):
        count += 1
    return count


def _is_one_syllable(before: str, after: str) -> bool:
    """Return whether two Hangul letters are written as one syllable."""
    first, second = _hangul(before), _hangul(after)
    return (
        (first == "L" and second in ("L", "V", "LV", "LVT"))
        or (first in ("LV", "V") and second in ("V", "T"))
        or (first in ("LVT", "T") and second == "T")
    )


def _hangul(character: str) -> str:
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    if "\uac00" <= character <= "\ud7a3":
        return "LV" if (ord(character) - 0xAC00) % 28 == 0 else "LVT"
    return ""
