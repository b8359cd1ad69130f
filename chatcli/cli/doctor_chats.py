"""Checks the stored chats for `chat doctor`: whether they can be read, and whether messages are intact."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.cli.finding import Finding, FindingState, finding_of_error
from chatcli.errors import ChatError, ConfigError
from chatcli.files.own import may_exist, status_of
from chatcli.language import N_, _, ngettext
from chatcli.store.mounts import network_kind
from chatcli.text.units import format_size

if TYPE_CHECKING:
    from chatcli.store.library import Library

_NAME = N_("stored chats")
_MOST = 20  # messages listed individually


def examine_chats(path: Path) -> Iterator[Finding]:
    """Check the database at *path*, which may not exist, and damaged copies beside it."""
    if kind := network_kind(path):
        yield Finding(
            _NAME, "note", _("{path} is on {kind}", path=path.parent, kind=kind), _("file locks may not work there")
        )
    if not may_exist(path):
        yield Finding(_NAME, "ok", _("{path} does not exist yet", path=path))
        return
    told: list[str] = []
    try:
        yield from _examine_file(path, told)
    except ChatError as error:
        yield finding_of_error(_NAME, error)
    for sentence in told:
        yield Finding(_NAME, "note", sentence)
    for aside in sorted(path.parent.glob(f"{path.name}.corrupt-*")):
        if not aside.name.endswith("-journal"):
            yield Finding(
                _NAME,
                "note",
                _("{path} is a damaged database, kept for safety", path=aside),
                _("delete it once no chats are missing"),
            )


def _examine_file(path: Path, told: list[str]) -> Iterator[Finding]:
    from chatcli.store.database import Database
    from chatcli.store.leases import Owner
    from chatcli.store.library import Library

    database = Database(path, notify=told.append)
    try:
        yield _state(path, Library(database, Owner.here()))
        yield from _damaged(Library(database, Owner.here()))
    finally:
        database.close()


def _state(path: Path, library: Library) -> Finding:
    library.check()
    chats = len(library.entries())
    status = status_of(path)
    size = status.st_size if status else 0
    state: FindingState = "ok" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "note"
    text = ngettext("{count} chat, {size}, intact", "{count} chats, {size}, intact", chats, size=format_size(size))
    remedy = _("chats cannot be saved: {path} is read-only", path=path)
    return Finding(_NAME, state, text, "" if state == "ok" else remedy)


def _damaged(library: Library) -> Iterator[Finding]:
    found = library.damaged()
    for entry, number in found[:_MOST]:
        what = _("message {number} of “{title}” ({id}) is corrupted", number=number, title=entry.title, id=entry.id)
        yield finding_of_error(_NAME, ConfigError(what, hint=_("the disk may be failing: back up the folder")))
    if len(found) > _MOST:
        rest = ngettext("{count} more corrupted message", "{count} more corrupted messages", len(found) - _MOST)
        yield finding_of_error(_NAME, ConfigError(rest))
