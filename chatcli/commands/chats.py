"""Commands about stored chats: resume, list, search, rename, delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import GenerateTitle, Outcome, Pick, Say, ShowChat, command
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import N_, _, ngettext
from chatcli.records import replace
from chatcli.text.units import format_age

if TYPE_CHECKING:
    from chatcli.commands.ports import ChatsPort
    from chatcli.store.entries import ChatEntry, SearchHit

GROUP = "Stored chats"
MOST_LISTED = 200


def _known_chats(context: CommandContext) -> Iterable[ChoiceRow]:
    """Return the stored chats as candidates: found by id or title, put in by id."""
    rows = [(entry, chat_row(entry, context.now())) for entry in context.chats.entries()[:MOST_LISTED]]
    return [replace(row, key=entry.short_id) for entry, row in rows]


@command("resume", "[ID | WORDS]", group=GROUP, aliases=("open", "load"), complete=_known_chats)
def resume_command(context: CommandContext, argument: str) -> Outcome:
    """Resume a stored chat by id or words from its title.

    Without an argument, choose from a list: type to search titles, then the text of all chats.
    """
    chats = context.chats
    if argument:
        return ShowChat(chats.resume(argument).title)
    entries = chats.entries()
    if not entries:
        return Say(_("No chats are stored yet."))
    rows = [chat_row(entry, context.now()) for entry in entries[:MOST_LISTED]]
    choices = ChoiceList(_("Resume which chat?"), rows, search=lambda typed: _rows(context, typed))
    return Pick(choices, lambda key: ShowChat(chats.resume(key).title))


@command("sessions", "[WORDS]", group=GROUP, aliases=("chats",))
def sessions_command(context: CommandContext, argument: str) -> Outcome:
    """List stored chats, most recent first; WORDS filter by title."""
    entries = context.chats.entries(argument)
    if not entries and argument:
        words = code(argument)
        return Say(_("No chat title matches {words}; /search looks in the text of chats.", words=words))
    if not entries:
        return Say(_("No chats are stored yet."))
    more = max(len(entries) - MOST_LISTED, 0)
    rows = (_cells(context, entry) for entry in entries[:MOST_LISTED])
    shown = table((N_("chat"), N_("title"), N_("used"), N_("turns")), rows, numbers=["turns"])
    hidden = ngettext("{count} more; filter by title.", "{count} more; filter them by title.", more) if more else ""
    return Say("\n\n".join(filter(None, (shown, hidden))))


@command("search", "WORDS", group=GROUP, aliases=("find",))
def search_command(context: CommandContext, argument: str) -> Outcome:
    """Search the text of all stored chats, and open a match.

    In Chinese, Japanese and Korean, a single character is enough.
    """
    hits = context.chats.search(argument)
    if not hits:
        return Say(_("No stored chat contains {words}.", words=code(argument)))
    rows = tuple(_hit_row(context, index, hit) for index, hit in enumerate(hits))

    def go(key: str) -> Outcome:
        hit = hits[int(key)]
        title = context.chats.open(hit.entry, at=hit.message).title
        is_itself = context.chats.current is not None and context.chats.current.id == hit.entry.id
        return ShowChat(title, hit.message if is_itself else None)  # in a copy messages have other numbers

    title = ngettext("{count} hit for {words}", "{count} hits for {words}", len(hits), words=argument)
    return Pick(ChoiceList(title, rows), go)


@command("rename", "TITLE | auto", group=GROUP, aliases=("title",))
def rename_command(context: CommandContext, argument: str) -> Outcome:
    """Rename this chat; `auto` lets the model write the title."""
    if argument == "auto":
        return GenerateTitle()
    context.chats.rename(argument)
    return Say(_("Renamed this chat to {title}.", title=code(argument)))


@command("delete", "[ID]", group=GROUP, complete=_known_chats)
def delete_command(context: CommandContext, argument: str) -> Outcome:
    """Delete a stored chat permanently, after confirmation.

    Without ID, this chat. Its text is erased from the database and the search index, not only from the list.
    """
    entry = context.chats.find(argument) if argument else context.chats.current
    if entry is None:
        return Say(_("This chat is not saved, so there is nothing to delete."))
    rows = (ChoiceRow("no", _("No, keep it")), ChoiceRow("yes", _("Yes, delete it permanently")))
    turns = ngettext("{count} turn", "{count} turns", entry.questions)
    choices = ChoiceList(_("Delete “{title}” ({turns}) permanently?", title=entry.title, turns=turns), rows)
    return Pick(choices, lambda key: _deleted(context, entry) if key == "yes" else Say(_("Nothing was deleted.")))


def storage_note(chats: ChatsPort) -> str:
    """Return a sentence on where this chat is saved."""
    if not chats.is_on:
        return _("This chat is not saved; /save saves it.")
    if chats.is_behind:
        return _("The end of this chat is not saved yet.")
    if (entry := chats.current) is None:
        return _("It is saved from the first question on.")
    return _("Saved as {id}, {title}.", id=code(entry.short_id), title=code(entry.title))


def _deleted(context: CommandContext, entry: ChatEntry) -> Outcome:
    context.chats.delete(entry)
    return Say(_("Deleted {title}.", title=code(entry.title)))


def _rows(context: CommandContext, typed: str) -> Sequence[ChoiceRow]:
    """Return the chats whose titles contain the typed text, then those whose messages do."""
    chats = context.chats
    named = [chat_row(entry, context.now()) for entry in chats.entries(typed)[:MOST_LISTED]]
    known = {row.key for row in named}
    hits = chats.search(typed) if typed.strip() else ()
    said = {hit.entry.id: ChoiceRow(hit.entry.id, hit.entry.title, hit.snippet) for hit in reversed(hits)}
    return [*named, *(row for key, row in said.items() if key not in known)]


def _cells(context: CommandContext, entry: ChatEntry) -> tuple[str, ...]:
    used = format_age(context.now() - entry.updated_at)
    return code(entry.short_id), code(entry.title), used, str(entry.questions)


def chat_row(entry: ChatEntry, now_s: float) -> ChoiceRow:
    """Return a chat as a row of a picker."""
    turns = ngettext("{count} turn", "{count} turns", entry.questions)
    return ChoiceRow(entry.id, entry.title, _("{age}, {turns}", age=format_age(now_s - entry.updated_at), turns=turns))


def _hit_row(context: CommandContext, index: int, hit: SearchHit) -> ChoiceRow:
    age = format_age(context.now() - hit.entry.updated_at)
    return ChoiceRow(str(index), hit.snippet, _("{title}, {age}", title=hit.entry.title, age=age))
