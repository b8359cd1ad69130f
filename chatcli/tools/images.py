"""Reads the images in results of tools, within limits. Nothing is decoded."""

from __future__ import annotations

from chatcli.conversation.messages import ImagePart
from chatcli.conversation.tool_images import name_image
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.request.attachments import of_bytes
from chatcli.request.images import read_header
from chatcli.tools.tool import IllustratedResult, ToolError

MOST_IMAGES = 8  # of one result


def is_image(data: bytes) -> bool:
    """Return whether *data* is an image with a size; providers reject any other, and with it the whole chat."""
    header = read_header(data)
    return header is not None and header.pixels > 0


def read_result_image(data: bytes, number: int) -> tuple[str, ImagePart | None]:
    """Return what names an image of a result, numbered from 1, and the image; without one, why it is left out."""
    name = name_image(number)
    if number > MOST_IMAGES:
        return f"[{name} is left out: a result may have {MOST_IMAGES} images]", None
    if not is_image(data):
        return f"[{name} is left out: it is not a PNG, JPEG, GIF or WebP image]", None
    try:
        attachment = of_bytes(data, name)
    except UsageError as error:
        return f"[{error.what}, so it is left out]", None
    (image,) = attachment.parts
    assert isinstance(image, ImagePart)
    return f"[{name}: {attachment.kind}]", image


def image_result(data: bytes, name: str) -> IllustratedResult | None:
    """Return the result that shows the image *data*, called *name*; None if it is none.

    Raises ToolError if it is too large.
    """
    if not is_image(data):
        return None
    text, image = read_result_image(data, 1)
    if image is None:
        raise ToolError(_("`{name}` cannot be shown: {reason}", name=name, reason=text))
    return IllustratedResult(f"{name}:\n{text}", (image,))
