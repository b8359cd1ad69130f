"""The title a chat has until it is given one: the beginning of its first question. Pure."""

from __future__ import annotations

from chatcli.conversation.messages import Message
from chatcli.conversation.tree import Tree
from chatcli.text.phrases import one_line, shorten
from chatcli.text.surrogates import REPLACEMENT, repair

TITLE_LENGTH = 80  # characters


def title_of(text: str) -> str:
    """Return *text* as a title: one line, not too long, and as it may be stored."""
    return shorten(one_line(repair(text).replace("\0", REPLACEMENT)), TITLE_LENGTH)


def title_for(question: Message) -> str:
    """Return the title of a chat that begins with *question*."""
    return title_of(question.typed or question.text)


def title_of_tree(tree: Tree) -> str:
    """Return the title of a chat with *tree*, "" where nothing was asked in it."""
    return next((title_for(node.message) for node in tree.nodes if node.message.role == "user"), "")
