"""Models one conversation: its branches, its settings, and the turns excluded from its requests. Pure.

Nothing is overwritten: retried, edited and undone turns stay in the tree, and the history is the branch that ends at
the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatcli.conversation.answers import has_content
from chatcli.conversation.messages import Message, text_message
from chatcli.conversation.tree import BranchTurns, ChatState, Node, Summary, Tree
from chatcli.records import field, mutable

SUMMARY_HEADING = "Summary of the conversation so far, in place of its first turns:"


@mutable
class Conversation:
    """The messages of a conversation, and its settings.

    *options* holds the request parameters that the user set, *examples* the few-shot messages at the start of every
    request. *pinned* and *dropped* hold the ids of questions whose turns are always or never sent. *undone* holds the
    heads that `redo` returns to. *unanswered* is the last question while it has no answer.
    """

    system: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    examples: tuple[tuple[str, str], ...] = ()
    tree: Tree = field(default_factory=Tree)
    pinned: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    summary: Summary | None = None
    undone: list[int] = field(default_factory=list)
    unanswered: Node | None = None

    @property
    def history(self) -> list[Message]:
        """The messages of the current branch, oldest first."""
        return self.history_to(self.tree.head)

    def history_to(self, end: int | None) -> list[Message]:
        """Return the messages of the branch that ends with message *end*."""
        return self.tree.messages(end)

    @property
    def turns(self) -> BranchTurns:
        """The turns of the current branch, each read when it is looked at."""
        return self.tree.turns(self.tree.head)

    @property
    def question_count(self) -> int:
        """How many questions the current branch has."""
        return self.tree.outline.count_questions(self.tree.head)

    @property
    def questions(self) -> list[Node]:
        """The questions of the current branch; each starts a turn."""
        return self.tree.questions(self.tree.head)

    @property
    def last_question(self) -> Node | None:
        """The question of the last turn of the current branch, None if there is none."""
        return next(iter(self.tree.questions(self.tree.head, most=1)), None)

    @property
    def answers_wanted(self) -> int:
        """The number of answers that each question requests."""
        count = self.options.get("n", 1)
        return count if isinstance(count, int) else 1

    @property
    def has_question(self) -> bool:
        """Whether there is a question to retry."""
        return self.unanswered is not None or self.tree.head is not None

    @property
    def is_cut(self) -> bool:
        """Whether the last answer was cut, or ended with the results of tools."""
        last = self.tree[self.tree.head].message if self.tree.head else None
        return last is not None and (last.role == "tool" or (last.role == "assistant" and last.status != "complete"))

    @property
    def exchange(self) -> list[Message]:
        """The tool calls and results that follow the last question; empty unless the branch ends with results."""
        head = self.tree.head
        is_open = head is not None and self.tree[head].message.role == "tool"
        return self.tree.last_turns(head, 1)[1:] if is_open else []

    @property
    def instructions(self) -> Message | None:
        """The system message to send: the system prompt, and the summary of turns that are not sent."""
        texts = [self.system] if self.system else []
        if self.summary and self.summarized_turns:
            texts.append(f"{SUMMARY_HEADING}\n\n{self.summary.text}")
        return text_message("system", "\n\n".join(texts)) if texts else None

    @property
    def summarized_turns(self) -> int:
        """How many turns of the current branch are sent as a summary."""
        if self.summary is None:
            return 0
        outline, upto = self.tree.outline, self.summary.upto
        # The summary does not apply to a branch that starts before its end.
        return outline.count_questions(upto) if outline.is_on_branch(upto, self.tree.head) else 0

    def state(self, *, model: str, provider: str) -> ChatState:
        """Return the state to store with the messages."""
        return ChatState(
            head=self.tree.head,
            model=model,
            provider=provider,
            system=self.system,
            options=dict(self.options),
            pinned=frozenset(self.pinned),
            dropped=frozenset(self.dropped),
            summary=self.summary,
            examples=self.examples,
            asides=frozenset(self.tree.asides),
        )

    def load(self, tree: Tree, state: ChatState) -> None:
        """Load a stored conversation; a final question without an answer becomes the unanswered one."""
        self.tree = tree
        tree.head = state.head if state.head in tree else None
        tree.asides = {id for id in state.asides if id in tree}
        self.system, self.options, self.examples = state.system, dict(state.options), state.examples
        self.pinned, self.dropped, self.summary = set(state.pinned), set(state.dropped), state.summary
        self.undone.clear()
        newest = tree.newest_question
        is_open = newest is not None and newest.parent == tree.head and not self.has_answer(newest)
        self.unanswered = newest if is_open else None

    def has_answer(self, question: Node) -> bool:
        """Return whether any answer to *question* has content."""
        return any(has_content(node.message) for node in self.tree.children(question.id))

    def alternatives(self) -> list[Node]:
        """Return the answers to the last question that have content, oldest first."""
        last = self.last_question
        return [node for node in self.tree.children(last.id) if has_content(node.message)] if last else []

    def undo(self, count: int = 1) -> list[Message]:
        """Undo the last *count* turns and return their questions, oldest first."""
        taken = self.tree.questions(self.tree.head, most=max(count, 0))
        for question in reversed(taken):
            self.branch_before(question)
        return [question.message for question in taken]

    def redo(self, count: int = 1) -> int:
        """Restore up to *count* undone turns, and return how many."""
        back = [self.undone.pop() for _ in range(min(count, len(self.undone)))]
        if back:
            self.tree.head = back[-1]
        return len(back)

    def branch_before(self, question: Node) -> None:
        """Move the head before *question*, so that the next question starts a branch there; `redo` returns."""
        if self.tree.head is not None:
            self.undone.append(self.tree.head)
        self.tree.head = question.parent

    def go_to(self, end: int) -> None:
        """Switch to the branch that ends with message *end*."""
        self.undone.clear()
        self.tree.head = end

    def revoke_summary(self) -> bool:
        """Revert a summary if nothing was asked after it; return whether there was one."""
        if self.summary is None or self.summary.upto != self.tree.head:
            return False
        self.summary = None
        return True

    def turn_numbers(self, ids: Sequence[int] | set[int]) -> set[int]:
        """Return the numbers of the turns whose questions are *ids*, from 1 on the current branch."""
        if not ids:
            return set()
        return {number for number, id in enumerate(self.tree.outline.question_ids(self.tree.head), 1) if id in ids}
