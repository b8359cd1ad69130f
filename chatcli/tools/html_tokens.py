"""Splits HTML into text and tags, as browsers do with whatever is written. Pure.

The parser of the standard library takes quadratic time for text such as `<!--<!--<!--`. Law: every character is looked
at a bounded number of times; what has no end extends to the end of the page.
https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from chatcli.records import field, frozen

# Elements whose content is text, up to their own end; in the first two, it may contain character references.
_READ_AS_TEXT = frozenset({"title", "textarea"})
_VERBATIM = frozenset({"script", "style", "iframe", "noembed", "noframes", "xmp"})
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?""")

# More digits than Python reads, or than a character can have: the first eight are already too large a number.
_NUMBER = re.compile(r"&#0*([0-9]{1,8})[0-9]*")


@frozen
class StartTag:
    """The start of an element; names are in lower case."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@frozen
class EndTag:
    """The end of an element."""

    name: str


HtmlToken: TypeAlias = str | StartTag | EndTag


def html_tokens(page: str) -> Iterator[HtmlToken]:
    """Yield the texts and tags of *page*, in order; comments and declarations are left out."""
    place = 0
    while (start := page.find("<", place)) >= 0:
        if start > place:
            yield _unescape(page[place:start])
        if tag := _TAG.match(page, start):
            place = tag.end()
            name = tag[2].lower()
            if tag[1]:
                place = _after(page, ">", place)
                yield EndTag(name)
            else:
                attributes, place = _attributes(page, place)
                yield StartTag(name, attributes)
                text, place = _content(page, name, place)
                if text:
                    yield text
        elif page.startswith("<!--", start):
            place = _after(page, "-->", start + 2)  # `<!-->` is a comment too
        elif page.startswith(("<!", "<?", "</"), start):
            place = _after(page, ">", start)
        else:
            yield "<"
            place = start + 1
    if place < len(page):
        yield _unescape(page[place:])


def _unescape(text: str) -> str:
    return html.unescape(_NUMBER.sub(r"&#\1", text))


def _after(page: str, mark: str, place: int) -> int:
    """Return the place behind the next *mark*, or the end."""
    found = page.find(mark, place)
    return len(page) if found < 0 else found + len(mark)


def _attributes(page: str, place: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, and the place behind it; the first of a name counts."""
    found: dict[str, str] = {}
    while attribute := _ATTRIBUTE.match(page, place):
        value = next((group for group in attribute.groups()[1:] if group is not None), "")
        found.setdefault(attribute[1].lower(), _unescape(value))
        place = attribute.end()
    return found, _after(page, ">", place)


def _content(page: str, name: str, place: int) -> tuple[str, int]:
    """Return the content of an element that holds only text, and the place of its end tag."""
    if name not in _READ_AS_TEXT | _VERBATIM:
        return "", place
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, place)
    stop = end.start() if end else len(page)
    text = page[place:stop]
    return (_unescape(text) if name in _READ_AS_TEXT else text), stop
