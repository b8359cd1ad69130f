"""Runs the conversation at the terminal: read, run a command or a turn, show. An error never ends the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from chatcli.commands.branches import pick_command
from chatcli.commands.interpretation import interpret
from chatcli.commands.table import (
    Ask,
    AskBeside,
    Compact,
    Compare,
    Connect,
    Continue,
    GenerateTitle,
    Outcome,
    Pick,
    Quit,
    Retry,
    RunShell,
    Say,
    ShowChat,
    ShowHistory,
)
from chatcli.errors import ChatError, ConfigError
from chatcli.files.faults import system_error
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.records import mutable
from chatcli.repl.display import show_history, show_opened
from chatcli.repl.turns import Turns
from chatcli.text.draft import EMPTY, Draft


@mutable
class Repl:
    """Reads lines and runs them as commands or turns; *before_prompt* is called before each line is read."""

    turns: Turns
    before_prompt: Callable[[], None] = lambda: None
    _has_told_output: bool = False

    def run(self) -> None:
        """Run until the user quits; raises Stopped if a signal ends the program."""
        draft: Draft | None = self.turns.unanswered_draft()
        while draft is not None:
            try:
                line = self._next_line(draft)
            except EOFError:
                return
            draft = self._take(line)

    def _next_line(self, draft: Draft) -> Draft:
        """Return the next queued message after a reply that ended well, else what the user writes."""
        ahead, prompt = self.turns.ahead, self.turns.prompt
        if queued := ahead.next_message():
            prompt.show(queued)
            return queued
        self.before_prompt()
        return prompt.read(ahead.give_back(draft))

    def _take(self, line: Draft) -> Draft | None:
        """Run *line*; return the draft of the next prompt, None to quit."""
        session = self.turns.session
        before = session.state
        try:
            return self._follow(interpret(line, self.turns.context))
        except (ChatError, OSError) as error:
            if isinstance(error, OSError) and error.filename is None:  # the terminal is gone; nothing can be read
                raise
            self.turns.output.fail(system_error(error) if isinstance(error, OSError) else error)
            return line  # nothing was sent, so the line is kept
        finally:
            if session.state != before:
                session.save_state()

    def _follow(self, outcome: Outcome) -> Draft | None:
        turns = self.turns
        match outcome:
            case Ask(text, line):
                return turns.ask(text, line)
            case AskBeside(text, line):
                return turns.ask_beside(text, line)
            case Retry(model):
                return turns.retry(model)
            case Continue():
                return turns.continue_answer()
            case Compare(models):
                return self._compare(models)
            case Compact(instructions):
                return turns.compact(instructions)
            case GenerateTitle():
                return turns.generate_title()
            case Pick(choices, then):
                key = turns.picker.pick(choices)
                return EMPTY if key is None else self._follow(then(key))
            case _:
                return self._show(outcome)

    def _show(self, outcome: Say | ShowChat | ShowHistory | RunShell | Connect | Quit) -> Draft | None:
        output = self.turns.output
        match outcome:
            case RunShell(command):
                self._run_shell(command)
                return EMPTY
            case Connect(provider):
                self.turns.connect(provider)
                return self.turns.unanswered_draft()
            case ShowHistory():
                self._page_history()
                return self.turns.unanswered_draft()
            case Say(markdown, draft, raw, drawn):
                if drawn is not None:
                    output.draw(drawn)
                if markdown or (drawn is None and not draft):
                    output.say(markdown, raw=raw)
                return self.turns.draft_of(draft)
            case ShowChat(title, at):
                context = self.turns.context
                show_opened(context.conversation, title, output, at=at, save_image=context.chats.save_image)
                return self.turns.unanswered_draft()
            case Quit():
                return None
            case _:
                assert_never(outcome)

    def _page_history(self) -> None:
        """Show the whole conversation in the pager, or on the screen if there is none, or it fails."""
        output, context = self.turns.output, self.turns.context

        def show(to: Output) -> None:
            show_history(context.conversation, to, context.chats.save_image)

        try:
            is_shown = self.turns.page(show)
        except ConfigError as error:
            output.fail(error)
            is_shown = False
        if not is_shown:
            show(output)

    def _run_shell(self, command: str) -> None:
        """Run a command of the user's shell, and say how it ended and that its output is not sent."""
        output, shell = self.turns.output, self.turns.context.shell
        if ending := shell.run(command, lambda line: output.say(line, raw=True)):
            output.note(ending)
        if shell.last and shell.last.text.strip() and not self._has_told_output:
            self._has_told_output = True
            output.note(_("The output is not sent to the model; /attach output attaches it."))

    def _compare(self, models: Sequence[str]) -> Draft | None:
        draft = self.turns.compare(models)
        if draft is None or len(self.turns.context.conversation.alternatives()) < 2:
            return draft
        self._follow(pick_command(self.turns.context, ""))
        return draft
