"""`chat ask`, and `chat` in a pipe: one question, one answer, one exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.app.outputs import is_ascii
from chatcli.cli.one_shot import OneShotAnswer, ask_once, report_end, show_request
from chatcli.cli.run import Run
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.process.streams import is_terminal

if TYPE_CHECKING:
    import typer


def ask(
    run: Run,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PROMPT]...", help=_("The question; - stands for stdin."))
    ] = None,
) -> None:
    """Answer the question in *words* and stdin on stdout; raises ChatError unless the answer is complete."""
    words = words or []
    if run.config.template and run.config.template.each and not run.config.shows_requests:
        from chatcli.cli.ask_per_line import ask_each_line

        ask_each_line(run, words, run.output())
        return
    if run.flags.json:
        from chatcli.cli.ask_json import ask_in_events

        ask_in_events(run, words)
        return
    output = run.output()
    if run.config.shows_requests:
        show_request(run, words, output)
        return
    answered = ask_once(run, words, output)
    if answered.turn.reply.choice.logprobs and is_terminal(run.environment.stdout):
        from chatcli.repl.display import show_doubts

        show_doubts(answered.turn.reply.choice.logprobs, output)
    _note_usage(run, answered, output)
    report_end(answered, output)


def _note_usage(run: Run, answered: OneShotAnswer, output: Output) -> None:
    if not (run.flags.usage or run.flags.verbose):
        return
    from chatcli.app.turn_summary import summarize_turn
    from chatcli.conversation.turn_tokens import turn_tokens

    if answered.turn.usage or not answered.turn.is_lost:  # what never arrived took nothing
        tokens = turn_tokens(answered.turn, answered.session.binding.budget)
        output.note(summarize_turn(answered.turn, tokens, ascii_only=is_ascii(run.config)))
    if run.flags.verbose:
        started = answered.turn.reply.started
        host = started.host or answered.session.binding.host
        output.note(
            _(
                "chat: {model} at {host}, id {id}",
                model=started.model or _("unknown model"),
                host=host,
                id=started.id or _("unknown"),
            )
        )
