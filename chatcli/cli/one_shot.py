"""Asks one question and returns the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from chatcli.app.endpoint_client import EndpointClient, fan_out_to
from chatcli.app.running_chat import RunningChat
from chatcli.cli.connected_chat import start_connected_chat
from chatcli.cli.open_chat import open_chat
from chatcli.cli.question import cut_to_fit, read_question
from chatcli.cli.run import Run
from chatcli.conversation.messages import Event, Part, Refusal, Text, TextPart, ToolFragment
from chatcli.conversation.session import Session
from chatcli.conversation.turn import Turn
from chatcli.errors import SIGINT, ChatError, NotSavedError, Stopped, UsageError
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.process.startup import enable_collector
from chatcli.process.streams import is_terminal
from chatcli.records import frozen, replace
from chatcli.request.parameters import sampling_advice
from chatcli.text.phrases import join_words

if TYPE_CHECKING:
    from chatcli.app.answer_format import AnswerFormat
    from chatcli.tools.loop import ToolLoop

SMALL_CHARS = 2_000
_ANSWER = (Text, Refusal)


@frozen
class OneShotAnswer:
    """The outcome of a question; *error* comes from the turn, or from formatting its answer."""

    session: Session
    turn: Turn
    error: ChatError | None
    unsaved: NotSavedError | None = None


def ask_once(
    run: Run, words: Sequence[str], output: Output, *, on_start: Callable[[RunningChat], None] | None = None
) -> OneShotAnswer:
    """Ask, and show the answer on *output*; raises errors that prevent the question from being sent.

    *on_start* is called with the chat right before the question is sent.
    """
    interrupts = InterruptGate()
    troubles: list[ChatError] = []

    def check(chat: RunningChat) -> None:
        _check_answers(run, chat.session)
        _answer_format(run, output)

    chat = start_connected_chat(run, output, interrupts, fail=troubles.append, check=check)
    session = chat.session
    session.settings = replace(session.settings, prefill=_prefill(run, chat.client))
    _check_answers(run, session)
    _ask_several(run, chat)
    tools = tools_for(run, session, output)
    if word := sampling_advice(session.conversation.options):
        output.note(f"chat: {word}")
    answer_format = _answer_format(run, output)
    parts = cut_to_fit(run, session, _question(run, words, output, chat), output, interrupts)
    if on_start:
        on_start(chat)
    enable_collector()
    try:
        with interrupts.hold(), nullcontext() if models_at_once(run) else chat.client.connecting_early():
            turn, error = _ask_formatted(run, session, output, parts, answer_format, tools)
    finally:
        unsaved = chat.chats.close()
    return OneShotAnswer(session, turn, error, unsaved)


def _question(run: Run, words: Sequence[str], output: Output, chat: RunningChat) -> tuple[Part, ...]:
    """Read the question, and open the chat that it continues."""
    session, parts = chat.session, read_question(run, words, output, chat)
    if run.flags.completions:
        _complete(run, session, parts)
    if not open_chat(run, chat.chats) and session.binding.model and _size(parts) < SMALL_CHARS:
        session.discover = None  # fits every window, so its size need not be asked for
    return parts


def show_request(run: Run, words: Sequence[str], output: Output) -> None:
    """Write the request for the question to stdout instead of sending it; no connection is opened."""
    chat = start_connected_chat(run, output, InterruptGate(), fail=lambda _error: None)
    session = chat.session
    session.settings = replace(session.settings, prefill=_prefill(run, chat.client))
    tools_for(run, session, output, is_dry=True)
    parts = read_question(run, words, output, chat)
    if run.flags.completions:
        _complete(run, session, parts)
    try:
        if run.flags.go_on or run.flags.resume is not None:
            open_chat(run, chat.chats)
        if not session.binding.model:
            what = _("no model is set, and a dry run does not ask the endpoint for one")
            raise UsageError(what, hint=_("set one with --model"))
        window = session.requests.fit(session.conversation.turns, session.requests.question(parts))
        shown = chat.client.preview(session.requests.request(window), "curl" if run.flags.curl else "json")
    finally:
        chat.chats.close()
    run.environment.stdout.write(run.endpoints.redact(shown))


def ask_turn(
    session: Session,
    output: Output,
    parts: Sequence[Part],
    *,
    hides_answer: bool = False,
    answers: int = 0,
    tools: ToolLoop | None = None,
) -> Turn:
    """Ask in an open chat and show the reply; *hides_answer* shows everything but the answer.

    With *tools*, their calls are answered until the model answers in words.
    """
    answers = answers or session.conversation.answers_wanted
    hidden: tuple[type[Event], ...] = _ANSWER if hides_answer else ()
    if tools is None:
        with output.turn(answers=answers, hides=hidden) as show:
            return session.turn(parts, show)
    from chatcli.tools.loop import follow_calls

    def resume() -> Turn:
        with output.turn(hides=(*hidden, ToolFragment), continues=True) as show:
            return session.resume_turn(tools.preparing(show))

    with output.turn(answers=answers, hides=(*hidden, ToolFragment)) as show:
        turn = session.turn(parts, tools.preparing(show))
    return follow_calls(turn, tools, session.add_results, resume)


def tools_for(run: Run, session: Session, output: Output, *, is_dry: bool = False) -> ToolLoop | None:
    """Return the loop that runs the tools of this run, None if there are none; a dry run starts nothing."""
    is_wanted = run.flags.tools or run.flags.yes or run.config.settings.tools.enabled
    if not is_wanted or run.flags.completions:
        return None
    if models_at_once(run) or session.conversation.answers_wanted > 1:
        hint = _("ask one model for one answer, or leave the tools out")
        raise UsageError(_("tools work with a single answer"), hint=hint)
    from chatcli.app.chat_tools import ChatTools
    from chatcli.repl.approval import ApprovalPrompt
    from chatcli.repl.inquiries import InquiryPrompt
    from chatcli.terminal.question import ask_line

    redact = run.endpoints.redact
    tools = ChatTools(
        run.config,
        session,
        ApprovalPrompt(ask_line, session.guard, redact).ask,
        InquiryPrompt(ask_line, session.guard, redact).ask,
        lambda: output.turn(continues=True),
        note=lambda sentence: output.note(f"chat: {sentence}"),
        redact=lambda text: run.endpoints.redactor().redact(text),
        reviews=not is_dry,
    )
    tools.start()
    return tools.loop


def report_end(answered: OneShotAnswer, output: Output) -> None:
    """Raise the most serious error, if any."""
    if answered.turn.is_stopped:
        raise Stopped(SIGINT)
    if answered.error and answered.unsaved:
        output.fail(answered.unsaved)
    if error := answered.error or answered.unsaved:
        raise error


def models_at_once(run: Run) -> int:
    """Return how many models answer at once, 0 for a single one."""
    return len(run.flags.model) if len(run.flags.model) > 1 else 0


def _ask_formatted(
    run: Run,
    session: Session,
    output: Output,
    parts: Sequence[Part],
    answer_format: AnswerFormat | None,
    tools: ToolLoop | None,
) -> tuple[Turn, ChatError | None]:
    """Ask and format the answer; return the final turn and the error, if any."""
    is_hidden = answer_format is not None
    last = ask_turn(session, output, parts, hides_answer=is_hidden, answers=models_at_once(run), tools=tools)
    if answer_format is None or last.error or last.is_stopped:
        return last, last.error

    def repeat(words: str) -> str:
        nonlocal last
        last = ask_turn(session, output, (TextPart(words),), hides_answer=True, tools=tools)
        if last.error:
            raise last.error
        return last.reply.text

    try:
        text = answer_format.shape(last.reply.text, repeat)
    except ChatError as error:
        return last, error
    with output.turn() as show:
        show(Text(text))
    return last, None


def _size(parts: Sequence[Part]) -> int:
    return sum(len(part.text) for part in parts if isinstance(part, TextPart))


def _complete(run: Run, session: Session, parts: Sequence[Part]) -> None:
    """Let the model continue the text; raises UsageError for flags that need a conversation."""
    flags = run.flags
    given = [name for name, value in (("--system", flags.system), ("--resume", flags.resume)) if value]
    given += ["--continue"] if flags.go_on else []
    given += ["--schema"] if flags.schema else []
    given += ["--prefill"] if flags.prefill else []
    given += ["--tools"] if flags.tools else []
    given += [_("attachments")] if not all(isinstance(part, TextPart) for part in parts) else []
    if given:
        what = _("--completions cannot be combined with {flag}", flag=given[0])
        raise UsageError(what, hint=_("it only continues a text"))
    session.settings = replace(session.settings, completes=True)
    session.conversation.system = ""


def _prefill(run: Run, client: EndpointClient) -> str:
    """Return the prefill of the answer; raises UsageError if the endpoint does not support it."""
    text, row = run.flags.prefill or "", client.endpoint.row
    if not text:
        return ""
    if models_at_once(run):
        raise UsageError(_("--prefill works with a single model"), hint=_("name one with -m"))
    if row.prefill is None:
        what = _("{provider} does not support prefilled answers", provider=_(row.title))
        raise UsageError(what, hint=_("ask for that start in the prompt"))
    if not client.endpoint.base_url.rstrip("/").endswith(row.prefill.base):
        address = f"{row.base_url}{row.prefill.base}"
        raise UsageError(
            _(
                "{provider} supports prefilled answers only at {address}, not at {url}",
                provider=_(row.title),
                address=address,
                url=client.endpoint.base_url,
            ),
            hint=_("set {setting} for it in the settings", setting=f'`base_url = "{address}"`'),
        )
    return text


def _answer_format(run: Run, output: Output) -> AnswerFormat | None:
    """Return the format to convert the answer to, None for none; raises UsageError."""
    flags = run.flags
    extracts = flags.extract or flags.extract_last or (run.config.template and run.config.template.extract)
    if not (extracts or flags.schema):
        return None
    from chatcli.app.answer_format import CodeFormat, SchemaFormat, answer_schema
    from chatcli.request.schemas import SchemaCheck

    if len(wanted := [name for name in ("extract", "extract_last", "schema") if getattr(flags, name)]) > 1:
        names = join_words([f"--{name.replace('_', '-')}" for name in wanted], "and")
        raise UsageError(_("{flags} cannot be combined", flags=names), hint=_("each decides what goes to stdout"))
    if flags.schema:
        check = SchemaCheck(answer_schema(flags.schema, run.files), _("the schema"))
        return SchemaFormat(check, lambda sentence: output.note(f"chat: {sentence}"))
    return CodeFormat(flags.extract_last)


def _ask_several(run: Run, chat: RunningChat) -> None:
    """Let all the models that were named answer, if there are several."""
    if models_at_once(run):
        if run.flags.fallback:
            what = _("--fallback replaces one model, and several are asked at once")
            raise UsageError(what, kept=_("nothing was sent"))
        session = chat.session
        several = fan_out_to(chat.client, chat.client.named_by_flags())
        session.binding = replace(session.binding, client=several)
        session.conversation.options.pop("n", None)


def _check_answers(run: Run, session: Session) -> None:
    count = models_at_once(run) or session.conversation.answers_wanted
    if count != 1 and not (run.flags.json or is_terminal(run.environment.stdout)):
        raise UsageError(_("a pipe cannot tell several answers apart"), hint=_("add --json, or ask for one answer"))
