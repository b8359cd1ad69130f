"""`chat sessions show`, `export` and `import`: stored chats as documents, and documents as stored chats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from chatcli.cli.chat_match import confirmed
from chatcli.cli.run import Run
from chatcli.cli.sessions import library_of
from chatcli.errors import UsageError
from chatcli.formats.document import document, format_of
from chatcli.formats.importers import read_chats
from chatcli.formats.transcript import ExportedChat
from chatcli.language import N_, _, ngettext
from chatcli.process.streams import is_terminal
from chatcli.records import replace
from chatcli.request.piped_text import decode
from chatcli.text.units import format_size

if TYPE_CHECKING:
    import typer

    from chatcli.store.entries import ChatEntry
    from chatcli.store.library import Library

IMPORT_BYTES = 1_000_000_000  # enough for an export of years of chats
_TOGETHER = ("json", "jsonl")  # formats that can hold several chats


def show_chat(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="CHAT", help=_("Chat id or prefix, title, or words from the title."))],
) -> None:
    """Show the current branch of the chat that *name* means: rendered on a terminal, as Markdown in a pipe."""
    with library_of(run) as library:
        record = _record(library, library.find(name))
    run.output().say(document(record, "md"), raw=not is_terminal(run.environment.stdout), quoted=True)


def export_chats(
    run: Run,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CHAT]...", help=_("Chat ids, titles, or words from titles."))
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help=_("Export all stored chats."))] = False,
    kind: Annotated[
        str, typer.Option("--format", metavar="NAME", help=_("md, json, jsonl (for fine-tuning) or html."))
    ] = "",
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help=_("New file to write, instead of stdout."))
    ] = None,
) -> None:
    """Export chats to the new file *out*, or to stdout; *kind* is a format, or "" to use that of the file name."""
    if out is not None and not out.strip():
        raise UsageError(_("--out has no file name"), hint=_("leave it out to write to stdout"))
    kind = format_of(out or "", kind)
    if bool(names) == all_of_them:
        raise UsageError(_("name the chats to export, or pass --all"), hint=_("`chat sessions` lists them"))
    with library_of(run) as library:
        entries = library.entries() if all_of_them else [_named(run, library, name) for name in names or ()]
        _check_kind(kind, len(entries))
        text = _document([_record(library, entry) for entry in entries], kind)
    if not out:
        run.output().say(text.removesuffix("\n"), raw=True)
        return
    path = run.files.write_text(out, text)
    written = ngettext("{count} chat written to {path}", "{count} chats written to {path}", len(entries), path=path)
    run.output().note(written)


def _check_kind(kind: str, count: int) -> None:
    if count != 1 and kind not in _TOGETHER:
        what = _("cannot export {count} chats as one {kind} document", count=count, kind=kind)
        raise UsageError(what, hint=_("use --format json or jsonl"))


def import_chats(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help=_("chat's own JSON, a list of messages, or ChatGPT's export; - reads stdin.")
        ),
    ],
) -> None:
    """Store the chats in *files* as new ones; raises UsageError and stores nothing if one cannot be read."""
    records = [record for file in files for record in _read(run, file)]
    with library_of(run) as library:
        for record in records:
            moment_s = record.created_at or time.time()
            library.add(record.tree, record.state, title=record.title, created_s=moment_s)
    run.output().note(ngettext("{count} chat imported", "{count} chats imported", len(records)))


def _named(run: Run, library: Library, name: str) -> ChatEntry:
    match = library.match(name)
    return confirmed(run, match, name, N_("Export {chat}?"), is_clear=match.is_clear)


def _record(library: Library, entry: ChatEntry) -> ExportedChat:
    opened = library.read(entry)
    state = replace(opened.state, head=opened.tree.head)
    return ExportedChat(entry.title, opened.tree, state, id=entry.id, created_at=entry.created_at)


def _document(records: Sequence[ExportedChat], kind: str) -> str:
    if len(records) == 1:
        return document(records[0], kind)
    texts = [document(record, kind) for record in records]
    return "".join(texts) if kind == "jsonl" else "[" + ",\n".join(text.rstrip() for text in texts) + "]\n"


def _read(run: Run, name: str) -> list[ExportedChat]:
    if name == "-":
        data = run.environment.stdin.buffer.read(IMPORT_BYTES + 1)
        if len(data) > IMPORT_BYTES:
            what = _("stdin is larger than {size}", size=format_size(IMPORT_BYTES))
            raise UsageError(what, kept=_("nothing was imported"))
        text = decode(data).text
    else:
        text = run.files.read_text(name, max_bytes=IMPORT_BYTES)
    try:
        return read_chats(text)
    except UsageError as error:
        what = _("{place}: {problem}", place=name, problem=error.what)
        raise UsageError(what, kept=_("nothing was imported"), hint=error.hint) from error
