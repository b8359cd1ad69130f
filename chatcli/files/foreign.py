"""Reads other people's files; reading always ends, whatever a path names.

A path may lead to a pipe without a writer, to a device that never ends, to a network that is gone. So a file is
opened without waiting and looked at after it was opened: it must be a regular file, or a pipe where the user named it
on the command line, and then the user hears of the wait after a second. No more is read than the caller has use for.
What asks the system runs beside the main thread, which can be interrupted so also where a call never returns.
"""

from __future__ import annotations

import _thread
import errno
import math
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, TypeVar

from chatcli.errors import ConfigError, UsageError
from chatcli.files.faults import file_error, shown_path
from chatcli.files.own import READ_FLAGS, AppDirs
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.encodings import decode_text
from chatcli.text.patterns import pattern
from chatcli.text.units import format_size

T = TypeVar("T")
FileKind: TypeAlias = Literal["missing", "file", "folder"]

NOTICE_S = 1.0
SIGNAL_S = 0.1  # a signal that comes just before a call that waits does not end it
TEXT_BYTES = 16_000_000  # as much as is read from stdin: no window takes more
_CHUNK = 1 << 20
# Opening such a name again would give a second end of the pipe, which does not see that the writer has left.
_DESCRIPTOR = pattern(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)|/dev/(stdin)")
_OTHERS = ((stat.S_ISFIFO, N_("a pipe")), (stat.S_ISSOCK, N_("a socket")), (stat.S_ISDIR, N_("a folder")))


@frozen
class ForeignReader:
    """Reads files that others wrote; raises ConfigError that names the file where that cannot be done.

    Files in *own* that only chat reads and writes are refused. *guard* is entered while the system is waited for: only
    inside it Ctrl+C raises. *notice* is called when a pipe is waited for; without it pipes are refused.
    """

    own: AppDirs | None = None
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    notice: Callable[[str], None] | None = None

    def read(self, path: Path, *, max_bytes: int, check: Callable[[os.stat_result], None] | None = None) -> bytes:
        """Return all of *path*; raises ConfigError where it holds more than *max_bytes*, or *check* says so."""
        data = self.read_beginning(path, max_bytes + 1, check=check)
        if len(data) > max_bytes:
            raise ConfigError(
                _("{path} is larger than {size}", path=shown_path(path), size=format_size(max_bytes)),
                hint=_("use a smaller file"),
            )
        return data

    def read_beginning(self, path: Path, size: int, *, check: Callable[[os.stat_result], None] | None = None) -> bytes:
        """Return the first *size* bytes of *path*, or as many as there are."""
        descriptor = self.ask(path, lambda: self._open(path))
        try:
            status = os.fstat(descriptor)
            if check:
                check(status)
            if stat.S_ISFIFO(status.st_mode):
                with self.guard():
                    return self._read_pipe(descriptor, path, size)
            return self.ask(path, lambda: _read_all(descriptor, size))
        finally:
            os.close(descriptor)

    def read_text(self, path: Path, *, max_bytes: int = TEXT_BYTES) -> str:
        """Return the text of *path*; raises UsageError where it is neither UTF-8 nor marked as UTF-16 or UTF-32."""
        try:
            return decode_text(self.read(path, max_bytes=max_bytes))
        except UnicodeDecodeError as error:
            raise UsageError(_("cannot read {path}: it is not UTF-8 text", path=shown_path(path))) from error

    def open(self, path: Path) -> BinaryIO:
        """Return *path* opened, for a file that is too large to be read at once; reading a pipe waits."""
        descriptor = self.ask(path, lambda: self._open(path))
        if hasattr(os, "set_blocking"):
            os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb")

    def kind(self, path: Path) -> FileKind:
        """Return what *path* names: anything but a folder counts as a file. Raises if it cannot be followed."""
        try:
            mode = self.ask(path, lambda: path.stat().st_mode)
        except ConfigError as error:
            if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
                return "missing"
            raise
        return "folder" if stat.S_ISDIR(mode) else "file"

    def ask(self, path: Path, work: Callable[[], T]) -> T:
        """Return what *work* finds out about *path* from the system; Ctrl+C ends the wait for it."""
        try:
            with self.guard():
                return beside_main_thread(work)
        except (OSError, ValueError) as error:
            raise file_error("read", path, error) from error

    def _open(self, path: Path) -> int:
        if self.own and self.own.is_private(path):
            raise ConfigError(_("{path} is one of chat's own files", path=shown_path(path)), kept=_("It was not read"))
        if inherited := _inherited_pipe(path):
            self._refuse(os.fstat(inherited), path)
            return os.dup(inherited)
        self._refuse(path.stat(), path)  # a device may do something when it is opened
        descriptor = os.open(path, READ_FLAGS)
        try:
            self._refuse(os.fstat(descriptor), path)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _refuse(self, status: os.stat_result, path: Path) -> None:
        is_pipe = stat.S_ISFIFO(status.st_mode)
        if stat.S_ISREG(status.st_mode) or (is_pipe and self.notice) or _is_null(status):
            return
        kind = next((name for is_kind, name in _OTHERS if is_kind(status.st_mode)), N_("a device"))
        hint = _("pipe it into chat, or pass it on the command line") if is_pipe else None
        raise ConfigError(
            _("{path} is {kind}, not a file", path=shown_path(path), kind=_(kind)), kept=_("It was not read"), hint=hint
        )

    def _read_pipe(self, descriptor: int, path: Path, size: int) -> bytes:
        """Read from a pipe until its writers have closed it; tell of it where that takes longer."""
        chunks, missing, is_told = list[bytes](), size, self.notice is None
        while missing > 0:
            if not _has_come(descriptor, None if is_told else NOTICE_S):
                is_told = True
                if self.notice:
                    self.notice(_("waiting for data from the pipe {path}; Ctrl+C stops", path=shown_path(path)))
                continue
            try:
                chunk = os.read(descriptor, min(missing, _CHUNK))
            except BlockingIOError:
                continue
            if not chunk:
                break
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)


