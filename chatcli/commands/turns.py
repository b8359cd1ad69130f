"""Commands about turns: start over, retry, continue, undo."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.commands.attach import without_attachments
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code
from chatcli.commands.model import model_names
from chatcli.commands.numbers import parse_whole, turn_number
from chatcli.commands.table import Ask, Continue, Outcome, Pick, Quit, Retry, Say, ShowHistory, command
from chatcli.conversation.messages import Message
from chatcli.conversation.tree import ChatState, Tree
from chatcli.conversation.window import split_turns
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import _, ngettext
from chatcli.request.attachments import of_message
from chatcli.request.images import describe_images
from chatcli.text.phrases import join_sentences

GROUP = "Conversation"


@command("new", "[TITLE]", group=GROUP)
def new_command(context: CommandContext, argument: str) -> Outcome:
    """Start a new chat with the configured defaults.

    Without TITLE, its first question becomes the title. An unsaved chat is asked about first.
    """

    def begin() -> Outcome:
        context.chats.begin(Tree(), ChatState(), title=argument)
        context.settings.reset()
        title = code(context.chats.title)
        said = _("New chat, called {title}.", title=title) if argument else _("New chat.")
        return Say(join_sentences(said, without_attachments(context)))

    return _unless_lost(context, begin)


@command("clear", group=GROUP, aliases=("reset",))
def clear_command(context: CommandContext, _argument: str) -> Outcome:
    """Start a new chat; keep model, system prompt and parameters.

    An unsaved chat is asked about first. The screen is not cleared; use Ctrl+L for that.
    """

    def begin() -> Outcome:
        context.chats.begin(Tree(), context.session.state.without_turns())
        said = _("New chat; model, system prompt and parameters kept.")
        return Say(join_sentences(said, without_attachments(context)))

    return _unless_lost(context, begin)


@command("history", group=GROUP)
def history_command(context: CommandContext, _argument: str) -> Outcome:
    """Show the whole chat in your pager.

    That is `$PAGER`, else `less` or `more`; without one, and in plain mode, it is written on the screen.
    """
    if not len(context.conversation.tree):
        return Say(_("This chat is empty."))
    return ShowHistory()


@command("editor", "[TEXT]", group=GROUP)
def editor_command(context: CommandContext, argument: str) -> Outcome:
    """Write the next message in $VISUAL or $EDITOR.

    The text returns to the prompt and is not sent. Ctrl+G does the same with a draft.
    """
    return Say("", draft=context.edit(argument))


@command("queue", "[MESSAGE]", group=GROUP, sends=Ask)
def queue_command(_context: CommandContext, _argument: str) -> Outcome:
    """Send a message when the answer that is arriving is complete.

    Type it while the answer streams and press Alt+Enter, with or without `/queue`. Up takes the last queued message
    back into the draft; if the answer fails or is stopped, all of them return to the prompt. At the prompt the message
    is sent at once.
    """
    return Say(_("Nothing is queued: no answer is arriving."))


@command("retry", "[MODEL]", group=GROUP, aliases=("regen", "regenerate"), complete=model_names)
def retry_command(_context: CommandContext, argument: str) -> Outcome:
    """Ask the last question again, or with another model.

    The old answer is kept until a new one has arrived, and stays in the tree. MODEL answers later questions too, once
    it has answered this one; if it fails, the model stays the same.
    """
    return Retry(argument)


@command("continue", group=GROUP)
def continue_command(_context: CommandContext, _argument: str) -> Outcome:
    """Continue a cut answer, and join the two parts."""
    return Continue()


@command("undo", "[N]", group=GROUP)
def undo_command(context: CommandContext, argument: str) -> Outcome:
    """Undo the last turn, or the last N.

    The text of the earliest returns to the prompt. Right after `/compact`, the summary is reverted instead. `/redo`
    restores turns until a new message is sent.
    """
    if not argument and context.conversation.revoke_summary():
        return Say(_("Summary reverted; the turns themselves are sent again."))
    taken = context.conversation.undo(_count(argument, "undo"))
    if not taken:
        return Say(_("Nothing to undo."))
    context.attachments.replace(of_message(taken[0]))
    text = ngettext(
        "Undid {count} turn; /redo restores it.", "Undid {count} turns; /redo {count} restores them.", len(taken)
    )
    return Say(text, draft=taken[0].typed)


@command("redo", "[N]", group=GROUP)
def redo_command(context: CommandContext, argument: str) -> Outcome:
    """Restore the last undone turn, or the last N."""
    back = context.conversation.redo(_count(argument, "redo"))
    if not back:
        return Say(_("Nothing to redo."))
    return Say(ngettext("Restored {count} turn.", "Restored {count} turns.", back))


@command("raw", "[T]", group=GROUP)
def raw_command(context: CommandContext, argument: str) -> Outcome:
    """Show the last reply, or that of turn T, unrendered.

    Markdown is shown as the model wrote it, with control characters made visible.
    """
    conversation = split_turns(context.conversation.history)
    if not conversation:
        return Say(_("No reply yet."))
    number = turn_number(argument, len(conversation)) if argument else len(conversation)
    answers = (message for message in conversation[number - 1] if message.role == "assistant")
    lines = [line for answer in answers for line in _lines(context, answer)]
    return Say("\n".join(filter(None, lines)), raw=True)


@command("exit", group=GROUP, aliases=("quit", "q", "bye"))
def exit_command(_context: CommandContext, _argument: str) -> Outcome:
    """Quit; Ctrl+D on an empty line does the same."""
    return Quit()


def _unless_lost(context: CommandContext, begin: Callable[[], Outcome]) -> Outcome:
    """Call *begin* at once if this chat is saved or empty, else only after a yes: it would be lost."""
    if context.chats.is_on or not context.conversation.has_question:
        return begin()
    rows = (ChoiceRow("no", _("No, keep this chat")), ChoiceRow("yes", _("Yes, discard it")))
    title = _("This chat is not saved and would be lost (/save saves it). Start a new one?")
    return Pick(ChoiceList(title, rows), lambda key: begin() if key == "yes" else Say(_("Nothing changed.")))


def _lines(context: CommandContext, answer: Message) -> list[str]:
    return [answer.text or answer.refusal, *describe_images(answer, context.chats.save_image)]


def _count(argument: str, name: str) -> int:
    hint = _("use a number of turns, 1 or more")
    count = parse_whole(argument, hint) if argument else 1
    if count < 1:
        raise UsageError(_("invalid argument `{argument}` for /{name}", argument=argument, name=name), hint=hint)
    return count
