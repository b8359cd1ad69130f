"""Finds the known names that a word probably means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.language import _
from chatcli.text.phrases import join_words

_LIKE = 0.6  # share of common letters, in order: allows one typo in a word of three letters
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
        return ratio
    return like if like == _LIKE and len(word) >= _TELLING and word in name else 0.0
