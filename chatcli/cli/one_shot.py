"""Asks one question, and returns what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatcli.app.app import App
from chatcli.app.binding import EndpointClient, adapt, fan_out_to, required_provider, session_for
from chatcli.app.chats import Chats, open_chat
from chatcli.cli.question import cut_to_fit, read_question
from chatcli.conversation.messages import Event, Listener, Part, Refusal, Text, TextPart
from chatcli.conversation.session import Session, Turn
from chatcli.errors import SIGINT, ChatError, NotSavedError, Stopped, UsageError
from chatcli.output.plain import Output
from chatcli.output.stopwatch import Stopwatch
from chatcli.process.signals import InterruptGate
from chatcli.process.startup import enable_collector
from chatcli.process.streams import is_terminal
from chatcli.providers.table import PROVIDERS
from chatcli.records import frozen
from chatcli.request.parameters import sampling_advice

if TYPE_CHECKING:
    from chatcli.app.answer_format import AnswerFormat

SMALL_CHARS = 2_000


@frozen
class OneShotAnswer:
    """What came of a question: *error* is that of the turn, or of what its answer was to be made into."""

    session: Session
    turn: Turn
    meter: Stopwatch
    error: ChatError | None
    host: str = ""
    unsaved: NotSavedError | None = None


def ask_once(app: App, words: Sequence[str], output: Output) -> OneShotAnswer:
    """Ask, and show what comes on *output*; raises what keeps the question from being asked."""
    interrupts = InterruptGate()
    session, line = session_for(app, required_provider(app), interrupts=interrupts)
    session.prefill = _opening(app, line)
    _check_answers(app, session)
    _ask_several(app, session, line)
    if word := sampling_advice(session.options):
        output.note(f"chat: {word}")
    shaper = _shaper(app, output)
    parts = read_question(app, words, output, session, line)
    if app.flags.completions:
        _complete(app, session, parts)
    troubles: list[ChatError] = []
    chats = Chats(app, session, note=output.note, fail=troubles.append)
    if open_chat(app, chats):
        adapt(session, app, line)
    elif session.model and sum(len(part.text) for part in parts if isinstance(part, TextPart)) < SMALL_CHARS:
        session.discover = None  # every window takes it, so nobody is asked how large it is
    parts = cut_to_fit(app, session, parts, output, interrupts)
    started = getattr(output, "started", None)
    if started:
        started(session, chats)
    enable_collector()
    try:
        with interrupts.hold():
            turn, meter = _turn(session, output, parts, is_held=shaper is not None, answers=models_at_once(app))
            error = turn.error
            if shaper and not (error or turn.reply.stopped):
                turn, error = _shaped(shaper, session, output, turn)
    finally:
        unsaved = chats.close()
    return OneShotAnswer(session, turn, meter, error, line.endpoint.host, unsaved)


def show_request(app: App, words: Sequence[str], output: Output) -> None:
    """Write the request for the question to stdout instead of sending it; nothing is asked of anybody."""
    interrupts = InterruptGate()
    session, line = session_for(app, required_provider(app), interrupts=interrupts)
    session.prefill = _opening(app, line)
    parts = read_question(app, words, output, session, line)
    if app.flags.completions:
        _complete(app, session, parts)
    chats = Chats(app, session, note=output.note, fail=lambda _error: None)
    try:
        if app.flags.go_on or app.flags.resume is not None:
            open_chat(app, chats)
            adapt(session, app, line)
        if not session.model:
            raise UsageError("no model is set, and the endpoint is not asked for one", hint="name one with --model")
        shown = line.preview(session.request(parts), "curl" if app.flags.curl else "json")
    finally:
        chats.close()
    app.environment.stdout.write(app.redact(shown))


def report_end(answered: OneShotAnswer, output: Output) -> None:
    """Raise what went wrong, the gravest of it."""
    if answered.turn.reply.stopped:
        raise Stopped(SIGINT)
    if answered.error and answered.unsaved:
        output.fail(answered.unsaved)
    if error := answered.error or answered.unsaved:
        raise error


def _complete(app: App, session: Session, parts: Sequence[Part]) -> None:
    """Let the model go on with the text; raises UsageError for what only a conversation has."""
    given = [name for name, value in (("--system", app.flags.system), ("--resume", app.flags.resume)) if value]
    given += ["--continue"] if app.flags.go_on else []
    given += ["--schema"] if app.flags.schema else []
    given += ["--prefill"] if app.flags.prefill else []
    given += ["attachments"] if not all(isinstance(part, TextPart) for part in parts) else []
    if given:
        raise UsageError(f"--completions takes no {given[0].lstrip('-')}", hint="it goes on with one text, and no more")
    session.completes, session.system = True, ""


def _opening(app: App, line: EndpointClient) -> str:
    """Return how the answer is to begin; raises UsageError where the endpoint does not take that."""
    text, row = app.flags.prefill or "", line.endpoint.row
    if not text:
        return ""
    if models_at_once(app):
        raise UsageError("--prefill goes to one model", hint="name one with -m")
    if row.prefill is None:
        raise UsageError(
            f"{row.title} does not go on with the beginning of an answer", hint="ask for that beginning in the prompt"
        )
    if not line.endpoint.base_url.rstrip("/").endswith(row.prefill.base):
        address = f"{row.base_url}{row.prefill.base}"
        raise UsageError(
            f"{row.title} takes the beginning of an answer only at {address}, not at {line.endpoint.base_url}",
            hint=f'set `base_url = "{address}"` for it in the configuration',
        )
    return text


def run_turn(session: Session, output: Output, parts: Sequence[Part]) -> OneShotAnswer:
    """Ask within a session that is open, showing everything but the text."""
    turn, meter = _turn(session, output, parts, is_held=True)
    return OneShotAnswer(session, turn, meter, turn.error)


def _turn(
    session: Session, output: Output, parts: Sequence[Part], *, is_held: bool, answers: int = 0
) -> tuple[Turn, Stopwatch]:
    with output.turn(answers=answers or session.answers) as show, _holding(show, is_held=is_held) as hear:
        meter = Stopwatch(hear)
        return session.turn(parts, meter.show), meter


@contextmanager
def _holding(show: Listener, *, is_held: bool) -> Iterator[Listener]:
    """Keep the text of an answer from being shown, where something is to be made of it first."""

    def hear(event: Event) -> None:
        if not (is_held and isinstance(event, Text | Refusal)):
            show(event)

    yield hear


def _shaper(app: App, output: Output) -> AnswerFormat | None:
    extracts = app.flags.extract or app.flags.extract_last or (app.template and app.template.extract)
    if not (extracts or app.flags.schema):
        return None
    from chatcli.app.answer_format import answer_format_for

    return answer_format_for(app, lambda sentence: output.note(f"chat: {sentence}"))


def _shaped(shaper: AnswerFormat, session: Session, output: Output, turn: Turn) -> tuple[Turn, ChatError | None]:
    """Show what the answer is to be made into; return the turn that counts, and what went wrong."""
    last = turn

    def ask_again(words: str) -> str:
        nonlocal last
        last, _ = _turn(session, output, (TextPart(words),), is_held=True)
        if last.error:
            raise last.error
        return last.reply.text

    try:
        text = shaper.shape(turn.reply.text, ask_again)
    except ChatError as error:
        return last, error
    with output.turn() as show:
        show(Text(text))
    return last, None


def models_at_once(app: App) -> int:
    """Return how many models answer at once, 0 for one alone."""
    return len(app.flags.model) if len(app.flags.model) > 1 else 0


def _ask_several(app: App, session: Session, line: EndpointClient) -> None:
    """Let all models answer that were named, where there are several."""
    if models_at_once(app):
        providers = (*PROVIDERS, *app.settings.providers)
        session.client = fan_out_to(app, line, app.flags.model, providers=providers)
        session.options.pop("n", None)


def _check_answers(app: App, session: Session) -> None:
    count = models_at_once(app) or session.answers
    if count != 1 and not (app.flags.json or is_terminal(app.environment.stdout)):
        raise UsageError("several answers cannot be told apart in a pipe", hint="--json tells them apart")
