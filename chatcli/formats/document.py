"""Exports a conversation to a document in a named format."""

from __future__ import annotations

import time
from pathlib import Path

from chatcli.errors import UsageError
from chatcli.formats.transcript import ExportedChat, to_json, to_markdown, to_training
from chatcli.language import _
from chatcli.text.phrases import join_words

FORMATS = ("md", "json", "jsonl", "html")


def format_of(file: str, named: str = "") -> str:
    """Return the format *named*, else that of the extension of *file*, else Markdown.

    Raises UsageError for an unknown format.
    """
    kind = named or Path(file).suffix.removeprefix(".").lower() or "md"
    if kind not in FORMATS:
        raise UsageError(_("unknown chat format `{kind}`", kind=kind), hint=_("use {names}", names=join_words(FORMATS)))
    return kind


def document(record: ExportedChat, kind: str) -> str:
    """Return the conversation in the format *kind*."""
    day = time.strftime("%Y-%m-%d", time.localtime(record.created_at)) if record.created_at else ""
    if kind == "json":
        return to_json(record)
    if kind == "jsonl":
        return to_training(record)
    if kind == "html":
        from chatcli.formats.html import to_html  # imports the renderer

        return to_html(record, day=day)
    return to_markdown(record, day=day)
