"""Stores a conversation as a tree: nothing is ever overwritten, and one branch is current.

Each message is a child of the one it answers. A retried question, an edited question, one of several answers: each is a
sibling, and the *head* is the last message of the current branch. Ids count from 1 in order of arrival, so that a tree
can be stored and read back row by row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from chatcli.conversation.messages import Message, Usage
from chatcli.records import field, frozen, mutable, replace


@frozen
class AnswerFacts:
    """Metadata of an answer; empty and None mean unknown.

    *host* is the server, *why* says in a few words why it is incomplete, *sources* are the URLs and titles that it
    cites. *asked_at* is in seconds since the epoch; *first_s* and *took_s* are seconds from sending to the first word
    and to the end. *sent_turns* counts the turns sent with the question.
    """

    model: str = ""
    provider: str = ""
    host: str = ""
    request_id: str = ""
    usage: Usage | None = None
    why: str = ""
    asked_at: float | None = None
    first_s: float | None = None
    took_s: float | None = None
    sources: tuple[tuple[str, str], ...] = ()
    sent_turns: int | None = None


@frozen
class Node:
    """One message of the tree; *parent* is the id of its parent message, None for a root."""

    id: int
    parent: int | None
    message: Message
    facts: AnswerFacts | None = None


@frozen
class Summary:
    """The summary sent in place of all turns up to and including message *upto*; the originals stay in the tree."""

    upto: int
    text: str


@frozen
class ChatState:
    """The state of a conversation besides its messages: the current branch, and settings of the next request.

    *examples* are the few-shot messages at the start of every request. *pinned* and *dropped* hold the ids of questions
    whose turns are always or never sent, *asides* the ids of questions asked beside the chat.
    """

    head: int | None = None
    model: str = ""
    provider: str = ""
    system: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    pinned: frozenset[int] = frozenset()
    dropped: frozenset[int] = frozenset()
    summary: Summary | None = None
    examples: tuple[tuple[str, str], ...] = ()
    asides: frozenset[int] = frozenset()

    def without_turns(self, head: int | None = None) -> ChatState:
        """Return the settings for a chat of other messages that ends at *head*, without what refers to messages."""
        none: frozenset[int] = frozenset()
        return replace(self, head=head, pinned=none, dropped=none, asides=none, summary=None)


@mutable
class Branch:
    """The *nodes* of one branch with their *messages*, the *places* of their ids, and those of its *questions*."""

    nodes: list[Node] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    questions: list[int] = field(default_factory=list)

    def append(self, node: Node) -> None:
        """Add *node* at the end."""
        if node.message.role == "user":
            self.questions.append(len(self.nodes))
        self.places[node.id] = len(self.nodes)
        self.nodes.append(node)
        self.messages.append(node.message)

    def replace(self, node: Node) -> None:
        """Replace the node with the id of *node*, if it is one of them."""
        if (place := self.places.get(node.id)) is not None:
            self.nodes[place], self.messages[place] = node, node.message

    def cut(self, length: int) -> None:
        """Remove all but the first *length* nodes."""
        del self.questions[self.count_questions(length) :]
        for node in self.nodes[length:]:
            del self.places[node.id]
        del self.nodes[length:], self.messages[length:]

    def count_questions(self, length: int) -> int:
        """Return how many of the first *length* nodes are questions."""
        return bisect_left(self.questions, length)


@mutable
class Tree:
    """The messages of a conversation; *head* is the last one of the current branch, None if there is none.

    *asides* holds the questions asked beside the conversation: they and their answers are on no branch.
    """

    head: int | None = None
    asides: set[int] = field(default_factory=set)
    _last: int = 0
    _nodes: dict[int, Node] = field(default_factory=dict)
    _below: dict[int | None, list[int]] = field(default_factory=dict)
    _branch: Branch = field(default_factory=Branch)  # that was asked for last, and grows at its end

    @classmethod
    def of(cls, nodes: Iterable[Node], head: int | None = None) -> Tree:
        """Return the tree of *nodes*, parents before children."""
        tree = cls(head)
        for node in nodes:
            tree.put(node)
        return tree

    @property
    def next_id(self) -> int:
        """The id of the next message."""
        return self._last + 1

    @property
    def nodes(self) -> list[Node]:
        """All messages in order of arrival."""
        return list(self._nodes.values())

    def __getitem__(self, id: int) -> Node:
        return self._nodes[id]

    def __contains__(self, id: object) -> bool:
        return id in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def add(self, message: Message, *, parent: int | None, facts: AnswerFacts | None = None) -> Node:
        """Add *message* as a child of *parent*; the head does not move."""
        return self.put(Node(self.next_id, parent, message, facts))

    def add_aside(self, message: Message) -> Node:
        """Add a question asked beside the conversation, after its head."""
        self.asides.add(self.next_id)
        return self.add(message, parent=self.head)

    def aside_of(self, id: int) -> Node | None:
        """Return the aside that message *id* belongs to, None if it is one of the conversation."""
        return next((node for node in self.path(id) if node.id in self.asides), None)

    def put(self, node: Node) -> Node:
        """Add *node*, or replace the one with the same id and parent.

        Raises ValueError if its parent does not precede it, so that no cycle can form.
        """
        if node.parent is not None and not (node.parent in self._nodes and node.parent < node.id):
            message = f"message {node.id} follows {node.parent}, which does not come before it"
            raise ValueError(message)
        if node.id in self._nodes:
            self._branch.replace(node)
        else:
            self._below.setdefault(node.parent, []).append(node.id)
        self._nodes[node.id] = node
        self._last = max(self._last, node.id)
        return node

    def path(self, end: int | None) -> list[Node]:
        """Return the branch that ends with message *end*, from its root; None is the empty branch."""
        return self._branch.nodes[: self._length_to(end)]

    def messages(self, end: int | None) -> list[Message]:
        """Return the messages of the branch that ends with message *end*, oldest first."""
        return self._branch.messages[: self._length_to(end)]

    def questions(self, end: int | None, *, most: int | None = None) -> list[Node]:
        """Return the questions of the branch that ends with message *end*, or the last few, oldest first.

        Each starts a turn.
        """
        count = self._branch.count_questions(self._length_to(end))
        first = 0 if most is None else max(count - most, 0)
        return [self._branch.nodes[place] for place in self._branch.questions[first:count]]

    def count_turns(self, end: int | None) -> int:
        """Return how many turns the branch that ends with message *end* has."""
        length = self._length_to(end)
        return max(self._branch.count_questions(length), min(length, 1))

    def turn(self, end: int | None, number: int) -> list[Message]:
        """Return the messages of turn *number*, from 1, of the branch that ends with message *end*."""
        length, starts = self._length_to(end), self._branch.questions
        start = starts[number - 1] if number > 1 else 0
        stop = starts[number] if number < self._branch.count_questions(length) else length
        return self._branch.messages[start:stop]

    def is_on_branch(self, id: int, end: int | None) -> bool:
        """Return whether message *id* is on the branch that ends with message *end*."""
        length = self._length_to(end)
        return self._branch.places.get(id, length) < length

    def last_turns(self, end: int | None, count: int) -> list[Message]:
        """Return the messages of the last *count* turns of the branch that ends with message *end*."""
        length = self._length_to(end)
        first = self._branch.count_questions(length) - count
        return self._branch.messages[self._branch.questions[first] if first > 0 else 0 : length]

    def _length_to(self, end: int | None) -> int:
        """Return the length of the branch that ends with message *end*, after which the branch at hand begins with it.

        Only what differs from the branch at hand is looked at.
        """
        fresh: list[Node] = []
        while end is not None and end not in self._branch.places:
            fresh.append(self._nodes[end])
            end = self._nodes[end].parent
        length = 0 if end is None else self._branch.places[end] + 1
        if not fresh:
            return length
        self._branch.cut(length)
        for node in reversed(fresh):
            self._branch.append(node)
        return len(self._branch.nodes)

    def children(self, parent: int | None) -> list[Node]:
        """Return the children of *parent*, oldest first; None returns the roots."""
        return [self._nodes[id] for id in self._below.get(parent, ())]

    def leaf(self, id: int) -> int:
        """Return the end of the newest branch through message *id*."""
        while below := [child for child in self._below.get(id, ()) if child not in self.asides]:
            id = below[-1]
        return id

    def copy(self, upto: int | None) -> Tree:
        """Return the branch that ends with *upto* as a new tree, renumbered, with its head at the end."""
        copied = Tree()
        for node in self.path(upto):
            copied.head = copied.add(node.message, parent=copied.head, facts=node.facts).id
        return copied
