"""Turns files into message parts, by the type that their first bytes indicate. Pure.

Text goes into a labelled block after the typed text, so that models and readers of the request can tell them apart.
File content is never interpreted, and invisible characters are counted.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Message, Notice, Part, TextPart
from chatcli.errors import Remedy, UsageError
from chatcli.language import _, ngettext
from chatcli.records import frozen, replace
from chatcli.request.images import MAX_PIXELS, read_header
from chatcli.request.piped_text import binary_kind, decode, is_utf8, labelled
from chatcli.text.patterns import pattern
from chatcli.text.phrases import shorten_middle
from chatcli.text.units import format_extent, format_size

MAX_BYTES = 20 * 1024**2  # the largest image that any provider accepts; also the limit for documents and audio
_MOST_NAME = 60  # characters of the type of a data URL
LARGE_BYTES = 4 * 1024**2  # some providers reject more
DETAILS = ("auto", "low", "high", "original")
_INVISIBLE = pattern("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# A regional flag is a black flag followed by tag characters, which have no other use.
_FLAG = pattern("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")


@frozen
class Attachment:
    """An attachment of the next message: its name, its parts, and a description of type and size.

    *warnings* are notices for the user. *contents* names the files of a folder.
    """

    name: str
    parts: tuple[Part, ...]
    kind: str
    warnings: tuple[Notice, ...] = ()
    contents: str = ""

    @property
    def description(self) -> str:
        """Its type, and for a folder its files."""
        return _("{kind}: {contents}", kind=self.kind, contents=self.contents) if self.contents else self.kind


def of_bytes(
    data: bytes, name: str, *, detail: str | None = None, encoding: str | None = None, strips_invisible: bool = False
) -> Attachment:
    """Return the attachment for a file with that content; raises UsageError for unsupported types.

    *encoding* is that of text that is not UTF-8.
    """
    if picture := read_header(data):
        return _image(data, name, picture.mime, picture.width, picture.height, detail)
    if data.startswith(b"%PDF-"):
        return _checked(name, data, _("PDF document"), FilePart(name, _url("application/pdf", data)))
    if form := sound_format(data):
        return _checked(name, data, _("{form} audio", form=form), AudioPart(_url(f"audio/{form}", data), form))
    named = None if encoding is None or is_utf8(data) else encoding
    if (kind := binary_kind(data)) and not (named and "\0" not in decode(data, encoding=named).text):
        raise UsageError(
            _("{name} looks binary ({kind})", name=name, kind=kind),
            kept=_("it was not attached"),
            hint=_("convert it to text first"),
        )
    found = decode(data, encoding=named)
    attachment = of_text(found.text, name, strips_invisible=strips_invisible)
    if not found.replaced:
        return attachment
    return replace(attachment, warnings=(*attachment.warnings, _replaced_notice(name, found.replaced, named)))


def of_text(text: str, name: str, *, strips_invisible: bool = False) -> Attachment:
    """Return the attachment for a text; its invisible characters are counted, or removed."""
    visible, hidden = without_invisible(text)
    warnings = (invisible_notice(name, hidden, is_stripped=strips_invisible),) if hidden else ()
    kept = visible if strips_invisible else text
    return Attachment(name, (TextPart(block(kept, name), name),), format_extent(kept), warnings)


def _replaced_notice(name: str, count: int, encoding: str | None) -> Notice:
    """Return the notice about characters of the text *name* that could not be read."""
    words = ngettext(
        "{name} is not {encoding}: {count} character was replaced",
        "{name} is not {encoding}: {count} characters were replaced",
        count,
        name=name,
        encoding=encoding or "UTF-8",
    )
    return Notice("replaced", words, Remedy("name_encoding"))


def invisible_notice(name: str, count: int, *, is_stripped: bool) -> Notice:
    """Return the notice about invisible characters in the text *name*, which can hide words from people."""
    if is_stripped:
        removed = ngettext(
            "{count} invisible character removed from {name}",
            "{count} invisible characters removed from {name}",
            count,
            name=name,
        )
        return Notice("invisible_removed", removed)
    words = ngettext(
        "{name} contains {count} invisible character, which may hide instructions",
        "{name} contains {count} invisible characters, which may hide instructions",
        count,
        name=name,
    )
    return Notice("invisible", words, Remedy("strip_invisible"))


def of_link(url: str, detail: str | None = None) -> Attachment:
    """Return the attachment for an image that the provider fetches."""
    return Attachment(url, (ImagePart(url, detail),), _("image URL"))


def split_data_url(url: str) -> tuple[bytes, str]:
    """Return the content of a `data:` URL and its type, which names it; raises UsageError for unreadable content."""
    head, _comma, encoded = url.partition(",")
    name = shorten_middle(head, _MOST_NAME)
    data = unquote_to_bytes(encoded)
    if not head.lower().endswith(";base64"):
        return data, name
    try:
        return base64.b64decode(b"".join(data.split()), validate=True), name
    except ValueError as error:
        raise UsageError(
            _("{name} is not valid base64", name=name), kept=_("nothing was attached"), hint=_("copy it whole")
        ) from error


def of_message(message: Message) -> list[Attachment]:
    """Return the attachments of *message*, to send them again."""
    found = []
    for part in message.attached:
        match part:
            case TextPart(text, source):
                found.append(
                    Attachment(source or _("text"), (part,), format_size(len(text.encode("utf-8", "replace"))))
                )
            case ImagePart(url):
                name = _("image") if url.startswith("data:") else url
                found.append(Attachment(name, (part,), _("image")))
            case FilePart(name):
                found.append(Attachment(name, (part,), _("document")))
            case AudioPart(_, form):
                found.append(Attachment(_("audio"), (part,), _("{form} audio", form=form)))
    return found


def message_parts(text: str, attachments: Sequence[Attachment]) -> tuple[Part, ...]:
    """Return the parts of a message: the typed text, then the attachments."""
    parts: list[Part] = [TextPart(text)] if text else []
    for attachment in attachments:
        for part in attachment.parts:
            if isinstance(part, TextPart) and parts:
                part = TextPart(f"\n\n{part.text.lstrip()}", part.source)  # the same part, separated by a blank line
            parts.append(part)
    return tuple(parts)


def block(text: str, name: str) -> str:
    """Return *text* unchanged, in a block labelled with *name*."""
    shown = name.replace('"', "'").replace("\n", " ")
    return labelled(text, "file", f' name="{shown}"')


def without_invisible(text: str) -> tuple[str, int]:
    """Return *text* without invisible characters, and their number; emoji flags stay intact."""
    pieces, hidden, start = [], 0, 0
    for flag in [*_FLAG.finditer(text), None]:
        end = flag.start() if flag else len(text)
        cleaned, count = _INVISIBLE.subn("", text[start:end])
        pieces += [cleaned, flag[0] if flag else ""]
        hidden, start = hidden + count, flag.end() if flag else end
    return "".join(pieces), hidden


def sound_format(data: bytes) -> str | None:
    """Return the audio format of *data*, one of those in the protocol; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    is_frame = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2  # MPEG layer III
    return "mp3" if data.startswith(b"ID3") or is_frame else None


