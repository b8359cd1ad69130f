"""A request for each line of what is piped in, and a line of answer for each: for templates that sort or label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import TextIOWrapper

from chatcli.app import App
from chatcli.core.incoming import decode
from chatcli.core.messages import TextPart
from chatcli.core.surrogates import repair
from chatcli.errors import SIGINT, ChatError, Stopped, UsageError
from chatcli.process import Gate, is_terminal
from chatcli.runs.asking import Answered, models_at_once, one_turn
from chatcli.runs.keeping import Keeper, begin
from chatcli.runs.session import provider_of, session_for
from chatcli.session import Session
from chatcli.ui.output import Output


def ask_each_line(app: App, words: Sequence[str], output: Output) -> None:
    """Answer each line by itself, in its order, as one line on stdout.

    The first error ends it, with the number of its line; what was answered before stands.
    """
    template = app.template
    assert template is not None
    gate = Gate()
    session, _ = session_for(app, provider_of(app), gate=gate)
    _check(app, session)
    keeper = Keeper(app, session, note=output.note, fail=output.fail)
    begin(app, keeper)
    try:
        with gate.closed():
            for number, line in _lines(app, words):
                session.tree.head = None  # each line is asked by itself, and all are kept in one chat
                parts = app.filler.question(template, app.flags.template or "", [TextPart(line)])
                answered = one_turn(session, output, parts)
                _put(app, answered, number)
    finally:
        unsaved = keeper.close()
    if unsaved:
        raise unsaved


def _check(app: App, session: Session) -> None:
    """Refuse what has no meaning where each line gets one line of answer."""
    flags = app.flags
    given = {
        "--json": flags.json,
        "--schema": flags.schema,
        "-x": flags.extract or flags.extract_last,
        "--prefill": flags.prefill,
        "--completions": flags.completions,
        "--truncate": flags.truncate,
        "-f": flags.file,
        "-i": flags.image,
        "-n": session.answers > 1,
        "more than one -m": models_at_once(app),
    }
    for flag, is_given in given.items():
        if is_given:
            what = f"template `{flags.template}` asks about each line by itself, and {flag} does not go with that"
            raise UsageError(what, kept="nothing was sent", hint="leave one of them out")


def _lines(app: App, words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Give the lines that say something, with their numbers as an editor shows them; 0 is what was typed as words."""
    spoken = repair(" ".join(word for word in words if word != "-"))
    if spoken:
        yield 0, spoken
    if app.flags.no_stdin or is_terminal(app.world.stdin):
        if not spoken:
            raise UsageError("there are no lines to ask about", hint="pipe them in: cat reviews.txt | chat ask -t NAME")
        return
    decode(b"", encoding=app.flags.encoding)  # an encoding that does not exist is told before anything is read
    reader = TextIOWrapper(app.world.stdin.buffer, encoding=app.flags.encoding or "utf-8-sig", errors="replace")
    try:
        for number, line in enumerate(reader, 1):
            if text := line.strip():
                yield number, text
    finally:
        reader.detach()  # stdin itself stays open


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
    if number:
        error.what = f"line {number}: {error.what}"
    return error
