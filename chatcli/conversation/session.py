"""Runs the turns of a conversation with a model.

A turn is a transaction with these steps, in order:

1. The window is fitted. A question that cannot fit is rejected here, before anything has happened.
2. The question is journalled, with a pending answer. Only then is anything sent.
3. The request is sent, and every event of the reply passes one list of listeners, in this order: the *reply*, which
   becomes part of the history; the *stopwatch*; the *journal*; the *output*. So whatever is on the screen is also in
   the reply, even if an interrupt falls between two listeners.
4. The answers are added to the tree and journalled with their status. The history grows only here: by question and
   answer together, or not at all.

If a reply calls tools, the turn continues: `add_results` stores their results, and `resume_turn` sends them after the
question, in a transaction of its own. So whatever interrupts the tools, everything before them is stored.

There are three outcomes. *Complete*. *Cut*, by a limit, a filter, a broken stream or Ctrl+C: the text shown is kept.
*Failed* before any text: the question stays in the tree as the unanswered one, and returns to the prompt.

An unknown model or window is discovered once, between steps 2 and 3, by `discover`, which returns a new binding. If the
server rejects the request as too long, it is sent once more with fewer turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from chatcli.conversation.answers import EMPTY_ANSWER, keeps_turn
from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.fitting import Fitting, Unsent
from chatcli.conversation.messages import Listener, Message, Part, add_usage, text_message
from chatcli.conversation.notices import TurnNotices
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.overflow import tools_too_long
from chatcli.conversation.ports import Client, Journal, NoJournal
from chatcli.conversation.reply import Reply
from chatcli.conversation.requests import RequestBuilder, TurnSettings
from chatcli.conversation.sending import Attempt, Sender
from chatcli.conversation.settling import settle_answers
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.conversation.turn import Turn
from chatcli.conversation.window import Window
from chatcli.errors import ChatError, ContextTooLongError, Stopped
from chatcli.records import field, mutable, replace

CONTINUE_PROMPT = "Continue exactly where you stopped. Do not repeat anything and do not comment."


@mutable
class Session:
    """Asks the questions of a conversation.

    *guard* is entered while a request runs: Ctrl+C may raise only inside it, so that saving the answer is never
    interrupted. *discover* completes the binding; it is called once, before the first request. *now* returns the time
    of day, *clock* a monotonic time; both in seconds. *last* is the last turn, *opened* the state of a chat as it was
    opened.
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
    opened: ChatState | None = None
    _fitting: Fitting = field(default_factory=Fitting)
    _notices: TurnNotices = field(default_factory=TurnNotices)

    @property
    def requests(self) -> RequestBuilder:
        """The builder of the next request."""
        return RequestBuilder(self.conversation, self.binding, self.settings)

    @property
    def state(self) -> ChatState:
        """The state to store with the messages."""
        return self.conversation.state(model=self.binding.model, provider=self.binding.provider)

    @property
    def _sender(self) -> Sender:
        return Sender(self._connect, self.guard, lambda url: self.journal.save_image(url))

    @property
    def is_truncated(self) -> bool:
        """Whether the server read much less of the last request than was sent."""
        return self._fitting.is_truncated

    def save_state(self) -> None:
        """Store changes between turns."""
        self.journal.keep(self.state)

    def load(self, tree: Tree, state: ChatState) -> None:
        """Switch to another conversation, with the same binding."""
        self.conversation.load(tree, state)
        self.last, self.opened = None, state
        self._fitting = Fitting(asked=(state.provider, state.model), is_untaught=True)

    def turn(self, parts: Sequence[Part] | str, show: Listener) -> Turn:
        """Ask, and show the reply; Ctrl+C stops the answer and nothing else.

        Raises ContextTooLongError, before sending anything, if the question cannot fit. Raises Stopped if a signal ends
        the program, after saving the answer so far.
        """
        return self._take(self.requests.question(parts), show, before=self.conversation.tree.head)

    def retry(self, show: Listener) -> Turn | None:
        """Ask the last question again; None if there is none. The old answer stays current until a new one arrives."""
        conversation = self.conversation
        again = conversation.unanswered or conversation.last_question
        if again is None:
            return None
        if again is conversation.unanswered and again.parent != conversation.tree.head:
            return self._take(again.message, show, before=conversation.tree.head)  # earlier turns have been undone
        turn = self._take(again.message, show, before=again.parent, again=again)
        # An answer with only reasoning has no content, but it still completes a turn.
        if turn.is_lost and (conversation.has_answer(again) or self._is_asked(again)):
            conversation.unanswered = None
        return turn

    def _is_asked(self, question: Node) -> bool:
        """Return whether *question* is on the current branch."""
        return self.conversation.tree.outline.is_on_branch(question.id, self.conversation.tree.head)

    def compare(self, several: Client, show: Listener) -> Turn | None:
        """Ask *several* models the last question again at once; None if there is none.

        Their answers are added to the existing ones; the first to arrive becomes the main answer.
        """
        own, options, settings = self.binding, self.conversation.options, self.settings
        self.binding, self.settings = replace(own, client=several), replace(settings, tools=())
        self.conversation.options = {name: value for name, value in options.items() if name != "n"}
        try:
            return self.retry(show)
        finally:
            self.binding, self.conversation.options, self.settings = own, options, settings

    def continue_answer(self, show: Listener) -> Turn | None:
        """Ask for the rest of a cut answer, and join it; None if no answer was cut."""
        tree = self.conversation.tree
        if not self.conversation.is_cut or tree.head is None:
            return None
        if tree[tree.head].message.role == "tool":
            return self.resume_turn(show)
        cut = tree[tree.head]
        question = tree[cut.parent] if cut.parent else None
        asked = text_message("user", CONTINUE_PROMPT)
        turn = self._take(asked, show, before=cut.id, again=question, start=cut.message)
        self.conversation.unanswered = None  # this text is not the user's
        return turn

    def add_results(self, results: Sequence[Message]) -> None:
        """Add the results of the last reply's tool calls to the history, and store them."""
        tree, added = self.conversation.tree, []
        for result in results:
            added.append(tree.add(result, parent=tree.head))
            self.conversation.go_to(added[-1].id)
        self.journal.finish(added, self.state)

    def resume_turn(self, show: Listener) -> Turn:
        """Send the results that end the history, and show the reply to them.

        Raises ContextTooLongError, before sending anything, if they cannot fit.
        """
        question, exchange = self.conversation.last_question, self.conversation.exchange
        assert question, "results follow a question"
        turn = self._take(question.message, show, before=question.parent, again=question, exchange=exchange)
        if isinstance(turn.error, ContextTooLongError):
            turn = self.last = replace(turn, error=tools_too_long(turn.error, exchange))
        return turn

    def send_aside(self, window: Window, listeners: Sequence[Listener]) -> Attempt:
        """Send *window* for one answer without tools; what a rejection teaches is kept."""
        done = self._sender.send(window, listeners, prefill="", is_aside=True)
        if isinstance(done.error, ContextTooLongError):
            self._fitting.learn_refusal(self.requests, window, done.error)
        return done

    def learn(self) -> bool:
        """Discover unknown details of the model, sending requests if necessary; return False if interrupted.

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
        """Return the window of a question if the user has to decide about left-out turns, else None.

        Raises ContextTooLongError when the question cannot fit.
        """
        if self.settings.overflow != "ask":
            return None
        window = self.requests.fit(self.conversation.turns, self.requests.question(parts))
        return window if self._fitting.overflow.is_undecided(window, self.settings.overflow) else None

    def accept_window(self, window: Window) -> None:
        """Accept that *window* leaves out its turns, and all before them."""
        self._fitting.overflow.agree(window)

    def _take(
        self,
        asked: Message,
        show: Listener,
        *,
        before: int | None,
        again: Node | None = None,
        start: Message | None = None,
        exchange: Sequence[Message] = (),
    ) -> Turn:
        """Ask *asked* after the branch that ends with *before*; *again* is its node if it was asked before.

        *start* is the answer to continue: the new one starts with it. *exchange* holds the messages between the
        question and the head, which the new answer follows.
        """
        tree = self.conversation.tree
        unsent = Unsent(self.requests, tree.turns(before), asked, exchange)
        window = self._fitting.fit(unsent, show)
        question = again or tree.add(asked, parent=before)
        last = tree[tree.head] if exchange and tree.head else question
        pending = tree.add(replace(start or EMPTY_ANSWER, status="streaming"), parent=last.id)
        self.journal.begin(last, pending, self.state)
        stopwatch = Stopwatch(self.now(), self.clock)
        done = self._ask_in_window(unsent, window, (stopwatch.hear, self.journal.append, show))
        stopwatch.stop()
        self._finish(None if exchange else question, pending, done, start, stopwatch)
        if isinstance(done.error, Stopped):
            raise done.error
        window_tokens = self.binding.budget.window_tokens
        error = ending_error(done.reply, done.error, self.requests.wanted_options, window_tokens=window_tokens)
        usage = add_usage(self.last.usage if exchange and self.last else None, done.reply.usage)
        self.last = Turn(asked, done.reply, done.window, stopwatch, error, (*exchange,), usage, done.reply.stopped)
        self.last = replace(self.last, state=self.state)
        self._tell(done, is_well=error is None, show=show)
        return self.last

    def _tell(self, done: Attempt, *, is_well: bool, show: Listener) -> None:
        """Show the notices of a turn."""
        window_tokens, options = self.binding.budget.window_tokens, self.requests.wanted_options
        for notice in self._notices.after_turn(done.reply, options, window_tokens=window_tokens, is_well=is_well):
            show(notice)
        usage = None if done.reply.started.host else done.reply.usage  # that of another model teaches nothing of this
        if lost := self._fitting.learn_turn(self.requests, done.window, usage):
            show(lost)

    def _finish(
        self, question: Node | None, pending: Node, done: Attempt, start: Message | None, stopwatch: Stopwatch
    ) -> None:
        """Add the answers to the tree and store them; *question* stays unanswered if there are none."""
        answers = settle_answers(self.conversation.tree, pending, done, start, stopwatch, self.binding)
        is_answered = keeps_turn(done.reply)
        if is_answered:
            self.conversation.go_to(pending.id)
        self.conversation.unanswered = None if is_answered else question
        self.journal.finish(answers, self.state)

    def _ask_in_window(self, unsent: Unsent, window: Window, listeners: Sequence[Listener]) -> Attempt:
        """Send the fitted window, and once more with less if the server rejects it as too long."""
        show, prefill = listeners[-1], "" if unsent.exchange else None
        if self.discover:
            try:
                if not self.learn():
                    return Attempt(window, Reply(stopped=True))
                unsent = replace(unsent, requests=self.requests)
                window = self._fitting.fit(unsent, show)
            except (ChatError, Stopped) as failure:
                return Attempt(window, Reply(failure=str(failure)), failure)
        done = self._sender.send(window, listeners, prefill=prefill)
        error = done.error
        if not (isinstance(error, ContextTooLongError) and done.reply.is_empty and window.earlier_turns):
            return done
        try:
            shorter = self._fitting.shrink(unsent, window, error, show)
        except ContextTooLongError:  # a question that is too long on its own is not resent
            return Attempt(window, Reply(failure=error.what), error)
        done = self._sender.send(shorter, listeners, prefill=prefill)
        if isinstance(done.error, ContextTooLongError):
            self._fitting.learn_refusal(self.requests, shorter, done.error)
        return done

    def _connect(self) -> RequestBuilder:
        self.discover_model()  # a side question may come first
        return self.requests

    def discover_model(self) -> None:
        """Discover unknown details of the model, once; raises ChatError."""
        if self.discover:
            self.binding = self.discover(self.binding)
            self.discover = None  # if it raised, the next question tries again
