"""Turns HTML into Markdown: visible text, headings, lists, tables, code and links. Pure.

Laws: nothing of scripts, styles and hidden elements comes out; every visible word does, in order. Whatever the page,
the work is linear in its length, and the text has an upper limit: what is nested deeper than shown costs nothing more.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from chatcli.formats.transcript import fenced
from chatcli.text.encodings import encoding_by_mark
from chatcli.tools.html_tokens import EndTag, StartTag, html_tokens

_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas"})
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"}
)
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "figure", "figcaption", "form"}
    | {"address", "details", "summary", "dl", "dt", "dd", "fieldset", "ul", "ol", "table", "body", "html", "hr"}
    | {"thead", "tbody", "tfoot", "caption", "option", "select", "title"}
)
# Elements that end where another begins: HTML lets their end be left out.
_ENDED_BY = {"li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "option": {"option"}, "tr": {"tr", "td", "th"}}
_ENDED_BY |= {"td": {"td", "th"}, "th": {"td", "th"}} | {block: {"p"} for block in _BLOCKS - {"dt", "dd", "option"}}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "samp": "`", "del": "~~", "s": "~~"}
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LOOKED_AT = 2048
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MOST_OPEN = 500  # as in browsers: deeper elements count as parts of the deepest
_MOST_NESTED = 10  # quotes and lists that are marked as such: each costs characters on every line inside it
_MOST_BLANK = 20  # pieces of white space between emphasis and its end
_MOST_CHARS = 2_000_000
_REST = "[the rest of the page is left out]"
_BRACKET = re.compile(r"[\[\]]")


def page_to_markdown(html: str, url: str) -> tuple[str, str]:
    """Return title and text of a page; links are relative to *url*."""
    converter = _Converter(url)
    for token in html_tokens(html):
        match token:
            case StartTag(name, attributes):
                converter.begin(name, attributes)
            case EndTag(name):
                converter.end(name)
            case _:
                converter.add(token)
        if converter.size > _MOST_CHARS:
            title, text = converter.result()
            return title, f"{text[:_MOST_CHARS]}\n\n{_REST}"
    return converter.result()


def charset_of(data: bytes, declared: str) -> str:
    """Return the name of the character set of a page: by its byte-order mark, *declared*, or in the page itself."""
    if marked := encoding_by_mark(data):
        return marked
    inside = _META.search(data[:_LOOKED_AT])
    for name in (declared, inside[1].decode("ascii", "replace") if inside else ""):
        try:
            found = codecs.lookup(name) if name else None
            if found and found._is_text_encoding and found.name not in _NO_PAGES:  # as `bytes.decode` asks too
                return name
        except LookupError:
            continue
    return "utf-8"


# Codecs of Python itself, which no page is written in.
_NO_PAGES = frozenset({"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "unicode_escape"})


class _Converter:
    """Collects blocks of Markdown while the page is parsed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: list[str] = []  # the elements around the current place
        self._unseen_from: int | None = None  # the number of elements around the one that is not seen
        self._blocks: list[str] = []
        self._line: list[str] = []  # inline text of the current block
        self.size = 0  # characters so far, roughly
        self._prefix = ""
        self._lists: list[int | None] = []  # the next number of each list around, None without numbers
        self._quotes = 0
        self._quoted = 0  # how deep the last block was quoted
        self._verbatim = 0
        self._link: tuple[int, str] | None = None  # where the text of the open link begins, and its address
        self._row: list[str] | None = None
        self._is_first_row = True
        self._title: list[str] = []

    def result(self) -> tuple[str, str]:
        """Return title and text."""
        while self._open:
            self._close_last()
        self._end_block()
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self._blocks)).strip("\n")
        return " ".join("".join(self._title).split()), text

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        while self._open and self._open[-1] in _ENDED_BY.get(tag, ()):
            self._close_last()
        if tag not in _VOID:
            if len(self._open) >= _MOST_OPEN:
                self._close_last()
            self._open.append(tag)
        if self._unseen_from is None and _is_unseen(tag, attributes) and tag not in _VOID:
            self._unseen_from = len(self._open) - 1
        if self._unseen_from is None:
            self._begin(tag, attributes)

    def end(self, tag: str) -> None:
        """Close an element, and those inside it that were left open."""
        if tag not in self._open:
            return
        while self._close_last() != tag:
            pass

    def _close_last(self) -> str:
        """Close the innermost element, and return which it was."""
        closed = self._open.pop()
        if self._unseen_from is None:
            self._end(closed)
        elif len(self._open) <= self._unseen_from:
            self._unseen_from = None
        return closed

    def add(self, text: str) -> None:
        """Add text."""
        if self._open and self._open[-1] == "title":
            self._title.append(text)
        elif self._unseen_from is None:
            self._write(text if self._verbatim else _SPACE.sub(" ", text))

    def _write(self, text: str) -> None:
        """Add inline text."""
        self._line.append(text)
        self.size += len(text)

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "br":
            self._write("\n")
        elif tag in _MARKS and not self._verbatim:
            self._write(_MARKS[tag])
        elif tag == "a":
            self._end_link()
            self._link = len(self._line), self._address(attributes.get("href", ""))
        elif tag == "img":
            self._write(f"[image: {_in_brackets(alt)}]" if (alt := attributes.get("alt", "").strip()) else "")
        elif tag in ("td", "th"):
            self._end_cell()
        else:
            self._begin_block(tag)

    def _begin_block(self, tag: str) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._end_block()
            self._prefix = "#" * int(tag[1]) + " "
        elif tag == "pre":
            self._end_block()
            self._verbatim += 1
        elif tag == "blockquote":
            self._end_block()
            self._quotes += 1
        elif tag in ("ul", "ol"):
            self._end_block()
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._begin_item()
        elif tag == "tr":
            self._end_block()
            self._row = []
        elif tag == "table":
            self._end_block()
            self._is_first_row = True
        elif tag in _BLOCKS:
            self._end_block()

    def _begin_item(self) -> None:
        self._end_block()
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        indent = "  " * (min(len(self._lists), _MOST_NESTED) - 1)
        self._prefix = indent + (f"{number}. " if number is not None else "- ")

    def _end(self, tag: str) -> None:
        if tag in _MARKS and not self._verbatim:
            self._end_mark(_MARKS[tag])
        elif tag == "a":
            self._end_link()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "pre":
            self._end_block()
            self._verbatim = max(self._verbatim - 1, 0)
        elif tag == "blockquote":
            self._end_block()
            self._quotes = max(self._quotes - 1, 0)
        elif tag in ("ul", "ol"):
            self._end_block()
            del self._lists[-1:]
            self._blocks.append("")
        elif tag in _BLOCKS or tag == "li" or (len(tag) == 2 and tag[0] == "h"):
            self._end_block()

    def _end_mark(self, mark: str) -> None:
        """Close emphasis; there is none around nothing."""
        for place in range(len(self._line) - 1, max(len(self._line) - _MOST_BLANK, 0) - 1, -1):
            if self._line[place] == mark:
                del self._line[place]
                return
            if self._line[place].strip():
                break
        self._write(mark)

    def _end_link(self) -> None:
        if self._link is None:
            return
        (start, address), self._link = self._link, None
        text = "".join(self._line[start:])
        if address and text.strip():
            self._line[start:] = [f"[{text.strip()}]({address})"]
            self.size += len(address)

    def _end_cell(self) -> None:
        if self._row is not None and (text := self._taken()):
            self._row.append(text.replace("|", "\\|").replace("\n", " "))

    def _end_row(self) -> None:
        self._end_cell()
        row, self._row = self._row, None
        if not row:
            return
        self._put("| " + " | ".join(row) + " |", is_apart=self._is_first_row)
        if self._is_first_row:
            self._put("|" + " --- |" * len(row), is_apart=False)
        self._is_first_row = False

    def _end_block(self) -> None:
        """Write the text so far as a block; inside a table it stays part of its cell."""
        if self._row is not None:
            self._line.append(" ")
            return
        text, prefix = self._taken(), self._prefix
        if not text.strip():
            return
        self._prefix = ""
        is_item = bool(prefix) and not prefix.startswith("#")
        self._put(fenced(text) if self._verbatim else prefix + text, is_apart=not is_item)

    def _put(self, text: str, *, is_apart: bool) -> None:
        depth = min(self._quotes, _MOST_NESTED)
        quote, before = "> " * depth, "> " * min(depth, self._quoted)
        self._quoted = depth
        if is_apart:
            self._blocks.append(before.rstrip())
        lines = [quote + line for line in text.split("\n")]
        self._blocks += lines
        self.size += sum(map(len, lines)) + len(before)

    def _taken(self) -> str:
        """Return the inline text so far, and forget it."""
        self._end_link()
        text = "".join(self._line)
        self._line.clear()
        if self._verbatim:
            return text.strip("\n")
        lines = (_SPACE.sub(" ", line).strip() for line in text.split("\n"))
        return "\n".join(lines).strip()

    def _address(self, href: str) -> str:
        """Return the absolute address of a link to a page, empty for any other."""
        try:
            found = urljoin(self._url, href.strip())
            return found if urlsplit(found).scheme in ("http", "https") and " " not in found else ""
        except ValueError:
            return ""


def _in_brackets(text: str) -> str:
    """Return *text* on one line, unable to end the brackets around it."""
    return _BRACKET.sub(r"\\\g<0>", _SPACE.sub(" ", text))


def _is_unseen(tag: str, attributes: Mapping[str, str]) -> bool:
    style = attributes.get("style", "").lower()
    is_hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    return tag in _UNSEEN or is_hidden or bool(_UNSEEN_STYLE.search(style))
