"""A request for each line of what is piped in, and a line of answer for each: for templates that sort or label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatcli.app import App
from chatcli.core.messages import TextPart
from chatcli.core.surrogates import repair
from chatcli.errors import SIGINT, ChatError, Stopped, UsageError
from chatcli.process import Gate, is_terminal
from chatcli.runs.asking import Answered, one_turn
from chatcli.runs.keeping import Keeper, begin
from chatcli.runs.session import provider_of, session_for
from chatcli.ui.output import Output


def ask_each_line(app: App, words: Sequence[str], output: Output) -> None:
    """Answer each line by itself, in its order, as one line on stdout.

    The first error ends it, with the number of its line; what was answered before stands.
    """
    template = app.template
    assert template is not None
    if app.flags.json:
        raise UsageError("--json tells one question, and this template asks one for each line", hint="leave one out")
    gate = Gate()
    session, _ = session_for(app, provider_of(app), gate=gate)
    keeper = Keeper(app, session, note=output.note, fail=output.fail)
    begin(app, keeper)
    try:
        with gate.closed():
            for number, line in enumerate(_lines(app, words), 1):
                session.tree.head = None  # each line is asked by itself, and all are kept in one chat
                parts = app.filler.question(template, app.flags.template or "", [TextPart(line)])
                answered = one_turn(session, output, parts)
                _put(app, answered, number)
    finally:
        unsaved = keeper.close()
    if unsaved:
        raise unsaved


def _lines(app: App, words: Sequence[str]) -> Iterator[str]:
    spoken = repair(" ".join(word for word in words if word != "-"))
    if spoken:
        yield spoken
    if app.flags.no_stdin or is_terminal(app.world.stdin):
        if not spoken:
            raise UsageError("there are no lines to ask about", hint="pipe them in: cat reviews.txt | chat ask -t NAME")
        return
    for line in app.world.stdin:
        if text := repair(line).strip():
            yield text


def _put(app: App, answered: Answered, number: int) -> None:
    if answered.turn.reply.stopped:
        raise Stopped(SIGINT)
    text = " ".join(answered.turn.reply.text.split())
    error = answered.error
    if error and not text:
        raise _at(error, number)
    app.world.stdout.write(f"{text}\n")
    app.world.stdout.flush()
    if error:
        raise _at(error, number)


def _at(error: ChatError, number: int) -> ChatError:
    error.what = f"line {number}: {error.what}"
    return error
