"""What is attached to a message: files made into parts of it, by what their first bytes say they are. Pure.

Text stands in a labelled block after what was typed, so that a model can tell the two apart, and so can a person who
reads the request. Nothing in a file is ever obeyed: what is invisible in it is counted.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Message, Notice, Part, TextPart
from chatcli.errors import Remedy, UsageError
from chatcli.records import frozen
from chatcli.request.images import MAX_PIXELS, read_header
from chatcli.request.piped_text import binary_kind, decode, labelled
from chatcli.text.patterns import pattern
from chatcli.text.units import format_extent, format_size

MAX_BYTES = 20 * 1024**2  # the largest picture that any provider takes; documents and sound go by it too
LARGE_BYTES = 4 * 1024**2  # more than this some refuse
DETAILS = ("auto", "low", "high", "original")
_INVISIBLE = pattern("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# A flag of a part of a country is a black flag with tags after it, and the only use tags have.
_FLAG = pattern("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")


@frozen
class Attachment:
    """Something that waits to be sent: its name, what it becomes, and in words what it is and how large.

    *warnings* tell what the user should know of it, each a sentence. *contents* names what is in a folder.
    """

    name: str
    parts: tuple[Part, ...]
    kind: str
    warnings: tuple[Notice, ...] = ()
    contents: str = ""

    @property
    def description(self) -> str:
        """What it is, and for a folder what is in it."""
        return f"{self.kind}: {self.contents}" if self.contents else self.kind


def of_bytes(
    data: bytes, name: str, *, detail: str | None = None, encoding: str | None = None, strips_invisible: bool = False
) -> Attachment:
    """Return the attachment for a file of that content; raises UsageError for what no model can be sent."""
    if picture := read_header(data):
        return _image(data, name, picture.mime, picture.width, picture.height, detail)
    if data.startswith(b"%PDF-"):
        return _checked(name, data, "PDF document", FilePart(name, _url("application/pdf", data)))
    if form := sound_format(data):
        return _checked(name, data, f"{form} audio", AudioPart(_url(f"audio/{form}", data), form))
    if encoding is None and (kind := binary_kind(data)):
        raise UsageError(f"{name} looks binary ({kind})", kept="it was not attached", hint="convert it to text first")
    return of_text(decode(data, encoding=encoding).text, name, strips_invisible=strips_invisible)


def of_text(text: str, name: str, *, strips_invisible: bool = False) -> Attachment:
    """Return the attachment for a text; its invisible characters are counted, or taken out."""
    visible, hidden = without_invisible(text)
    warnings = (invisible_notice(name, hidden, is_stripped=strips_invisible),) if hidden else ()
    kept = visible if strips_invisible else text
    return Attachment(name, (TextPart(block(kept, name), name),), format_extent(kept), warnings)


def invisible_notice(name: str, count: int, *, is_stripped: bool) -> Notice:
    """Return the notice of invisible characters in the text *name*: they can hide words from people."""
    if is_stripped:
        return Notice("invisible_removed", f"{name} held {count} invisible characters, which were removed")
    words = f"{name} holds {count} invisible characters, which may hide words"
    return Notice("invisible", words, Remedy("strip_invisible"))


def of_link(url: str, detail: str | None = None) -> Attachment:
    """Return the attachment for a picture that the provider is to fetch."""
    return Attachment(url, (ImagePart(url, detail),), "image by its address")


def of_message(message: Message) -> list[Attachment]:
    """Return what was attached to *message*, to be sent again."""
    found = []
    for part in message.attached:
        match part:
            case TextPart(text, source):
                found.append(Attachment(source or "text", (part,), format_size(len(text.encode("utf-8", "replace")))))
            case ImagePart(url):
                name = "image" if url.startswith("data:") else url
                found.append(Attachment(name, (part,), "image"))
            case FilePart(name):
                found.append(Attachment(name, (part,), "document"))
            case AudioPart(_, form):
                found.append(Attachment("audio", (part,), f"{form} audio"))
    return found


def message_parts(text: str, attachments: Sequence[Attachment]) -> tuple[Part, ...]:
    """Return the parts of a message: what was typed, and after it what is attached."""
    parts: list[Part] = [TextPart(text)] if text else []
    for attachment in attachments:
        for part in attachment.parts:
            if isinstance(part, TextPart) and parts:
                part = TextPart(f"\n\n{part.text.lstrip()}", part.source)  # the same part, set apart
            parts.append(part)
    return tuple(parts)


def block(text: str, name: str) -> str:
    """Return *text* as it is, in a block with its *name*."""
    shown = name.replace('"', "'").replace("\n", " ")
    return labelled(text, "file", f' name="{shown}"')


def without_invisible(text: str) -> tuple[str, int]:
    """Return *text* without characters that only machines see, and how many there were; flags stay whole."""
    pieces, hidden, start = [], 0, 0
    for flag in [*_FLAG.finditer(text), None]:
        end = flag.start() if flag else len(text)
        cleaned, count = _INVISIBLE.subn("", text[start:end])
        pieces += [cleaned, flag[0] if flag else ""]
        hidden, start = hidden + count, flag.end() if flag else end
    return "".join(pieces), hidden


def sound_format(data: bytes) -> str | None:
    """Return what sound begins like *data*, in the formats that the protocol knows; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    is_frame = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2  # MPEG layer III
    return "mp3" if data.startswith(b"ID3") or is_frame else None


def _image(data: bytes, name: str, mime: str, width: int, height: int, detail: str | None) -> Attachment:
    if width * height > MAX_PIXELS:
        what = f"{name} has {width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million"
        raise UsageError(what, kept="it was not attached", hint="make it smaller first")
    kind = f"{mime.removeprefix('image/').upper()} image, {width} x {height}"
    return _checked(name, data, kind, ImagePart(_url(mime, data), detail))


def _checked(name: str, data: bytes, kind: str, part: Part) -> Attachment:
    if len(data) > MAX_BYTES:
        what = f"{name} has {format_size(len(data))}, more than {format_size(MAX_BYTES)}"
        raise UsageError(what, kept="it was not attached", hint="no provider takes as much: make it smaller")
    is_large = len(data) > LARGE_BYTES
    kind = f"{kind}, {format_size(len(data))}"
    large = Notice("large_attachment", f"{name} has {format_size(len(data))}: some providers refuse that")
    return Attachment(name, (part,), kind, (large,) * is_large)


def _url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
