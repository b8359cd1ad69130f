"""The conversation at the terminal: read, then a command or a turn, then show. An error never ends the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from chatcli.commands.branches import pick_command
from chatcli.commands.context import CommandContext
from chatcli.commands.logprobs import doubts
from chatcli.commands.table import (
    Ask,
    Compact,
    Compare,
    GenerateTitle,
    Outcome,
    Pick,
    Quit,
    Retry,
    Say,
    ShowLogprobs,
    interpret,
)
from chatcli.commands.table import (
    ShowChat as ShowEnd,
)
from chatcli.conversation.compaction import compact_conversation
from chatcli.conversation.messages import TEXT_EVENTS, Listener, Part, TokenLogprob
from chatcli.conversation.overflow import left_out_notice
from chatcli.conversation.session import Session, Turn
from chatcli.conversation.truncation import KeptPart, truncate
from chatcli.conversation.window import split_turns
from chatcli.errors import ChatError
from chatcli.input.choices import ChoiceRow
from chatcli.output.plain import Output
from chatcli.output.stopwatch import Stopwatch
from chatcli.records import mutable
from chatcli.request.attachments import message_parts, of_message
from chatcli.text.phrases import count_noun


class PromptPort(Protocol):
    """Reads what the user types."""

    def read(self, draft: str = "") -> str:
        """Return a message; raises EOFError when the user leaves."""
        ...

    def settle(self) -> None:
        """Let further presses of Ctrl-C mean nothing for a moment."""
        ...


class Keys(Protocol):
    """The keyboard while a reply streams; entered around a turn."""

    @property
    def draft(self) -> str:
        """What was typed meanwhile."""
        ...

    @property
    def leave(self) -> bool:
        """Whether the user wants to leave."""
        ...


TITLE = "Give this conversation a title of at most six words, in its own language. Answer with the title alone."
MOST_TITLE = 80
SUM_UP = (
    "Sum up this conversation, in its own language, so that it can go on from the summary alone: what was asked, what "
    "was found and decided, names, numbers and code that are still needed, and what is open. Answer with the summary "
    "alone."
)

_YES = "yes"
_CONSENT = (ChoiceRow(_YES, "Yes, leave them out"), ChoiceRow("no", "No, do not send it"))

Search = Callable[[str], Sequence[ChoiceRow]]


class PickerPort(Protocol):
    """Lets the user choose from a list."""

    def pick(self, title: str, rows: Sequence[ChoiceRow], search: Search | None = None, /) -> str | None:
        """Return the key of the row that is chosen, None where nothing is."""
        ...


@mutable
class Repl:
    """Joins a prompt, a session and an output; *listen* watches the keys while a reply streams.

    *summary* returns the line that ends a turn, *warning* what should be known after it. *compact_at* is the share of
    the window from which on the conversation is summed up by itself, 0 for never. *truncate* says what is kept of
    attached text that does not fit; None cuts nothing.
    """

    prompt: PromptPort
    output: Output
    context: CommandContext
    picker: PickerPort
    listen: Callable[[], AbstractContextManager[Keys]]
    summary: Callable[[Turn, Stopwatch], str]
    warning: Callable[[], str] = lambda: ""
    compact_at: Callable[[], float] = lambda: 0.0
    truncate: KeptPart | None = None

    def run(self) -> None:
        """Talk until the user leaves; raises Stopped when a signal ends the program."""
        draft: str | None = self._lost()
        while draft is not None:
            try:
                line = self.prompt.read(draft)
            except EOFError:
                return
            draft = self._take(line)

    def _take(self, line: str) -> str | None:
        """Do what *line* asks for; return the draft of the next prompt, None to leave."""
        try:
            return self._follow(interpret(line, self.context))
        except ChatError as error:
            self.output.fail(error)
            return line  # nothing was sent: the line stays

    def _follow(self, outcome: Outcome) -> str | None:
        match outcome:
            case Say(markdown, draft, raw):
                self.output.say(markdown, raw=raw)
                return draft
            case ShowLogprobs(tokens):
                show_logprobs(tokens, self.output)
                return ""
            case Pick(title, rows, then, search):
                key = self.picker.pick(title, rows, search)
                return "" if key is None else self._follow(then(key))
            case ShowEnd(title):
                show_end(self.context.session, title, self.output)
                return self._lost()
            case GenerateTitle():
                return self._entitle()
            case Compact(instructions):
                return self._compact(instructions)
            case Quit(word):
                if word:
                    self.output.note(word)
                return None
            case Compare() if not self.context.session.has_question:
                self.output.note("There is no question to compare answers to.")
                return ""
            case Compare(models):
                return self._compare(models)
            case Ask(text):
                return self._ask(text)
            case Retry(continues=True) if not self.context.session.is_cut:
                self.output.note("There is no cut answer to go on with.")
                return ""
            case Retry(continues=False) if not self.context.session.has_question:
                self.output.note("There is no question to ask again.")
                return ""
            case Retry(go_on):
                return self._turn(Session.continue_answer if go_on else Session.retry)

    def _ask(self, text: str) -> str | None:
        session, parts = self.context.session, self._parts(text)
        if window := session.preview_overflow(parts):
            notice = left_out_notice(window, session.budget.window_tokens)
            if self.picker.pick(f"{notice.message}. Send it so?", _CONSENT) != _YES:
                return text
            session.accept_window(window)
        draft = self._turn(lambda session, show: session.turn(parts, show))
        if session.unanswered is None:
            self.context.attachments.clear()
        return draft

    def _parts(self, text: str) -> Sequence[Part] | str:
        """Return *text* with what is attached, and the files that it names."""
        mentioned = self.context.files.load_mentions(text) if "@" in text else []
        known = {attachment.name for attachment in self.context.attachments}
        found = [attachment for attachment in mentioned if attachment.name not in known]
        for warning in (word for attachment in found for word in attachment.warnings):
            self.output.note(f"chat: {warning}")
        if not (found or self.context.attachments):
            return text
        parts = message_parts(text, [*self.context.attachments, *found])
        if self.truncate:
            parts, told = truncate(self.context.session, parts, self.truncate)
            for sentence in told:
                self.output.note(f"chat: {sentence}")
        return parts

    def _compare(self, models: Sequence[str]) -> str | None:
        client = self.context.fan_out(models)
        draft = self._turn(lambda session, show: session.compare(client, show), answers=len(models))
        if draft is None or len(self.context.session.alternatives()) < 2:
            return draft
        self._follow(pick_command(self.context, ""))
        return draft

    def _turn(self, ask: Callable[[Session, Listener], Turn | None], *, answers: int = 0) -> str | None:
        answers = answers or self.context.session.answers
        with self.listen() as keys, self.output.turn(answers=answers) as show:
            meter = Stopwatch(show)
            turn = ask(self.context.session, meter.show)
        assert turn is not None  # where there is nothing to ask, nobody comes here
        self._conclude(turn, meter)
        if keys.leave:
            return None
        lost = self._lost()
        if self.context.session.unanswered and (names := ", ".join(item.name for item in self.context.attachments)):
            self.output.note(f"Attached still: {names}. /attach clear takes it out.")
        return "\n".join(part for part in (lost, keys.draft) if part)

    def _lost(self) -> str:
        """Return the question that nobody answered, for it to be the next draft."""
        lost = self.context.session.unanswered
        if lost and lost.message.attached and not self.context.attachments:
            self.context.attachments += of_message(lost.message)
        return lost.message.typed if lost else ""

    def _entitle(self) -> str:
        if not self.context.session.has_question:
            self.output.note("There is nothing to find a title for yet.")
            return ""
        with self.listen(), self.output.turn() as show:
            reply = self.context.session.ask_aside(
                TITLE, lambda event: None if isinstance(event, TEXT_EVENTS) else show(event)
            )
        title = " ".join(reply.message().text.split()).strip("\"'“”*.#")
        if title:
            self.context.chats.rename(title[:MOST_TITLE])
        self.output.note(f"This chat is called “{title[:MOST_TITLE]}” now." if title else "No title came.")
        return ""

    def _compact(self, instructions: str) -> str:
        session = self.context.session
        before, wish = session.summary, f"{SUM_UP} {instructions}".strip()
        if len(session.questions) <= session.summarized:
            self.output.note("There is nothing to sum up.")
            return ""
        with self.listen(), self.output.turn() as show:
            compact_conversation(session, wish, lambda event: None if isinstance(event, TEXT_EVENTS) else show(event))
        if session.summary is None or session.summary is before:
            self.output.note("No whole summary came; the chat is as it was.")
        else:
            self._tell_of(session.summary.text)
        return ""

    def _tell_of(self, summary: str) -> None:
        last = len(self.context.session.questions)
        turns = f"Turns 1-{last} are" if last > 1 else "Turn 1 is"
        self.output.note(f"{turns} sent as a summary from now on; /undo takes that back.")
        self.output.say(summary)

    def _conclude(self, turn: Turn, meter: Stopwatch) -> None:
        if turn.reply.stopped:
            self.prompt.settle()
        if logprobs := turn.reply.choice.logprobs:
            show_logprobs(logprobs, self.output)
        if line := self.summary(turn, meter):
            self.output.note(line)
        if warning := self.warning():
            self.output.note(warning)
        if turn.error:
            if turn.reply.text and not turn.error.hint:
                turn.error.hint = "/continue goes on with it, /retry asks again"
            self.output.fail(turn.error)
        elif self._is_full(turn):
            self.output.note("The window is nearly full: the chat is summed up.")
            self._compact("")

    def _is_full(self, turn: Turn) -> bool:
        """Tell whether the window is as full as the user wants it to be at most."""
        usage, window = turn.reply.usage, self.context.session.budget.window_tokens
        share, session = self.compact_at(), self.context.session
        if not (share and usage and window and usage.prompt_tokens) or turn.reply.stopped:
            return False
        used = usage.prompt_tokens + (usage.completion_tokens or 0)
        return used >= share * window and len(session.questions) - session.summarized > 1


def show_logprobs(tokens: Sequence[TokenLogprob], output: Output) -> None:
    """Show an answer shaded by the probability of its tokens, and the doubtful ones with their alternatives."""
    output.shade(tokens)
    if table := doubts(tokens):
        output.say(table)


def show_end(session: Session, title: str, output: Output) -> None:
    """Show what an opened conversation was about: its title, how long it is, and its last turn."""
    conversation = split_turns(session.history)
    output.note(f"“{title}”, {count_noun(len(conversation), 'turn')}.")
    for message in conversation[-1] if conversation else ():
        if message.role == "user":
            output.say(f"> {message.typed}", raw=True)
        elif text := message.text or message.refusal:
            output.say(text)
