"""Whatever a path names, reading it ends: with its content, with a sentence that names it, or with Ctrl+C."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcli.errors import ConfigError, UsageError
from chatcli.files import foreign
from chatcli.files.foreign import ForeignReader, beside_main_thread, interruptible
from chatcli.files.own import app_dirs

LIMIT = 1000


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "odd")
    return folder / "odd"


def listening(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "odd"))
    return folder / "odd"


def loop(folder: Path) -> Path:
    (folder / "odd").symlink_to(folder / "even")
    (folder / "even").symlink_to(folder / "odd")
    return folder / "odd"


def dangling(folder: Path) -> Path:
    (folder / "odd").symlink_to(folder / "nowhere")
    return folder / "odd"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("x")
    return folder / "file" / "odd"


def link_to_pipe(folder: Path) -> Path:
    (folder / "odd").symlink_to(fifo_named(folder, "pipe"))
    return folder / "odd"


def fifo_named(folder: Path, name: str) -> Path:
    os.mkfifo(folder / name)
    return folder / name


ODD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "pipe": (fifo, "is a pipe, not a file"),
    "link to a pipe": (link_to_pipe, "is a pipe, not a file"),
    "socket": (listening, "is a socket, not a file"),
    "folder": (lambda folder: folder, "is a folder, not a file"),
    "endless device": (lambda _folder: Path("/dev/zero"), "is a device, not a file"),
    "terminal": (lambda _folder: Path(os.ttyname(os.openpty()[1])), "is a device, not a file"),
    "loop of links": (loop, "Too many levels of symbolic links"),
    "link to nothing": (dangling, "No such file"),
    "nothing": (lambda folder: folder / "odd", "No such file"),
    "below a file": (below_a_file, "Not a directory"),
    "too long a name": (lambda folder: folder / ("x" * 300), "File name too long"),
    "too long a path": (lambda folder: folder.joinpath(*["x" * 200] * 25), "File name too long"),
    "a name no file can have": (lambda folder: folder / "a\0b", "invalid file name"),
    "half a character": (lambda folder: folder / "a\ud800b", "cannot read"),
}


@pytest.mark.parametrize("kind", ODD)
def test_k105_what_is_no_file_is_named_at_once(tmp_path: Path, kind: str) -> None:
    make, said = ODD[kind]
    path = make(tmp_path)

    with pytest.raises(ConfigError) as caught:
        ForeignReader().read(path, max_bytes=LIMIT)

    assert said in caught.value.what
    assert path.name[:20] in caught.value.what


def test_k105_the_empty_device_is_an_empty_file() -> None:
    assert ForeignReader().read(Path(os.devnull), max_bytes=LIMIT) == b""


def test_k105_no_more_is_read_than_there_is_use_for(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    assert len(ForeignReader().read_beginning(path, LIMIT)) == LIMIT
    with pytest.raises(ConfigError, match=r"endless is larger than 1\.0 kB"):
        ForeignReader().read(path, max_bytes=LIMIT)


@pytest.mark.parametrize("size", [0, 1, LIMIT])
def test_a_file_within_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "f").write_bytes(data := os.urandom(size))

    assert ForeignReader().read(tmp_path / "f", max_bytes=LIMIT) == data


def test_text_is_utf_8(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"\xef\xbb\xbf" + "漢".encode())
    (tmp_path / "bad").write_bytes(b"\xff")

    assert ForeignReader().read_text(tmp_path / "good") == "漢"
    with pytest.raises(UsageError, match="bad: it is not UTF-8"):
        ForeignReader().read_text(tmp_path / "bad")


@pytest.mark.parametrize(
    "name",
    [
        *("keys.json", "history.db", "history.db-journal", "history.v1.bak", "history.db.corrupt-1"),
        *(".history.db.aa", "lessons.json"),
    ],
)  # fmt: skip
def test_k105_chats_own_files_are_refused(tmp_path: Path, name: str) -> None:
    dirs = app_dirs({"HOME": str(tmp_path)}, windows=False)
    folder = {"k": dirs.config, "l": dirs.state}.get(name[0], dirs.data)
    folder.mkdir(parents=True)
    (folder / name).write_text("private")
    (tmp_path / "link").symlink_to(folder / name)

    for path in (folder / name, tmp_path / "link", folder / ".." / folder.name / name):
        with pytest.raises(ConfigError, match="is one of chat's own files"):
            ForeignReader(dirs).read(path, max_bytes=LIMIT)


def test_submitted_batches_are_chats_own_files(tmp_path: Path) -> None:
    dirs = app_dirs({"HOME": str(tmp_path)}, windows=False)
    path = dirs.batches / "1" / "1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("private")

    with pytest.raises(ConfigError, match="is one of chat's own files"):
        ForeignReader(dirs).read(path, max_bytes=LIMIT)


def test_k105_what_the_user_keeps_beside_them_is_read(tmp_path: Path) -> None:
    dirs = app_dirs({"HOME": str(tmp_path)}, windows=False)
    for path in (dirs.config / "prompt.md", dirs.config_file, dirs.data / "pictures" / "a.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")

        assert ForeignReader(dirs).read(path, max_bytes=LIMIT) == b"mine"


# Pipes ----------------------------------------------------------------------------------------------------------------


@contextmanager
def written(path: Path, *pieces: bytes, after: threading.Event | None = None) -> Iterator[None]:
    """Write *pieces* into a pipe from beside, each after the reader had time for the one before."""

    def write() -> None:
        if after:
            after.wait()
        with path.open("wb", buffering=0) as pipe:
            for piece in pieces:
                pipe.write(piece)

    writer = threading.Thread(target=write)
    writer.start()
    yield
    writer.join()


def test_a_pipe_that_is_named_is_read_to_its_end(tmp_path: Path) -> None:
    path, told = fifo(tmp_path), list[str]()

    with written(path, b"a" * 100_000, b"b"):
        data = ForeignReader(notice=told.append).read(path, max_bytes=200_000)

    assert data == b"a" * 100_000 + b"b"
    assert told == []


def test_k105_who_waits_for_a_pipe_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer comes after the notice, and later than that again."""
    monkeypatch.setattr(foreign, "NOTICE_S", 0.01)
    path, told, is_told = fifo(tmp_path), list[str](), threading.Event()

    def tell(sentence: str) -> None:
        told.append(sentence)
        is_told.set()

    with written(path, b"late", after=is_told):
        data = ForeignReader(notice=tell).read(path, max_bytes=LIMIT)

    assert data == b"late"
    assert len(told) == 1
    assert str(path) in told[0]


