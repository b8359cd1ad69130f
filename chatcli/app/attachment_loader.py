"""Reads attachments: files and folders by path, images by path or URL."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Literal, Protocol

from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.file_names import FileNames, is_pattern, may_be_read
from chatcli.app.pdf_text import extract_text
from chatcli.conversation.messages import FilePart, ImagePart, Notice, TextPart
from chatcli.conversation.session import Session
from chatcli.errors import ConfigError, Remedy, UsageError
from chatcli.files.faults import file_error
from chatcli.files.foreign import ForeignReader
from chatcli.language import N_, _, ngettext
from chatcli.records import field, frozen, replace
from chatcli.request import attachments
from chatcli.request.attachment_sources import is_almost_url, source_of
from chatcli.request.attachments import Attachment
from chatcli.request.images import read_header
from chatcli.request.piped_text import binary_kind
from chatcli.text.similar import ask_whether
from chatcli.text.units import format_size

FOLDER_BYTES, FOLDER_FILES = 400_000, 200
MOST_NAMED = 8  # files named in the description of a folder
# Folders of generated files, or of other programs.
_SKIPPED = frozenset({"node_modules", "__pycache__", "target", "build", "dist", "venv"})


class ResourceSource(Protocol):
    """Resources with names such as `server:uri`."""

    def knows(self, name: str) -> bool:
        """Return whether *name* begins with a server."""
        ...

    def read(self, name: str) -> list[bytes]:
        """Return the contents of the resource *name*; raises UsageError if there is none."""
        ...


@frozen
class AttachmentLoader:
    """Reads files relative to *directory*; *environ* gives the home directory.

    *takes_documents* returns whether the endpoint accepts PDFs, *sees* whether the model accepts images (None if
    unknown). *encoding* is that of text that is not UTF-8. *fetch* returns the attachment for a web address; without
    it, only images are attached by address. *resources* returns those of MCP servers.
    """

    directory: Path
    environ: Mapping[str, str]
    takes_documents: Callable[[], bool] = lambda: False
    sees: Callable[[], bool | None] = lambda: None
    strips_invisible: bool = False
    encoding: str | None = None
    reader: ForeignReader = field(default_factory=ForeignReader)
    fetch: Callable[[str], Attachment] | None = None
    resources: Callable[[], ResourceSource] | None = None

    @property
    def names(self) -> FileNames:
        """What finds the files that names mean."""
        return FileNames(self.directory, self.environ, self.reader)

    def file(self, name: str, *, detail: str | None = None, is_image: bool = False) -> list[Attachment]:
        """Return the attachments for *name*: a file, folder, pattern, image URL or data; raises UsageError naming it.

        *is_image*: *name* was given as an image.
        """
        source = source_of(name, is_image=is_image)
        match source.kind:
            case "path":
                return self._at_path(self.names.unescaped(source.name), detail)
            case "image URL":
                return [self._checked(attachments.of_link(name, detail))]
            case "data":
                return [self.data(*attachments.split_data_url(name), detail=detail)]
            case "page" if self.fetch:
                return [self._checked(self.fetch(name))]
            case "page" | "other URL" as kind:
                raise _not_fetched(name, kind)

    def _at_path(self, name: str, detail: str | None) -> list[Attachment]:
        path = self.names.path(name)
        kind = self.reader.kind(path)
        if kind == "folder":
            return [self._folder(path, name)]
        if kind == "missing":
            if self.resources and self.names_resource(name):
                return [self.data(data, name, detail=detail) for data in self.resources().read(name)]
            if not (several := self.names.matching(name)):
                raise self._missing(name, path)
            return [found for one in several for found in self._at_path(one, detail)]
        return [self.data(self._whole(path), name, detail=detail)]

    def names_resource(self, name: str) -> bool:
        """Return whether *name* is that of a resource of a server."""
        return ":" in name and self.resources is not None and self.resources().knows(name)

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return the attachments for the image *name*, a path or a URL; raises UsageError for anything else."""
        return _images(self.file(name, detail=detail, is_image=True))

    def data(self, data: bytes, name: str, *, detail: str | None = None) -> Attachment:
        """Return the attachment for *data* from a file, or another source such as the clipboard."""
        return self._checked(self._of_bytes(data, name, detail))

    def _of_bytes(self, data: bytes, name: str, detail: str | None = None) -> Attachment:
        strips = self.strips_invisible
        return attachments.of_bytes(data, name, detail=detail, encoding=self.encoding, strips_invisible=strips)

    def _missing(self, name: str, path: Path) -> ConfigError:
        """Return the error for a file that does not exist, with the names of similar ones."""
        if is_pattern(name):
            return ConfigError(
                _("no file matches {name}", name=name), kept=_("nothing was attached"), hint=_("check the pattern")
            )
        error = file_error("read", path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
        if is_almost_url(name):
            error.hint = _("a URL starts with https://")
        elif meant := ask_whether(self.names.similar(name)):
            error.hint = meant
        return error

    def _whole(self, path: Path) -> bytes:
        """Return the content of a file or pipe; raises UsageError above the size limit."""
        data = self.reader.read_beginning(path, attachments.MAX_BYTES + 1)
        if len(data) > attachments.MAX_BYTES:
            what = _("{path} is larger than {size}", path=path, size=format_size(attachments.MAX_BYTES))
            raise UsageError(
                what, kept=_("it was not attached"), hint=_("no provider accepts that much: attach a part")
            )
        return data

    def _checked(self, attachment: Attachment) -> Attachment:
        part = attachment.parts[0]
        if isinstance(part, FilePart) and not self.takes_documents():
            return extract_text(attachment, part)
        if isinstance(part, ImagePart) and self.sees() is False:
            unseen = _("the current model is not known to accept images")
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
                taken.append(self._of_bytes(data, inner))
        if not taken:
            raise UsageError(_("{name} contains no text to attach", name=name), kept=_("nothing was attached"))
        parts = tuple(_apart(taken))
        warnings = tuple(word for one in taken for word in one.warnings) + _left_out(name, binary, beyond, unread)
        names = [one.name.rpartition("/")[2] for one in taken[:MOST_NAMED]]
        contents = _(", ").join(names)
        if len(taken) > MOST_NAMED:
            contents = _("{names} and {count} more", names=contents, count=len(taken) - MOST_NAMED)
        kind = ngettext("{count} file, {size}", "{count} files, {size}", len(taken), size=format_size(size))
        return Attachment(name, parts, kind, warnings, contents=contents)

    def _files_below(self, folder: Path) -> list[Path]:
        is_stopped = threading.Event()

        def walk() -> list[Path]:
            return list(takewhile(lambda _path: not is_stopped.is_set(), _texts_below(folder)))

        try:
            return self.reader.ask(folder, walk)
        finally:
            is_stopped.set()  # an interrupted search must not continue on its thread


def attachment_loader_for(
    config: Configuration,
    session: Session,
    client: EndpointClient,
    *,
    confirm: Callable[[str], bool],
    resources: Callable[[], ResourceSource] | None = None,
) -> AttachmentLoader:
    """Return the attachment loader for the current model; *confirm* asks before pages are fetched.

    *resources* returns those of MCP servers.
    """

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
        encoding=config.flags.encoding,
        reader=config.files.reader(is_named=False),
        fetch=fetch,
        resources=resources,
    )


