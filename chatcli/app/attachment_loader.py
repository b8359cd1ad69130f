"""Reads attachments: files and folders by path, images by path or URL."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient
from chatcli.conversation.messages import FilePart, ImagePart, Notice, TextPart
from chatcli.conversation.session import Session
from chatcli.errors import ConfigError, Remedy, UsageError
from chatcli.files.foreign import ForeignReader
from chatcli.files.own import expand_user
from chatcli.process.installation import install_command
from chatcli.records import field, frozen, replace
from chatcli.request import attachments
from chatcli.request.attachment_sources import Source, source_of
from chatcli.request.attachments import Attachment
from chatcli.request.images import read_header
from chatcli.request.piped_text import binary_kind
from chatcli.text.phrases import count_noun
from chatcli.text.units import format_size

FOLDER_BYTES, FOLDER_FILES = 400_000, 200
MOST_NAMED = 8  # files named in the description of a folder
# Folders of generated files, or of other programs.
_SKIPPED = frozenset({"node_modules", "__pycache__", "target", "build", "dist", "venv"})


@frozen
class AttachmentLoader:
    """Reads files relative to *directory*; *environ* gives the home directory.

    *takes_documents* returns whether the endpoint accepts PDFs, *sees* whether the model accepts images (None if
    unknown). *fetch* returns the attachment for a web address; without it, only images are attached by address.
    """

    directory: Path
    environ: Mapping[str, str]
    takes_documents: Callable[[], bool] = lambda: False
    sees: Callable[[], bool | None] = lambda: None
    strips_invisible: bool = False
    reader: ForeignReader = field(default_factory=ForeignReader)
    fetch: Callable[[str], Attachment] | None = None

    def path(self, name: str) -> Path:
        """Return the path that *name* means."""
        return self.directory / expand_user(name, self.environ)

    def file(self, name: str, *, detail: str | None = None, is_picture: bool = False) -> list[Attachment]:
        """Return the attachments for *name*: a file, folder, pattern or image URL; raises UsageError naming it.

        *is_picture*: *name* was given as an image.
        """
        source = source_of(name, is_picture=is_picture)
        if source == "address" and self.fetch:
            return [self._checked(self.fetch(name))]
        if source != "path":
            return [self._checked(attachments.of_link(_picture_address(name, source), detail))]
        path = self.path(name)
        kind = self.reader.kind(path)
        if kind == "folder":
            return [self._folder(path, name)]
        if kind == "missing" and (several := self._matches(name)):
            return [found for one in several for found in self.file(str(one))]
        data = self._whole(path)
        return [self._checked(attachments.of_bytes(data, name, detail=detail, strips_invisible=self.strips_invisible))]

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return the attachments for the image *name*, a path or a URL; raises UsageError for anything else."""
        found = self.file(name, detail=detail, is_picture=True)
        for attachment in found:
            if not any(isinstance(part, ImagePart) for part in attachment.parts):
                what = f"{attachment.name} is not an image ({attachment.kind})"
                hint = ("use PNG, JPEG, GIF or WebP", Remedy("attach_text"))
                raise UsageError(what, kept="it was not attached", hint=hint)
        return found

    def data(self, data: bytes, name: str, *, detail: str | None = None) -> Attachment:
        """Return the attachment for *data* from another source, such as the clipboard."""
        strips = self.strips_invisible
        return self._checked(attachments.of_bytes(data, name, detail=detail, strips_invisible=strips))

    def _matches(self, name: str) -> list[Path]:
        """Return the files that match the pattern *name*; none if it is not a pattern."""
        if not any(mark in name for mark in "*?[") or Path(name).is_absolute():
            return []
        return self.reader.ask(
            Path(name), lambda: sorted(path for path in self.directory.glob(name) if _may_be_read(path))
        )

    def _whole(self, path: Path) -> bytes:
        """Return the content of a file or pipe; raises UsageError above the size limit."""
        data = self.reader.read_beginning(path, attachments.MAX_BYTES + 1)
        if len(data) > attachments.MAX_BYTES:
            what = f"{path} is larger than {format_size(attachments.MAX_BYTES)}"
            raise UsageError(what, kept="it was not attached", hint="no provider accepts that much: attach a part")
        return data

    def _checked(self, attachment: Attachment) -> Attachment:
        part = attachment.parts[0]
        if isinstance(part, FilePart) and not self.takes_documents():
            return _text_of(attachment, part)
        if isinstance(part, ImagePart) and self.sees() is False:
            unseen = "the current model is not known to accept images"
            warning = Notice("unseen_picture", unseen, Remedy("choose_vision_model"))
            return replace(attachment, warnings=(*attachment.warnings, warning))
        return attachment

    def _folder(self, path: Path, name: str) -> Attachment:
        """Return the text files below *path*, in order of name, within the limits."""
        taken: list[Attachment] = []
        size = binary = beyond = unread = 0
        for file in self._files_below(path):
            try:
                data = self.reader.read_beginning(file, FOLDER_BYTES + 1)
            except ConfigError:
                unread += 1
                continue
            if binary_kind(data) or read_header(data) or attachments.sound_format(data):
                binary += 1
            elif len(taken) >= FOLDER_FILES or size + len(data) > FOLDER_BYTES:
                beyond += 1
            else:
                size += len(data)
                inner = f"{name.rstrip('/')}/{file.relative_to(path).as_posix()}"
                taken.append(attachments.of_bytes(data, inner, strips_invisible=self.strips_invisible))
        if not taken:
            raise UsageError(f"{name} contains no text to attach", kept="nothing was attached")
        parts = tuple(_apart(taken))
        warnings = tuple(word for one in taken for word in one.warnings) + _left_out(name, binary, beyond, unread)
        names = [one.name.rpartition("/")[2] for one in taken[:MOST_NAMED]]
        more = f" and {len(taken) - MOST_NAMED} more" if len(taken) > MOST_NAMED else ""
        kind = f"{count_noun(len(taken), 'file')}, {format_size(size)}"
        return Attachment(name, parts, kind, warnings, contents=f"{', '.join(names)}{more}")

    def _files_below(self, folder: Path) -> list[Path]:
        is_stopped = threading.Event()

        def walk() -> list[Path]:
            return list(takewhile(lambda _path: not is_stopped.is_set(), _texts_below(folder)))

        try:
            return self.reader.ask(folder, walk)
        finally:
            is_stopped.set()  # an interrupted search must not continue on its thread


