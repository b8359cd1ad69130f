"""Composes the guide's answers: the help section that answers a question, or an introduction; pure and deterministic.

The guide never pretends to be a language model. A question counts as understood if the best section accounts for more
than half of it, which takes a keyword or a heading, since running text counts for half. All others are answered with an
introduction and how to connect a model. "more" continues with the next matching section; a question that depends on the
previous one ("and in vi mode?") is read together with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from chatcli.help.search import SectionHit, rank_sections
from chatcli.help.topics import GROUPS, Topic, TopicSection
from chatcli.language import N_, _, current_language
from chatcli.text.phrases import join_sentences

_UNDERSTOOD = 0.5
_WORTH = 0.3  # another section is worth showing if it scores this share of the best
_READ_CHARACTERS = 500  # the question comes first; attachments follow it

_ENDS = " .!?…。！？"
_MORE = re.compile(
    r"(?:tell me |show me |any |and |yes,? |ok,? |please )*(?:more|go on|continue|next|what else|anything else)"
    r"(?: please)?|继续|更多|还有呢?|もっと|続けて|続き|他には",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[^\u3040-\u30ff\uac00-\ud7af]*[\u3400-\u9fff][^\u3040-\u30ff\uac00-\ud7af]*")
_LEANING = re.compile(r"(?:and|or|but|also|what about|how about)\b|那|还有|では|じゃあ", re.IGNORECASE)

_SELF = N_("""\
I am the guide built into `chat`. I answer questions about this program from its help topics, offline. I am \
not a language model.

To talk to a model, connect one:

- `chat connect` finds local servers, offers providers and writes the settings;
- or set the API key of a provider, e.g. `export OPENAI_API_KEY=...`, and start `chat` again.

You can ask me about these topics:
""")
_NO_MORE = N_("That is all I have on this. `chat help` lists the topics, and `chat connect` connects a language model.")

_Place: TypeAlias = tuple[Topic, TopicSection]


def reply_language(questions: Sequence[str]) -> str:
    """Return the language of the answer to the last of *questions*: Chinese to a Chinese one, else that in use."""
    asked = [question for question in questions if not _is_more(question)]
    return "zh" if _CHINESE.fullmatch("".join(asked[-1:])[:_READ_CHARACTERS]) else current_language()


def answer_question(questions: Sequence[str], topics: Sequence[Topic], shown: Sequence[Topic] = ()) -> str:
    """Return the answer, in Markdown, to the last of *questions*, the user's messages in order.

    It is looked for in *topics*, in English with the keywords of all languages, and given as it stands in *shown*, the
    same topics in the language of the answer.
    """
    shown = shown or topics
    asked = [question[:_READ_CHARACTERS].strip() for question in questions]
    plain = [question for question in asked if not _is_more(question)]
    times = _trailing(asked)
    if times:
        return _further(_find(plain, topics, shown), times) if plain else _introduction(shown)
    found = _find(asked, topics, shown)
    return _answer(*found[0], is_last=len(found) == 1) if found else _introduction(shown)


def _find(asked: Sequence[str], topics: Sequence[Topic], shown: Sequence[Topic]) -> list[_Place]:
    """Return the sections of *shown* that answer the last question, best first; one that is named by its heading is."""
    name = asked[-1].strip(_ENDS).casefold() if asked else ""
    named = [(topic, section) for topic in shown for section in topic.sections if section.heading.casefold() == name]
    by_name = {topic.name: topic for topic in shown}
    places = [(by_name[hit.topic.name], hit.topic.sections.index(hit.section)) for hit in _understood(asked, topics)]
    found = [(topic, topic.sections[index]) for topic, index in places]
    return [*named, *(place for place in found if place not in named)]


def _understood(asked: Sequence[str], topics: Sequence[Topic]) -> list[SectionHit]:
    """Return the sections that answer the last question, best first; none if it is not about this program."""
    question = asked[-1] if asked else ""
    hits = rank_sections(question, topics)
    if len(asked) > 1 and _LEANING.match(question):
        said = [hit.section for hit in rank_sections(asked[-2], topics)[:1]]
        hits = [hit for hit in rank_sections(question, topics, earlier=asked[-2]) if hit.section not in said]
    understood = [hit for hit in hits if hit.coverage > _UNDERSTOOD]
    return [hit for hit in understood if hit.score >= understood[0].score * _WORTH]


def _further(found: Sequence[_Place], number: int) -> str:
    return _answer(*found[number], is_last=number + 1 == len(found)) if number < len(found) else _(_NO_MORE)


def _answer(topic: Topic, section: TopicSection, *, is_last: bool) -> str:
    where = _("From `chat help {topic}`.", topic=topic.name)
    more = "" if is_last else _("Say `more` for further matches.")
    return f"**{section.heading}**\n\n{section.body}\n\n{join_sentences(where, more)}"


def _introduction(topics: Sequence[Topic]) -> str:
    known = {topic.name for topic in topics}
    rows = [(group, _(", ").join(f"`{name}`" for name in names if name in known)) for group, names in GROUPS.items()]
    return "\n".join(
        [_(_SELF), *(_("- {group}: {names}", group=_(group), names=names) for group, names in rows if names)]
    )


def _is_more(question: str) -> bool:
    return _MORE.fullmatch(question.strip(_ENDS)) is not None


def _trailing(asked: Sequence[str]) -> int:
    """Return how many times in a row the user has just asked for more."""
    count = 0
    for question in reversed(asked):
        if not _is_more(question):
            break
        count += 1
    return count
