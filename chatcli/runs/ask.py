"""`chat ask`, and `chat` in a pipe: one question, one answer, one exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence

from chatcli.app import App
from chatcli.core.incoming import compose, decode
from chatcli.core.surrogates import count_lone, repair
from chatcli.errors import SIGINT, ChatError, Stopped, UsageError
from chatcli.process import Gate, has_input, is_terminal
from chatcli.runs.keeping import Keeper, begin
from chatcli.runs.outputs import output_for
from chatcli.runs.session import Line, adapt, provider_of, session_for
from chatcli.session import Session, Turn
from chatcli.ui.meter import Meter
from chatcli.ui.output import Output

BYTES_PER_TOKEN = 4
UNKNOWN_WINDOW_TOKENS = 4_000_000  # larger than any window there is
PATIENCE_S = 2.0
SMALL_CHARS = 2_000


def ask(app: App, words: Sequence[str]) -> None:
    """Answer the question in *words* and stdin on stdout; raises ChatError unless the answer is complete."""
    output = output_for(app)
    gate = Gate()
    session, line = session_for(app, provider_of(app), gate=gate)
    _check_answers(app, session)
    prompt = _prompt(app, words, output, session.measure.window_tokens)
    troubles: list[ChatError] = []
    keeper = Keeper(app, session, note=output.note, fail=troubles.append)
    if begin(app, keeper):
        adapt(session, app, line)
    elif session.model and len(prompt) < SMALL_CHARS:
        session.acquaint = None  # every window takes it, so nobody is asked how large it is
    try:
        with gate.closed():
            turn, meter = _answer(session, output, prompt)
    finally:
        unsaved = keeper.close()
    if turn.reply.choice.logprobs and is_terminal(app.world.stdout):
        from chatcli.repl import show_chances

        show_chances(turn.reply.choice.logprobs, output)
    _tell_what_it_took(app, turn, meter, output, line)
    if turn.reply.stopped:
        raise Stopped(SIGINT)
    if turn.error and unsaved:
        output.fail(unsaved)
    if error := turn.error or unsaved:
        raise error


def _answer(session: Session, output: Output, prompt: str) -> tuple[Turn, Meter]:
    with output.turn(answers=session.answers) as show:
        meter = Meter(show)
        return session.turn(prompt, meter.show), meter


def _prompt(app: App, words: Sequence[str], output: Output, window_tokens: int | None) -> str:
    spoken = " ".join(word for word in words if word != "-")
    if lone := count_lone(spoken):
        output.note(f"chat: {lone} bytes of the arguments are not text and were replaced")
    instruction = repair(spoken)
    piped = None
    if not app.flags.no_stdin and ("-" in words or not is_terminal(app.world.stdin)):
        piped = _piped(app, output, window_tokens, is_waited_for=bool(instruction))
    prompt = compose(instruction, piped)
    if not prompt:
        hint = 'for example: chat ask "hello", or: cat file | chat ask "what is this?"'
        empty = "no words were given" if piped is None else "stdin is empty and no words were given"
        raise UsageError(f"there is no question: {empty}", hint=hint)
    return prompt


def _piped(app: App, output: Output, window_tokens: int | None, *, is_waited_for: bool) -> str:
    stdin = app.world.stdin
    if is_waited_for and not has_input(stdin, PATIENCE_S):
        output.note("chat: waiting for stdin, which is open and silent; --no-stdin does not read it")
    limit = (window_tokens or UNKNOWN_WINDOW_TOKENS) * BYTES_PER_TOKEN
    data = stdin.buffer.read(limit + 1)
    if len(data) > limit:
        size = f"{limit / 1e6:.1f} MB" if limit >= 1e6 else f"{limit / 1e3:.1f} kB"
        raise UsageError(f"stdin is larger than {size}", kept="nothing was sent", hint="no window takes that much")
    incoming = decode(data, encoding=app.flags.encoding)
    if incoming.replaced:
        many = "1 character of stdin is" if incoming.replaced == 1 else f"{incoming.replaced} characters of stdin are"
        output.note(f"chat: {many} not valid and replaced; --encoding NAME reads another encoding than UTF-8")
    return incoming.text


def _check_answers(app: App, session: Session) -> None:
    if session.answers != 1 and not is_terminal(app.world.stdout):
        raise UsageError("several answers cannot be told apart in a pipe", hint="leave out `n`")


def _tell_what_it_took(app: App, turn: Turn, meter: Meter, output: Output, line: Line) -> None:
    if not (app.flags.usage or app.flags.verbose):
        return
    from chatcli.runs.summary import sum_up

    output.note(sum_up(turn, meter, ascii_only=os.name == "nt"))
    if app.flags.verbose:
        started = turn.reply.started
        output.note(f"chat: {started.model or 'a model'} at {line.endpoint.host}, id {started.id or 'not told'}")
