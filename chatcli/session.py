"""One conversation: its history, what is set for it, and the way of a turn.

A turn is a transaction. The question is journalled before anything is sent; the history grows in one place, at the end,
by question and answer together; what was shown of an answer is kept, marked with how it ended. A question that got no
word of an answer leaves the history as it was, and is given back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, Protocol

from chatcli.core.endings import cut, left_out_notice, outcome, truncation_notice
from chatcli.core.messages import Event, Message, Notice, Part, Request, Show, TextPart, Usage, say
from chatcli.core.reply import Reply
from chatcli.core.sendable import sendable
from chatcli.core.surrogates import repair
from chatcli.core.values import field, record, replace, value
from chatcli.core.window import Counter, Window, fit, turns
from chatcli.errors import AnswerIncomplete, ChatError, ContextTooLong, Stopped

MALFORMED_MAX = 3  # A stream with more unreadable events than this is not worth waiting for.
GO_ON = "Continue exactly where you stopped. Do not repeat anything and do not comment."
CALIBRATED_FROM = 20  # tokens: below this the overhead of a request says nothing about its texts
RESERVE = 8  # An eighth of the window is left for the answer where no limit for it is set.


class Client(Protocol):
    """Sends a request and hands every event of the reply to *show*, on the calling thread.

    Returns when the reply has ended, however it ended; raises ChatError when the server or the network fails.
    """

    def send(self, request: Request, show: Show) -> None:
        """Send *request*."""
        ...


class Journal(Protocol):
    """Keeps a turn safe while it runs."""

    def begin(self, question: Message) -> None:
        """Keep the question: nothing is sent before this returns."""
        ...

    def append(self, event: Event) -> None:
        """Keep a piece of the answer."""
        ...

    def finish(self, answer: Message) -> None:
        """Keep the answer and how it ended."""
        ...


class Unstored:
    """The journal of a conversation that lives in memory alone."""

    def begin(self, question: Message) -> None:
        """Keep nothing."""

    def append(self, event: Event) -> None:
        """Keep nothing."""

    def finish(self, answer: Message) -> None:
        """Keep nothing."""


@value
class Turn:
    """What came of a question: the reply as it ended, what was sent, and the error where it did not end well."""

    question: Message
    reply: Reply
    window: Window
    error: ChatError | None = None

    @property
    def is_lost(self) -> bool:
        """Whether no word of an answer came, so that the question should be asked anew."""
        return not has_words(self.reply.message())


@record
class Session:
    """A conversation with one model; every field may be changed between turns.

    *options* holds the request parameters that somebody set, *window_tokens* is None where the window is not known.
    *guard* is entered while a request runs: only inside it may Ctrl-C raise, so that keeping the answer is never torn.
    *acquaint* is called once, before the first request: it asks the endpoint for a model and a window that are not set.
    *scale* is our count of tokens in relation to the server's, learnt from what it reports: below 1 where we count low.
    *lost* is the last question as long as no word of an answer to it has come, for it to be given back.
    """

    client: Client
    model: str
    counter: Counter
    system: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    window_tokens: int | None = None
    overflow: Literal["oldest", "error"] = "oldest"
    scale: float = 1.0
    stream: bool = True
    journal: Journal = field(default_factory=Unstored)
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    acquaint: Callable[[Session], None] | None = None
    history: list[Message] = field(default_factory=list)
    undone: list[tuple[Message, ...]] = field(default_factory=list)
    last: Turn | None = None
    lost: Message | None = None
    _left_out: tuple[int, ...] = ()
    _is_told_of_loss: bool = False

    def turn(self, parts: Sequence[Part] | str, show: Show) -> Turn:
        """Ask, and show what comes; Ctrl-C stops the answer and nothing else.

        Raises ContextTooLong when the question cannot fit; nothing was sent then. Raises Stopped when a signal ends the
        program; what came of the answer is kept before.
        """
        question = self._question(parts)
        window = self._fit(question, self._own_budget(), show)
        self.journal.begin(question)
        reply, error = self._ask(window, show)
        if isinstance(error, ContextTooLong) and reply.is_empty and window.earlier_turns:
            window, reply, error = self._ask_for_less(error, question, window, show)
        answer = reply.message()
        self.journal.finish(answer)
        if has_words(answer):
            self.history += [question, answer]
            self.undone.clear()
        self.lost = None if has_words(answer) else question
        if isinstance(error, Stopped):
            raise error
        self._calibrate(window, reply.usage)
        self.last = Turn(question, reply, window, outcome(reply, error, self.options, window_tokens=self.window_tokens))
        self._remark(self.last, show)
        return self.last

    def undo(self, count: int = 1) -> list[Message]:
        """Take back the last *count* turns and return their questions, oldest first."""
        taken = turns(self.history)[-count:] if count > 0 else []
        if taken:
            del self.history[-sum(map(len, taken)) :]
            self.undone.extend(reversed(taken))
        return [turn[0] for turn in taken]

    def redo(self, count: int = 1) -> int:
        """Put back up to *count* turns that were taken back, and return how many."""
        back = [self.undone.pop() for _ in range(min(count, len(self.undone)))]
        self.history += [message for turn in back for message in turn]
        return len(back)

    def retry(self, show: Show) -> Turn | None:
        """Ask the last question again; None where there is none. The old answer goes only when a new one came."""
        if self.lost:
            return self.turn(self.lost.parts, show)
        kept, undone = list(self.history), list(self.undone)
        questions = self.undo()
        if not questions:
            return None
        try:
            turn = self.turn(questions[0].parts, show)
        except BaseException:
            self.history, self.undone = kept, undone
            raise
        if turn.is_lost:
            self.history, self.undone, self.lost = kept, undone, None
        return turn

    def go_on(self, show: Show) -> Turn | None:
        """Ask for the rest of an answer that was cut, and join it; None where no answer is cut."""
        if not self.is_cut:
            return None
        history, cut = list(self.history), self.history[-1]
        turn = self.turn(GO_ON, show)
        self.lost = None  # these words are not the user's
        if not turn.is_lost:
            rest = self.history[-1]
            text = cut.text + rest.text
            parts = (TextPart(text),) if text else ()
            self.history = [*history[:-1], replace(rest, parts=parts, reasoning=cut.reasoning or rest.reasoning)]
        return turn

    def clear(self) -> None:
        """Forget the conversation, but neither the model nor what was set."""
        self.history.clear()
        self.undone.clear()
        self.last = self.lost = None
        self._left_out = ()
        self._is_told_of_loss = False

    @property
    def has_question(self) -> bool:
        """Whether there is a question that could be asked again."""
        return bool(self.lost or self.history)

    @property
    def is_cut(self) -> bool:
        """Whether the last answer ended before its end."""
        last = self.history[-1] if self.history else None
        return last is not None and last.role == "assistant" and last.status != "complete"

    @property
    def answers(self) -> int:
        """How many answers are asked for."""
        count = self.options.get("n", 1)
        return count if isinstance(count, int) else 1

    def budget(self) -> int | None:
        """Return how many tokens the messages may take, or None where the window is not known."""
        if self.window_tokens is None:
            return None
        limit = self.options.get("max_tokens", self.options.get("max_completion_tokens"))
        reserve = limit if isinstance(limit, int) else self.window_tokens // RESERVE
        return self.window_tokens - min(reserve, self.window_tokens // 2)

    def _own_budget(self) -> int | None:
        """Return the budget in tokens as we count them."""
        budget = self.budget()
        return None if budget is None else max(int(budget * self.scale), 1)

    def _calibrate(self, sent: Window, usage: Usage | None) -> None:
        """Compare our count of what was sent with the server's; where no window is known nothing hangs on it."""
        if self.window_tokens is None:
            return
        counted = sum(map(self.counter.count, sent.messages))
        if usage and usage.prompt_tokens and counted >= CALIBRATED_FROM:
            self.scale = min(counted / usage.prompt_tokens, 1.0)

    def _question(self, parts: Sequence[Part] | str) -> Message:
        if isinstance(parts, str):
            return say("user", repair(parts))
        mended = (TextPart(repair(part.text)) if isinstance(part, TextPart) else part for part in parts)
        return Message("user", tuple(mended))

    def _fit(self, question: Message, budget: int | None, show: Show) -> Window:
        system = say("system", self.system) if self.system else None
        window = fit(system, self.history, question, budget=budget, counter=self.counter)
        if window.left_out and self.overflow == "error":
            gone = left_out_notice(window, self.window_tokens, scale=self.scale)
            raise ContextTooLong(
                f"the conversation no longer fits: {gone.message}",
                window_tokens=self.window_tokens,
                kept="nothing was sent",
                hint="/undo or /new make room, or set defaults.overflow to oldest",
            )
        if window.left_out != self._left_out:
            self._left_out = window.left_out
            if window.left_out:
                show(left_out_notice(window, self.window_tokens, scale=self.scale))
        return window

    def _ask_for_less(
        self, refusal: ContextTooLong, question: Message, sent: Window, show: Show
    ) -> tuple[Window, Reply, ChatError | Stopped | None]:
        """Ask once more without the oldest turns; a question that is too long alone is not asked again."""
        try:
            window = self._shrink(refusal, question, sent, show)
        except ContextTooLong:
            return sent, Reply(failure=refusal.what), refusal
        return window, *self._ask(window, show)

    def _shrink(self, error: ContextTooLong, question: Message, sent: Window, show: Show) -> Window:
        """Fit again with the server's own number; what it counted tells how far our count is off."""
        counted = sum(map(self.counter.count, sent.messages))
        self.window_tokens = error.window_tokens or self.window_tokens
        budget = self.budget()
        if error.window_tokens is None or budget is None:
            alone = [question, *(message for message in sent.messages if message.role == "system")]
            return self._fit(question, max(counted // 2, sum(map(self.counter.count, alone))), show)
        self.scale = min(counted / error.needed_tokens, 1.0) if error.needed_tokens else self.scale
        # Less than what was refused in any case: the same once more would be refused once more.
        return self._fit(question, min(int(budget * self.scale), counted - 1), show)

    def _ask(self, window: Window, show: Show) -> tuple[Reply, ChatError | Stopped | None]:
        reply = Reply()

        def take(event: Event) -> None:
            # The reply first: what is on the screen is always in the history, even if an interrupt falls between.
            reply.feed(event)
            self.journal.append(event)
            show(event)
            if reply.malformed > MALFORMED_MAX:
                raise AnswerIncomplete("the server sends events that cannot be read")

        try:
            with self.guard():
                self._get_acquainted()
                request = Request(self.model, sendable(window.messages), dict(self.options), self.stream)
                self.client.send(request, take)
        except KeyboardInterrupt:
            reply.stopped = True
        except (ChatError, Stopped) as error:
            reply.failure = str(error)
            return reply, error
        return reply, None

    def _remark(self, turn: Turn, show: Show) -> None:
        """Tell what is no error and should be known all the same."""
        if turn.error is None and turn.reply.status == "length":
            show(Notice("length", cut(turn.reply, window_tokens=self.window_tokens)))
        if not self._is_told_of_loss and (
            notice := truncation_notice(turn.reply.usage, turn.window.messages, self.counter)
        ):
            self._is_told_of_loss = True
            show(notice)

    def _get_acquainted(self) -> None:
        acquaint, self.acquaint = self.acquaint, None
        try:
            if acquaint:
                acquaint(self)
        except BaseException:
            self.acquaint = acquaint
            raise


def has_words(answer: Message) -> bool:
    """Return whether *answer* holds anything that can stand in a history."""
    return bool(answer.parts or answer.tool_calls or answer.refusal)
