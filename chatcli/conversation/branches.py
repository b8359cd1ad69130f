"""Lists the branches of a conversation as picker rows: one turn per row, indented at forks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatcli.conversation.messages import Message
from chatcli.conversation.tree import Node, Tree
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.phrases import one_line, shorten

_TEXT_LENGTH = 40
_LOOKED_AT = 400  # characters of a text, which nearly always make a line


@frozen
class BranchPoint:
    """One turn on a branch: *number* counts the turns of the branch, *depth* the forks before it.

    *answer* is None if the question has none; *end* is the last message of the turn, which a switch goes to.
    *is_used* marks the current branch, *is_aside* a question asked beside the chat.
    """

    number: int
    depth: int
    question: Node
    answer: Node | None
    end: int | None
    is_used: bool
    is_aside: bool = False

    @property
    def label(self) -> str:
        """The turn in one line, indented by its depth."""
        mark = "*" if self.is_used else " "
        number = _("aside") if self.is_aside else self.number
        missing = _("(no answer)")
        answer = f" → {shorten_line(self.answer.message)}" if self.answer else f"  {missing}"
        return f"{mark} {'  ' * self.depth}{number}  {shorten_line(self.question.message)}{answer}"


def list_branches(tree: Tree) -> Iterator[BranchPoint]:
    """Yield every turn of *tree*, each before its successors, oldest branch first."""
    used = {node.id for node in tree.path(tree.head)}
    waiting = _onward(tree, None, 1, 0, used)[::-1]
    while waiting:
        way = waiting.pop()
        yield way
        if way.end is not None and not way.is_aside:
            waiting += _onward(tree, way.end, way.number + 1, way.depth, used)[::-1]


def shorten_line(message: Message, most: int = _TEXT_LENGTH) -> str:
    """Return the start of a message in one line."""
    text = message.typed or message.text or message.refusal or message.reasoning
    line = one_line(text[:_LOOKED_AT])
    return shorten(line if len(line) > most or len(text) <= _LOOKED_AT else one_line(text), most)


def _onward(tree: Tree, parent: int | None, number: int, depth: int, used: set[int]) -> list[BranchPoint]:
    pairs: list[tuple[Node, Node | None]] = [
        (question, answer)
        for question in tree.children(parent)
        if question.message.role == "user"
        for answer in _answers(tree, question)
    ]
    depth += sum(question.id not in tree.asides for question, _ignored in pairs) > 1
    return [
        BranchPoint(
            number,
            depth + (question.id in tree.asides),
            question,
            answer,
            None if answer is None else _end(tree, answer),
            is_used=question.id in used and (answer is None or answer.id in used),
            is_aside=question.id in tree.asides,
        )
        for question, answer in pairs
    ]


def _answers(tree: Tree, question: Node) -> Sequence[Node | None]:
    """Return the answers with content, or None in place of a missing one."""
    below = tree.children(question.id)
    found = [node for node in below if node.message.parts or node.message.tool_calls or node.message.refusal]
    return found or [None]


def _end(tree: Tree, answer: Node) -> int:
    """Return the last message of the turn, which includes tool results and the answers to them."""
    end = answer.id
    while further := [node for node in tree.children(end) if node.message.role != "user"]:
        end = further[-1].id
    return end
