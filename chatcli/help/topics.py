"""Loads the help topics from the package, with their generated tables filled in.

A topic is a Markdown file: `# Title`, one line of summary, `## Sections`. A comment right under a heading holds search
keywords in any language; it is not shown. A line `{{name}}` is replaced by a table that is generated from code, so that
no topic repeats what the code defines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from chatcli.language import N_, current_language
from chatcli.records import frozen

# In the order of the list: beginners' topics first.
GROUPS: Mapping[str, tuple[str, ...]] = {
    N_("First steps"): ("start", "connect", "keys", "commands"),
    N_("Input and output"): ("pipes", "attachments", "templates", "batch", "tools"),
    N_("Settings"): ("config", "providers", "params", "apikeys"),
    N_("Chats"): ("context", "sessions"),
    N_("Trouble"): ("exit-codes", "privacy", "troubleshooting"),
}
NAMES = tuple(name for names in GROUPS.values() for name in names)

_HEADING = re.compile(r"^(#{1,2}) (.+)\n(?:<!-- (.+) -->\n)?", re.MULTILINE)
_TABLE = re.compile(r"^\{\{(\w+)\}\}$", re.MULTILINE)


@frozen
class TopicSection:
    """A part of a topic under its own heading; *body* is Markdown."""

    heading: str
    keywords: tuple[str, ...]
    body: str


@frozen
class Topic:
    """One help topic."""

    name: str
    title: str
    summary: str
    keywords: tuple[str, ...]
    sections: tuple[TopicSection, ...]

    @property
    def text(self) -> str:
        """The whole topic as Markdown, ending in a newline."""
        parts = [f"# {self.title}", self.summary]
        for section in self.sections:
            parts += [f"## {section.heading}", section.body]
        return "\n\n".join(parts) + "\n"


def load_topics(tables: Mapping[str, str]) -> tuple[Topic, ...]:
    """Return all topics in their order; *tables* holds the Markdown for each `{{name}}` and may hold more.

    Raises KeyError naming a table that is missing.
    """
    return tuple(parse_topic(name, _source(name), tables) for name in NAMES)


def parse_topic(name: str, source: str, tables: Mapping[str, str]) -> Topic:
    """Return the topic that *source* describes; raises KeyError naming a table that is missing."""
    # split() yields: what precedes, then level, heading, keywords and body of each part.
    _, *parts = _HEADING.split(source)
    _level, title, keywords, summary = parts[:4]
    sections = [
        TopicSection(heading, _keywords(words), _filled(body, tables))
        for heading, words, body in zip(parts[5::4], parts[6::4], parts[7::4], strict=True)
    ]
    return Topic(name, title, summary.strip(), _keywords(keywords), tuple(sections))


def find_topic(name: str, topics: Sequence[Topic]) -> Topic | None:
    """Return the topic *name*, ignoring case; an unambiguous prefix is enough."""
    wanted = name.strip().lower()
    begun = [topic for topic in topics if wanted and topic.name.startswith(wanted)]
    exact = [topic for topic in begun if topic.name == wanted]
    if exact:
        return exact[0]
    return begun[0] if len(begun) == 1 else None


def _source(name: str) -> str:
    """Return the page of topic *name* in the current language, in English where that is missing."""
    from importlib.resources import files  # with what it brings, it takes longer than a Tab's names

    pages = files(__package__) / "pages"
    page = pages / current_language() / f"{name}.md"
    return (page if page.is_file() else pages / f"{name}.md").read_text(encoding="utf-8")


def _keywords(listed: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (listed or "").split(",") if word.strip())


def _filled(body: str, tables: Mapping[str, str]) -> str:
    return _TABLE.sub(lambda found: tables[found[1]].strip(), body).strip()
