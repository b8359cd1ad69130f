"""Parses inline Markdown: markdown-it with strikethrough and additional rules."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image, link

from chatcli.markdown import data_addresses
from chatcli.markdown.addresses import BEGINNING, address
from chatcli.markdown.data_addresses import data_address, data_link
from chatcli.markdown.emphasis import emphasis, strikethrough
from chatcli.markdown.formulas import formula

# What a rule may begin with; markdown-it stops at more marks, for rules that are not used here.
_STOP = re.compile(rf"[\n\\`*_~\[\]!<&$]|{BEGINNING}|{data_addresses.BEGINNING}", re.IGNORECASE)


class InlineParser(MarkdownIt):
    """Reads paragraphs, headings and cells; its block rules are not used.

    Addresses stay as they are written: who shows them judges them.
    """

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.enable("strikethrough")
        self.disable(["text_join"])  # what was escaped must be told from marks
        rules = self.inline.ruler
        rules.at("text", _text)
        rules.at("emphasis", emphasis)
        rules.at("strikethrough", strikethrough)
        rules.before("escape", "formula", formula)
        rules.before("formula", "address", address)
        rules.before("address", "data_address", data_address)
        rules.at("link", _link)
        rules.at("image", _image)
        rules.before("link", "data_link", data_link)

    def normalizeLink(self, url: str) -> str:  # markdown-it's own name
        """Return *url* as it is."""
        return url

    def normalizeLinkText(self, link: str) -> str:  # as above
        """Return *link* as it is."""
        return link


def _text(state: StateInline, silent: bool) -> bool:
    """Read up to the next character that a rule may begin with."""
    found = _STOP.search(state.src, state.pos, state.posMax)
    end = found.start() if found else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _link(state: StateInline, silent: bool) -> bool:
    """Read a link, where there is an end of one: markdown-it reads all that follows to find a label's bracket."""
    return state.src.find("](", state.pos) >= 0 and link(state, silent)


def _image(state: StateInline, silent: bool) -> bool:
    """Read a picture, as a link is read."""
    return state.src.find("](", state.pos) >= 0 and image(state, silent)
