"""Derives the default title of a chat from the start of its first question. Pure."""

from __future__ import annotations

from chatcli.conversation.messages import Message
from chatcli.conversation.tree import Tree
from chatcli.text.phrases import one_line, shorten
from chatcli.text.surrogates import REPLACEMENT, repair

TITLE_LENGTH = 80  # characters


def title_of(text: str) -> str:
    """Return *text* as a title: one line, shortened, and safe to store."""
    return shorten(one_line(repair(text).replace("\0", REPLACEMENT)), TITLE_LENGTH)


def title_for(question: Message) -> str:
    """Return the title of a chat that starts with *question*."""
    return title_of(question.typed or question.text)


def title_of_tree(tree: Tree) -> str:
    """Return the title of a chat with *tree*, "" if it has no question."""
    return next((title_for(node.message) for node in tree.nodes if node.message.role == "user"), "")
