"""Composes the guide's answers: the help section that answers a question, or an introduction; pure and deterministic.

The guide never pretends to be a language model. A question counts as understood if the best section accounts for more
than half of it, which takes a keyword or a heading, since running text counts for half. All others are answered with an
introduction and how to connect a model. "more" continues with the next matching section; a question that depends on the
previous one ("and in vi mode?") is read together with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatcli.help.search import SectionHit, rank_sections
from chatcli.help.topics import GROUPS, Topic

_UNDERSTOOD = 0.5
_WORTH = 0.3  # another section is worth showing if it scores this share of the best
_READ_CHARACTERS = 500  # the question comes first; attachments follow it

_MORE = re.compile(
    r"(?:tell me |show me |any |and |yes,? |ok,? |please )*(?:more|go on|continue|next|what else|anything else)"
    r"(?: please)?|继续|更多|还有呢?|もっと|続けて|続き|他には",
    re.IGNORECASE,
)
_LEANING = re.compile(r"(?:and|or|but|also|what about|how about)\b|那|还有|では|じゃあ", re.IGNORECASE)

_SELF = """\
I am the guide built into `chat`. I answer questions about this program from its help topics, offline. I am \
not a language model.

To talk to a model, connect one:

- `chat connect` finds local servers, offers providers and writes the settings;
- or set the API key of a provider, e.g. `export OPENAI_API_KEY=...`, and start `chat` again.

You can ask me about these topics:
"""
_NO_MORE = "That is all I have on this. `chat help` lists the topics, and `chat connect` connects a language model."


def answer_question(questions: Sequence[str], topics: Sequence[Topic]) -> str:
    """Return the answer, in Markdown, to the last of *questions*, the user's messages in order."""
    asked = [question[:_READ_CHARACTERS].strip() for question in questions]
    plain = [question for question in asked if not _is_more(question)]
    times = _trailing(asked)
    if times:
        return _further(_understood(plain, topics), times) if plain else _introduction(topics)
    hits = _understood(asked, topics)
    return _shown(hits[0], is_last=len(hits) == 1) if hits else _introduction(topics)


def _understood(asked: Sequence[str], topics: Sequence[Topic]) -> list[SectionHit]:
    """Return the sections that answer the last question, best first; none if it is not about this program."""
    question = asked[-1] if asked else ""
    hits = rank_sections(question, topics)
    if len(asked) > 1 and _LEANING.match(question):
        said = [hit.section for hit in rank_sections(asked[-2], topics)[:1]]
        hits = [hit for hit in rank_sections(question, topics, earlier=asked[-2]) if hit.section not in said]
    understood = [hit for hit in hits if hit.coverage > _UNDERSTOOD]
    return [hit for hit in understood if hit.score >= understood[0].score * _WORTH]


def _further(hits: Sequence[SectionHit], number: int) -> str:
    return _shown(hits[number], is_last=number + 1 == len(hits)) if number < len(hits) else _NO_MORE


def _shown(hit: SectionHit, *, is_last: bool) -> str:
    where = f"From `chat help {hit.topic.name}`." + ("" if is_last else " Say `more` for further matches.")
    return f"**{hit.section.heading}**\n\n{hit.section.body}\n\n{where}"


def _introduction(topics: Sequence[Topic]) -> str:
    known = {topic.name for topic in topics}
    rows = {group: [f"`{name}`" for name in names if name in known] for group, names in GROUPS.items()}
    return "\n".join([_SELF, *(f"- {group}: {', '.join(names)}" for group, names in rows.items() if names)])


def _is_more(question: str) -> bool:
    return _MORE.fullmatch(question.strip(" .!?…。！？")) is not None


def _trailing(asked: Sequence[str]) -> int:
    """Return how many times in a row the user has just asked for more."""
    count = 0
    for question in reversed(asked):
        if not _is_more(question):
            break
        count += 1
    return count
