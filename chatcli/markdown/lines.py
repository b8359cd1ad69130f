"""Classifies single lines: where blocks start and end, as CommonMark and GitHub's tables define it.

Predicates look at the text of a line without its indentation, which `Line` keeps track of while containers take their
share. https://spec.commonmark.org/0.31.2/#blocks-and-inlines
"""

from __future__ import annotations

import re

from chatcli.records import frozen

CODE_INDENT = 4
_TAB_STOP = 4

_SETEXT = re.compile(r"(=+|-+)[ \t]*$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_MARKER = re.compile(r"([-+*])(?=[ \t]|$)|(\d{1,9})([.)])(?=[ \t]|$)")
_DEFINITION = re.compile(r"\[(?!\])(?:[^\[\]\\]|\\.){1,999}\]:")
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL = re.compile(r"((?:\\.|[^|])*)(?:\||$)", re.DOTALL)
_CODE_CELL = re.compile(r"((?:\\.|(?<!`)(`++)(?:(?!\2).|\2`+)*?(?<!`)\2(?!`)|[^|])*)(?:\||$)", re.DOTALL)
_ALIGNMENTS = {(False, False): "-", (True, False): "l", (False, True): "r", (True, True): "c"}

# Longer lines are no rules, tables or tags that a person or a model means; reading them as such only costs time.
LONGEST_MARKUP = 2000

_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|"
    "main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|"
    "title|tr|track|ul"
)
_ATTRIBUTE = r"""\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?"""
_LONE_TAG = rf"(?:<[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"
_HTML = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=\s|>|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Z]", re.I), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{_NAMES})(?=\s|/?>|$)", re.I), None),
    (re.compile(_LONE_TAG), None),
)
_MATH = (("$$", "$$", re.compile(r"\$\$[.,;]?[ \t]*$")), ("\\[", "\\]", re.compile(r"\\\][.,;]?[ \t]*$")))

BLANK_LINE = re.compile(r"[ \t]*$")


class SourceLine:
    """A line that containers consume from the left; tabs in its indentation are spaces up to the next tab stop."""

    __slots__ = ("_column", "rest", "size")

    def __init__(self, text: str) -> None:
        self.rest = text
        self.size = len(text)
        self._column = 0
        self._unfold()

    @property
    def indent(self) -> int:
        """The spaces at the beginning of what is left."""
        return len(self.rest) - len(self.rest.lstrip(" "))

    @property
    def text(self) -> str:
        """What is left, without its indentation."""
        return self.rest.lstrip(" ")

    @property
    def is_blank(self) -> bool:
        """Whether nothing but spaces is left."""
        return not self.rest.strip(" \t")

    def drop(self, count: int) -> None:
        """Consume *count* characters."""
        self._column += count
        self.rest = self.rest[count:]
        self._unfold()

    def _unfold(self) -> None:
        text = self.rest.lstrip(" \t")
        blank = self.rest[: len(self.rest) - len(text)]
        if "\t" in blank:
            self.rest = (" " * self._column + blank).expandtabs(_TAB_STOP)[self._column :] + text


@frozen
class Marker:
    """The marker of a list item: its width in characters, and its *number* or None for a bullet."""

    width: int
    delimiter: str
    number: int | None


def marker(text: str) -> Marker | None:
    """Read the list marker that *text* begins with."""
    found = _MARKER.match(text)
    if not found:
        return None
    if found[1]:
        return Marker(1, found[1], None)
    return Marker(found.end(), found[3], int(found[2]))


def heading(text: str) -> tuple[int, str] | None:
    """Return level and content of a heading that begins with `#`."""
    if not text.startswith("#"):
        return None
    marks = len(text) - len(text.lstrip("#"))
    rest = text[marks:]
    if marks > 6 or (rest and rest[0] not in " \t"):
        return None
    content = rest.strip(" \t")
    closed = content.rstrip("#")
    return marks, content if closed and closed[-1] not in " \t" else closed.rstrip(" \t")


def is_setext(text: str) -> bool:
    """Return whether *text* underlines a heading."""
    return _SETEXT.match(text) is not None


def is_rule(text: str) -> bool:
    """Return whether *text* is a thematic break."""
    return len(text) < LONGEST_MARKUP and _RULE.match(text) is not None


def is_definition(text: str) -> bool:
    """Return whether *text* defines a link or a footnote."""
    return text.startswith("[") and _DEFINITION.match(text) is not None


def fence(text: str) -> tuple[str, str] | None:
    """Return the run of marks that opens a code block, and its info string."""
    found = _FENCE.match(text) if text.startswith(("```", "~~~")) else None
    if not found:
        return None
    return found[1] or found[3], (found[2] or found[4] or "").strip()


def closes_fence(text: str, opening: str) -> bool:
    """Return whether *text* closes the code block that the run *opening* began."""
    run = text.rstrip(" \t")
    return len(run) >= len(opening) and run == opening[0] * len(run)


def html_end(text: str, *, interrupts: bool) -> re.Pattern[str] | None:
    """Return what ends the HTML block that *text* begins; None where it begins none.

    *interrupts* says whether it would interrupt a paragraph, which a lone unknown tag cannot.
    """
    if not text.startswith("<"):
        return None
    for begin, end in _HTML[:-1] if interrupts or len(text) > LONGEST_MARKUP else _HTML:
        if begin.match(text):
            return end or BLANK_LINE
    return None


def math_end(text: str) -> re.Pattern[str] | None:
    """Return what ends the block of mathematics that *text* begins; None where it begins none."""
    for begin, closer, end in _MATH:
        # A formula that is closed and followed by words on its line is part of a sentence.
        if text.startswith(begin) and (closer not in text[2:] or end.search(text, 2)):
            return end
    return None


def column_alignments(header: str, delimiter: str) -> str | None:
    """Return the alignments of the table that the two lines begin, one letter of `lrc-` a column."""
    if "|" not in header or max(len(header), len(delimiter)) > LONGEST_MARKUP or not _DELIMITER.match(delimiter):
        return None
    marks = cells(delimiter)
    if len(marks) != len(cells(header, len(marks))) or not ("|" in delimiter or ":" in delimiter):
        return None
    return "".join(_ALIGNMENTS[mark.startswith(":"), mark.endswith(":")] for mark in marks)


def is_row(line: SourceLine) -> bool:
    """Return whether a line behind the heading of a table is a row of it."""
    return line.indent < CODE_INDENT and line.size <= LONGEST_MARKUP


def cells(row: str, columns: int | None = None) -> list[str]:
    """Return the cells of a table row, without the spaces around them; `\\|` is a bar that separates nothing.

    A bar within code separates cells too, as GitHub has it, unless there are as many *columns* as cells without it.
    """
    text = row.strip(" \t").removeprefix("|")
    parts = [found[1] for found in _CELL.finditer(text) if found[0]]
    if columns is not None and len(parts) > columns and "`" in text:
        held = [found[1] for found in _CODE_CELL.finditer(text) if found[0]]
        parts = held if len(held) == columns else parts
    return [part.strip(" \t").replace("\\|", "|") for part in parts]