def _image(data: bytes, name: str, mime: str, width: int, height: int, detail: str | None) -> Attachment:
    if width * height > MAX_PIXELS:
        what = _(
            "{name} has {width} x {height} pixels, more than {most} million",
            name=name,
            width=width,
            height=height,
            most=MAX_PIXELS // 1000000,
        )
        raise UsageError(what, kept=_("it was not attached"), hint=_("scale it down first"))
    form = mime.removeprefix("image/").upper()
    kind = _("{form} image, {width} x {height}", form=form, width=width, height=height)
    return _checked(name, data, kind, ImagePart(_url(mime, data), detail))


def _checked(name: str, data: bytes, kind: str, part: Part) -> Attachment:
    if len(data) > MAX_BYTES:
        what = _(
            "{name} is {size}, more than {most}", name=name, size=format_size(len(data)), most=format_size(MAX_BYTES)
        )
        raise UsageError(what, kept=_("it was not attached"), hint=_("no provider accepts that much: make it smaller"))
    is_large = len(data) > LARGE_BYTES
    kind = _("{kind}, {size}", kind=kind, size=format_size(len(data)))
    large = Notice(
        "large_attachment", _("{name} is {size}, which some providers reject", name=name, size=format_size(len(data)))
    )
    return Attachment(name, (part,), kind, (large,) * is_large)


def _url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