def load_flagged_attachments(config: Configuration, loader: AttachmentLoader) -> list[Attachment]:
    """Return the attachments of -f and -i; `-i -` is an image on stdin. Raises UsageError."""
    fetch = loader.fetch if config.flags.fetch else None
    loader = replace(loader, reader=config.files.reader(is_named=True), fetch=fetch)
    found = [attachment for name in config.flags.file for attachment in loader.file(name)]
    for name in config.flags.image:
        if name == "-":
            data = config.environment.stdin.buffer.read(attachments.MAX_BYTES + 1)
            found += _images([loader.data(data, "stdin", detail=config.flags.detail)])
        else:
            found += loader.image(name, config.flags.detail)
    return found


def _not_fetched(name: str, kind: Literal["page", "other URL"]) -> UsageError:
    """Return the error for a URL that is not attached."""
    what = _("{name} is not the URL of an image, and other URLs are not fetched", name=name)
    hint = Remedy("fetch_page", values={"name": name}) if kind == "page" else _("check it, or attach a file instead")
    return UsageError(what, kept=_("nothing was attached"), hint=hint)


def _images(found: list[Attachment]) -> list[Attachment]:
    """Return *found*; raises UsageError for anything that is not an image."""
    for attachment in found:
        if not any(isinstance(part, ImagePart) for part in attachment.parts):
            what = _("{name} is not an image ({kind})", name=attachment.name, kind=attachment.kind)
            hint = (_("use PNG, JPEG, GIF or WebP"), Remedy("attach_text"))
            raise UsageError(what, kept=_("it was not attached"), hint=hint)
    return found


def _apart(taken: Sequence[Attachment]) -> Iterator[TextPart]:
    for index, attachment in enumerate(taken):
        for part in attachment.parts:
            if isinstance(part, TextPart):
                yield TextPart(f"\n\n{part.text}" if index else part.text, part.source)


def _left_out(name: str, binary: int, beyond: int, unread: int) -> tuple[Notice, ...]:
    limit = _("{most} files or {size}", most=FOLDER_FILES, size=format_size(FOLDER_BYTES))
    counted = (
        (binary, N_("{count} not text")),
        (unread, N_("{count} unreadable")),
        (beyond, N_("{count} over the limit of {limit}")),
    )
    reasons = [_(pattern, count=count, limit=limit) for count, pattern in counted if count]
    if not reasons:
        return ()
    words = _("files in {name} not attached: {reasons}", name=name, reasons=_(", ").join(reasons))
    return (Notice("left_out_of_folder", words),)


def _texts_below(folder: Path) -> Iterator[Path]:
    for index, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(files):
            path = Path(index) / name
            if not name.startswith(".") and may_be_read(path):
                yield path
