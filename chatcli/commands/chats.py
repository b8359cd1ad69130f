"""Commands about stored chats: open, list, search, name, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatcli.commands.context import Desk
from chatcli.commands.markdown import code, table
from chatcli.commands.numbers import ago
from chatcli.commands.table import Entitle, Outcome, Pick, Say, Show, command
from chatcli.input.choices import Row
from chatcli.text.phrases import counted

if TYPE_CHECKING:
    from chatcli.commands.storage import Archive
    from chatcli.store.entries import Entry, Hit

GROUP = "Stored chats"
MOST_LISTED = 200


@command("resume", "[ID | WORDS]", group=GROUP, aliases=("open", "load"))
def resume(desk: Desk, argument: str) -> Outcome:
    """Open a stored chat: by its id, its title or words of it, or from a list that is searched by typing.

    Typing looks for words of titles, and then in all that was said.
    """
    archive = desk.archive
    if argument:
        return _opened(desk, archive.resume(argument))
    entries = archive.entries()
    if not entries:
        return Say("There are no stored chats yet.")
    return Pick(
        "Open which chat?",
        tuple(listed(entry, desk.now()) for entry in entries[:MOST_LISTED]),
        lambda key: _chosen(desk, key),
        search=lambda typed: _rows(desk, typed),
    )


@command("sessions", "[WORDS]", group=GROUP, aliases=("chats",))
def sessions(desk: Desk, argument: str) -> Outcome:
    """List stored chats, those whose titles hold WORDS; the one used last comes first."""
    entries = desk.archive.entries(argument)
    if not entries and argument:
        return Say(f"No chat's title holds {code(argument)}; /search looks in what was said.")
    if not entries:
        return Say("There are no stored chats yet.")
    more = f"\n\n{len(entries) - MOST_LISTED} more; give words of their titles." if len(entries) > MOST_LISTED else ""
    rows = (_cells(desk, entry) for entry in entries[:MOST_LISTED])
    return Say(table(("chat", "title", "used", "turns"), rows) + more)


@command("search", "WORDS", group=GROUP, aliases=("find",))
def search(desk: Desk, argument: str) -> Outcome:
    """Look for words in everything that was said in stored chats, and go to where they are.

    Any part of a Chinese, Japanese or Korean text is found, also a single character.
    """
    hits = desk.archive.search(argument)
    if not hits:
        return Say(f"{code(argument)} is in no stored chat.")
    rows = tuple(_hit_row(desk, place, hit) for place, hit in enumerate(hits))

    def go(key: str) -> Outcome:
        hit = hits[int(key)]
        return _opened(desk, desk.archive.open(hit.entry, at=hit.message))

    return Pick(f"{counted(len(hits), 'hit')} for {argument}", rows, go)


@command("rename", "TITLE | auto", group=GROUP, aliases=("title",))
def rename(desk: Desk, argument: str) -> Outcome:
    """Give this chat a title; `auto` lets the model find one."""
    if argument == "auto":
        return Entitle()
    desk.archive.rename(argument)
    return Say(f"This chat is called {code(argument)} now.")


@command("delete", "[ID]", group=GROUP)
def delete(desk: Desk, argument: str) -> Outcome:
    """Delete a stored chat for good, by default this one; asks before it does.

    Its words leave the file and its index, not only the list.
    """
    entry = desk.archive.find(argument) if argument else desk.archive.current
    if entry is None:
        return Say("This chat is not stored, so there is nothing to delete.")
    rows = (Row("no", "No, keep it"), Row("yes", "Yes, delete it for good"))
    title = f"Delete “{entry.title}” ({counted(entry.questions, 'turn')}) for good?"
    return Pick(title, rows, lambda key: _deleted(desk, entry) if key == "yes" else Say("Nothing was deleted."))


def where(archive: Archive) -> str:
    """Return in a sentence where this chat is kept."""
    if not archive.is_on:
        return "Nothing of this chat is stored; /save stores it."
    if archive.is_behind:
        return "The end of this chat is not saved yet."
    entry = archive.current
    return (
        f"Stored as {code(entry.short_id)}, {code(entry.title)}."
        if entry
        else "It is stored from the first question on."
    )


def _deleted(desk: Desk, entry: Entry) -> Outcome:
    desk.archive.delete(entry)
    return Say(f"{code(entry.title)} is deleted.")


def _chosen(desk: Desk, key: str) -> Outcome:
    return _opened(desk, desk.archive.resume(key))


def _opened(desk: Desk, entry: Entry) -> Outcome:
    desk.adapt()
    return Show(entry.title)


def _rows(desk: Desk, typed: str) -> Sequence[Row]:
    """Return the chats whose titles hold what is typed, then those in which it was said."""
    archive = desk.archive
    named = [listed(entry, desk.now()) for entry in archive.entries(typed)[:MOST_LISTED]]
    known = {row.key for row in named}
    hits = archive.search(typed) if typed.strip() else ()
    said = {hit.entry.id: Row(hit.entry.id, hit.entry.title, hit.snippet) for hit in reversed(hits)}
    return [*named, *(row for key, row in said.items() if key not in known)]


def _cells(desk: Desk, entry: Entry) -> tuple[str, ...]:
    used = ago(desk.now() - entry.updated_at)
    return code(entry.short_id), code(entry.title), used, str(entry.questions)


def listed(entry: Entry, now_s: float) -> Row:
    """Return a chat as a row to choose."""
    return Row(entry.id, entry.title, f"{ago(now_s - entry.updated_at)}, {counted(entry.questions, 'turn')}")


def _hit_row(desk: Desk, place: int, hit: Hit) -> Row:
    return Row(str(place), hit.snippet, f"{hit.entry.title}, {ago(desk.now() - hit.entry.updated_at)}")
