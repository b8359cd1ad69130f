"""A conversation with a model: the way of a turn.

A turn is a transaction. Its steps, in this order:

1. The window is fitted. A question that cannot fit is refused here, and nothing has happened yet.
2. The question is journalled, with a pending answer. Only then is anything sent.
3. The request is sent, and every event of the reply passes one list of listeners, in this order: the *reply*, which is
   what the history will hold; the *stopwatch*; the *journal*; the *output*. What stands on the screen is thus always
   in the reply, even if an interrupt falls between two of them.
4. The answers are put into the tree and journalled, marked with how they ended. The history grows here and nowhere
   else: by question and answer together, or not at all.

Three outcomes. *Complete*. *Cut*, by a limit, a filter, a broken stream or Ctrl-C: what was shown is kept. *Failed*
before any text: the question stays in the tree as the unanswered one, for the prompt to give back.

A model or a window that is not known yet is asked for once, between steps 2 and 3, by `discover`, which returns another
binding. A server that finds the request too long is asked once more, with fewer turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from chatcli.conversation.answers import EMPTY_ANSWER, answer_facts, has_content, join_answers, keeps_turn
from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.fitting import Fitting, Unsent
from chatcli.conversation.messages import Event, Listener, Message, Part, UsageReported, text_message
from chatcli.conversation.notices import TurnNotices
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.ports import Client, Journal, NoJournal
from chatcli.conversation.reply import Reply
from chatcli.conversation.requests import RequestBuilder, TurnSettings
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.conversation.turn import Turn
from chatcli.conversation.window import Room, Window
from chatcli.errors import ChatError, ContextTooLongError, IncompleteAnswerError, Stopped
from chatcli.records import field, frozen, mutable, replace

MALFORMED_MAX = 3  # A stream with more unreadable events than this is not worth waiting for.
CONTINUE_PROMPT = "Continue exactly where you stopped. Do not repeat anything and do not comment."


@frozen
class _Attempt:
    """One request and what came of it."""

    window: Window
    reply: Reply
    error: ChatError | Stopped | None = None


@mutable
class Session:
    """Asks the questions of a conversation.

    *guard* is entered while a request runs: only inside it may Ctrl-C raise, so that keeping the answer is never torn.
    *discover* returns the binding with what is not known of it yet; it is called once, before the first request. *now*
    is the time of day, *clock* measures; both in seconds.
    """

    binding: ModelBinding
    conversation: Conversation = field(default_factory=Conversation)
    settings: TurnSettings = field(default_factory=TurnSettings)
    journal: Journal = field(default_factory=NoJournal)
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    discover: Callable[[ModelBinding], ModelBinding] | None = None
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    last: Turn | None = None
    _fitting: Fitting = field(default_factory=Fitting)
    _notices: TurnNotices = field(default_factory=TurnNotices)

    @property
    def requests(self) -> RequestBuilder:
        """What builds the next request."""
        return RequestBuilder(self.conversation, self.binding, self.settings)

    @property
    def state(self) -> ChatState:
        """What is to be kept beside the messages."""
        return self.conversation.state(model=self.binding.model, provider=self.binding.provider)

    @property
    def is_truncated(self) -> bool:
        """Whether the server read much less of the last request than was sent."""
        return self._fitting.is_truncated

    def save_state(self) -> None:
        """Keep what changed between turns."""
        self.journal.keep(self.state)

    def load(self, tree: Tree, state: ChatState) -> None:
        """Continue with another conversation; the binding stays what it is."""
        self.conversation.load(tree, state)
        self.last = None
        self._fitting = Fitting(asked=(state.provider, state.model), is_untaught=True)

    def turn(self, parts: Sequence[Part] | str, show: Listener) -> Turn:
        """Ask, and show what comes; Ctrl-C stops the answer and nothing else.

        Raises ContextTooLongError when the question cannot fit; nothing was sent then. Raises Stopped when a signal
        ends the program; what came of the answer is kept before.
        """
        return self._take(self.requests.question(parts), show, before=self.conversation.tree.head)

    def retry(self, show: Listener) -> Turn | None:
        """Ask the last question again; None where there is none. The old answer is left only when a new one came."""
        conversation = self.conversation
        again = conversation.unanswered or next(reversed(conversation.questions), None)
        if again is None:
            return None
        if again is conversation.unanswered and again.parent != conversation.tree.head:
            # What stood before it has been taken back.
            return self._take(again.message, show, before=conversation.tree.head)
        turn = self._take(again.message, show, before=again.parent, again=again)
        # An answer of reasoning alone has no content, and makes a turn of its question all the same.
        if turn.is_lost and (conversation.has_answer(again) or again in conversation.questions):
            conversation.unanswered = None
        return turn

    def compare(self, several: Client, show: Listener) -> Turn | None:
        """Ask the last question again of *several* models at once; None where there is none.

        Their answers stand beside those that were there before; the first that came is the one that goes on.
        """
        own, options = self.binding, self.conversation.options
        self.binding = replace(own, client=several)
        self.conversation.options = {name: value for name, value in options.items() if name != "n"}
        try:
            return self.retry(show)
        finally:
            self.binding, self.conversation.options = own, options

    def continue_answer(self, show: Listener) -> Turn | None:
        """Ask for the rest of an answer that was cut, and join it; None where no answer is cut."""
        tree = self.conversation.tree
        if not self.conversation.is_cut or tree.head is None:
            return None
        cut = tree[tree.head]
        question = tree[cut.parent] if cut.parent else None
        asked = text_message("user", CONTINUE_PROMPT)
        turn = self._take(asked, show, before=cut.id, again=question, start=cut.message)
        self.conversation.unanswered = None  # these words are not the user's
        return turn

    def ask_aside(self, text: str, show: Listener, history: Sequence[Message] | None = None) -> Reply:
        """Ask something about the conversation, or about *history*, that does not become a part of it.

        A *history* is sent whole. Raises ChatError where that fails.
        """
        if not self.learn():
            return Reply(stopped=True)
        room = None if history is None else Room()
        asked = text_message("user", text)
        window = self.requests.fit(self.conversation.history if history is None else history, asked, room)
        done = self._ask(window, (show,), prefill="")
        if isinstance(done.error, ContextTooLongError):
            self._fitting.learn_refusal(self.requests, window, done.error)
        if done.error:
            raise done.error
        return done.reply

    def learn(self) -> bool:
        """Take in all that is known of the model, asking for it where it must; return whether nobody stopped it.

        Raises ChatError.
        """
        try:
            with self.guard():
                self.discover_model()
        except KeyboardInterrupt:
            return False
        self._fitting.learn(self.requests)
        return True

    def preview_overflow(self, parts: Sequence[Part] | str) -> Window | None:
        """Return the window of a question where turns would be left out that the user has to decide about, else None.

        Raises ContextTooLongError when the question cannot fit.
        """
        if self.settings.overflow != "ask":
            return None
        window = self.requests.fit(self.conversation.history, self.requests.question(parts))
        return window if self._fitting.overflow.is_undecided(window, self.settings.overflow) else None

    def accept_window(self, window: Window) -> None:
        """Let the turns be left out that *window* leaves out, and all before them."""
        self._fitting.overflow.agree(window)

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

        *start* is the answer that is continued: the new one begins with it.
        """
        conversation = self.conversation
        history = conversation.history_to(before)
        window = self._fitting.fit(Unsent(self.requests, history, asked), show)
        question = again or conversation.tree.add(asked, parent=before)
        pending = conversation.tree.add(replace(start or EMPTY_ANSWER, status="streaming"), parent=question.id)
        self.journal.begin(question, pending, self.state)
        stopwatch = Stopwatch(self.now(), self.clock)
        done = self._ask_in_window(history, asked, window, (stopwatch.hear, self.journal.append, show))
        stopwatch.stop()
        self._finish(question, pending, done, start, stopwatch)
        if isinstance(done.error, Stopped):
            raise done.error
        budget, options = self.binding.budget, conversation.options
        error = ending_error(done.reply, done.error, options, window_tokens=budget.window_tokens)
        self.last = Turn(asked, done.reply, done.window, stopwatch, error)
        self._tell(done, is_well=error is None, show=show)
        return self.last

    def _tell(self, done: _Attempt, *, is_well: bool, show: Listener) -> None:
        """Show what is to be known of a turn beside its answer."""
        window_tokens, options = self.binding.budget.window_tokens, self.conversation.options
        for notice in self._notices.after_turn(done.reply, options, window_tokens=window_tokens, is_well=is_well):
            show(notice)
        if lost := self._fitting.learn_turn(self.requests, done.window, done.reply.usage):
            show(lost)

    def _finish(
        self, question: Node, pending: Node, done: _Attempt, start: Message | None, stopwatch: Stopwatch
    ) -> None:
        """Put what came into the tree, and keep it: the history grows here and nowhere else."""
        answers = self._settle(pending, done, start, stopwatch)
        is_answered = keeps_turn(done.reply)
        if is_answered:
            self.conversation.go_to(pending.id)
        self.conversation.unanswered = None if is_answered else question
        self.journal.finish(answers, self.state)

    def _settle(self, pending: Node, done: _Attempt, start: Message | None, stopwatch: Stopwatch) -> list[Node]:
        """Put the answers into the tree: the one that goes on in the node that is *pending*, others beside it."""
        tree, reply = self.conversation.tree, done.reply
        # What was sent to have an answer continued is not what stands before it.
        sent_turns = None if start or done.error else done.window.earlier_turns
        first, *others = sorted(reply.choices) or [0]
        answer = join_answers(start, reply.message()) if start else reply.message()
        facts = answer_facts(reply, first, stopwatch, self.binding, sent_turns)
        nodes = [tree.put(replace(pending, message=answer, facts=facts))]
        return nodes + [
            tree.add(
                message, parent=pending.parent, facts=answer_facts(reply, index, stopwatch, self.binding, sent_turns)
            )
            for index in others
            if has_content(message := reply.message(index))
        ]

    def _ask_in_window(
        self, history: Sequence[Message], asked: Message, window: Window, listeners: Sequence[Listener]
    ) -> _Attempt:
        """Ask with what is known of the window, and again with less where the server knows better."""
        show = listeners[-1]
        if self.discover:
            try:
                if not self.learn():
                    return _Attempt(window, Reply(stopped=True))
                window = self._fitting.fit(Unsent(self.requests, history, asked), show)
            except (ChatError, Stopped) as failure:
                return _Attempt(window, Reply(failure=str(failure)), failure)
        done = self._ask(window, listeners)
        error = done.error
        if not (isinstance(error, ContextTooLongError) and done.reply.is_empty and window.earlier_turns):
            return done
        try:
            shorter = self._fitting.shrink(Unsent(self.requests, history, asked), window, error, show)
        except ContextTooLongError:  # a question that is too long alone is not asked again
            return _Attempt(window, Reply(failure=error.what), error)
        done = self._ask(shorter, listeners)
        if isinstance(done.error, ContextTooLongError):
            self._fitting.learn_refusal(self.requests, shorter, done.error)
        return done

    def _ask(self, window: Window, listeners: Sequence[Listener], *, prefill: str | None = None) -> _Attempt:
        """Send *window*; every event passes the reply and then the *listeners*, in their order."""
        reply = Reply()

        def take(event: Event) -> None:
            if isinstance(event, UsageReported):
                event = self.binding.with_cost(event)
            for listener in (reply.feed, *listeners):
                listener(event)
            if reply.malformed > MALFORMED_MAX:
                raise IncompleteAnswerError("the server sends events that cannot be read")

        try:
            with self.guard():
                self.discover_model()  # what is asked aside may come first
                self.binding.client.send(self.requests.request(window, prefill=prefill), take)
        except KeyboardInterrupt:
            reply.stopped = True
        except (ChatError, Stopped) as error:
            reply.failure = str(error)
            return _Attempt(window, reply, error)
        return _Attempt(window, reply)

    def discover_model(self) -> None:
        """Find out what is not known of the model yet, unless that was done; raises ChatError."""
        if self.discover:
            self.binding = self.discover(self.binding)
            self.discover = None  # where it raised, the next question tries again
