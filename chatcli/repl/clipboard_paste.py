"""Pastes the clipboard at the prompt: an image becomes an attachment, text a part of the draft."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.ports import ClipboardPort
from chatcli.errors import UsageError
from chatcli.files.foreign import beside_main_thread
from chatcli.input.options import Clip
from chatcli.language import _
from chatcli.request.attachments import Attachment

_WAIT_S = 6.0  # the clipboard of Windows is read by a program that takes seconds to start


def paste_clipboard(context: CommandContext) -> Clip:
    """Attach the image in the clipboard, or return its text; raises UsageError where there is neither.

    The keys wait meanwhile, so that an Enter behind this one finds the image attached.
    """
    clipboard = context.clipboard
    try:
        image, text = beside_main_thread(lambda: _read(clipboard), wait_s=_WAIT_S)
    except TimeoutError as error:
        raise UsageError(_("the clipboard did not answer"), kept=_("nothing was pasted")) from error
    if image:
        added = context.attachments.add([context.files.data(image, "clipboard.png")])
        told = (_attached(f"a{number}", one) for number, one in added)
        return Clip(notice="\n".join(told))
    if not text.strip():
        raise UsageError(_("the clipboard is empty"), kept=_("nothing was pasted"))
    return Clip(text)


def _attached(number: str, attachment: Attachment) -> str:
    name, kind = attachment.name, attachment.description
    return _("{number} attached: {name}, {kind}", number=number, name=name, kind=kind)


def _read(clipboard: ClipboardPort) -> tuple[bytes, str]:
    image = clipboard.read_image()
    return image, "" if image else clipboard.read_text()
