"""`chat sessions`: lists, searches, renames and deletes stored chats."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from chatcli.cli.chat_match import confirmed, description
from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.errors import UsageError
from chatcli.language import N_, _, ngettext
from chatcli.process.streams import is_terminal
from chatcli.text.json_values import format_json
from chatcli.text.phrases import one_line

if TYPE_CHECKING:
    import typer

    from chatcli.store.entries import ChatEntry, SearchHit
    from chatcli.store.library import Library

MOST_HITS = 100
_AGE = re.compile(r"(\d{1,6})([hdwmy])")
_AGES_S = {"h": 3600, "d": 86_400, "w": 7 * 86_400, "m": 30 * 86_400, "y": 365 * 86_400}


@contextmanager
def library_of(run: Run) -> Iterator[Library]:
    """Open the user's chat library for the duration of a `with` block."""
    from chatcli.store.database import Database
    from chatcli.store.leases import Owner
    from chatcli.store.library import Library

    database = Database(run.config.sources.dirs.history, notify=run.output().note)
    try:
        yield Library(database, Owner.here())
    finally:
        database.close()


def list_chats(
    run: Run,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]...", help=_("Words from the title."))] = None,
    most: Annotated[int | None, typer.Option("--most", metavar="N", help=_("Maximum number of rows."), min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Output JSON Lines."))] = False,
) -> None:
    """List chats whose titles contain all *words*, most recent first."""
    with library_of(run) as library:
        entries = library.entries(" ".join(words or ()), most=most)
    if not entries and not as_json:
        run.output().note(_("no chat title matches") if words else _("no chats are stored"))
    elif as_json:
        _say_json(run, [_fields(entry) for entry in entries])
    else:
        heads = (_("chat"), _("used"), _("turns"), _("title"))
        _say_rows(
            run, heads, [(entry.id, _day(entry.updated_at), str(entry.questions), entry.title) for entry in entries]
        )


def search_chats(
    run: Run,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help=_("Text to search for."))],
    most: Annotated[int | None, typer.Option("--most", metavar="N", help=_("Maximum number of rows."), min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Output JSON Lines."))] = False,
) -> None:
    """Search the text of stored chats for *words*; shows MOST_HITS matches unless *most* is given."""
    if not any(map(str.strip, words)):
        raise UsageError(_("the search text is empty"), hint="`chat sessions search WORDS`")
    with library_of(run) as library:
        hits = library.search(" ".join(words), most=most or MOST_HITS)
    if not hits and not as_json:
        run.output().note(_("no stored chat contains `{words}`", words=" ".join(words)))
    elif as_json:
        _say_json(run, [_hit_fields(hit) for hit in hits])
    else:
        rows = [(hit.entry.id, str(hit.message), hit.role, hit.snippet, hit.entry.title) for hit in hits]
        _say_rows(run, (_("chat"), _("message"), _("of"), _("text"), _("title")), rows)


def rename_chat(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="CHAT", help=_("Chat id or prefix, title, or words from the title."))],
    title: Annotated[list[str], typer.Argument(metavar="TITLE...", help=_("New title."))],
) -> None:
    """Rename the chat that *name* means."""
    text = " ".join(title)
    if not text.strip():
        raise UsageError(_("the title is empty"), hint="`chat sessions rename CHAT TITLE`")
    with library_of(run) as library:
        match = library.match(name)
        entry = confirmed(run, match, name, N_("Rename {chat}?"), is_clear=match.is_clear)
        library.rename(entry.id, text)
    run.output().note(_("renamed “{title}” to “{new}”", title=entry.title, new=text))


def delete_chats(
    run: Run,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CHAT]...", help=_("Chat ids, or whole titles."))
    ] = None,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help=_("Chats not used for this long, e.g. 30d."))
    ] = "",
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask for confirmation."))] = False,
) -> None:
    """Delete permanently the chats that *names* mean, or those not used for *older_than*."""
    if bool(names) == bool(older_than):
        what = _("name the chats to delete, or pass --older-than AGE")
        raise UsageError(what, hint=_("for example --older-than 30d"))
    output = run.output()
    with library_of(run) as library:
        if older_than:
            entries = library.older_than(time.time() - _seconds(older_than))
        else:
            matches = [(name, library.match(name)) for name in names or ()]
            question = N_("Does that mean {chat}?")
            found = [confirmed(run, it, name, question, is_clear=it.is_exact) for name, it in matches]
            entries = list({entry.id: entry for entry in found}.values())
        if not entries:
            output.note(_("nothing to delete"))
        elif is_sure or _is_confirmed(run, entries):
            library.delete([entry.id for entry in entries])
            output.note(ngettext("{count} chat deleted permanently", "{count} chats deleted permanently", len(entries)))
        else:
            output.note(_("nothing was deleted"))


def _is_confirmed(run: Run, entries: Sequence[ChatEntry]) -> bool:
    if not is_terminal(run.environment.stdin):
        what = _("cannot ask for confirmation without a terminal")
        raise UsageError(what, kept=_("nothing was deleted"), hint=_("pass -y to confirm"))
    one, several = N_("Delete {chat} permanently?"), N_("Delete {count} chats permanently?")
    question = _(one if len(entries) == 1 else several, chat=description(entries[0]), count=len(entries))
    return run.endpoints.confirm(question)


def _seconds(age: str) -> float:
    found = _AGE.fullmatch(age)
    if not found:
        what = _("invalid age {age} for --older-than", age=f"`{age}`")
        raise UsageError(what, hint=_("use a number with h, d, w, m or y, e.g. 30d"))
    return int(found[1]) * _AGES_S[found[2]]


def _say_json(run: Run, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        run.output().say("\n".join(format_json(row) for row in rows), raw=True)


def _say_rows(run: Run, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show *rows* as a table on a terminal, tab-separated in a pipe."""
    output = run.output()
    flat = [[one_line(cell) for cell in row] for row in rows]
    if is_terminal(run.environment.stdout):
        output.say(table(heads, [tuple(map(code, row)) for row in flat]))
    else:
        output.say("\n".join("\t".join(row) for row in flat), raw=True)


def _fields(entry: ChatEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "title": entry.title,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        "turns": entry.questions,
    }


def _hit_fields(hit: SearchHit) -> dict[str, object]:
    entry = hit.entry
    return {"id": entry.id, "title": entry.title, "message": hit.message, "role": hit.role, "text": hit.snippet}


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
