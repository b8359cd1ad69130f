"""Finds the help section that answers a question; pure and deterministic.

A section is scored by the words it shares with the question. The weight of a word depends on where it occurs (keyword,
heading, topic, text) and on how rare it is among all sections. Words are reduced to stems; an unknown word is treated
as a typo of the nearest known one. Chinese and Japanese are not split into words: see chatcli/help/chinese.py.

`Hit.coverage` is the share of the question that the section accounts for, which separates an answer from a guess.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from chatcli.help.chinese import canonical, covered, is_wide, substance
from chatcli.help.topics import Topic, TopicSection
from chatcli.records import frozen
from chatcli.text.similar import similar

_KEYWORD, _PART, _HEADING, _TOPIC, _TEXT = 4.0, 2.5, 3.0, 1.5, 1.0  # a part: one word of a keyword of several
_FULL = 2.0  # a word found at a place of this weight counts in full, in running text for half
_PHRASE = 3.0  # for each word of a multi-word keyword that the question contains verbatim
_EARLIER = 0.4  # weight of a word from the previous question
_NEAR = 0.85
_CHARACTERS = 2  # so many Chinese characters weigh as much as a Latin word
_SHORTEST_SLIP = 4  # in shorter words, one letter makes a different word

_WORD = re.compile(r"[a-z0-9]+(?:[-_'.+/][a-z0-9]+)*")
_PIECE = re.compile(r"[a-z0-9]+")
_CLITIC = re.compile(r"n't$|'(?:s|t|d|m|ll|re|ve)$")  # "host's", "doesn't", "you'll": the rest is the word
_OWN_NAME = re.compile(r"\bchat\b", re.ASCII | re.IGNORECASE)  # in Chinese, nothing but the name of the program
_VALUE = re.compile(r"[0-9][-0-9.+/]*")
_CONTROL_KEY = re.compile(r"(?:\bctrl|\bcontrol|\bctl|\bstrg)[ +-]|\^")
_WORDLESS = """
a about all also am an and any are as at be been but by can can't could did do does don't for from get give has have
how i i'd i'm if in into is it its just let like make me my need no not of on one only or our please say see show so
some tell than that the their them then there these they this to too up us use using want was way we well were what
what's when where whether which who why will with without won't would you your
"""  # words that say nothing about the subject
_STOPWORDS = frozenset(_WORDLESS.split())


@frozen
class SectionHit:
    """A section that shares words with the question; *coverage* is 0 to 1."""

    topic: Topic
    section: TopicSection
    score: float
    coverage: float


def rank_sections(question: str, topics: Sequence[Topic], *, earlier: str = "") -> list[SectionHit]:
    """Return the sections that share a word with *question*, best first; *earlier* is the previous question."""
    question = unicodedata.normalize("NFKC", question)
    if is_wide(question):
        question = _OWN_NAME.sub(" ", question)
    entries, rarity, known = _index(tuple(topics))
    wanted = _wanted(question, earlier, rarity)
    hits = [entry.hit(question, wanted, rarity) for entry in entries]
    if is_wide(question):
        words = [word for word in _WORD.findall(question.lower()) if word in wanted or not _VALUE.fullmatch(word)]
        said, latin = canonical(question), _CHARACTERS * len(words)
        hits = [entry.wide_hit(said, latin, hit, known) for entry, hit in zip(entries, hits, strict=True)]
    # The order of the topics breaks ties.
    return sorted((hit for hit in hits if hit.score > 0), key=lambda hit: -hit.score * hit.coverage)


def terms(text: str) -> list[str]:
    """Return the stems of the meaningful words, compounds both whole and split."""
    plain = _CONTROL_KEY.sub("ctrl-", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    found = []
    for word in (_CLITIC.sub("", said) for said in _WORD.findall(plain) if said not in _STOPWORDS):
        pieces = _PIECE.findall(word)
        found += [word] if len(pieces) == 1 else [word, *pieces]
    return [stem(word) for word in found if word not in _STOPWORDS]


def stem(word: str) -> str:
    """Return *word* without the most common English endings, so that all forms of a word have the same stem."""
    for ending, least in (("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


class _Place:
    """A section with the weights of its words."""

    def __init__(self, topic: Topic, section: TopicSection) -> None:
        self.topic, self.section = topic, section
        self.own, self.shared = (
            [canonical(word) for word in part.keywords if is_wide(word)] for part in (section, topic)
        )
        self.phrases = [found for text in (*section.keywords, section.heading) if len(found := terms(text)) > 1]
        self.weights: dict[str, float] = {}
        # A number in running text says nothing about what the text is about.
        self._weigh((term for term in terms(section.body) if not term.isdigit()), _TEXT)
        for text in (*topic.keywords, topic.title, topic.name):
            self._weigh(terms(text), _TOPIC)
        self._weigh(terms(section.heading), _HEADING)
        for keyword in (keyword for keyword in section.keywords if not is_wide(keyword)):
            self._weigh(found := terms(keyword), _KEYWORD if len(found) == 1 else _PART)

    def hit(self, question: str, wanted: Mapping[str, float], rarity: Mapping[str, float]) -> SectionHit:
        shared = {term: share * rarity[term] for term, share in wanted.items() if term in self.weights}
        score = sum(value * self.weights[term] for term, value in shared.items())
        met = sum(value * min(1.0, self.weights[term] / _FULL) for term, value in shared.items())
        whole = sum(share * rarity.get(term, _unknown(rarity)) for term, share in wanted.items())
        coverage = met / whole if whole else 0.0
        return SectionHit(self.topic, self.section, score and score + self._phrases(question), coverage)

    def wide_hit(self, question: str, latin: int, hit: SectionHit, known: frozenset[str]) -> SectionHit:
        """Add the keywords in a *question* without spaces to the *hit* of its Latin words.

        These count as *latin* characters; *known* are those of all keywords.
        """
        own, shared = covered(self.own, question), covered(self.shared, question)
        if not own and not shared and not hit.score:
            return hit
        met = len(own | shared) + hit.coverage * latin
        whole = substance(question, own | shared, known) + latin
        return SectionHit(
            self.topic, self.section, hit.score + 2.0 * len(own) + len(shared), met / whole if whole else 0.0
        )

    def _weigh(self, found: Iterable[str], weight: float) -> None:
        for term in found:
            self.weights[term] = max(weight, self.weights.get(term, 0.0))

    def _phrases(self, question: str) -> float:
        said = f" {' '.join(terms(question))} "
        return sum(_PHRASE * len(words) for words in self.phrases if f" {' '.join(words)} " in said)


@lru_cache(maxsize=1)  # all questions of a run use the same topics
def _index(topics: tuple[Topic, ...]) -> tuple[tuple[_Place, ...], Mapping[str, float], frozenset[str]]:
    entries = tuple(_Place(topic, section) for topic in topics for section in topic.sections)
    known = frozenset(char for entry in entries for word in (*entry.own, *entry.shared) for char in word)
    return entries, _rarity(entries), known


def _rarity(entries: Sequence[_Place]) -> dict[str, float]:
    """Return the weight of each known word: the logarithm of its inverse section frequency."""
    counts: dict[str, int] = {}
    for entry in entries:
        for term in entry.weights:
            counts[term] = counts.get(term, 0) + 1
    return {term: math.log(1 + len(entries) / count) for term, count in counts.items()}


def _unknown(rarity: Mapping[str, float]) -> float:
    return max(rarity.values(), default=1.0)


def _wanted(question: str, earlier: str, rarity: Mapping[str, float]) -> dict[str, float]:
    """Return the search terms with their weights."""
    before = {_known(term, rarity): _EARLIER for term in terms(earlier)}
    found = before | {_known(term, rarity): 1.0 for term in terms(question)}
    # Values ("set temperature to 0.2") are not part of the question, unless the help names them ("429").
    return {term: share for term, share in found.items() if term in rarity or not _VALUE.fullmatch(term)}


def _known(term: str, rarity: Mapping[str, float]) -> str:
    if term in rarity or len(term) < _SHORTEST_SLIP:
        return term
    # Typos are rarely in the first letter; of equally near words, the one in more sections is likelier.
    likely = [known for known in rarity if known[0] == term[0] and len(known) >= _SHORTEST_SLIP]
    likely.sort(key=lambda known: (rarity[known], known))
    return next(iter(similar(term, likely, most=1, like=_NEAR)), term)