def test_a_pipe_has_a_limit_too(tmp_path: Path) -> None:
    path = fifo(tmp_path)
    reader = ForeignReader(notice=lambda _sentence: None)
    with (
        subprocess.Popen(["sh", "-c", f"cat /dev/zero > {path}"], stderr=subprocess.DEVNULL),
        pytest.raises(ConfigError, match="larger than"),
    ):
        reader.read(path, max_bytes=LIMIT)


def test_a_pipe_whose_writer_has_gone_already_is_read(tmp_path: Path) -> None:
    """As `chat ask -f <(echo hi)` gives it."""
    reading, writing = os.pipe()
    os.write(writing, b"hi\n")
    os.close(writing)
    try:
        data = ForeignReader(notice=lambda _sentence: None).read(Path(f"/dev/fd/{reading}"), max_bytes=LIMIT)
    finally:
        os.close(reading)

    assert data == b"hi\n"


# Ctrl+C ---------------------------------------------------------------------------------------------------------------


def test_k105_a_call_that_never_returns_is_left_behind() -> None:
    """As on a mount whose server is gone."""
    never, is_waiting = threading.Event(), threading.Event()

    def stuck() -> None:
        is_waiting.set()
        never.wait()

    def press() -> None:
        is_waiting.wait()
        signal.raise_signal(signal.SIGINT) if os.name == "nt" else signal.pthread_kill(main, signal.SIGINT)

    main = threading.main_thread().ident or 0
    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        beside_main_thread(stuck)
    presser.join()
    never.set()


def test_a_call_that_takes_too_long_is_left_behind_where_that_is_asked_for() -> None:
    never = threading.Event()

    with pytest.raises(TimeoutError):
        beside_main_thread(never.wait, wait_s=0.01)
    never.set()


def test_k105_in_a_conversation_ctrl_c_ends_the_reading_alone(tmp_path: Path) -> None:
    @contextmanager
    def pressed() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    reader = ForeignReader(guard=lambda: interruptible(pressed))
    (tmp_path / "f").write_text("x")

    with pytest.raises(UsageError, match="reading was interrupted"):
        reader.read(tmp_path / "f", max_bytes=LIMIT)


def test_what_was_opened_is_what_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    seen: list[int] = []

    ForeignReader().read(tmp_path / "f", max_bytes=LIMIT, check=lambda status: seen.append(status.st_ino))

    assert seen == [(tmp_path / "f").stat().st_ino]
    assert stat.S_ISREG((tmp_path / "f").stat().st_mode)
