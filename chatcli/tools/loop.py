"""Answers the tool calls of replies, round after round, until the model answers in words.

One round takes the calls of a reply and gives one result for each, in order:

1. *Read*: the tool must exist and the arguments must match its schema; otherwise the result says what is wrong.
2. *Decide*: deny, ask or allow. Without consent the result says so.
3. *Run*: at once and in parallel if every call of the round is allowed, else one after the other, each after its
   question. A call that asks something itself continues after the answer. Ctrl+C ends the turn: what runs or waits is
   answered as interrupted, at a question as declined.

The loop ends with an error after too many rounds, or if the model repeats calls that give the same results. The calls
of a reply that was cut are never run. Law: whatever happens, there are as many results as calls, in their order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeAlias

from chatcli.conversation.messages import (
    Event,
    ImagePart,
    Listener,
    Message,
    Notice,
    ToolCall,
    ToolFragment,
    ToolReported,
    ToolState,
    text_message,
)
from chatcli.conversation.sendable import INTERRUPTED
from chatcli.conversation.turn import Turn
from chatcli.errors import ChatError, IncompleteAnswerError, Remedy
from chatcli.language import N_, _, in_english, ngettext, reworded
from chatcli.records import field, frozen, mutable, replace
from chatcli.request.attachments import invisible_notice, without_invisible
from chatcli.text.json_values import storable_text
from chatcli.tools.calls import Call, group_calls, read_call
from chatcli.tools.inquiries import Inquire, Question, ServerReview, SignInPage, UserAnswer, answer_nothing
from chatcli.tools.parallel import run_emitting
from chatcli.tools.policy import ApprovalQuestion, Approve, Policy
from chatcli.tools.results import MOST_BYTES, NO_OUTPUT, bound_text
from chatcli.tools.tool import Cancellation, IllustratedResult, Inquiry, Tool, ToolError, ToolResult, Toolset

DECLINED = "The user declined to run this tool."
FORBIDDEN = "The user's settings forbid this tool, so it was not run."
UNATTENDED = "The tool was not run: it needs the user's approval, and there is no terminal to ask at."
TOO_MANY = "The tool was not run: the limit of rounds is reached."
REPEATED = "The tool was not run: the same call has already given the same result."
BEYOND_LIMIT = "The tool was not run: there are too many calls at once."
_REVIEWED_BY_NOBODY = N_(
    "`{name}` has changed, or the other tools of its server have, and there is no terminal to ask at"
)
_SIGNED_IN_BY_NOBODY = N_("`{name}` needs you to sign in, and there is no terminal to ask at")
_ANSWERED_BY_NOBODY = N_("`{name}` needs an answer of yours, and there is no terminal to ask at")
MOST_CALLS = 64  # of one reply
MOST_REPEATS = 3  # rounds with the same calls and results

Outcome: TypeAlias = ToolReported | Inquiry[ToolResult]
Show = Callable[[], AbstractContextManager[Listener]]


@frozen
class Round:
    """The results of a round, as messages. *error* ends the turn; *is_stopped*: the user stopped the tools."""

    messages: tuple[Message, ...]
    error: ChatError | None = None
    is_stopped: bool = False


@mutable
class ToolLoop:
    """Runs the tools that the replies of one chat call.

    *approve* asks for consent, *inquire* for what comes up while a tool runs, *show* opens the display of what runs; a
    question is never asked while it is open. *guard* is entered while tools run: Ctrl+C may raise only inside it.
    *clean* masks secrets in results, *most_bytes* limits each of them.
    """

    toolset: Toolset
    policy: Policy
    approve: Approve
    show: Show
    inquire: Inquire = answer_nothing
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    most_rounds: int = 10
    most_bytes: Callable[[], int] = lambda: MOST_BYTES
    clean: Callable[[str], str] = str
    strips_invisible: bool = False
    clock: Callable[[], float] = time.monotonic
    _rounds: int = 0
    _last: tuple[list[tuple[str, str]], list[tuple[str, tuple[ImagePart, ...]]]] | None = None
    _repeats: int = 0
    _ended_as: ToolState | None = None  # by Ctrl+C: the state of all calls of the round that have no result
    _notices: list[Notice] = field(default_factory=list)

    def begin(self) -> None:
        """Begin a turn and reset the count of its rounds."""
        self._rounds, self._last, self._repeats = 0, None, 0

    def preparing(self, show: Listener) -> Listener:
        """Return *show*, which also prepares each tool as soon as the reply names it."""

        def listen(event: Event) -> None:
            if isinstance(event, ToolFragment) and (tool := self.toolset.tools.get(event.name)):
                tool.prepare()
            show(event)

        return listen

    def answer(self, calls: Sequence[ToolCall]) -> Round:
        """Run *calls* as far as they may, and return their results."""
        self._rounds, self._ended_as = self._rounds + 1, None
        if self._rounds > self.most_rounds:
            return _refuse(calls, TOO_MANY, _too_many(self.most_rounds))
        if self._repeats_last(calls):
            return _refuse(calls, REPEATED, _repeated(calls))
        read = [
            read_call(self.toolset, call) if place < MOST_CALLS else _leave_out(call)
            for place, call in enumerate(calls)
        ]
        results = self._run(read)
        self._remember(calls, results)
        return Round(tuple(map(_message, results)), is_stopped=self._ended_as is not None)

    def _run(self, calls: Sequence[Call]) -> list[ToolReported]:
        """Run the calls of a round, and return the result of each."""
        verdicts = {self.policy.verdict(call.tool, call.arguments) for call in calls if call.tool}
        groups = group_calls(calls) if verdicts <= {"allow"} else [[call] for call in calls]
        results: list[ToolReported] = []
        for group in groups:
            results += self._run_group([self._decide(call) for call in group])
        return results

    def _decide(self, call: Call) -> Call:
        """Return *call* with a result if it may not run."""
        if call.result or call.tool is None:
            return call
        if self._ended_as:
            return call.ended(self._ended_as, INTERRUPTED if self._ended_as == "interrupted" else DECLINED)
        match self.policy.verdict(call.tool, call.arguments):
            case "deny":
                return call.ended("denied", FORBIDDEN)
            case "ask":
                return self._ask(call, call.tool)
            case _:
                return call

    def _ask(self, call: Call, tool: Tool) -> Call:
        question = ApprovalQuestion(tool, call.arguments)
        consent = self.approve(question)
        if consent == "nobody":
            what = _("`{name}` was not run: it needs your approval, and there is no terminal to ask at", name=tool.name)
            self._notices.append(Notice("tool_denied", what, Remedy("allow_tool", values={"name": tool.name})))
        if consent == "stop":
            self._ended_as = "denied"
        if consent in ("no", "stop", "nobody"):
            return call.ended("denied", UNATTENDED if consent == "nobody" else DECLINED)
        self.policy.grant(question, consent)
        return call

    def _run_group(self, calls: Sequence[Call]) -> list[ToolReported]:
        """Run *calls* at once, ask what they ask, and continue them until each has its result."""
        found: dict[int, ToolReported] = {}
        waiting = dict(enumerate(calls))
        while waiting:
            with self.show() as show:
                outcomes = self._run_some(waiting, show)
            asked = {place: outcome for place, outcome in sorted(outcomes.items()) if isinstance(outcome, Inquiry)}
            found |= {place: outcome for place, outcome in outcomes.items() if not isinstance(outcome, Inquiry)}
            waiting = {place: self._answered(calls[place], inquiry) for place, inquiry in asked.items()}
        return [found[place] for place in range(len(calls))]

    def _run_some(self, calls: Mapping[int, Call], show: Listener) -> dict[int, Outcome]:
        """Return what came of each of *calls* by its place, and show each as it ends."""
        cancellation = Cancellation()
        found: dict[int, Outcome] = {}
        notices, self._notices = self._notices, []
        for notice in notices:
            show(notice)
        for call in calls.values():
            show(ToolReported(call.wire, call.beginning))
        places = list(calls)
        try:
            with self.guard():
                works = [partial(self._run_one, call, cancellation) for call in calls.values()]
                for number, outcome in run_emitting(works):
                    if isinstance(outcome, ToolReported) and outcome.state == "continuing":
                        show(outcome)
                        continue
                    found[places[number]] = outcome if isinstance(outcome, Inquiry) else self._visible(outcome, show)
        except KeyboardInterrupt:
            self._ended_as = "interrupted"
        finally:
            cancellation.cancel()
        for place in calls.keys() - found.keys():
            found[place] = stopped = ToolReported(calls[place].wire, "interrupted", INTERRUPTED)
            show(stopped)
        return found

    def _answered(self, call: Call, inquiry: Inquiry[ToolResult]) -> Call:
        """Ask the user what *call* asks, and return the rest of it; Ctrl+C declines, and ends the turn."""
        answer = UserAnswer("cancel") if self._ended_as else self.inquire(inquiry.question)
        if answer.action == "cancel":
            self._ended_as = self._ended_as or "denied"
        if answer.action == "nobody":
            self._notices.append(_unanswered(call.wire.name, inquiry.question))
        return replace(call, resume=partial(inquiry.resume, answer))

    def _run_one(self, call: Call, cancellation: Cancellation, emit: Callable[[Outcome], None]) -> Outcome:
        """Return the result of one call, and emit how far it is; runs on a thread of its own."""
        if call.result or call.tool is None:
            return call.result or ToolReported(call.wire, "failed")
        state: ToolState = "done"
        told = ""
        begun_s = self.clock()
        try:
            own = Cancellation(lambda words: emit(ToolReported(call.wire, "continuing", words)))
            with in_english(), cancellation.stopping(own.cancel):
                found = call.run(call.tool, own)
        except ToolError as error:
            state, found = "failed", IllustratedResult(str(error), error.images)
            told = self._put(reworded(error.text))
        if isinstance(found, Inquiry):
            return found
        result = IllustratedResult(found, ()) if isinstance(found, str) else found
        text = self._put(result.text) or NO_OUTPUT
        return ToolReported(call.wire, state, text, self.clock() - begun_s, result.images, told)

    def _put(self, text: str) -> str:
        """Return *text* as it may be shown, sent and stored."""
        return bound_text(self.clean(storable_text(text)), self.most_bytes())

    def _visible(self, result: ToolReported, show: Listener) -> ToolReported:
        """Show *result*; report invisible characters in it, and remove them if the user wants that."""
        text, hidden = without_invisible(result.text)
        if hidden:
            show(
                invisible_notice(
                    _("the result of {name}", name=result.call.name), hidden, is_stripped=self.strips_invisible
                )
            )
        result = replace(result, text=text) if hidden and self.strips_invisible else result
        show(result)
        return result

    def _repeats_last(self, calls: Sequence[ToolCall]) -> bool:
        """Return whether *calls* have had the same results too often already."""
        return self._repeats >= MOST_REPEATS and self._last is not None and self._last[0] == _content(calls)

    def _remember(self, calls: Sequence[ToolCall], results: Sequence[ToolReported]) -> None:
        now = _content(calls), [(result.text, result.images) for result in results]
        self._repeats = self._repeats + 1 if now == self._last else 1
        self._last = now


def follow_calls(
    turn: Turn, loop: ToolLoop, add: Callable[[Sequence[Message]], None], resume: Callable[[], Turn]
) -> Turn:
    """Run the tools that *turn* calls, and those that the replies to their results call; return the last turn.

    *add* stores results, *resume* sends them and returns the turn with the reply.
    """
    loop.begin()
    while calls := calls_to_run(turn):
        try:
            answered = loop.answer(calls)
            add(answered.messages)
            if answered.error or answered.is_stopped:
                return replace(turn, error=answered.error, is_stopped=answered.is_stopped)
            turn = resume()
        except ChatError as error:  # the question and what came of it are in the history, so the turn has only failed
            error.kept = error.kept or _("the turn so far is kept")
            return replace(turn, error=error)
    return turn


def calls_to_run(turn: Turn) -> tuple[ToolCall, ...]:
    """Return the calls of a reply that is whole; those of any other might be cut."""
    reply = turn.reply
    is_whole = turn.error is None and not turn.is_stopped and reply.status == "complete"
    return reply.message().tool_calls if is_whole else ()


def _unanswered(name: str, question: Question) -> Notice:
    """Return the notice that there is no terminal for the question of a call."""
    match question:
        case ServerReview():
            return Notice("tool_denied", _(_REVIEWED_BY_NOBODY, name=name), Remedy("review_tools"))
        case SignInPage(server):
            remedy = Remedy("sign_in", values={"name": server})
            return Notice("tool_denied", _(_SIGNED_IN_BY_NOBODY, name=name), remedy)
    return Notice("tool_denied", _(_ANSWERED_BY_NOBODY, name=name))


def _leave_out(wire: ToolCall) -> Call:
    return Call(wire).ended("failed", BEYOND_LIMIT)


def _refuse(calls: Sequence[ToolCall], text: str, error: ChatError) -> Round:
    return Round(tuple(_message(ToolReported(call, "failed", text)) for call in calls), error)


def _message(result: ToolReported) -> Message:
    message = text_message("tool", result.text, tool_call_id=result.call.id)
    return replace(message, parts=(*message.parts, *result.images)) if result.images else message


def _content(calls: Sequence[ToolCall]) -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in calls]


def _too_many(rounds: int) -> ChatError:
    what = ngettext(
        "the answer is incomplete: the model has called tools {count} time in a row",
        "the answer is incomplete: the model has called tools {count} times in a row",
        rounds,
    )
    return IncompleteAnswerError(what, kept=_("the results are kept"), hint=Remedy("more_rounds"))


def _repeated(calls: Sequence[ToolCall]) -> ChatError:
    what = _("the answer is incomplete: the model repeats the same call of {name}", name=calls[0].name)
    return IncompleteAnswerError(what, kept=_("the results are kept"), hint=Remedy("continue_answer"))
