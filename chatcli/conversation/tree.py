"""Stores a conversation as a tree: nothing is ever overwritten, and one branch is current.

Each message is a child of the one it answers. A retried question, an edited question, one of several answers: each is a
sibling, and the *head* is the last message of the current branch. Ids count from 1 in order of arrival, so that a tree
can be stored and read back row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from chatcli.conversation.messages import Message, Usage
from chatcli.conversation.outline import Outline
from chatcli.records import field, frozen, mutable, replace

_AT_ONCE = 50  # messages that are read together: a screenful or two


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


# Returns the messages with these ids, which are in the outline of the tree.
NodeReader: TypeAlias = Callable[[Sequence[int]], Iterable[Node]]


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


def _read_nothing(ids: Sequence[int]) -> Iterable[Node]:
    message = f"messages {ids} are in memory"
    raise AssertionError(message)


@mutable
class Tree:
    """The messages of a conversation; *head* is the last one of the current branch, None if there is none.

    *asides* holds the questions asked beside the conversation: they and their answers are on no branch.

    The tree of a stored conversation begins with its outline, and reads messages when they are asked for. So what only
    counts, or looks at the last turns, reads no others. Whatever returns messages may raise ChatError if it must read.
    """

    head: int | None = None
    asides: set[int] = field(default_factory=set)
    outline: Outline = field(default_factory=Outline)
    _read: NodeReader = _read_nothing
    _nodes: dict[int, Node] = field(default_factory=dict)  # those in memory

    @classmethod
    def of(cls, nodes: Iterable[Node], head: int | None = None) -> Tree:
        """Return the tree of *nodes*, parents before children."""
        tree = cls(head)
        for node in nodes:
            tree.put(node)
        return tree

    @classmethod
    def stored(cls, outline: Outline, read: NodeReader) -> Tree:
        """Return the tree with this *outline*, in order of ids; *read* returns the messages with given ids."""
        return cls(outline=outline, _read=read)

    @property
    def next_id(self) -> int:
        """The id of the next message."""
        return self.outline.last + 1

    @property
    def nodes(self) -> list[Node]:
        """All messages in order of arrival."""
        return self._take(list(self.outline.parents))

    @property
    def unread(self) -> list[int]:
        """The ids of the messages that have not been read, oldest first."""
        return [id for id in self.outline.parents if id not in self._nodes]

    def __getitem__(self, id: int) -> Node:
        return self._nodes.get(id) or self._take([id])[0]

    def __contains__(self, id: object) -> bool:
        return id in self.outline.parents

    def __len__(self) -> int:
        return len(self.outline.parents)

    def after(self, id: int) -> list[Node]:
        """Return the messages that arrived after message *id*."""
        return self._take([other for other in range(id + 1, self.next_id) if other in self])

    def in_memory(self, id: int) -> Node | None:
        """Return message *id* if it has been read."""
        return self._nodes.get(id)

    def keep(self, nodes: Iterable[Node]) -> None:
        """Keep *nodes*, which were read ahead of need."""
        self._nodes |= {node.id: node for node in nodes if node.id not in self._nodes}

    def add(self, message: Message, *, parent: int | None, facts: AnswerFacts | None = None) -> Node:
        """Add *message* as a child of *parent*; the head does not move."""
        return self.put(Node(self.next_id, parent, message, facts))

    def add_aside(self, message: Message) -> Node:
        """Add a question asked beside the conversation, after its head."""
        self.asides.add(self.next_id)
        return self.add(message, parent=self.head)

    def aside_of(self, id: int) -> Node | None:
        """Return the aside that message *id* belongs to, None if it is one of the conversation."""
        above = next((other for other in self.outline.path(id) if other in self.asides), None)
        return None if above is None else self[above]

    def put(self, node: Node) -> Node:
        """Add *node*, or replace the one with the same id and parent.

        Raises ValueError if its parent does not precede it, so that no cycle can form.
        """
        self.outline.add(node.id, node.parent, is_question=node.message.role == "user")
        self._nodes[node.id] = node
        return node

    @property
    def newest_question(self) -> Node | None:
        """The newest question that was not asked beside the conversation, None if there is none."""
        newest = max(self.outline.questions - self.asides, default=None)
        return None if newest is None else self[newest]

    def count_all_questions(self) -> int:
        """Return how many questions all branches have, without those asked beside the conversation."""
        return len(self.outline.questions) - len(self.outline.questions & self.asides)

    def path(self, end: int | None) -> list[Node]:
        """Return the branch that ends with message *end*, from its root; None is the empty branch."""
        return self._take(self.outline.path(end))

    def newest_first(self, end: int | None) -> Iterator[Node]:
        """Yield the messages of the branch that ends with message *end*, and read them as they are asked for."""
        ids = self.outline.path(end)
        for stop in range(len(ids), 0, -_AT_ONCE):
            yield from reversed(self._take(ids[max(stop - _AT_ONCE, 0) : stop]))

    def messages(self, end: int | None) -> list[Message]:
        """Return the messages of the branch that ends with message *end*, oldest first."""
        return [node.message for node in self.path(end)]

    def questions(self, end: int | None, *, most: int | None = None) -> list[Node]:
        """Return the questions of the branch that ends with message *end*, or the last few, oldest first.

        Each starts a turn.
        """
        return self._take(self.outline.question_ids(end, most=most))

    def turns(self, end: int | None) -> BranchTurns:
        """Return the turns of the branch that ends with message *end*."""
        return BranchTurns(self, end)

    def turn(self, end: int | None, number: int) -> list[Message]:
        """Return the messages of turn *number*, from 1, of the branch that ends with message *end*."""
        return self._in_turns(self.outline.turn(end, number))

    def last_turns(self, end: int | None, count: int) -> list[Message]:
        """Return the messages of the last *count* turns of the branch that ends with message *end*."""
        return self._in_turns(self.outline.last_turns(end, count))

    def _in_turns(self, places: range) -> list[Message]:
        """Return the messages in *places* of the branch at hand; those around them are likely wanted next."""
        ids = self.outline.branch.ids
        wanted = ids[places.start : places.stop]
        if not all(id in self._nodes for id in wanted):
            first, last = places.start // _AT_ONCE, -(-places.stop // _AT_ONCE)
            self._take(ids[first * _AT_ONCE : last * _AT_ONCE])
        return [self._nodes[id].message for id in wanted]

    def _take(self, ids: Sequence[int]) -> list[Node]:
        nodes = self._nodes
        if unread := [id for id in ids if id not in nodes]:
            self.keep(self._read(unread))
        return [nodes[id] for id in ids]

    def children(self, parent: int | None) -> list[Node]:
        """Return the children of *parent*, oldest first; None returns the roots."""
        return self._take(self.outline.children(parent))

    def leaf(self, id: int) -> int:
        """Return the end of the newest branch through message *id*."""
        while below := [child for child in self.outline.children(id) if child not in self.asides]:
            id = below[-1]
        return id

    def copy(self, upto: int | None) -> Tree:
        """Return the branch that ends with *upto* as a new tree, renumbered, with its head at the end."""
        copied = Tree()
        for node in self.path(upto):
            copied.head = copied.add(node.message, parent=copied.head, facts=node.facts).id
        return copied


@frozen
class BranchTurns:
    """The turns of the branch of *tree* that ends with message *end*, each read when it is looked at."""

    tree: Tree
    end: int | None

    def __len__(self) -> int:
        return self.tree.outline.count_turns(self.end)

    def __getitem__(self, place: int) -> tuple[Message, ...]:
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return tuple(self.tree.turn(self.end, place % len(self) + 1))
