"""Composes a one-shot question from arguments, stdin and attachments, truncated to the window if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatcli.app.running_chat import RunningChat
from chatcli.cli.run import Run
from chatcli.conversation.messages import Part, TextPart
from chatcli.conversation.session import Session
from chatcli.errors import UsageError
from chatcli.language import _, ngettext
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.process.streams import has_input, is_terminal
from chatcli.request.piped_text import decode, labelled
from chatcli.text.surrogates import count_lone, repair
from chatcli.text.units import format_size

if TYPE_CHECKING:
    from chatcli.conversation.token_budget import TokenBudget
    from chatcli.request.attachments import Attachment

MOST_BYTES = 16_000_000  # of stdin; up to here, the token count decides
PATIENCE_S = 2.0


def read_question(run: Run, words: Sequence[str], output: Output, chat: RunningChat) -> tuple[Part, ...]:
    """Return the question: the arguments, the piped text and the attachments."""
    spoken = " ".join(word for word in words if word != "-")
    if lone := count_lone(spoken):
        output.note(
            ngettext(
                "chat: {count} invalid byte in the arguments replaced",
                "chat: {count} invalid bytes in the arguments replaced",
                lone,
            )
        )
    instruction = repair(spoken) if spoken.strip() else ""
    found = _attached(run, chat)
    if found:
        _name(found, chat.session.binding.budget, output)
    piped = None
    is_free = not run.flags.no_stdin and "-" not in run.flags.image
    if is_free and ("-" in words or not is_terminal(run.environment.stdin)):
        waits = bool(instruction or found)
        piped = _piped(run, output, is_waited_for=waits)
    if not (instruction or piped or found or run.config.template):
        hint = _('try: chat ask "hello", or: cat file | chat ask "what is this?"')
        what = _("no question was given") if piped is None else _("stdin is empty and no question was given")
        raise UsageError(what, hint=hint)
    parts = _composed(run, instruction, piped, found, output)
    if run.config.template:
        parts = run.config.filler.question(run.config.template, run.flags.template or "", parts)
        if not parts:
            hint = _("give it text, as arguments or through a pipe")
            raise UsageError(_("template {name} needs input", name=f"`{run.flags.template}`"), hint=hint)
    return parts


def _attached(run: Run, chat: RunningChat) -> list[Attachment]:
    """Return the attachments of -f and -i; an `@` in the arguments has no meaning, as they may come from anywhere."""
    if not (run.flags.file or run.flags.image):
        return []
    from chatcli.app.attachment_loader import attachment_loader_for, load_flagged_attachments

    loader = attachment_loader_for(run.config, chat.session, chat.client, confirm=run.endpoints.confirm)
    return load_flagged_attachments(run.config, loader)


def _name(found: Sequence[Attachment], budget: TokenBudget, output: Output) -> None:
    """Announce the attachments and their warnings."""
    from chatcli.app.attachment_notes import attached_note

    for attachment in found:
        output.note(attached_note(attachment, budget))
        for notice in attachment.warnings:
            output.notify(notice)


def _composed(
    run: Run, instruction: str, piped: str | None, found: Sequence[Attachment], output: Output
) -> tuple[Part, ...]:
    """Join the parts; piped text may be truncated, like attachments."""
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
    """Return piped text as it will be sent, and report invisible characters in it."""
    from chatcli.request.attachments import invisible_notice, without_invisible

    visible, hidden = without_invisible(text)
    if hidden:
        output.notify(invisible_notice("stdin", hidden, is_stripped=run.flags.strip_invisible))
    return visible if run.flags.strip_invisible else text


def cut_to_fit(
    run: Run, session: Session, parts: tuple[Part, ...], output: Output, interrupts: InterruptGate
) -> tuple[Part, ...]:
    """Truncate the input if --truncate was given; this needs the size of the window."""
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


def _piped(run: Run, output: Output, *, is_waited_for: bool) -> str:
    stdin = run.environment.stdin
    if is_waited_for and not has_input(stdin, PATIENCE_S):
        output.note(_("chat: waiting for stdin, which is open but silent; --no-stdin skips it"))
    data = stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        what = _("stdin is larger than {size}", size=format_size(MOST_BYTES))
        raise UsageError(what, kept=_("nothing was sent"), hint=_("no context window is that large"))
    incoming = decode(data, encoding=run.flags.encoding)
    if incoming.replaced:
        output.note(
            ngettext(
                "chat: {count} invalid character in stdin replaced; --encoding NAME sets another encoding than UTF-8",
                "chat: {count} invalid characters in stdin replaced; --encoding NAME sets another encoding than UTF-8",
                incoming.replaced,
            )
        )
    return incoming.text if incoming.text.strip() else ""
