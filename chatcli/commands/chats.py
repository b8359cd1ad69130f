"""Commands about stored chats: open, list, search, name, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import GenerateTitle, Outcome, Pick, Say, ShowChat, command
from chatcli.input.choices import ChoiceRow
from chatcli.text.phrases import count_noun
from chatcli.text.units import format_age

if TYPE_CHECKING:
    from chatcli.commands.ports import ChatsPort
    from chatcli.store.entries import ChatEntry, SearchHit

GROUP = "Stored chats"
MOST_LISTED = 200


@command("resume", "[ID | WORDS]", group=GROUP, aliases=("open", "load"))
def resume_command(context: CommandContext, argument: str) -> Outcome:
    """Open a stored chat: by its id, its title or words of it, or from a list that is searched by typing.

    Typing looks for words of titles, and then in all that was said.
    """
    chats = context.chats
    if argument:
        return ShowChat(chats.resume(argument).title)
    entries = chats.entries()
    if not entries:
        return Say("There are no stored chats yet.")
    return Pick(
        "Open which chat?",
        tuple(chat_row(entry, context.now()) for entry in entries[:MOST_LISTED]),
        lambda key: ShowChat(chats.resume(key).title),
        search=lambda typed: _rows(context, typed),
    )


@command("sessions", "[WORDS]", group=GROUP, aliases=("chats",))
def sessions_command(context: CommandContext, argument: str) -> Outcome:
    """List stored chats, those whose titles hold WORDS; the one used last comes first."""
    entries = context.chats.entries(argument)
    if not entries and argument:
        return Say(f"No chat's title holds {code(argument)}; /search looks in what was said.")
    if not entries:
        return Say("There are no stored chats yet.")
    more = f"\n\n{len(entries) - MOST_LISTED} more; give words of their titles." if len(entries) > MOST_LISTED else ""
    rows = (_cells(context, entry) for entry in entries[:MOST_LISTED])
    return Say(table(("chat", "title", "used", "turns"), rows) + more)


@command("search", "WORDS", group=GROUP, aliases=("find",))
def search_command(context: CommandContext, argument: str) -> Outcome:
    """Look for words in everything that was said in stored chats, and go to where they are.

    Any part of a Chinese, Japanese or Korean text is found, also a single character.
    """
    hits = context.chats.search(argument)
    if not hits:
        return Say(f"{code(argument)} is in no stored chat.")
    rows = tuple(_hit_row(context, index, hit) for index, hit in enumerate(hits))

    def go(key: str) -> Outcome:
        hit = hits[int(key)]
        title = context.chats.open(hit.entry, at=hit.message).title
        is_itself = context.chats.current is not None and context.chats.current.id == hit.entry.id
        return ShowChat(title, hit.message if is_itself else None)  # in a copy messages have other numbers

    return Pick(f"{count_noun(len(hits), 'hit')} for {argument}", rows, go)


@command("rename", "TITLE | auto", group=GROUP, aliases=("title",))
def rename_command(context: CommandContext, argument: str) -> Outcome:
    """Give this chat a title; `auto` lets the model find one."""
    if argument == "auto":
        return GenerateTitle()
    context.chats.rename(argument)
    return Say(f"This chat is called {code(argument)} now.")


@command("delete", "[ID]", group=GROUP)
def delete_command(context: CommandContext, argument: str) -> Outcome:
    """Delete a stored chat for good, by default this one; asks before it does.

    Its words leave the file and its index, not only the list.
    """
    entry = context.chats.find(argument) if argument else context.chats.current
    if entry is None:
        return Say("This chat is not stored, so there is nothing to delete.")
    rows = (ChoiceRow("no", "No, keep it"), ChoiceRow("yes", "Yes, delete it for good"))
    title = f"Delete “{entry.title}” ({count_noun(entry.questions, 'turn')}) for good?"
    return Pick(title, rows, lambda key: _deleted(context, entry) if key == "yes" else Say("Nothing was deleted."))


def storage_note(chats: ChatsPort) -> str:
    """Return in a sentence where this chat is kept."""
    if not chats.is_on:
        return "Nothing of this chat is stored; /save stores it."
    if chats.is_behind:
        return "The end of this chat is not saved yet."
    entry = chats.current
    return (
        f"Stored as {code(entry.short_id)}, {code(entry.title)}."
        if entry
        else "It is stored from the first question on."
    )


def _deleted(context: CommandContext, entry: ChatEntry) -> Outcome:
    context.chats.delete(entry)
    return Say(f"{code(entry.title)} is deleted.")


def _rows(context: CommandContext, typed: str) -> Sequence[ChoiceRow]:
    """Return the chats whose titles hold what is typed, then those in which it was said."""
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
    """Return a chat as a row to choose."""
    return ChoiceRow(
        entry.id, entry.title, f"{format_age(now_s - entry.updated_at)}, {count_noun(entry.questions, 'turn')}"
    )


def _hit_row(context: CommandContext, index: int, hit: SearchHit) -> ChoiceRow:
    return ChoiceRow(str(index), hit.snippet, f"{hit.entry.title}, {format_age(context.now() - hit.entry.updated_at)}")
