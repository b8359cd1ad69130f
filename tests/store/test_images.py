"""Images of answers are files of their chat: written once, again if missing, and deleted with it."""

from __future__ import annotations

import base64
import stat

from chatcli.conversation.messages import Image, ImagePart, Message, Text, text_message
from chatcli.conversation.tree import ChatState, Node
from chatcli.store.journal import FLUSH_LETTERS
from tests.store.conftest import GONE, Shelf

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
ANSWER = Message("assistant", (ImagePart(DATA),))


def keep(shelf: Shelf, id: str) -> str:
    """Keep a chat whose answer is an image; return the file of the image."""
    journal = shelf.journal(id)
    journal.begin(
        Node(1, None, text_message("user", id)),
        Node(2, 1, text_message("assistant", "", status="streaming")),
        ChatState(),
    )
    path = journal.save_image(DATA)
    journal.finish([Node(2, 1, ANSWER)], ChatState(head=2))
    shelf.journal(id).release()
    return path


def test_an_image_is_a_private_file_of_its_chat(shelf: Shelf) -> None:
    path = shelf.path.parent / "pictures" / "01A0" / "f.png"

    saved = keep(shelf, "01A0")

    file = path.with_name(saved.rpartition("/")[2])
    assert (str(file), file.suffix, file.read_bytes()) == (saved, ".png", PNG)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.unlink()
    assert shelf.journal("01A0").save_image(DATA) == saved
    assert file.read_bytes() == PNG


def test_the_images_of_a_chat_are_deleted_with_it_and_no_others(shelf: Shelf) -> None:
    """The same image in two chats is two files, and stays in the database as long as one of them has it."""
    first, second = keep(shelf, "01A0"), keep(shelf, "01A1")

    shelf.library.delete(["01A0"])

    folder = shelf.path.parent / "pictures"
    assert [str(file) for file in folder.rglob("*.png")] == [second] != [first]
    assert shelf.library.read(shelf.entry("01A1")).tree[2].message == ANSWER


def test_an_image_that_cannot_be_a_file_is_reported_and_stays_in_the_chat(shelf: Shelf) -> None:
    shelf.path.parent.mkdir()
    (shelf.path.parent / "pictures").write_text("in the way")

    assert shelf.journal("01A0").save_image(DATA) == ""

    assert len(shelf.untold) == 1
    assert "pictures" in shelf.untold[0].what


def test_what_is_no_image_data_is_no_file(shelf: Shelf) -> None:
    assert [shelf.journal("01A0").save_image(url) for url in ("https://x/a.png", "data:image/png;base64,?")] == ["", ""]


def test_an_image_is_kept_though_the_program_is_killed_before_its_answer_ends(shelf: Shelf) -> None:
    journal = shelf.journal("01A0", GONE)
    place = Node(2, 1, text_message("assistant", "", status="streaming"))
    journal.begin(Node(1, None, text_message("user", "q")), place, ChatState())

    journal.write_pieces(place, [Text("x" * FLUSH_LETTERS), Image(DATA)])

    shelf.library.recover()
    found = shelf.library.read(shelf.entry("01A0")).tree[2].message
    assert (found.status, len(found.text), ImagePart(DATA) in found.parts) == ("incomplete", FLUSH_LETTERS, True)
