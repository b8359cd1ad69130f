"""`chat sessions show`, `export` and `import`: stored chats as documents, and documents as stored chats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.app import App
from chatcli.core.imports import read
from chatcli.core.transcript import Record, to_json, to_markdown, to_training
from chatcli.core.values import replace
from chatcli.errors import UsageError
from chatcli.process import is_terminal
from chatcli.runs.outputs import output_for
from chatcli.runs.sessions import library_of
from chatcli.settings.paths import create_private, expand_user

if TYPE_CHECKING:
    from chatcli.store.entries import Entry
    from chatcli.store.library import Library

FORMATS = ("md", "json", "jsonl", "html")
_TOGETHER = ("json", "jsonl")  # formats in which one document holds several chats


def show_chat(app: App, name: str) -> None:
    """Show the branch in use of the chat that *name* means: drawn on a terminal, as Markdown in a pipe."""
    with library_of(app) as library:
        record = _record(library, library.find(name))
    output_for(app).say(_markdown(record), raw=not is_terminal(app.world.stdout))


def export_chats(app: App, names: Sequence[str], *, all_of_them: bool, kind: str, out: str) -> None:
    """Write chats to the new file *out*, or to stdout; *kind* is one of FORMATS, or "" to go by the file's name."""
    kind = kind or Path(out).suffix.removeprefix(".").lower() or "md"
    if kind not in FORMATS:
        raise UsageError(f"`{kind}` is no format", hint=f"--format is one of {', '.join(FORMATS)}")
    if bool(names) == all_of_them:
        raise UsageError("give chats to export, or --all", hint="`chat sessions` lists them")
    with library_of(app) as library:
        entries = library.entries() if all_of_them else [library.find(name) for name in names]
        if len(entries) != 1 and kind not in _TOGETHER:
            raise UsageError(f"{len(entries)} chats do not go into one {kind} document", hint="--format json or jsonl")
        text = _document([_record(library, entry) for entry in entries], kind)
    if not out:
        output_for(app).say(text.removesuffix("\n"), raw=True)
        return
    _write(app.world.directory / expand_user(out, app.world.environ), text)
    output_for(app).note(f"{len(entries)} {'chat' if len(entries) == 1 else 'chats'} written to {out}")


def import_chats(app: App, files: Sequence[str]) -> None:
    """Store the chats in *files* as new ones; raises UsageError, and nothing is stored, where one cannot be read."""
    records = [record for file in files for record in _read(app, file)]
    with library_of(app) as library:
        for record in records:
            moment_s = record.created_at or time.time()
            library.add(record.tree, record.state, title=record.title, created_s=moment_s)
    output_for(app).note(f"{len(records)} {'chat' if len(records) == 1 else 'chats'} imported")


def _record(library: Library, entry: Entry) -> Record:
    opened = library.read(entry)
    state = replace(opened.state, head=opened.tree.head)
    return Record(entry.title, opened.tree, state, id=entry.id, created_at=entry.created_at)


def _document(records: Sequence[Record], kind: str) -> str:
    match kind:
        case "json" if len(records) == 1:
            return to_json(records[0])
        case "json":
            return "[" + ",\n".join(to_json(record).rstrip() for record in records) + "]\n"
        case "jsonl":
            return "".join(map(to_training, records))
        case "html":
            from chatcli.pages.page import to_html

            return to_html(records[0], day=_day(records[0]))
    return _markdown(records[0])


def _markdown(record: Record) -> str:
    return to_markdown(record, day=_day(record))


def _day(record: Record) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(record.created_at)) if record.created_at else ""


def _write(path: Path, text: str) -> None:
    try:
        create_private(path, text.encode("utf-8", "replace"))
    except FileExistsError as error:
        raise UsageError(f"{path} exists", kept="it was not touched", hint="choose another name") from error
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _read(app: App, name: str) -> list[Record]:
    text = app.world.stdin.buffer.read().decode("utf-8-sig", "replace") if name == "-" else app.read_text(name)
    try:
        return read(text)
    except UsageError as error:
        raise UsageError(f"{name}: {error.what}", kept="nothing was imported", hint=error.hint) from error
