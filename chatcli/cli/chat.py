"""`chat`: the conversation at a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatcli.app.app import App
from chatcli.app.attachment_loader import attachment_loader_for, load_flagged_attachments
from chatcli.app.binding import session_for
from chatcli.app.budget import DailyBudget
from chatcli.app.chats import Chats, open_chat
from chatcli.app.outputs import has_color, is_plain, output_for
from chatcli.app.turn_summary import summarize_turn
from chatcli.commands import load_all
from chatcli.commands.chats import MOST_LISTED, chat_row
from chatcli.commands.context import CommandContext
from chatcli.commands.table import commands, find_command
from chatcli.conversation.session import Turn
from chatcli.errors import ConfigError
from chatcli.files.foreign import interruptible
from chatcli.files.own import ensure_private_dir
from chatcli.input.picker import Picker, PlainPicker
from chatcli.input.prompt import Prompt
from chatcli.output.plain import Output
from chatcli.output.status import fragments
from chatcli.output.stopwatch import Stopwatch
from chatcli.process.signals import InterruptGate, interrupt_main_thread
from chatcli.process.startup import enable_collector
from chatcli.process.streams import is_terminal
from chatcli.records import replace
from chatcli.repl.context import command_context_for, provider_to_talk_to
from chatcli.repl.loop import Repl, show_end
from chatcli.repl.toolbar_state import ToolbarReader
from chatcli.request.parameters import sampling_advice
from chatcli.settings.endpoints import GUIDE
from chatcli.terminal.key_listener import Listener
from chatcli.terminal.tty import echoing, quiet
from chatcli.text.phrases import capitalize

if TYPE_CHECKING:
    from chatcli.conversation.truncation import KeptPart


def chat(app: App) -> None:
    """Talk until the user leaves; raises Stopped when a signal ends it."""
    load_all()
    output = output_for(app, is_spaced=True)
    provider = provider_to_talk_to(app)
    is_alone = provider == GUIDE and not app.provider()
    interrupts = InterruptGate()
    session, line = session_for(app, provider, interrupts=interrupts)
    chats = Chats(app, session, note=output.note, fail=output.fail)
    app.confirm = _confirming(app)
    context = command_context_for(app, session, line, chats)
    chats.recover()
    repl = Repl(
        prompt=_prompt(app, context, output),
        output=output,
        context=context,
        picker=_picker(app),
        listen=_listen(app, output, interrupts),
        summary=lambda turn, meter: _summary(app, turn, meter),
        truncate=cast("KeptPart | None", app.flags.truncate),
        compact_at=lambda: app.settings.defaults.compact_at,
        warning=DailyBudget(app, session, chats).warning,
    )
    opened = open_chat(app, chats)
    if opened:
        context.apply_stored_settings()
    context.attachments += load_flagged_attachments(app, attachment_loader_for(app, session, line))
    output.note(_greeting(context, is_alone=is_alone))
    if word := sampling_advice(session.options):
        output.note(f"{capitalize(word)}.")
    if app.loaded.project.notice:
        output.note(app.loaded.project.notice)
    if opened:
        show_end(session, opened.title, output)
    enable_collector()
    try:
        with quiet(app.environment.stdin), interrupts.hold():
            app.guard = lambda: interruptible(interrupts.allow)
            repl.run()
        _say_how_to_come_back(chats, output)
    finally:
        unsaved = chats.close()
    if unsaved:
        raise unsaved


def _confirming(app: App) -> Callable[[str], bool]:
    """Return the way to ask a question whose answer is seen while it is typed."""
    ask = app.confirm

    def confirm(question: str) -> bool:
        with echoing(app.environment.stdin):
            return ask(question)

    return confirm


def _say_how_to_come_back(chats: Chats, output: Output) -> None:
    entry = chats.current
    if entry:
        output.note(f"chat -r {entry.short_id} goes on with this chat, and so does chat -c while it is the last.")


def _greeting(context: CommandContext, *, is_alone: bool) -> str:
    if is_alone:
        return "No model is connected: this is the built-in guide. `chat connect` connects one."
    if context.endpoint.provider == GUIDE:
        return "This is the built-in guide to chat: ask how something is done. /help lists commands."
    key = f", key from {context.endpoint.key_source}" if context.endpoint.key_source else ""
    return f"{context.session.model or 'The first model'} at {context.endpoint.provider}{key}. /help lists commands."


def _prompt(app: App, context: CommandContext, output: Output) -> Prompt:
    ui, gauge = app.settings.ui, ToolbarReader(context)

    def words() -> Mapping[str, str]:
        known = [(name, entry) for entry in commands() for name in (entry.name, *entry.aliases)]
        return {name: entry.summary.replace("`", "") for name, entry in known}

    def arguments(name: str, prefix: str) -> Iterable[str]:
        entry = find_command(name)
        known = entry.complete(context) if entry and entry.complete else ()
        return [word for word in known if word.startswith(prefix)]

    return Prompt(
        history_file=_history_file(app, output),
        words=words,
        arguments=arguments,
        toolbar=lambda width: fragments(gauge.read(), width, ascii_only=app.settings.ui.ascii),
        edit_mode=ui.edit_mode,
        enter=ui.enter,
        ctrl_c_exit=ui.ctrl_c_exit,
        escape_wait_s=ui.escape_wait_ms / 1000,
        plain=is_plain(app),
        colour=has_color(app),
        details=lambda: _show_details(context, output),
    )


def _show_details(context: CommandContext, output: Output) -> None:
    from chatcli.commands.reply_details import details

    output.say(details(context.session.history) or "Nothing is folded away of the last reply.")


def choose(app: App) -> None:
    """Let the user choose a stored chat from a list, and go on with it."""
    from chatcli.cli.sessions import library_of

    with library_of(app) as library:
        rows = [chat_row(entry, time.time()) for entry in library.entries(most=MOST_LISTED)]
        key = _picker(app).pick("Open which chat?", rows) if rows else None
    if key:
        app.flags = replace(app.flags, resume=key)
        chat(app)
    elif not rows:
        output_for(app).note("There are no stored chats yet.")


def _picker(app: App) -> Picker | PlainPicker:
    if is_plain(app):
        return PlainPicker(app.environment.stdin, app.environment.stdout)
    return Picker(colour=has_color(app), escape_wait_s=app.settings.ui.escape_wait_ms / 1000)


def _history_file(app: App, output: Output) -> Path | None:
    """Return where past messages are kept, or None where nothing can be."""
    folder = app.sources.dirs.state
    try:
        ensure_private_dir(folder)
    except ConfigError as error:
        output.note(f"{error.sentence()}. Past messages are kept for this run only")
        return None
    return folder / "history"


def _listen(app: App, output: Output, interrupts: InterruptGate) -> Callable[[], Listener]:
    def listener() -> Listener:
        interrupts.forget()  # what was pressed at the prompt was meant for the prompt
        return Listener(
            on_stop=interrupt_main_thread,
            on_fold=lambda: getattr(output, "fold", lambda: None)(),
            screen=app.environment.stdout if is_terminal(app.environment.stdout) and not is_plain(app) else None,
            escape_wait_s=app.settings.ui.escape_wait_ms / 1000,
        )

    return listener


def _summary(app: App, turn: Turn, meter: Stopwatch) -> str:
    reason = "stopped by you" if turn.reply.stopped else ""
    if turn.is_lost and not (reason or turn.reply.usage):
        return ""  # the error tells all; how long it took says nothing
    return summarize_turn(turn, meter, ascii_only=app.settings.ui.ascii, reason=reason)
