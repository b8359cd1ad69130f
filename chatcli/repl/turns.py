"""Runs the turns of a conversation at the terminal: watches the keys while a reply streams, then shows its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from chatcli.commands.context import CommandContext
from chatcli.conversation.asides import ask_aside, ask_beside
from chatcli.conversation.compaction import compact_conversation
from chatcli.conversation.messages import TEXT_EVENTS, Listener, Notice, ToolFragment
from chatcli.conversation.overflow import left_out_notice
from chatcli.conversation.session import Session
from chatcli.conversation.titles import title_of
from chatcli.conversation.turn import Turn
from chatcli.errors import ChatError, Remedy
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import N_, _
from chatcli.output.plain import Output
from chatcli.records import field, mutable
from chatcli.repl.display import show_doubts
from chatcli.repl.hints import FinishedTurn
from chatcli.repl.indentation import indented
from chatcli.repl.message_parts import MessageParts
from chatcli.repl.ports import KeysPort, Listen, PickerPort, PromptPort
from chatcli.repl.type_ahead import TypeAhead
from chatcli.request.attachments import of_message
from chatcli.text.draft import EMPTY, Draft

if TYPE_CHECKING:
    from chatcli.tools.loop import ToolLoop

TITLE = "Give this conversation a title of at most six words, in its own language. Answer with the title alone."
SUM_UP = (
    "Summarise this conversation, in its own language, so that it can continue from the summary alone: what was asked, "
    "what was found and decided, names, numbers and code that are still needed, and what is open. Answer with the "
    "summary alone."
)

T = TypeVar("T")

_YES = "yes"


def _consent() -> tuple[ChoiceRow, ...]:
    return ChoiceRow(_YES, _("Yes, leave them out")), ChoiceRow("no", _("No, do not send"))


@mutable
class Turns:
    """Asks the questions of one conversation; each method returns the draft of the next prompt, None to quit.

    *listen* watches the keys while a reply streams. *summarize* returns the line that ends a turn, *warning* the
    notice after it. *compact_at* is the share of the window at which the conversation is compacted automatically, 0
    for never. *parts* gathers what goes along with a question. *tools* returns what runs tools. *page* shows in the
    pager what is written to an output, and returns whether there is one. *connect* sets up a model and uses it.
    *connecting* is entered while the first request of a turn is prepared. *after_turn* is called when all of a turn has
    been shown.
    """

    context: CommandContext
    output: Output
    prompt: PromptPort
    picker: PickerPort
    parts: MessageParts
    listen: Listen
    summarize: Callable[[Turn], str]
    warning: Callable[[], Notice | None] = lambda: None
    compact_at: Callable[[], float] = lambda: 0.0
    tools: Callable[[], ToolLoop | None] = lambda: None
    connect: Callable[[str], None] = lambda _provider: None
    page: Callable[[Callable[[Output], None]], bool] = lambda _show: False
    connecting: Callable[[], AbstractContextManager[object]] = nullcontext
    after_turn: Callable[[FinishedTurn], None] = lambda _finished: None
    clock: Callable[[], float] = time.monotonic
    ahead: TypeAhead = field(default_factory=TypeAhead)
    _leaves: bool = False
    _asked: dict[str, Draft] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session of the conversation."""
        return self.context.session

    def ask(self, text: str, line: Draft) -> Draft | None:
        """Ask *text* with attachments and the files that *line* names; returns *line* without the user's consent."""
        self._asked[text] = line
        mentioned = self.parts.find_mentioned(line, self._may_ask)
        if mentioned is None:
            return line
        session, parts = self.session, self.parts.compose(text, [*self.context.attachments, *mentioned])
        if window := session.preview_overflow(parts):
            notice = left_out_notice(window, session.binding.budget.window_tokens)
            question = _("{reason}. Send anyway?", reason=notice.message)
            if not self._may_ask() or self.picker.pick(ChoiceList(question, _consent())) != _YES:
                return line
            session.accept_window(window)
        draft = self._run(lambda show: session.turn(parts, show))
        if session.conversation.unanswered is None:
            self.context.attachments.clear()
        return draft

    def ask_beside(self, text: str, line: Draft) -> Draft | None:
        """Ask *text* beside the conversation, with the files that *line* names; the answer is shown indented."""
        back = Draft.by_keys("/btw ") + line
        mentioned = self.parts.find_mentioned(line, self._may_ask)
        if mentioned is None:
            return back
        parts, self._leaves = self.parts.compose(text, mentioned), False
        with self.showing() as show:
            turn = ask_beside(self.session, parts, indented(show))
        if turn is None or self._conclude(turn, is_aside=True) is None or self._leaves:
            return None if self._leaves else back
        return back if turn.is_lost else self.unanswered_draft()

    def retry(self, model: str = "") -> Draft | None:
        """Ask the last question again, of *model* if one is named, which becomes the current one when it answers."""
        conversation = self.context.conversation
        if not conversation.has_question:
            self.output.note(_("No question to ask again yet."))
            return EMPTY
        if not model:
            return self._run(self.session.retry)
        before, put_back = self.session.binding.model, self.context.endpoint.hold_model()
        self.context.endpoint.use_model(model)
        head = conversation.tree.head
        try:
            return self._run(self.session.retry)
        finally:
            if conversation.tree.head == head:
                put_back()
                own, default = N_("The model is still {model}."), N_("The model is still the default one.")
                self.output.note(_(own, model=before) if before else _(default))

    def continue_answer(self) -> Draft | None:
        """Ask for the rest of a cut answer."""
        if not self.context.conversation.is_cut:
            self.output.note(_("There is no cut answer to continue."))
            return EMPTY
        return self._run(self.session.continue_answer)

    def compare(self, models: Sequence[str]) -> Draft | None:
        """Ask the last question of several *models* at once."""
        if not self.context.conversation.has_question:
            self.output.note(_("No question to compare answers to yet."))
            return EMPTY
        client = self.context.endpoint.fan_out(models)
        return self._run(lambda show: self.session.compare(client, show), answers=len(models))

    def generate_title(self) -> Draft | None:
        """Let the model write a title for the conversation."""
        if not self.context.conversation.has_question:
            self.output.note(_("Nothing to title yet."))
            return EMPTY
        reply, draft = self._aside(lambda show: ask_aside(self.session, TITLE, show))
        title = title_of(reply.message().text.strip("\"'“”*.# \n")) if reply else ""
        if title:
            self.context.chats.rename(title)
        renamed = _("Renamed this chat to “{title}”.", title=title) if title else _("The model returned no title.")
        self.output.note(renamed)
        return draft

    def compact(self, instructions: str) -> Draft | None:
        """Let the model summarise the conversation, following *instructions* if there are any."""
        conversation = self.context.conversation
        before, wish = conversation.summary, f"{SUM_UP} {instructions}".strip()
        if conversation.question_count <= conversation.summarized_turns:
            self.output.note(_("Nothing to compact."))
            return EMPTY
        _result, draft = self._aside(lambda show: compact_conversation(self.session, wish, show))
        if conversation.summary is None or conversation.summary is before:
            self.output.note(_("The summary is incomplete, so the chat is unchanged."))
        else:
            self._show_summary(conversation.summary.text)
        return draft

    def unanswered_draft(self) -> Draft:
        """Return the unanswered question as the next draft."""
        lost = self.context.conversation.unanswered
        if lost and lost.message.attached and not self.context.attachments:
            self.context.attachments.add(of_message(lost.message))
        return self.draft_of(lost.message.typed) if lost else EMPTY

    def draft_of(self, text: str) -> Draft:
        """Return the draft of a question written in this run; any other text counts as not typed."""
        return self._asked.get(text) or Draft(text)

    def _may_ask(self) -> bool:
        """Return whether the user may be asked about the message: not if it was queued, as keys may be for the next."""
        if self.ahead.is_sending:
            self.output.note(_("The queued message needs your consent, so it is back in the prompt."))
        return not self.ahead.is_sending

    @contextmanager
    def _watch(self) -> Iterator[KeysPort]:
        """Watch the keys; what is written meanwhile goes ahead."""
        keys = None
        try:
            with self.listen(self.ahead.draft, self.ahead.queue) as keys:
                yield keys
        finally:
            if keys is not None:
                self.ahead.draft, self.ahead.queue = keys.draft, keys.queue

    def _aside(self, ask: Callable[[Listener], T]) -> tuple[T | None, Draft | None]:
        """Ask something whose answer is not shown; return what *ask* does, and the next draft, None to quit.

        If it fails after the user typed something, the error is shown here, and the command is not the next draft.
        """
        result = None
        with self._watch() as keys:
            try:
                with self.output.turn(hides=TEXT_EVENTS) as show:
                    result = ask(show)
            except ChatError as error:
                failure: ChatError | None = error
            else:
                failure = None
        if failure and not (keys.draft.text or keys.queue):
            raise failure
        if failure:
            self.output.fail(failure)
        return result, None if keys.leave else EMPTY

    def _run(self, ask: Callable[[Listener], Turn | None], *, answers: int = 0) -> Draft | None:
        connecting = nullcontext if answers else self.connecting  # several models have connections of their own
        answers = answers or self.context.conversation.answers_wanted
        self._leaves, begin_s = False, self.clock()
        with connecting(), self.showing(answers=answers) as show:
            turn = ask(show)
        assert turn is not None  # callers check that there is a question
        if answers == 1 and (tools := self.tools()):
            turn = self._follow_calls(turn, tools)
        is_over = self._conclude(turn) is None
        self.after_turn(FinishedTurn(turn, self.clock() - begin_s, has_draft=bool(self.ahead.draft.text)))
        if is_over or self._leaves:
            return None
        self.ahead.is_due = turn.error is None and turn.reply.status == "complete" and not turn.is_stopped
        draft = self.unanswered_draft()
        names = _(", ").join(one.name for one in self.context.attachments)
        if self.context.conversation.unanswered and names:
            self.output.note(_("Still attached: {names}. /attach clear removes attachments.", names=names))
        return draft

    @contextmanager
    def showing(self, *, answers: int = 1, continues: bool = False) -> Iterator[Listener]:
        """Show a part of a turn while the keys are watched; what is typed is kept for the next prompt."""
        hides = (ToolFragment,) if (tools := self.tools() if answers == 1 else None) else ()
        with self._watch() as keys, self.output.turn(answers=answers, hides=hides, continues=continues) as show:
            yield tools.preparing(show) if tools else show
        self._leaves |= keys.leave

    def _follow_calls(self, turn: Turn, tools: ToolLoop) -> Turn:
        """Run the tools that *turn* calls until the model answers in words."""
        from chatcli.tools.loop import follow_calls

        def resume() -> Turn:
            with self.showing(continues=True) as show:
                return self.session.resume_turn(show)

        return follow_calls(turn, tools, self.session.add_results, resume)

    def _conclude(self, turn: Turn, *, is_aside: bool = False) -> Draft | None:
        """Show how *turn* ended, and compact a full conversation; return the next draft, None to quit."""
        if turn.is_stopped:
            self.prompt.settle()
        if logprobs := turn.reply.choice.logprobs:
            show_doubts(logprobs, self.output)
        if line := self.summarize(turn):
            self.output.note(line)
        if warning := self.warning():
            self.output.notify(warning)
        if turn.error:
            if turn.reply.text and not turn.error.hint and not is_aside:
                turn.error.hint = Remedy("continue_answer")
            self.output.fail(turn.error)
        elif not is_aside and self._is_full(turn):
            self.output.note(_("The context window is nearly full; compacting the chat."))
            return self.compact("")
        return EMPTY

    def _show_summary(self, summary: str) -> None:
        last = self.context.conversation.question_count
        one, many = (
            N_("A summary now replaces turn 1; /undo reverts it."),
            N_("A summary now replaces turns 1-{last}; /undo reverts it."),
        )
        self.output.note(_(many, last=last) if last > 1 else _(one))
        self.output.say(summary)

    def _is_full(self, turn: Turn) -> bool:
        """Return whether the window has reached *compact_at*."""
        usage, window = turn.reply.usage, self.session.binding.budget.window_tokens
        share, conversation = self.compact_at(), self.context.conversation
        if not (share and usage and window and usage.prompt_tokens) or turn.is_stopped:
            return False
        used = usage.prompt_tokens + (usage.completion_tokens or 0)
        return used >= share * window and conversation.question_count - conversation.summarized_turns > 1
