"""The question of a run that asks once: arguments, stdin, attachments, cut to the window where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatcli.app.running_chat import RunningChat
from chatcli.cli.run import Run
from chatcli.conversation.messages import Part, TextPart
from chatcli.conversation.session import Session
from chatcli.errors import UsageError
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.process.streams import has_input, is_terminal
from chatcli.request.piped_text import decode, labelled
from chatcli.text.surrogates import count_lone, repair
from chatcli.text.units import format_size

if TYPE_CHECKING:
    from chatcli.conversation.token_budget import TokenBudget
    from chatcli.request.attachments import Attachment

BYTES_PER_TOKEN = 4
UNKNOWN_WINDOW_TOKENS = 4_000_000  # larger than any window there is
PATIENCE_S = 2.0


def read_question(run: Run, words: Sequence[str], output: Output, chat: RunningChat) -> tuple[Part, ...]:
    """Return the question: what the arguments say, what is piped in, and what is attached."""
    spoken = " ".join(word for word in words if word != "-")
    if lone := count_lone(spoken):
        output.note(f"chat: {lone} bytes of the arguments are not text and were replaced")
    instruction = repair(spoken)
    found = _attached(run, chat)
    if found:
        _name(found, chat.session.binding.budget, output)
    piped = None
    is_free = not run.flags.no_stdin and "-" not in run.flags.image
    if is_free and ("-" in words or not is_terminal(run.environment.stdin)):
        waits = bool(instruction or found)
        piped = _piped(run, output, chat.session.binding.budget.window_tokens, is_waited_for=waits)
    if not (instruction or piped or found or run.config.template):
        hint = 'for example: chat ask "hello", or: cat file | chat ask "what is this?"'
        empty = "no words were given" if piped is None else "stdin is empty and no words were given"
        raise UsageError(f"there is no question: {empty}", hint=hint)
    parts = _composed(run, instruction, piped, found, output)
    if run.config.template:
        parts = run.config.filler.question(run.config.template, run.flags.template or "", parts)
        if not parts:
            hint = "give it words, or something by a pipe"
            raise UsageError(f"template `{run.flags.template}` asks nothing by itself", hint=hint)
    return parts


def _attached(run: Run, chat: RunningChat) -> list[Attachment]:
    """Return what -f and -i name; an `@` in the words is a letter, for they may come from anywhere."""
    if not (run.flags.file or run.flags.image):
        return []
    from chatcli.app.attachment_loader import attachment_loader_for, load_flagged_attachments

    return load_flagged_attachments(run.config, attachment_loader_for(run.config, chat.session, chat.client))


def _name(found: Sequence[Attachment], budget: TokenBudget, output: Output) -> None:
    """Say what goes along, and what should be known of it."""
    from chatcli.app.attachment_notes import attached_note

    for attachment in found:
        output.note(attached_note(attachment, budget))
        for notice in attachment.warnings:
            output.notify(notice)


def _composed(
    run: Run, instruction: str, piped: str | None, found: Sequence[Attachment], output: Output
) -> tuple[Part, ...]:
    """Join the parts; piped text is one that may be cut, as what is attached is."""
    if piped and not piped.isascii():
        piped = _visible(run, piped, output)
    parts: list[Part] = [TextPart(instruction)] if instruction else []
    if piped:
        parts.append(TextPart(f"\n\n{labelled(piped, 'stdin')}" if instruction else piped, "stdin"))
    if not found:
        return tuple(parts)
    from chatcli.request.attachments import message_parts as with_attachments

    return (*parts, *(with_attachments(" ", found)[1:] if parts else with_attachments("", found)))


def _visible(run: Run, text: str, output: Output) -> str:
    """Return piped text as it is to be sent, and tell of what is invisible in it."""
    from chatcli.request.attachments import invisible_notice, without_invisible

    visible, hidden = without_invisible(text)
    if hidden:
        output.notify(invisible_notice("stdin", hidden, is_stripped=run.flags.strip_invisible))
    return visible if run.flags.strip_invisible else text


def cut_to_fit(
    run: Run, session: Session, parts: tuple[Part, ...], output: Output, interrupts: InterruptGate
) -> tuple[Part, ...]:
    """Cut what does not fit, where that was asked for; how much fits must be known then."""
    where: Any = run.flags.truncate
    if where is None:
        return parts
    from chatcli.conversation.truncation import truncate

    if session.discover:
        with interrupts.allow():
            session.discover_model()
    parts, told = truncate(session, parts, where)
    for sentence in told:
        output.note(f"chat: {sentence}")
    return parts


def _piped(run: Run, output: Output, window_tokens: int | None, *, is_waited_for: bool) -> str:
    stdin = run.environment.stdin
    if is_waited_for and not has_input(stdin, PATIENCE_S):
        output.note("chat: waiting for stdin, which is open and silent; --no-stdin does not read it")
    known = None if run.flags.truncate else window_tokens
    limit = (known or UNKNOWN_WINDOW_TOKENS) * BYTES_PER_TOKEN
    data = stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise UsageError(
            f"stdin is larger than {format_size(limit)}", kept="nothing was sent", hint="no window takes that much"
        )
    incoming = decode(data, encoding=run.flags.encoding)
    if incoming.replaced:
        many = "1 character of stdin is" if incoming.replaced == 1 else f"{incoming.replaced} characters of stdin are"
        output.note(f"chat: {many} not valid and replaced; --encoding NAME reads another encoding than UTF-8")
    return incoming.text