def _read_all(descriptor: int, size: int) -> bytes:
    chunks, missing = list[bytes](), size
    while missing > 0 and (chunk := os.read(descriptor, min(missing, _CHUNK))):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def _inherited_pipe(path: Path) -> int | None:
    """Return the descriptor that *path* names, where it is a pipe this program was given."""
    found = _DESCRIPTOR.fullmatch(str(path))
    if not found:
        return None
    number = 0 if found[3] else int(found[1] or found[2])
    return number if stat.S_ISFIFO(os.fstat(number).st_mode) else None


def _is_null(status: os.stat_result) -> bool:
    """Return whether this is the empty device, which people name where they want nothing."""
    if sys.platform == "win32" or not stat.S_ISCHR(status.st_mode):
        return False
    return status.st_rdev == Path(os.devnull).stat().st_rdev


def _has_come(descriptor: int, wait_s: float | None) -> bool:
    """Wait until there is something to read, or the writers have left."""
    if sys.platform == "win32":
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    end_s = math.inf if wait_s is None else time.monotonic() + wait_s
    while (left_s := end_s - time.monotonic()) > 0:
        if poll.poll(min(left_s, SIGNAL_S) * 1000):
            return True
    return False


def beside_main_thread(work: Callable[[], T], *, wait_s: float = math.inf) -> T:
    """Return what *work* returns, or raise what it raises; Ctrl+C leaves it behind where it never ends.

    Raises TimeoutError where it takes longer than *wait_s*.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    results: list[T] = []
    errors: list[BaseException] = []
    is_done = threading.Lock()
    is_done.acquire()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        is_done.release()

    # Neither Thread nor Event: both keep locks in Python code, which a signal tears apart.
    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:  # the system refuses another one
        return work()
    end_s = time.monotonic() + wait_s
    while not is_done.acquire(timeout=SIGNAL_S):
        if time.monotonic() > end_s:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def interruptible(allow: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
    """Let Ctrl+C end a wait for a file, and nothing else: it raises UsageError."""
    try:
        with allow():
            yield
    except KeyboardInterrupt:
        raise UsageError(_("reading was interrupted"), kept=_("nothing was read")) from None
