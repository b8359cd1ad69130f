"""Which of the known names a word was probably meant to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.text.phrases import join_words

_LIKE = 0.6  # of the letters in common, in order: one slip in a word of three letters
_TELLING = 3  # letters of a word that say something when another contains them


def similar(word: str, known: Iterable[str], *, most: int = 3, like: float = _LIKE) -> list[str]:
    """Return up to *most* of *known* that are like *word*, the likest first, of equals the first known.

    The case of letters does not count. *like* is the share of letters, in order, that two words must have in common.
    """
    folded = word.casefold()
    likeness = {name: _likeness(folded, name.casefold(), like) for name in known}
    found = sorted((name for name in likeness if likeness[name] >= like), key=lambda name: -likeness[name])
    exact = [name for name in found if name.casefold() == folded]
    return (exact or found)[:most]


def did_you_mean(word: str, known: Iterable[str], *, form: str = "`{}`") -> str:
    """Return a question that names, in *form*, what *word* was probably meant to be; "" where nothing is like it."""
    return ask_whether(similar(word, known), form=form)


def ask_whether(names: Sequence[str], *, form: str = "`{}`") -> str:
    """Return the question whether one of *names* was meant, "" where there are none."""
    return f"did you mean {join_words([form.format(name) for name in names])}?" if names else ""


def _likeness(word: str, name: str, like: float) -> float:
    """Return how much two words have in common, from 0 to 1; a part of a name is just enough."""
    from difflib import SequenceMatcher  # wanted only where something is wrong already

    matcher = SequenceMatcher(a=word, b=name, autojunk=False)
    # The first two are upper bounds, and quicker.
    if matcher.real_quick_ratio() >= like and matcher.quick_ratio() >= like and (ratio := matcher.ratio()) >= like:
        return ratio
    return like if like == _LIKE and len(word) >= _TELLING and word in name else 0.0
