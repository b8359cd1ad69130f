"""`chat ask`, and `chat` in a pipe: one question, one answer, one exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence

from chatcli.app.app import App
from chatcli.app.outputs import output_for
from chatcli.cli.one_shot import OneShotAnswer, ask_once, report_end, show_request
from chatcli.output.plain import Output
from chatcli.process.streams import is_terminal


def ask(app: App, words: Sequence[str]) -> None:
    """Answer the question in *words* and stdin on stdout; raises ChatError unless the answer is complete."""
    app.is_one_shot = True
    if app.template and app.template.each and not app.shows_requests:
        from chatcli.cli.ask_per_line import ask_each_line

        ask_each_line(app, words, output_for(app))
        return
    if app.flags.json:
        from chatcli.cli.ask_json import ask_in_events

        ask_in_events(app, words)
        return
    output = output_for(app)
    if app.shows_requests:
        show_request(app, words, output)
        return
    answered = ask_once(app, words, output)
    if answered.turn.reply.choice.logprobs and is_terminal(app.environment.stdout):
        from chatcli.repl.loop import show_logprobs

        show_logprobs(answered.turn.reply.choice.logprobs, output)
    _tell_what_it_took(app, answered, output)
    report_end(answered, output)


def _tell_what_it_took(app: App, answered: OneShotAnswer, output: Output) -> None:
    if not (app.flags.usage or app.flags.verbose):
        return
    from chatcli.app.turn_summary import summarize_turn

    output.note(summarize_turn(answered.turn, answered.meter, ascii_only=os.name == "nt"))
    if app.flags.verbose:
        started, host = answered.turn.reply.started, answered.host
        output.note(f"chat: {started.model or 'a model'} at {host}, id {started.id or 'not told'}")
