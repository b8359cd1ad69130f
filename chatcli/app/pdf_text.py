"""Extracts the text of PDFs for endpoints that do not accept them, with an optional library."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from chatcli.conversation.messages import FilePart
from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.process.installation import install_command
from chatcli.records import replace
from chatcli.request.attachments import Attachment, of_text

if TYPE_CHECKING:
    from pypdf import PdfReader

# What the library says of files that it cannot read.
_REASONS = frozenset(
    {N_("Stream has ended unexpectedly"), N_("Cannot read an empty file"), N_("File has not been decrypted")}
)


def extract_text(attachment: Attachment, part: FilePart) -> Attachment:
    """Return the text of a PDF; raises UsageError if there is none, or no library to read it."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        hint = _(
            "this endpoint does not accept PDFs; `{command}` lets chat extract their text",
            command=install_command("pypdf"),
        )
        raise UsageError(_("{name} is a PDF", name=attachment.name), kept=_("it was not attached"), hint=hint) from None
    try:
        text = _text_of_pages(PdfReader, part)
    except (PyPdfError, ValueError, OSError, RecursionError) as error:
        reason = _(str(error)) if str(error) in _REASONS else error
        what = _("cannot read {name}: {reason}", name=attachment.name, reason=reason)
        raise UsageError(what, kept=_("it was not attached")) from error
    if not text.strip():
        hint = _("its pages may be scans: attach them as images")
        raise UsageError(_("{name} contains no text", name=attachment.name), kept=_("it was not attached"), hint=hint)
    extracted = of_text(text, attachment.name)
    return replace(extracted, kind=_("text of a PDF, {kind}", kind=extracted.kind))


def _text_of_pages(read: Callable[[BytesIO], PdfReader], part: FilePart) -> str:
    import base64
    import logging

    logging.getLogger("pypdf").addHandler(logging.NullHandler())  # else Python writes what it logs to stderr
    pages = read(BytesIO(base64.b64decode(part.url.partition(",")[2]))).pages
    return "\n\n".join(page.extract_text() for page in pages)
