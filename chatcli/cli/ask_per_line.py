"""A request for each line of what is piped in, and a line of answer for each: for templates that sort or label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import TextIOWrapper

from chatcli.app.app import App
from chatcli.app.binding import required_provider, session_for
from chatcli.app.chats import Chats, open_chat
from chatcli.cli.one_shot import OneShotAnswer, models_at_once, run_turn
from chatcli.conversation.messages import TextPart
from chatcli.conversation.session import Session
from chatcli.errors import SIGINT, ChatError, Stopped, UsageError
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.process.streams import is_terminal
from chatcli.request.piped_text import decode
from chatcli.text.surrogates import repair


def ask_each_line(app: App, words: Sequence[str], output: Output) -> None:
    """Answer each line by itself, in its order, as one line on stdout.

    The first error ends it, with the number of its line; what was answered before stands.
    """
    template = app.template
    assert template is not None
    interrupts = InterruptGate()
    session, _ = session_for(app, required_provider(app), interrupts=interrupts)
    _check(app, session)
    chats = Chats(app, session, note=output.note, fail=output.fail)
    open_chat(app, chats)
    try:
        with interrupts.hold():
            for number, line in enumerate(_lines(app, words), 1):
                session.tree.head = None  # each line is asked by itself, and all are kept in one chat
                parts = app.filler.question(template, app.flags.template or "", [TextPart(line)])
                answered = run_turn(session, output, parts)
                _put(app, answered, number)
    finally:
        unsaved = chats.close()
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


def _lines(app: App, words: Sequence[str]) -> Iterator[str]:
    spoken = repair(" ".join(word for word in words if word != "-"))
    if spoken:
        yield spoken
    if app.flags.no_stdin or is_terminal(app.environment.stdin):
        if not spoken:
            raise UsageError("there are no lines to ask about", hint="pipe them in: cat reviews.txt | chat ask -t NAME")
        return
    decode(b"", encoding=app.flags.encoding)  # an encoding that does not exist is told before anything is read
    reader = TextIOWrapper(app.environment.stdin.buffer, encoding=app.flags.encoding or "utf-8-sig", errors="replace")
    try:
        for line in reader:
            if text := line.strip():
                yield text
    finally:
        reader.detach()  # stdin itself stays open


def _put(app: App, answered: OneShotAnswer, number: int) -> None:
    if answered.turn.reply.stopped:
        raise Stopped(SIGINT)
    text = " ".join(answered.turn.reply.text.split())
    error = answered.error
    if error and not text:
        raise _at(error, number)
    app.environment.stdout.write(f"{text}\n")
    app.environment.stdout.flush()
    if error:
        raise _at(error, number)


def _at(error: ChatError, number: int) -> ChatError:
    error.what = f"line {number}: {error.what}"
    return error