def attachment_loader_for(
    config: Configuration, session: Session, client: EndpointClient, *, confirm: Callable[[str], bool]
) -> AttachmentLoader:
    """Return the attachment loader for the current model; *confirm* asks before pages are fetched."""

    def sees() -> bool | None:
        abilities = client.directory.abilities(session.binding.model)
        return "vision" in abilities if abilities else None

    def fetch(url: str) -> Attachment:
        from chatcli.app.web_attachments import PageLoader  # it brings what tools need

        return PageLoader(config, confirm).load(url)

    return AttachmentLoader(
        config.environment.directory,
        config.environment.environ,
        takes_documents=lambda: client.endpoint.row.takes_documents,
        sees=sees,
        strips_invisible=config.flags.strip_invisible,
        reader=config.files.reader(is_named=False),
        fetch=fetch,
    )


def load_flagged_attachments(config: Configuration, loader: AttachmentLoader) -> list[Attachment]:
    """Return the attachments of -f and -i; `-i -` is an image on stdin. Raises UsageError."""
    fetch = loader.fetch if config.flags.fetch else None
    loader = replace(loader, reader=config.files.reader(is_named=True), fetch=fetch)
    found = [attachment for name in config.flags.file for attachment in loader.file(name)]
    for name in config.flags.image:
        if name == "-":
            data = config.environment.stdin.buffer.read(attachments.MAX_BYTES + 1)
            found.append(loader.data(data, "stdin", detail=config.flags.detail))
        else:
            found += loader.image(name, config.flags.detail)
    return found


def _picture_address(name: str, source: Source) -> str:
    """Return the URL of an image; raises UsageError for any other URL."""
    if source == "address":
        what = f"{name} is not the URL of an image, and other URLs are not fetched"
        raise UsageError(what, kept="nothing was attached", hint=Remedy("fetch_address", values={"name": name}))
    return name


def _apart(taken: Sequence[Attachment]) -> Iterator[TextPart]:
    for index, attachment in enumerate(taken):
        for part in attachment.parts:
            if isinstance(part, TextPart):
                yield TextPart(f"\n\n{part.text}" if index else part.text, part.source)


def _left_out(name: str, binary: int, beyond: int, unread: int) -> tuple[Notice, ...]:
    words = [f"{binary} not text"] * bool(binary)
    words += [f"{unread} unreadable"] * bool(unread)
    words += [f"{beyond} over the limit of {FOLDER_FILES} files or {format_size(FOLDER_BYTES)}"] * bool(beyond)
    return (Notice("left_out_of_folder", f"files in {name} not attached: {', '.join(words)}"),) if words else ()


def _texts_below(folder: Path) -> Iterator[Path]:
    for index, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(files):
            path = Path(index) / name
            if not name.startswith(".") and _may_be_read(path):
                yield path


def _may_be_read(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # reading it raises the reason
        return True


def _text_of(attachment: Attachment, part: FilePart) -> Attachment:
    """Return the text of a PDF for an endpoint that does not accept PDFs; needs an optional library."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        hint = f"this endpoint does not accept PDFs; `{install_command('pypdf')}` lets chat extract their text"
        raise UsageError(f"{attachment.name} is a PDF", kept="it was not attached", hint=hint) from None
    import base64
    import io

    try:
        pages = PdfReader(io.BytesIO(base64.b64decode(part.url.partition(",")[2]))).pages
        text = "\n\n".join(page.extract_text() for page in pages)
    except (PyPdfError, ValueError, OSError, RecursionError) as error:
        raise UsageError(f"cannot read {attachment.name}: {error}", kept="it was not attached") from error
    if not text.strip():
        hint = "its pages may be scans: attach them as images"
        raise UsageError(f"{attachment.name} contains no text", kept="it was not attached", hint=hint)
    extracted = attachments.of_text(text, attachment.name)
    return replace(extracted, kind=f"text of a PDF, {extracted.kind}")
