"""Sends one request per line of stdin and prints one line per answer, for templates that classify or label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import TextIOWrapper

from chatcli.cli.connected_chat import start_connected_chat
from chatcli.cli.one_shot import ask_turn, models_at_once
from chatcli.cli.open_chat import open_chat
from chatcli.cli.run import Run
from chatcli.conversation.messages import TextPart
from chatcli.conversation.session import Session
from chatcli.conversation.turn import Turn
from chatcli.errors import SIGINT, ChatError, Stopped, UsageError
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.process.startup import enable_collector
from chatcli.process.streams import is_terminal
from chatcli.request.piped_text import decode
from chatcli.text.phrases import one_line
from chatcli.text.surrogates import repair


def ask_each_line(run: Run, words: Sequence[str], output: Output) -> None:
    """Answer each line separately, in order, as one line on stdout.

    Stops at the first error, which names the line number; earlier answers have been printed.
    """
    template = run.config.template
    assert template is not None
    interrupts = InterruptGate()
    chat = start_connected_chat(run, output, interrupts, fail=output.fail, check=lambda chat: _check(run, chat.session))
    session = chat.session
    _check(run, session)
    open_chat(run, chat.chats)
    enable_collector()
    try:
        with interrupts.hold():
            for number, line in _lines(run, words):
                session.conversation.tree.head = None  # lines are asked separately but saved in one chat
                parts = run.config.filler.question(template, run.flags.template or "", [TextPart(line)])
                _put(run, ask_turn(session, output, parts, hides_answer=True), number)
    finally:
        unsaved = chat.chats.close()
    if unsaved:
        raise unsaved


def _check(run: Run, session: Session) -> None:
    """Reject flags that make no sense with one line of answer per line of input."""
    flags = run.flags
    given = {
        "--json": flags.json,
        "--schema": flags.schema,
        "-x": flags.extract or flags.extract_last,
        "--prefill": flags.prefill,
        "--completions": flags.completions,
        "--tools": flags.tools,
        "--truncate": flags.truncate,
        "-f": flags.file,
        "-i": flags.image,
        "-n": session.conversation.answers_wanted > 1,
        _("more than one -m"): models_at_once(run),
    }
    for flag, is_given in given.items():
        if is_given:
            what = _(
                "template {name} sends one request per line, which cannot be combined with {flag}",
                name=f"`{flags.template}`",
                flag=flag,
            )
            raise UsageError(what, kept=_("nothing was sent"), hint=_("use one or the other"))


def _lines(run: Run, words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the non-empty lines with their line numbers; 0 stands for the arguments."""
    spoken = repair(" ".join(word for word in words if word != "-"))
    if spoken:
        yield 0, spoken
    if run.flags.no_stdin or is_terminal(run.environment.stdin):
        if not spoken:
            hint = _("pipe them in, e.g. {command}", command="cat reviews.txt | chat ask -t NAME")
            raise UsageError(_("there are no input lines"), hint=hint)
        return
    decode(b"", encoding=run.flags.encoding)  # reports an unknown encoding before anything is read
    reader = TextIOWrapper(run.environment.stdin.buffer, encoding=run.flags.encoding or "utf-8-sig", errors="replace")
    try:
        for number, line in enumerate(reader, 1):
            if text := line.strip():
                yield number, text
    finally:
        reader.detach()  # keeps stdin open


def _put(run: Run, turn: Turn, number: int) -> None:
    if turn.is_stopped:
        raise Stopped(SIGINT)
    text = one_line(turn.reply.text)
    error = turn.error
    if error and not text:
        raise _at(error, number)
    run.environment.stdout.write(f"{text}\n")
    run.environment.stdout.flush()
    if error:
        raise _at(error, number)


def _at(error: ChatError, number: int) -> ChatError:
    if number:
        error.what = _("line {line}: {problem}", line=number, problem=error.what)
    return error
