"""Commands that save a chat: in the store, or in a file."""

from __future__ import annotations

import time

from chatcli.commands.chats import GROUP, storage_note
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code
from chatcli.commands.table import Outcome, Say, command
from chatcli.conversation.titles import title_of_tree
from chatcli.formats.transcript import ExportedChat
from chatcli.language import _


@command("export", "[md | json | jsonl | html] [FILE]", group=GROUP)
def export_command(context: CommandContext, argument: str) -> Outcome:
    """Export this chat to a new file.

    The format is the one named, or else that of FILE's extension. Without FILE, a name is generated in the current
    directory. An existing file is never overwritten.
    """
    from chatcli.formats.document import FORMATS, document, format_of

    if not len(context.conversation.tree):
        return Say(_("Nothing to export yet."))
    named, _separator, rest = argument.partition(" ")
    named, file = (named, rest.strip()) if named in FORMATS else ("", argument)
    kind = format_of(file, named)
    file = file or f"chat-{time.strftime('%Y%m%d-%H%M%S', time.localtime(context.now()))}.{kind}"
    path = context.files.write_text(file, document(_record(context), kind))
    return Say(_("Saved to {path}.", path=code(path)))


@command("save", "[FILE]", group=GROUP)
def save_command(context: CommandContext, argument: str) -> Outcome:
    """Show where this chat is saved, save it, or export it to FILE.

    A chat that was not saved is saved from its first turn on.
    """
    if argument:
        return export_command(context, argument)
    if not context.chats.is_on:
        context.chats.turn_on()
    return Say(storage_note(context.chats))


def _record(context: CommandContext) -> ExportedChat:
    session, entry = context.session, context.chats.current
    tree = session.conversation.tree
    if entry is None:
        return ExportedChat(title_of_tree(tree), tree, session.state, created_at=context.now())
    return ExportedChat(entry.title, tree, session.state, id=entry.id, created_at=entry.created_at)
