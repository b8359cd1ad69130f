"""Ctrl+V: a picture is attached, text becomes part of the draft, and anything else is one line below it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.commands.context import CommandContext
from chatcli.errors import UsageError
from chatcli.input.options import Clip
from chatcli.records import replace
from chatcli.repl.clipboard_paste import paste_clipboard
from tests.commands.conftest import Pinboard
from tests.commands.conftest import context as context  # the fixture
from tests.request.test_images import png


def test_a_picture_is_attached_and_text_is_pasted(context: Callable[..., CommandContext]) -> None:
    place = replace(context(), clipboard=Pinboard("text beside it", png(2, 2)))

    notice = paste_clipboard(place).notice

    assert [one.name for one in place.attachments] == ["clipboard.png"]
    assert notice.startswith("a1 attached: clipboard.png, ")
    assert paste_clipboard(replace(place, clipboard=Pinboard("a\nb\n"))) == Clip("a\nb\n")
    assert len(place.attachments) == 1


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_clipboard_is_said(context: Callable[..., CommandContext], text: str) -> None:
    with pytest.raises(UsageError, match="clipboard is empty"):
        paste_clipboard(replace(context(), clipboard=Pinboard(text)))
