"""Tracks open containers: the quotes, lists and items that the next line may continue."""

from __future__ import annotations

from chatcli.markdown.leaves import Container, Quote
from chatcli.markdown.lines import CODE_INDENT, SourceLine
from chatcli.records import frozen


@frozen
class List:
    """An open list: its items share *delimiter*, and *number* is the next item's."""

    id: int
    delimiter: str
    number: int


@frozen
class Open:
    """An open container; an item's content is indented by *indent* columns."""

    node: Container | List
    indent: int = 0
    is_empty: bool = False


def continues(container: Open, line: SourceLine) -> bool:
    """Take the container's share of *line*; tell whether the line continues it."""
    node = container.node
    if isinstance(node, List):
        return True
    if isinstance(node, Quote):
        if line.indent >= CODE_INDENT or not line.text.startswith(">"):
            return False
        line.drop(line.indent + 1)
        line.drop(line.rest.startswith(" "))
        return True
    if line.is_blank:
        line.drop(min(line.indent, container.indent))
        return not container.is_empty
    if line.indent < container.indent:
        return False
    line.drop(container.indent)
    return True
