"""Finds the known names that a word probably means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.language import _
from chatcli.text.phrases import join_words

_LIKE = 0.6  # share of common letters, in order: allows one typo in a word of three letters
_SHORT = 4  # letters of a word of which one wrong letter makes another word, unless the two are easily confused
_LETTERS_PER_SLIP = 3
_KEYS = {
    letter: (row, column)
    for row, letters in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    for column, letter in enumerate(letters)
}
_SOUNDS = ("aeiouy", "ckq", "sz", "gj", "fvw")
_TELLING = 3  # minimum length of a word for a substring match


def similar(word: str, known: Iterable[str], *, most: int = 3, like: float = _LIKE) -> list[str]:
    """Return up to *most* of *known* that resemble *word*, most similar first.

    Case is ignored. *like* is the minimum share of letters, in order, that two words have in common.
    """
    folded = word.casefold()
    likeness = {name: _likeness(folded, name.casefold(), like) for name in known}
    found = sorted((name for name in likeness if likeness[name] >= like), key=lambda name: -likeness[name])
    exact = [name for name in found if name.casefold() == folded]
    return (exact or found)[:most]


def did_you_mean(word: str, known: Iterable[str], *, form: str = "`{}`") -> str:
    """Return a question that suggests, in *form*, what *word* probably means; "" if nothing is similar."""
    return ask_whether(similar(word, known), form=form)


def ask_whether(names: Sequence[str], *, form: str = "`{}`") -> str:
    """Return the question whether one of *names* was meant, "" if there are none."""
    return _("did you mean {names}?", names=join_words([form.format(name) for name in names])) if names else ""


def _likeness(word: str, name: str, like: float) -> float:
    """Return the similarity of two words, from 0 to 1; a substring of a name is just enough."""
    from difflib import SequenceMatcher  # needed only for error messages

    matcher = SequenceMatcher(a=word, b=name, autojunk=False)
    # The first two are cheap upper bounds.
    if matcher.real_quick_ratio() >= like and matcher.quick_ratio() >= like and (ratio := matcher.ratio()) >= like:
        return 0.0 if like == _LIKE and _is_other_word(word, name) else ratio
    return like if like == _LIKE and len(word) >= _TELLING and word in name else 0.0


def _is_other_word(word: str, name: str) -> bool:
    """Return whether more than slips part *word* from *name*: tree is not themes, and nope is not none."""
    slips = _slips(word, name)
    if slips > max(1, max(len(word), len(name)) // _LETTERS_PER_SLIP):
        return True
    wrong = [(typed, meant) for typed, meant in zip(word, name, strict=False) if typed != meant]
    return len(word) == len(name) <= _SHORT and len(wrong) == 1 and not _are_confused(*wrong[0])


def _slips(word: str, name: str) -> int:
    """Return the least number of wrong, missing, additional and swapped letters."""
    before: list[int] = []
    row = list(range(len(name) + 1))
    for at, letter in enumerate(word):
        older, before, row = before, row, [at + 1]
        for place, meant in enumerate(name):
            row.append(min(before[place] + (letter != meant), before[place + 1] + 1, row[place] + 1))
            if at and place and letter == name[place - 1] and meant == word[at - 1]:
                row[-1] = min(row[-1], older[place - 1] + 1)
    return row[-1]


def _are_confused(typed: str, meant: str) -> bool:
    """Return whether two letters sound alike or lie side by side on a keyboard; of other signs nothing is known."""
    if typed not in _KEYS or meant not in _KEYS or any({typed, meant} <= set(sound) for sound in _SOUNDS):
        return True
    (row, column), (other_row, other_column) = _KEYS[typed], _KEYS[meant]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1
