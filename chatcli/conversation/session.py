"""One conversation: its branches, what is set for it, and the way of a turn.

A turn is a transaction. The question is journalled before anything is sent; the history grows in one place, at the end,
by question and answer together; what was shown of an answer is kept, marked with how it ended. A question that got no
word of an answer leaves the history as it was, and is given back. Nothing is overwritten: what is asked again, edited
or taken back stays in the tree, and the history is the branch of it that ends at the head.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import ceil
from typing import Any

from chatcli.conversation.answers import EMPTY_ANSWER, Timing, answer_facts, has_content, join_answers
from chatcli.conversation.messages import (
    Event,
    Listener,
    Message,
    Part,
    Request,
    TextPart,
    Usage,
    UsageReported,
    text_message,
)
from chatcli.conversation.model_info import Price
from chatcli.conversation.notices import TurnNotices
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.overflow import Overflow, OverflowNotices
from chatcli.conversation.ports import Client, Journal, NoJournal
from chatcli.conversation.reply import Reply
from chatcli.conversation.sendable import sendable, without_foreign
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Summary, Tree
from chatcli.conversation.window import Window
from chatcli.errors import ChatError, ContextTooLongError, IncompleteAnswerError, Stopped
from chatcli.records import field, frozen, mutable, replace
from chatcli.text.surrogates import repair

MALFORMED_MAX = 3  # A stream with more unreadable events than this is not worth waiting for.
CONTINUE_PROMPT = "Continue exactly where you stopped. Do not repeat anything and do not comment."
SUMMARY_HEADING = "Summary of the conversation so far, in place of its first turns:"


@frozen
class Turn:
    """What came of a question: the reply as it ended, what was sent, and the error where it did not end well."""

    question: Message
    reply: Reply
    window: Window
    error: ChatError | None = None

    @property
    def is_lost(self) -> bool:
        """Whether no word of an answer came, so that the question should be asked anew."""
        return not has_content(self.reply.message())


@mutable
class Session:
    """A conversation with one model; every field may be changed between turns.

    *name* is the user's, as models are told it. *completes* lets the model go on with the text of the question instead
    of answering it. *options* holds the request parameters that somebody set, *measure* knows the window and what takes
    it. *opening* is how the next answers begin. *guard* is entered while a request runs: only inside it may Ctrl-C
    raise, so that keeping the answer is never torn. *price* tells what a model costs. *acquaint* is called once, before
    the first request: it asks the endpoint for a model and a window that are not set. *lost* is the last question as
    long as no word of an answer to it has come, for it to be given back. *undone* holds the heads that `redo` goes back
    to. *now* is the time of day, *clock* measures; both in seconds.
    """

    client: Client
    model: str
    budget: TokenBudget
    provider: str = ""
    host: str = ""
    system: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    overflow: Overflow = "oldest"
    stream: bool = True
    completes: bool = False
    prefill: str = ""
    name: str = ""
    price: Callable[[str], Price | None] = lambda _model: None
    journal: Journal = field(default_factory=NoJournal)
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    discover: Callable[[Session], None] | None = None
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    tree: Tree = field(default_factory=Tree)
    pinned: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    summary: Summary | None = None
    examples: tuple[tuple[str, str], ...] = ()
    undone: list[int] = field(default_factory=list)
    last: Turn | None = None
    unanswered: Node | None = None
    _trimming: OverflowNotices = field(default_factory=OverflowNotices)
    _remarks: TurnNotices = field(default_factory=TurnNotices)

    @property
    def history(self) -> list[Message]:
        """The messages of the branch in use, oldest first."""
        return self._upto(self.tree.head)

    @property
    def questions(self) -> list[Node]:
        """The questions of the branch in use: each begins a turn."""
        return [node for node in self.tree.path(self.tree.head) if node.message.role == "user"]

    @property
    def state(self) -> ChatState:
        """What is to be kept beside the messages."""
        return ChatState(
            head=self.tree.head,
            model=self.model,
            provider=self.provider,
            system=self.system,
            options=dict(self.options),
            pinned=frozenset(self.pinned),
            dropped=frozenset(self.dropped),
            summary=self.summary,
            examples=self.examples,
        )

    def turn(self, parts: Sequence[Part] | str, show: Listener) -> Turn:
        """Ask, and show what comes; Ctrl-C stops the answer and nothing else.

        Raises ContextTooLongError when the question cannot fit; nothing was sent then. Raises Stopped when a signal
        ends the program; what came of the answer is kept before.
        """
        return self._take(self._question(parts), show, before=self.tree.head)

    def retry(self, show: Listener) -> Turn | None:
        """Ask the last question again; None where there is none. The old answer is left only when a new one came."""
        again = self.unanswered or next(reversed(self.questions), None)
        if again is None:
            return None
        if again is self.unanswered and again.parent != self.tree.head:  # what stood before it has been taken back
            return self._take(again.message, show, before=self.tree.head)
        turn = self._take(again.message, show, before=again.parent, again=again)
        if turn.is_lost and self._has_answer(again):
            self.unanswered = None
        return turn

    def compare(self, several: Client, show: Listener) -> Turn | None:
        """Ask the last question again of *several* models at once; None where there is none.

        Their answers stand beside those that were there before; the first that came is the one that goes on.
        """
        own, self.client = self.client, several
        options, self.options = self.options, {name: value for name, value in self.options.items() if name != "n"}
        try:
            return self.retry(show)
        finally:
            self.client, self.options = own, options

    def continue_answer(self, show: Listener) -> Turn | None:
        """Ask for the rest of an answer that was cut, and join it; None where no answer is cut."""
        if not self.is_cut or self.tree.head is None:
            return None
        cut = self.tree[self.tree.head]
        question = self.tree[cut.parent] if cut.parent else None
        turn = self._take(text_message("user", CONTINUE_PROMPT), show, before=cut.id, again=question, start=cut.message)
        self.unanswered = None  # these words are not the user's
        return turn

    def ask_aside(self, text: str, show: Listener, *, end: int | None = None) -> Reply:
        """Ask something about the conversation, up to message *end*, that does not become a part of it.

        Raises ChatError where that fails.
        """
        asked, history = text_message("user", text), self._upto(end or self.tree.head)
        window = self._fitted(history, asked, self.available_tokens())
        reply, error = self._ask(window, show, NoJournal())
        if error:
            raise error
        return reply

    def undo(self, count: int = 1) -> list[Message]:
        """Take back the last *count* turns and return their questions, oldest first."""
        taken = self.questions[-count:] if count > 0 else []
        for question in reversed(taken):
            self._step_back(question)
        if taken:
            self.journal.keep(self.state)
        return [question.message for question in taken]

    def redo(self, count: int = 1) -> int:
        """Put back up to *count* turns that were taken back, and return how many."""
        back = [self.undone.pop() for _ in range(min(count, len(self.undone)))]
        if back:
            self._go(back[-1])
        return len(back)

    def branch_before(self, question: Node) -> None:
        """Go back to before *question*, so that the next one is another way to go on from there; `redo` returns."""
        self._step_back(question)
        self.journal.keep(self.state)

    def go_to(self, end: int) -> None:
        """Make the branch that ends with message *end* the one in use."""
        self.undone.clear()
        self._go(end)

    def alternatives(self) -> list[Node]:
        """Return the answers to the last question that hold anything, oldest first."""
        last = next(reversed(self.questions), None)
        return [node for node in self.tree.children(last.id) if has_content(node.message)] if last else []

    def load(self, tree: Tree, state: ChatState) -> None:
        """Go on with a conversation that was kept; a question at its end that nobody answered is the lost one."""
        self.clear()
        self.tree = tree
        tree.head = state.head if state.head in tree else None
        self.model, self.provider = state.model or self.model, state.provider or self.provider
        self.system, self.options = state.system, dict(state.options)
        self.pinned, self.dropped, self.summary = set(state.pinned), set(state.dropped), state.summary
        self.examples = state.examples
        newest = next((node for node in reversed(tree.nodes) if node.message.role == "user"), None)
        if newest and newest.parent == tree.head and not self._has_answer(newest):
            self.unanswered = newest

    def clear(self) -> None:
        """Begin anew with an empty tree; neither the model nor what was set is forgotten."""
        self.tree = Tree()
        self.pinned.clear()
        self.dropped.clear()
        self.undone.clear()
        self.summary = self.last = self.unanswered = None
        self._trimming = OverflowNotices()
        self._remarks.forget_loss()

    @property
    def is_truncated(self) -> bool:
        """Whether the server read much less of the last request than was sent."""
        return self._remarks.is_truncated

    @property
    def has_question(self) -> bool:
        """Whether there is a question that could be asked again."""
        return self.unanswered is not None or self.tree.head is not None

    @property
    def is_cut(self) -> bool:
        """Whether the last answer ended before its end."""
        last = self.tree[self.tree.head].message if self.tree.head else None
        return last is not None and last.role == "assistant" and last.status != "complete"

    def _upto(self, end: int | None) -> list[Message]:
        return [node.message for node in self.tree.path(end)]

    def _has_answer(self, question: Node) -> bool:
        return any(has_content(node.message) for node in self.tree.children(question.id))

    def _step_back(self, question: Node) -> None:
        if self.tree.head is not None:
            self.undone.append(self.tree.head)
        self.tree.head = question.parent

    def _go(self, head: int) -> None:
        self.tree.head = head
        self.journal.keep(self.state)

    def _take(
        self,
        asked: Message,
        show: Listener,
        *,
        before: int | None,
        again: Node | None = None,
        start: Message | None = None,
    ) -> Turn:
        """Ask *asked* after the branch that ends with *before*; the answer hangs below *again* if it was asked before.

        *start* is the answer that is gone on with: the new one begins with it.
        """
        history = self._upto(before)
        window = self._fit(history, asked, self.available_tokens(), show)
        question = again or self.tree.add(asked, parent=before)
        pending = self.tree.add(replace(start or EMPTY_ANSWER, status="streaming"), parent=question.id)
        self.journal.begin(question, pending, self.state)
        timing = Timing(self.now(), self.clock)
        window, reply, error = self._ask_in_window(history, asked, window, timing.listening(show))
        answers = self._settle(pending, reply, start, timing)
        is_answered = has_content(reply.message())
        if is_answered:
            self.tree.head = pending.id
            self.undone.clear()
        self.unanswered = None if is_answered else question
        self.journal.finish(answers, self.state)
        if isinstance(error, Stopped):
            raise error
        self.last = Turn(
            asked, reply, window, ending_error(reply, error, self.options, window_tokens=self.budget.window_tokens)
        )
        sent, is_well = [*window.messages, *self._beside()], self.last.error is None
        for notice in self._remarks.after_turn(reply, sent, self.budget, self.options, is_well=is_well):
            show(notice)
        return self.last

    def _ask_in_window(
        self, history: Sequence[Message], asked: Message, window: Window, show: Listener
    ) -> tuple[Window, Reply, ChatError | Stopped | None]:
        """Ask with what is known of the window, and once more where the server knows better."""
        if self.discover:
            try:
                with self.guard():
                    self._get_acquainted()
                window = self._fit(history, asked, self.available_tokens(), show)
            except KeyboardInterrupt:
                return window, Reply(stopped=True), None
            except (ChatError, Stopped) as failure:
                return window, Reply(failure=str(failure)), failure
        reply, error = self._ask(window, show, self.journal, self.prefill)
        if isinstance(error, ContextTooLongError) and reply.is_empty and window.earlier_turns:
            return self._ask_for_less(error, history, asked, window, show)
        return window, reply, error

    def _settle(self, pending: Node, reply: Reply, start: Message | None, timing: Timing) -> list[Node]:
        """Put what came into the tree: the answer that goes on in the *pending* made for it, others beside it."""
        first, *others = sorted(reply.choices) or [0]
        answer = join_answers(start, reply.message()) if start else reply.message()
        nodes = [self.tree.put(replace(pending, message=answer, facts=self._facts(reply, first, timing)))]
        return nodes + [
            self.tree.add(message, parent=pending.parent, facts=self._facts(reply, index, timing))
            for index in others
            if has_content(message := reply.message(index))
        ]

    def _facts(self, reply: Reply, index: int, timing: Timing) -> AnswerFacts:
        return answer_facts(reply, index, timing, model=self.model, provider=self.provider, host=self.host)

    @property
    def answers(self) -> int:
        """How many answers are asked for."""
        count = self.options.get("n", 1)
        return count if isinstance(count, int) else 1

    def _question(self, parts: Sequence[Part] | str) -> Message:
        if isinstance(parts, str):
            return text_message("user", repair(parts), name=self.name or None)
        mended = (TextPart(repair(part.text), part.source) if isinstance(part, TextPart) else part for part in parts)
        return Message("user", tuple(mended), name=self.name or None)

    def request(self, parts: Sequence[Part] | str) -> Request:
        """Return what would be sent for a question, telling nobody; raises ContextTooLongError."""
        window = self._fitted(self.history, self._question(parts), self.available_tokens())
        return self._request(window, self.prefill)

    def _request(self, window: Window, opening: str) -> Request:
        messages = sendable(without_foreign(self._sent(window), self.tree.path(self.tree.head), self.provider))
        return Request(self.model, messages, dict(self.options), self.stream, self.completes, opening)

    def _sent(self, window: Window) -> Sequence[Message]:
        """Return the messages of *window* with the examples after the instructions."""
        if not self.examples:
            return window.messages
        start = 1 if window.messages[0].role == "system" else 0
        return [*window.messages[:start], *self._examples(), *window.messages[start:]]

    def preview(self) -> Window:
        """Return what would be sent before the next question, telling nobody; raises ContextTooLongError."""
        return self._fitted(self.history, text_message("user", ""), self.available_tokens())

    @property
    def summarized(self) -> int:
        """How many turns of the branch in use are sent as a summary."""
        if self.summary is None:
            return 0
        path = [node.id for node in self.tree.path(self.tree.head)]
        if self.summary.upto not in path:
            return 0  # a branch that begins before what was summed up has nothing to do with it
        return sum(question.id <= self.summary.upto for question in self.questions)

    def revoke_summary(self) -> bool:
        """Take back a summary after which nothing was asked; return whether there was one."""
        if self.summary is None or self.summary.upto != self.tree.head:
            return False
        self.summary = None
        self.journal.keep(self.state)
        return True

    @property
    def instructions(self) -> Message | None:
        """The system message as it is sent: what is set, and the summary of turns that are not sent."""
        texts = [self.system] if self.system else []
        if self.summary and self.summarized:
            texts.append(f"{SUMMARY_HEADING}\n\n{self.summary.text}")
        return text_message("system", "\n\n".join(texts)) if texts else None

    def available_tokens(self) -> int | None:
        """Return how many tokens the messages may take beside what goes with every question."""
        room = self.budget.available_tokens(self.options)
        return room and max(room - sum(map(self.budget.bound, self._beside())), 1)

    def _beside(self) -> list[Message]:
        """Return what goes with every question and is no turn: the examples, and the beginning of the answer."""
        return [*self._examples(), *([text_message("assistant", self.prefill)] if self.prefill else [])]

    def _examples(self) -> list[Message]:
        return [
            message
            for asked, told in self.examples
            for message in (text_message("user", asked), text_message("assistant", told))
        ]

    def _fitted(
        self, history: Sequence[Message], question: Message, budget: int | None, *, trusts_bounds: bool = True
    ) -> Window:
        numbers = {node.id: number for number, node in enumerate(self.questions, 1)}
        count = sum(message.role == "user" for message in history)
        pinned, dropped = (
            {numbers[id] for id in ids if numbers.get(id, count + 1) <= count} for ids in (self.pinned, self.dropped)
        )
        dropped |= set(range(1, min(self.summarized, count) + 1))
        return self.budget.fit(
            self.instructions,
            history,
            question,
            budget=budget,
            pinned=pinned,
            dropped=dropped,
            trusts_bounds=trusts_bounds,
        )

    def _fit(
        self,
        history: Sequence[Message],
        question: Message,
        budget: int | None,
        show: Listener,
        *,
        trusts_bounds: bool = True,
    ) -> Window:
        window = self._fitted(history, question, budget, trusts_bounds=trusts_bounds)
        if notice := self._trimming.admit(window, self.overflow, self.budget.window_tokens):
            show(notice)
        return window

    def preview_overflow(self, parts: Sequence[Part] | str) -> Window | None:
        """Return the window of a question where turns would be left out that the user has to decide about, else None.

        Raises ContextTooLongError when the question cannot fit.
        """
        if self.overflow != "ask":
            return None
        window = self._fitted(self.history, self._question(parts), self.available_tokens())
        return window if self._trimming.is_undecided(window, self.overflow) else None

    def accept_window(self, window: Window) -> None:
        """Let the turns be left out that *window* leaves out, and all before them."""
        self._trimming.agree(window)

    def _ask_for_less(
        self, refusal: ContextTooLongError, history: Sequence[Message], question: Message, sent: Window, show: Listener
    ) -> tuple[Window, Reply, ChatError | Stopped | None]:
        """Ask once more without the oldest turns; a question that is too long alone is not asked again."""
        try:
            window = self._shrink(refusal, history, question, sent, show)
        except ContextTooLongError:
            return sent, Reply(failure=refusal.what), refusal
        return window, *self._ask(window, show, self.journal, self.prefill)

    def _shrink(
        self, error: ContextTooLongError, history: Sequence[Message], question: Message, sent: Window, show: Listener
    ) -> Window:
        """Fit again with the server's own numbers; what it counted tells how far our count is off."""
        measure, all_sent = self.budget, [*sent.messages, *self._beside()]
        measure.learn_refusal(all_sent, self.options, needed=error.needed_tokens, window_tokens=error.window_tokens)
        room, counted = self.available_tokens(), sum(map(measure.count, sent.messages))
        if error.window_tokens is None or room is None:
            alone = [question, *(message for message in sent.messages if message.role == "system")]
            half = max(int(counted / 2), ceil(sum(map(measure.count, alone))))
            return self._fit(history, question, half, show, trusts_bounds=False)
        # Less than what was refused in any case: the same once more would be refused once more.
        return self._fit(history, question, min(room, ceil(counted) - 1), show, trusts_bounds=False)

    def _ask(
        self, window: Window, show: Listener, journal: Journal, opening: str = ""
    ) -> tuple[Reply, ChatError | Stopped | None]:
        reply = Reply()

        def take(event: Event) -> None:
            if isinstance(event, UsageReported) and not event.is_priced:
                event = replace(event, usage=self._priced(event.usage))
            # The reply first: what is on the screen is always in the history, even if an interrupt falls between.
            reply.feed(event)
            journal.append(event)
            show(event)
            if reply.malformed > MALFORMED_MAX:
                raise IncompleteAnswerError("the server sends events that cannot be read")

        try:
            with self.guard():
                self._get_acquainted()  # what is asked aside may come first
                self.client.send(self._request(window, opening), take)
        except KeyboardInterrupt:
            reply.stopped = True
        except (ChatError, Stopped) as error:
            reply.failure = str(error)
            return reply, error
        return reply, None

    def _priced(self, usage: Usage) -> Usage:
        """Return *usage* with what it costs, where the server has not said it and the price is known."""
        if usage.cost is not None or usage.completion_tokens is None:
            return usage
        price = self.price(self.model)
        return replace(usage, cost=price.cost(usage)) if price else usage

    def _get_acquainted(self) -> None:
        acquaint, self.discover = self.discover, None
        try:
            if acquaint:
                acquaint(self)
        except BaseException:
            self.discover = acquaint
            raise
