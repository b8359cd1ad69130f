"""Saves the images of answers as files for the user, in one folder per chat: `pictures/CHAT/` beside the database.

The database holds them too; the files are for other programs, and are written again if they are missing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from chatcli.errors import ConfigError, NotSavedError
from chatcli.files.own import may_exist, write_private
from chatcli.language import _
from chatcli.request.images import ImageContent, read_data_url

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "image/bmp": "bmp",
    "image/avif": "avif",
    "image/tiff": "tiff",
}
_NAME_LETTERS = 12


def image_folder(database: Path, chat: str) -> Path:
    """Return the folder for the images of *chat*, whose messages are in *database*."""
    return database.parent / "pictures" / chat


def save_image(folder: Path, url: str) -> Path | None:
    """Return the file in *folder* for the image in a `data:` URL, written if missing; None if *url* holds no image.

    Raises NotSavedError.
    """
    content = read_data_url(url)
    if content is None:
        return None
    path = folder / _name(content)
    if not may_exist(path):
        try:
            write_private(path, content.data)
        except ConfigError as error:
            raise NotSavedError(
                _("an image of the answer was not saved as a file: {reason}", reason=error.what)
            ) from error
    return path


def delete_images(folder: Path) -> None:
    """Delete the images of a chat."""
    shutil.rmtree(folder, ignore_errors=True)


def _name(content: ImageContent) -> str:
    from hashlib import sha256  # with OpenSSL, which most answers do without

    return f"{sha256(content.data).hexdigest()[:_NAME_LETTERS]}.{_ENDINGS.get(content.mime, 'bin')}"
