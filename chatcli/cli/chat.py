"""`chat`: a conversation at a terminal."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatcli.app.attachment_loader import AttachmentLoader, attachment_loader_for, load_flagged_attachments
from chatcli.app.chat_tools import ChatTools
from chatcli.app.model_binder import provider_to_talk_to
from chatcli.app.outputs import draw_in_theme, has_color, is_ascii, is_plain
from chatcli.app.running_chat import RunningChat, start_chat
from chatcli.app.turn_summary import summarize_turn
from chatcli.cli.open_chat import open_chat
from chatcli.cli.prompt_memory import remember_prompt
from chatcli.cli.run import Run
from chatcli.commands.context import CommandContext
from chatcli.commands.table import candidates, commands, find_command
from chatcli.conversation.session import Session
from chatcli.conversation.turn import Turn
from chatcli.conversation.turn_tokens import turn_tokens
from chatcli.conversation.window_fill import WindowFill, prepare_count, window_fill
from chatcli.errors import ConfigError
from chatcli.files.foreign import interruptible
from chatcli.files.own import ensure_private_dir
from chatcli.input.choices import ChoiceRow
from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.picker import Picker, PickerLook
from chatcli.input.plain_picker import PlainPicker
from chatcli.input.plain_prompt import PlainPrompt
from chatcli.input.prompt import Prompt
from chatcli.input.toolbar import fragments
from chatcli.language import N_, _
from chatcli.output.capture import capture
from chatcli.output.interactive import TerminalOutput
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate, interrupt_main_thread
from chatcli.process.startup import collect_startup, enable_collector
from chatcli.process.streams import is_terminal
from chatcli.records import replace
from chatcli.render.draft import DraftSource
from chatcli.repl.clipboard_paste import paste_clipboard
from chatcli.repl.context import command_context_for
from chatcli.repl.display import show_opened
from chatcli.repl.greeting import greeting
from chatcli.repl.hints import FinishedTurn, hints_of
from chatcli.repl.loop import Repl
from chatcli.repl.message_parts import MessageParts
from chatcli.repl.ports import PromptPort
from chatcli.repl.toolbar import ToolbarReader
from chatcli.repl.turns import Turns
from chatcli.repl.window import ChatWindow, window_of
from chatcli.settings.endpoints import GUIDE
from chatcli.terminal.key_listener import DraftPort, KeyActions, Listener, PlainTypeAhead
from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.pager import show_in_pager
from chatcli.terminal.question import ask_line, is_yes
from chatcli.terminal.reflow import breaks_rows
from chatcli.terminal.screen import screen_size
from chatcli.terminal.tty import echoing, quiet
from chatcli.text.draft import Draft
from chatcli.usage.budget import DailyBudget

if TYPE_CHECKING:
    from chatcli.conversation.truncation import KeptPart
    from chatcli.repl.inquiries import AskLine
    from chatcli.store.entries import ChatEntry
    from chatcli.terminal.first_line import FirstLine
    from chatcli.tools.inquiries import Question, UserAnswer
    from chatcli.tools.policy import ApprovalQuestion, Consent


def chat(run: Run, line: FirstLine | None = None) -> None:
    """Run the conversation until the user quits; raises Stopped if a signal ends it.

    The prompt takes over from *line* where that is shown.
    """
    output, interrupts = run.output(is_conversation=True), InterruptGate()
    provider = provider_to_talk_to(run.config)
    chat = start_chat(run.endpoints, provider, interrupts=interrupts, notify=output.notify, fail=output.fail)
    tools = _tools(run, chat.session, output, interrupts)
    context = command_context_for(run.endpoints, chat, tools, interrupts.allow)
    chat.chats.recover()
    window = window_of(run.config, chat, KeyReader(run.environment.stdin.encoding or "utf-8"))
    turns = _turns(run, chat, context, output, interrupts, window)
    run.endpoints.confirm = turns.parts.confirm
    turns.tools, tools.show = (lambda: tools.loop), (lambda: turns.showing(continues=True))
    tools.start()
    opened = open_chat(run, chat.chats, is_shown=True)
    context.attachments.add(load_flagged_attachments(run.config, _loader(run, chat, tools, turns)))
    enable_collector()
    try:
        # Keys typed right after the greeting belong to the prompt, which echoes them in the right place.
        before = line.hand_over() if line is not None else None
        with quiet(run.environment.stdin, before=before), window.kept(), interrupts.hold():
            _show_first_screen(run, chat, output, opened)
            if line is not None:
                turns.prompt.take_over(line)
                remember_prompt(run.config)
            run.files.waiting.guard = lambda: interruptible(interrupts.allow)
            Repl(turns, _collecting_once(window.show_title)).run()
        _say_how_to_come_back(chat, output)
    finally:
        unsaved = chat.chats.close()
    if unsaved:
        raise unsaved


def _collecting_once(show_title: Callable[[], None]) -> Callable[[], None]:
    """Return *show_title* with a collection before the second prompt: before the first one it would cost start-up."""
    prompts = count()

    def prepare() -> None:
        if next(prompts) == 1:
            collect_startup()
        show_title()

    return prepare


def _show_first_screen(run: Run, chat: RunningChat, output: Output, opened: ChatEntry | None) -> None:
    is_alone = chat.client.endpoint.name == GUIDE and not run.config.provider()
    tip = "" if opened else hints_of(run.config).tip(time.time())
    for line in greeting(chat, is_alone=is_alone, tip=tip):
        output.note(line)
    if opened:
        show_opened(chat.session.conversation, opened.title, output, save_image=chat.chats.save_image)
        prepare_count(chat.session)


def _turns(
    run: Run,
    chat: RunningChat,
    context: CommandContext,
    output: Output,
    interrupts: InterruptGate,
    window: ChatWindow,
) -> Turns:
    reader = window.reader
    prompt = _prompt(run, chat, context, output, reader)
    budget = DailyBudget(lambda: run.config.settings.defaults.budget, chat.spent_today)
    return Turns(
        context=context,
        output=output,
        prompt=prompt,
        picker=picker_for(run, reader, guard=interrupts.allow),
        parts=_message_parts(run, context, output, interrupts),
        listen=_listen(run, output, interrupts, reader, prompt),
        summarize=lambda turn: _summary(run, chat.session, turn),
        warning=budget.warning,
        compact_at=lambda: run.config.settings.defaults.compact_at,
        page=lambda show: _page(run, output, show),
        connect=lambda provider: _connect(run, chat, provider, output, interrupts),
        connecting=chat.client.connecting_early,
        after_turn=lambda finished: _after_turn(run, chat.session, finished, output, window),
    )


def _message_parts(run: Run, context: CommandContext, output: Output, interrupts: InterruptGate) -> MessageParts:
    return MessageParts(
        context,
        output,
        _confirming(run, interrupts),
        lambda: run.config.settings.defaults.attach_ask,
        cast("KeptPart | None", run.flags.truncate),
    )


def _connect(run: Run, chat: RunningChat, provider: str, output: Output, interrupts: InterruptGate) -> None:
    from chatcli.cli.connect_in_chat import connect_in_chat

    connect_in_chat(run, chat, provider, output=output, picker=picker_for(run), interrupts=interrupts)


def _page(run: Run, output: Output, show: Callable[[Output], None]) -> bool:
    """Show in the pager what *show* writes; return False if there is none, or all is to be on the screen."""
    if is_plain(run.config):
        return False
    return show_in_pager(lambda: capture(output, show), environment=run.environment.environ)


def _after_turn(run: Run, session: Session, finished: FinishedTurn, output: Output, window: ChatWindow) -> None:
    """Show a hint about the turn, and alert a user who looks elsewhere; an error has its own remedy."""
    window.call_user(finished.seconds)
    if finished.turn.error is None and session.binding.provider != GUIDE:
        fill = window_fill(session) if session.binding.budget.window_tokens else WindowFill()
        if hint := hints_of(run.config).after(replace(finished, percent=fill.percent or 0)):
            output.note(hint)


def _tools(run: Run, session: Session, output: Output, interrupts: InterruptGate) -> ChatTools:
    """Return the tools of the chat; their output is assigned to its turns later."""

    def approve(question: ApprovalQuestion) -> Consent:
        from chatcli.repl.approval import ApprovalPrompt

        return ApprovalPrompt(_asking(run, interrupts), redact=run.endpoints.redact).ask(question)

    def inquire(question: Question) -> UserAnswer:
        from chatcli.repl.inquiries import InquiryPrompt

        return InquiryPrompt(_asking(run, interrupts), redact=run.endpoints.redact).ask(question)

    return ChatTools(
        run.config,
        session,
        approve,
        inquire,
        output.turn,
        note=output.note,
        redact=lambda text: run.endpoints.redactor().redact(text),
    )


def _loader(run: Run, chat: RunningChat, tools: ChatTools, turns: Turns) -> AttachmentLoader:
    return attachment_loader_for(
        run.config, chat.session, chat.client, confirm=turns.parts.confirm, resources=lambda: tools.content
    )


def _confirming(run: Run, interrupts: InterruptGate) -> Callable[[str], bool]:
    """Return a function that asks a yes/no question with echo on; Ctrl+C means no."""
    ask = _asking(run, interrupts)

    def confirm(question: str) -> bool:
        try:
            return is_yes(ask(f"{question} [y/N] "))
        except KeyboardInterrupt:
            return False

    return confirm


def _asking(run: Run, interrupts: InterruptGate) -> AskLine:
    """Return a function that asks for a line with echo on, which Ctrl+C interrupts; None stands for no terminal."""

    def ask(question: str, *, wake: int | None = None) -> str | None:
        interrupts.forget()  # earlier keys were not meant for this question
        with echoing(run.environment.stdin), interrupts.allow():
            return ask_line(question, wake=wake)

    return ask


def _say_how_to_come_back(chat: RunningChat, output: Output) -> None:
    if entry := chat.chats.current:
        flags = shlex.join(chat.binder.endpoint_flags)
        is_continued = chat.session.conversation.tree.head is not None  # -c passes over a chat without an answer
        command = f"chat -r {entry.short_id} {flags}".rstrip()
        both, one = N_("Resume: {command} (or chat -c)"), N_("Resume: {command}")
        output.note(_(both if is_continued and not flags else one, command=command))


def _prompt(run: Run, chat: RunningChat, context: CommandContext, output: Output, reader: KeyReader) -> PromptPort:
    ui = run.config.settings.ui
    options = PromptOptions(
        edit_mode=ui.edit_mode,
        bindings=run.config.settings.bindings,
        ctrl_c_exit=ui.ctrl_c_exit,
        escape_wait_s=ui.escape_wait_ms / 1000,
        colour=has_color(run.config),
        on_double_escape="/edit",
        on_empty_enter=lambda: (
            "/connect" if context.endpoint.info.provider == GUIDE and not run.config.provider() else ""
        ),
        history_file=_history_file(run, output),
    )
    if is_plain(run.config):
        by_lines = "comint" in run.environment.environ.get("INSIDE_EMACS", "")
        return PlainPrompt(options, reader=reader, by_lines=by_lines)
    return Prompt(options, _prompt_content(run, chat, context, output), reader=reader)


def _prompt_content(run: Run, chat: RunningChat, context: CommandContext, output: Output) -> PromptContent:
    toolbar = ToolbarReader(context)

    def words() -> Mapping[str, str]:
        return {" ".join((entry.name, *entry.aliases)): _(entry.summary).replace("`", "") for entry in commands()}

    def arguments(name: str, typed: str) -> Iterable[str | ChoiceRow]:
        entry = find_command(name)
        return candidates(entry, context, typed.split()) if entry else ()

    def takes_paths(name: str) -> bool:
        entry = find_command(name)
        return entry is not None and ("PATH" in entry.usage or "[FILE]" in entry.usage)

    return PromptContent(
        words=words,
        arguments=arguments,
        takes_paths=takes_paths,
        toolbar=lambda width: fragments(toolbar.read(), width, ascii_only=is_ascii(run.config)),
        show_details=lambda: _show_details(context, output),
        paste_clipboard=lambda: paste_clipboard(context),
        turn=lambda: context.conversation.question_count + 1,
        work_ahead=chat.chats.read_ahead,
    )


def _show_details(context: CommandContext, output: Output) -> None:
    from chatcli.commands.reply_details import details

    tree = context.conversation.tree
    last = tree.last_turns(tree.head, 1)
    output.say(details(last) or _("The last reply has no hidden reasoning or tool calls."))


def picker_for(
    run: Run,
    reader: KeyReader | None = None,
    *,
    guard: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Picker | PlainPicker:
    """Return the picker for lists; *reader* is shared by all who read the same terminal.

    *guard* is entered while a line is read, so that Ctrl+C can close the list.
    """
    if is_plain(run.config):
        stdin, stdout = run.environment.stdin, run.environment.stdout
        return PlainPicker(stdin, stdout, ascii_only=is_ascii(run.config), guard=guard)
    escape_wait_s = run.config.settings.ui.escape_wait_ms / 1000
    look = PickerLook(
        colour=has_color(run.config),
        ascii_only=is_ascii(run.config),
        draw=lambda preview: draw_in_theme(run.config, preview.markdown, preview.theme),
    )
    return Picker(look, escape_wait_s=escape_wait_s, reader=reader)


def _history_file(run: Run, output: Output) -> Path | None:
    """Return the path of the prompt history, or None if it cannot be stored."""
    folder = run.config.sources.dirs.state
    try:
        ensure_private_dir(folder)
    except ConfigError as error:
        output.note(_("{problem}. Prompt history is kept for this run only", problem=error.sentence()))
        return None
    return folder / "history"


def _listen(
    run: Run, output: Output, interrupts: InterruptGate, reader: KeyReader, prompt: PromptPort
) -> Callable[[Draft, Sequence[Draft]], Listener]:
    def listener(draft: Draft, queue: Sequence[Draft]) -> Listener:
        interrupts.forget()  # Ctrl+C at the prompt was meant for the prompt
        ahead: DraftPort = PlainTypeAhead(draft)
        if isinstance(prompt, Prompt) and isinstance(output, TerminalOutput):
            ahead = editor = prompt.edit_while_streaming(draft, queue)
            output.draft = DraftSource(editor.rows, breaks_rows(os.environ))
        drawn = output if isinstance(output, TerminalOutput) else None
        actions = KeyActions(
            interrupt_main_thread,
            fold=lambda: drawn.toggle_reasoning() if drawn else None,
            change=lambda: drawn.redraw() if drawn else None,
        )
        return Listener(
            actions,
            screen=run.environment.stdout if is_terminal(run.environment.stdout) and not is_plain(run.config) else None,
            escape_wait_s=run.config.settings.ui.escape_wait_ms / 1000,
            reader=reader,
            ahead=ahead,
        )

    return listener


def _summary(run: Run, session: Session, turn: Turn) -> str:
    reason = _("stopped by you") if turn.is_stopped else ""
    if session.binding.provider == GUIDE:
        return reason  # it counts nothing and costs nothing
    if turn.is_lost and not turn.reply.usage:
        return reason  # nothing arrived: there is nothing to count or to time
    fill = window_fill(session) if session.binding.budget.window_tokens else WindowFill()
    tokens = turn_tokens(turn, session.binding.budget)
    stderr = run.environment.stderr
    columns = screen_size(stderr)[0] or None if is_terminal(stderr) and not is_plain(run.config) else None
    return summarize_turn(turn, tokens, reason=reason, fill=fill, columns=columns, ascii_only=is_ascii(run.config))
