"""A file that is damaged is repaired and never deleted; one from the future, or of another program, is not touched.

The long form, every page, byte and column: `python -m tests.tooling.damage`.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatcli.errors import ConfigError, NotSavedError
from chatcli.store.connection import identity
from chatcli.store.replacement import replace_damaged
from chatcli.store.rows import LOST_TEXT
from chatcli.store.schema import APPLICATION_ID, STEPS, VERSION
from tests.store.conftest import Shelf
from tests.store.damage import PAGE, fill, judge, texts_of, use
from tests.tooling.damage import KINDS

TEXTS = [word for number in range(60) for word in (f"question {number} " + "x" * 300, f"answer {number} " + "y" * 300)]
DRAWN = 8  # of each kind
MOST_ON_A_PAGE = 40  # messages


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]]]:
    """A file that is as it should be, and the texts in it."""
    path = tmp_path_factory.mktemp("sound") / "data" / "history.db"
    return path, fill(path)


def copy_of(sound: Path, folder: Path) -> Path:
    path = folder / "data" / "history.db"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(sound.read_bytes())
    return path


def asides(path: Path) -> list[Path]:
    return list(path.parent.glob("history.db.corrupt-*"))


def random_bytes(data: bytearray) -> bytes:
    chance = random.Random(7)
    for _ in range(500):
        data[chance.randrange(100, len(data))] = chance.randrange(256)
    return bytes(data)


DAMAGES: dict[str, Callable[[bytearray], bytes]] = {
    "garbage": lambda _data: b"not a database at all" * 100,
    "truncated": lambda data: bytes(data[: len(data) // 2]),
    "no header": lambda data: bytes(100) + bytes(data[100:]),
    "no first page": lambda data: bytes(PAGE) + bytes(data[PAGE:]),
    "random bytes": random_bytes,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_h82_a_damaged_file_is_kept_and_the_program_goes_on(shelf: Shelf, damage: str) -> None:
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    broken = DAMAGES[damage](bytearray(shelf.path.read_bytes()))
    shelf.path.write_bytes(broken)

    other = shelf.again()
    other.library.check()
    other.keep("01B0", "after", "yes")

    assert other.texts("01B0") == ["after", "yes"]
    assert [path.read_bytes() for path in asides(shelf.path)] == [broken]
    assert "recovered from it" in other.said[0]
    assert other.database.read("PRAGMA integrity_check")[0][0] == "ok"


@pytest.mark.parametrize(("damage", "least"), [("no header", 120), ("no first page", 120), ("truncated", 5)])
def test_h82_what_stands_on_the_other_pages_is_saved(shelf: Shelf, damage: str, least: int) -> None:
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    shelf.path.write_bytes(DAMAGES[damage](bytearray(shelf.path.read_bytes())))

    other = shelf.again()

    assert len([text for text in other.texts("01A0") if text in TEXTS]) >= least


def test_h82_a_lost_page_takes_along_what_lay_on_it_and_nothing_else(shelf: Shelf) -> None:
    """Whether it held texts or led to others."""
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    whole = shelf.path.read_bytes()
    told = 0

    for page in range(0, len(whole), PAGE):
        for file in shelf.path.parent.iterdir():
            file.unlink()
        shelf.path.write_bytes(whole[:page] + b"\xff" * PAGE + whole[page + PAGE :])
        other = Shelf(shelf.path)
        opened = [other.library.read(entry) for entry in other.library.entries()]
        texts = [node.message.text for chat in opened for node in chat.tree.nodes if node.message.text in TEXTS]
        other.database.close()

        assert len(texts) >= len(TEXTS) - MOST_ON_A_PAGE, (page, other.said)
        assert not [chat for chat in opened if len(chat.tree) and not chat.tree.head], "a chat of which nothing is seen"
        assert not other.said or f" {len(texts)} messages were recovered" in other.said[0]
        assert other.said or len(texts) == len(TEXTS)
        told += len(other.said)
    assert told > 10


@pytest.mark.parametrize("number", range(DRAWN))
@pytest.mark.parametrize("kind", KINDS)
def test_k107_nothing_is_lost_in_silence(
    sound: tuple[Path, dict[str, list[str]]], tmp_path: Path, kind: str, number: int
) -> None:
    """Starts, says truly what was saved, and whatever is missing is named."""
    original, before = sound
    path = copy_of(original, tmp_path)
    damages = list(KINDS[kind](original))
    _, damage = damages[random.Random(number).randrange(len(damages))]

    damage(path)

    judge(path, before, use(path))


def test_k107_a_message_whose_place_is_lost_keeps_its_text(shelf: Shelf) -> None:
    """The index says where it stood, and whether it was a question."""
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    data = shelf.path.read_bytes()
    with closing(sqlite3.connect(shelf.path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()[0]
    leaf = int.from_bytes(data[(root - 1) * PAGE + 8 :][:4], "big")  # the page below its last key
    shelf.path.write_bytes(data[: (leaf - 1) * PAGE] + bytes(PAGE) + data[leaf * PAGE :])

    other = shelf.again()
    other.library.check()

    tree = other.library.read(other.entry("01A0")).tree
    assert [node.message.text for node in tree.nodes] == TEXTS
    assert {node.message.role for node in tree.nodes[::2]} == {"user"}


def test_k107_what_hung_below_a_lost_message_hangs_below_the_nearest_before(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A", "b", "B", "c", "C")
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM message WHERE seq IN (3, 6)")

    other = shelf.again()

    assert other.texts("01A0") == ["a", "A", "B"]
    other.library.check()
    assert "missing messages" in other.said[0]
    assert other.texts("01A0") == ["a", "A", "B"]
    tree = other.library.read(other.entry("01A0")).tree
    assert [node.message.text for node in tree.path(5)] == ["a", "A", "B", "c"]  # given back as the next draft


def test_k107_texts_are_counted_and_not_rows(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A", "b", "B")
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM part WHERE message_id > 1")
        connection.execute("PRAGMA user_version = -1")

    other = shelf.again()

    assert other.texts("01A0") == ["a", "", LOST_TEXT, ""]
    assert "1 message was recovered from it; the text of 3 more was lost" in other.said[0]
    assert len(other.library.damaged()) == 3


def test_h82_of_two_that_find_the_damage_one_repairs_the_file(shelf: Shelf) -> None:
    shelf.put("01A0", *TEXTS)
    late = shelf.again()
    late.titles()
    shelf.path.write_bytes(random_bytes(bytearray(shelf.path.read_bytes())))
    first = Shelf(shelf.path)
    first.library.check()
    first.keep("01B0", "after", "yes")

    late.library.check()

    assert late.texts("01B0") == ["after", "yes"]
    assert len(asides(shelf.path)) == 1


def test_h82_of_eight_that_find_the_damage_at_once_one_repairs_the_file(shelf: Shelf) -> None:
    """Anyone who comes late finds that the name means another file, and does not move that one away."""
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    shelf.path.write_bytes(random_bytes(bytearray(shelf.path.read_bytes())))
    seen, start = identity(shelf.path), threading.Barrier(8)
    repaired = []

    def repair() -> None:
        start.wait()
        repaired.append(replace_damaged(shelf.path, seen, STEPS, 0.0))

    threads = [threading.Thread(target=repair) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in repaired if one]) == 1
    assert len(asides(shelf.path)) == 1
    assert len(shelf.again().texts("01A0")) > 60


def test_a_repair_that_fails_leaves_the_damaged_file_where_it_was(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("01A0", *TEXTS)
    shelf.database.close()
    shelf.path.write_bytes(broken := bytes(PAGE) + shelf.path.read_bytes()[PAGE:])

    def no_room(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    other = Shelf(shelf.path)
    with pytest.raises(ConfigError, match=r"is damaged .* cannot be repaired: No space left on device"):
        other.titles()

    assert shelf.path.read_bytes() == broken
    assert list(shelf.path.parent.iterdir()) == [shelf.path]


def test_a_sound_file_gives_the_same_after_salvage(sound: tuple[Path, dict[str, list[str]]], tmp_path: Path) -> None:
    original, before = sound
    path = copy_of(original, tmp_path)

    replaced = replace_damaged(path, identity(path), STEPS, 0.0)

    shelf = Shelf(path)
    assert texts_of(shelf.library) == before
    assert replaced
    assert (replaced.salvaged.messages, replaced.salvaged.without_text) == (sum(map(len, before.values())), 0)
    assert shelf.library.damaged() == []
    shelf.library.check()
    assert shelf.said == []


def test_an_empty_file_is_said_to_be_begun_again(shelf: Shelf) -> None:
    shelf.path.parent.mkdir(mode=0o700)
    shelf.path.touch(mode=0o600)
    os.utime(shelf.path, (1, 1))

    shelf.keep("01A0", "a", "A")

    assert "was empty" in shelf.said[0]
    assert shelf.titles() == ["a"]


@pytest.mark.parametrize("leads_to", ["", os.devnull, "/dev/full"])
def test_k105_what_is_no_file_is_not_opened(shelf: Shelf, leads_to: str) -> None:
    shelf.path.parent.mkdir(mode=0o700)
    if leads_to:
        shelf.path.symlink_to(leads_to)
    else:
        os.mkfifo(shelf.path, 0o600)

    with pytest.raises(ConfigError, match="is not a regular file"):
        shelf.titles()
    shelf.keep("01A0", "a", "A")

    assert "is not a regular file" in shelf.untold[0].what
    assert shelf.said == []


@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_k105_what_is_no_file_beside_it_is_not_opened(shelf: Shelf, suffix: str) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()
    os.mkfifo(f"{shelf.path}{suffix}", 0o600)

    with pytest.raises(ConfigError, match=f"{suffix} is not a regular file"):
        shelf.titles()


@pytest.mark.parametrize("problem", ["loop", "long"])
def test_k110_what_cannot_be_opened_is_named(tmp_path: Path, problem: str) -> None:
    path = tmp_path / "history.db"
    if problem == "loop":
        path.symlink_to("history.db")
    else:
        path = tmp_path / ("d" * 300) / "history.db"
    shelf = Shelf(path)

    with pytest.raises(ConfigError) as reading:
        shelf.titles()
    with pytest.raises(NotSavedError) as writing:
        shelf.database.write(lambda _connection: None)

    for error in (reading.value, writing.value):
        assert str(path.parent) in error.what
        assert "SQL" not in error.what


def test_h84_a_file_of_a_newer_version_is_read_and_not_written(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.execute("INSERT INTO migration VALUES(?, 0)", (VERSION + 1,))
    other = shelf.again()

    assert other.texts("01A0") == ["a", "A"]
    other.keep("01B0", "b", "B")

    assert "newer version of chat" in other.said[0]
    assert "newer version of chat" in other.untold[0].what
    assert other.titles() == ["a"]


def test_a_database_of_another_program_is_left_alone(shelf: Shelf) -> None:
    shelf.path.parent.mkdir(mode=0o700)
    connection = sqlite3.connect(shelf.path)
    connection.execute("CREATE TABLE theirs(x)")
    connection.commit()
    connection.close()
    before = shelf.path.read_bytes()

    shelf.keep("01A0", "a", "A")

    assert "database of another program" in shelf.untold[0].what
    assert shelf.path.read_bytes() == before


def test_rows_that_make_no_sense_give_a_chat_all_the_same(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A", "b", "B")
    for sql in (
        "UPDATE message SET parent_seq = 77 WHERE seq = 3",
        "UPDATE message SET role = 'king', status = 'odd', facts = '[1' WHERE seq = 2",
        'UPDATE conversation SET state = \'{"pinned": 5, "options": [], "summary": 3}\', head = \'x\'',
        "INSERT INTO part VALUES(4, 9, 'tool_call', 'x', '{\"id\": 5, \"extra\": 1}')",
        'INSERT INTO part VALUES(4, 10, \'media\', \'\', \'{"type": "ImagePart", "url": {"sha256": "none"}}\')',
        "INSERT INTO part VALUES(4, 11, 'media', '', '{\"type\": \"Nothing\"}')",
        "INSERT INTO part VALUES(4, 12, 'unheard of', 'text', 'not json')",
    ):
        shelf.database.write(lambda connection, sql=sql: connection.execute(sql))  # type: ignore[misc]

    opened = shelf.library.open(shelf.entry("01A0"))

    assert [node.message.role for node in opened.tree.nodes] == ["user", "user", "user", "assistant"]
    assert opened.tree[4].message.text == "B[an attachment that is no longer there]text"
    assert opened.state.head == 4


def test_the_file_says_what_it_is(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")

    assert shelf.database.read("PRAGMA application_id")[0][0] == APPLICATION_ID
    assert shelf.database.read("PRAGMA journal_mode")[0][0] == "delete"
