"""A conversation as a tree: nothing that was said is ever overwritten, and one branch of it is the one in use.

Each message hangs below the one it answers. A question asked again, an edited question, one of several answers: each is
a sibling, and the *head* names the message at the end of the branch in use. Ids count from 1 in the order of coming, so
that a tree can be kept and read back row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatcli.conversation.messages import Message, Usage
from chatcli.records import field, frozen, mutable, replace


@frozen
class AnswerFacts:
    """What is known of an answer beside its words; empty and None mean that nobody said.

    *host* is where it was asked for, *why* tells in a few words why it is not whole, *sources* are the addresses
    and titles that it names. *asked_at* is in seconds since the epoch; *first_s* and *took_s* are seconds from sending
    to the first word and to the end. *sent_turns* counts the turns that went along with the question.
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
    """One message in its place; *parent* is the id of the message it hangs below, None for a beginning."""

    id: int
    parent: int | None
    message: Message
    facts: AnswerFacts | None = None


@frozen
class Summary:
    """What is sent in place of all turns up to and with the message *upto*; the originals stay in the tree."""

    upto: int
    text: str


@frozen
class ChatState:
    """What a conversation is beside its messages: the branch in use, and what is set for the next request.

    *examples* are questions and answers that every request begins with. *pinned* and *dropped* hold the ids of
    questions whose turns are always or never sent.
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

    def without_turns(self, head: int | None = None) -> ChatState:
        """Return what is set, for a chat of other messages that ends at *head*: nothing is pinned or summed up."""
        return replace(self, head=head, pinned=frozenset(), dropped=frozenset(), summary=None)


@mutable
class Tree:
    """The messages of a conversation; *head* is the last one of the branch in use, None before the first."""

    head: int | None = None
    _last: int = 0
    _nodes: dict[int, Node] = field(default_factory=dict)
    _below: dict[int | None, list[int]] = field(default_factory=dict)
    # The branch that was asked for last: it is asked for again and again, and grows at its end.
    _branch: list[Node] = field(default_factory=list)
    _on_branch: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, nodes: Iterable[Node], head: int | None = None) -> Tree:
        """Return the tree of *nodes*, parents before children."""
        tree = cls(head)
        for node in nodes:
            tree.put(node)
        return tree

    @property
    def next_id(self) -> int:
        """The id of the message that comes next."""
        return self._last + 1

    @property
    def nodes(self) -> list[Node]:
        """All messages in the order of coming."""
        return list(self._nodes.values())

    def __getitem__(self, id: int) -> Node:
        return self._nodes[id]

    def __contains__(self, id: object) -> bool:
        return id in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def add(self, message: Message, *, parent: int | None, facts: AnswerFacts | None = None) -> Node:
        """Hang *message* below *parent*; the head stays where it is."""
        return self.put(Node(self.next_id, parent, message, facts))

    def put(self, node: Node) -> Node:
        """Take *node* in, or in place of the one that has its id and hangs in the same place.

        Raises ValueError where its parent has not come before it: so no circle can form.
        """
        if node.parent is not None and not (node.parent in self._nodes and node.parent < node.id):
            message = f"message {node.id} hangs below {node.parent}, which has not come before it"
            raise ValueError(message)
        if node.id in self._on_branch:
            self._branch, self._on_branch = [], set()
        if node.id not in self._nodes:
            self._below.setdefault(node.parent, []).append(node.id)
        self._nodes[node.id] = node
        self._last = max(self._last, node.id)
        return node

    def path(self, end: int | None) -> list[Node]:
        """Return the branch that ends with message *end*, from its beginning; None is the empty one."""
        found: list[Node] = []
        known = self._branch[-1].id if self._branch else None
        while end is not None and end != known:
            found.append(self._nodes[end])
            end = self._nodes[end].parent
        if end is None:
            self._branch, self._on_branch = [], set()
        self._branch.extend(reversed(found))
        self._on_branch.update(node.id for node in found)
        return list(self._branch)

    def children(self, parent: int | None) -> list[Node]:
        """Return what hangs below *parent*, oldest first; None asks for the beginnings."""
        return [self._nodes[id] for id in self._below.get(parent, ())]

    def leaf(self, id: int) -> int:
        """Return the end of the newest branch that goes through message *id*."""
        while below := self._below.get(id):
            id = below[-1]
        return id

    def copy(self, upto: int | None) -> Tree:
        """Return the branch that ends with *upto* as a tree of its own, numbered anew, with its head at the end."""
        copied = Tree()
        for node in self.path(upto):
            copied.head = copied.add(node.message, parent=copied.head, facts=node.facts).id
        return copied
