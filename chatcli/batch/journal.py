"""The journal of a run: which rows are answered, on disk before anything else knows of it.

A header line names the input and the request; each line after it holds one result. The worker that got a result writes
its line at once, so the end of the process loses only what is under way. `sync` makes all lines written so far durable
(fsync), and only then they count as answered: the end of the machine loses no row that was counted.

A line that is torn or damaged counts as not written. Of several results of one row the last counts.
"""

from __future__ import annotations

import json
import os
import re
from array import array
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from chatcli.errors import OutputLostError, Remedy, UsageError
from chatcli.files.faults import file_error
from chatcli.files.locks import lock_file
from chatcli.files.own import SAFE_FLAGS
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.json_values import as_number, as_object, parse_json

VERSION = 1
UNANSWERED = 255
_LINE = re.compile(rb'\{"cell":(\d{1,12}),"exit":(\d{1,3}),"result":(\{.*\})\}\n')
_HEADER_BYTES = 1 << 16


@frozen
class Identity:
    """What a run is: its input, and everything that determines the requests; *names* are for messages."""

    digest: str
    request: str
    names: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the header of the journal."""
        return {"chat_batch": VERSION, "input": self.digest, "request": self.request, "names": dict(self.names)}


class ResultJournal:
    """The results of *cells* requests, numbered from 0, in the open file *descriptor*.

    Those in *again* are asked again: they count as unanswered until there is another result. *spent* is the cost of all
    results of earlier runs, in US dollars, those of rows that were asked again included.
    """

    def __init__(self, path: Path, descriptor: int, cells: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._reader = path.open("rb")
        self._lock = Lock()
        self._written: list[tuple[int, int, int]] = []
        self._end = 0
        self._exit_codes = array("B", [UNANSWERED]) * cells
        self.again: set[int] = set()
        self.spent = 0.0
        self._places = array("q", [-1]) * cells

    @property
    def cells(self) -> int:
        """How many results there are when all requests are answered."""
        return len(self._places)

    def is_answered(self, cell: int) -> bool:
        """Return whether *cell* has a result, be it a failure."""
        return self._places[cell] >= 0 and cell not in self.again

    def has_failed(self, cell: int) -> bool:
        """Return whether the last result of *cell* is a failure."""
        return self._exit_codes[cell] not in (0, UNANSWERED)

    @property
    def answers(self) -> int:
        """How many results are not failures."""
        return self._exit_codes.count(0)

    @property
    def failures(self) -> Counter[int]:
        """How many results are failures, by exit code."""
        return Counter(code for code in self._exit_codes if code not in (0, UNANSWERED))

    def first_failure(self) -> int:
        """Return the exit code of the first result that is a failure, 0 if there is none."""
        return next((code for code in self._exit_codes if code not in (0, UNANSWERED)), 0)

    def write(self, cell: int, exit_code: int, result: bytes) -> None:
        """Write the result of *cell*, an output row; any thread may do so.

        Raises OutputLostError, and leaves no part of it, if the disk is full or fails.
        """
        line = b'{"cell":%d,"exit":%d,"result":%b}\n' % (cell, exit_code, result)
        with self._lock:
            try:
                _write_all(self._descriptor, line)
            except OSError as error:
                self._take_back()
                raise lost(self._path, error) from error
            self._written.append((cell, exit_code, self._end))
            self._end += len(line)

    def sync(self) -> None:
        """Make all results written so far durable, and count them; raises OutputLostError."""
        with self._lock:
            written, self._written = self._written, []
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise lost(self._path, error) from error
        for cell, exit_code, place in written:
            self._note(cell, exit_code, place)

    def result(self, cell: int) -> bytes:
        """Return the output row of *cell*, which is answered."""
        self._reader.seek(self._places[cell])
        found = _LINE.fullmatch(self._reader.readline())
        if found is None:
            raise OutputLostError(
                _("{path} was changed while it was in use", path=self._path), hint=Remedy("restart_batch")
            )
        return found[3]

    def close(self) -> None:
        """Close the file, which lets other runs use it."""
        self._reader.close()
        os.close(self._descriptor)

    def load(self) -> None:
        """Read what earlier runs have written, and cut off a torn last line."""
        self._reader.seek(0)
        self._end = len(self._reader.readline())
        for line in self._reader:
            if not line.endswith(b"\n"):
                break
            found = _LINE.fullmatch(line)
            if found and int(found[1]) < self.cells and (result := parse_json(found[3])) is not None:
                self._note(int(found[1]), int(found[2]), self._end)
                self.spent += as_number(as_object(result).get("cost")) or 0.0
            self._end += len(line)
        os.ftruncate(self._descriptor, self._end)
        os.lseek(self._descriptor, self._end, os.SEEK_SET)

    def begin(self, identity: Identity) -> None:
        """Write the header of a new journal."""
        header = json.dumps(identity.to_json(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            _write_all(self._descriptor, header)
            os.fsync(self._descriptor)
        except OSError as error:
            raise lost(self._path, error) from error
        self._end = len(header)

    def header(self) -> Mapping[str, Any]:
        """Return the header, empty if there is none."""
        self._reader.seek(0)
        found = as_object(parse_json(self._reader.readline(_HEADER_BYTES) or b"null"))
        return found if found.get("chat_batch") == VERSION else {}

    def _note(self, cell: int, code: int, place: int) -> None:
        self.again.discard(cell)
        self._places[cell], self._exit_codes[cell] = place, min(code, UNANSWERED - 1)

    def _take_back(self) -> None:
        """Cut off a partial line; if that fails too, the next run does it."""
        try:
            os.ftruncate(self._descriptor, self._end)
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
        except OSError:
            return


def open_journal(path: Path, identity: Identity, cells: int, *, restart: bool = False) -> ResultJournal:
    """Return the journal at *path*, with the results of earlier runs unless *restart*.

    Raises UsageError if it belongs to another input or request, or if another run uses it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | SAFE_FLAGS, 0o600)
    except OSError as error:
        raise file_error("write", path, error) from error
    journal = ResultJournal(path, descriptor, cells)
    try:
        _lock(descriptor, path)
        _begin_or_continue(journal, path, identity, restart=restart or os.fstat(descriptor).st_size == 0)
    except BaseException:
        journal.close()
        raise
    return journal


def _lock(descriptor: int, path: Path) -> None:
    if not lock_file(descriptor):
        what = _("{path} is in use by another run", path=path)
        raise UsageError(what, hint=_("wait for it, or choose another output file"))


def _begin_or_continue(journal: ResultJournal, path: Path, identity: Identity, *, restart: bool) -> None:
    if restart:
        journal.begin(identity)
        return
    known = journal.header()
    if known.get("input") != identity.digest or known.get("request") != identity.request:
        raise UsageError(
            _difference(path.name, known, identity),
            kept=_("nothing was sent"),
            hint=Remedy("restart_batch"),
        )
    journal.load()


def _difference(name: str, known: Mapping[str, Any], identity: Identity) -> str:
    """Return in what a run differs from the one that wrote the header *known* of the journal *name*."""
    if not known:
        return _("{name} belongs to something else: it is not the journal of a batch", name=name)
    if known.get("input") != identity.digest:
        return _("{name} belongs to another input", name=name)
    names = as_object(known.get("names"))
    changed = next((key for key in identity.names if names.get(key) != identity.names[key]), None)
    if changed is None:
        return _("{name} belongs to other request settings", name=name)
    return _("{name} belongs to another {what}: {value}", name=name, what=_(changed), value=names.get(changed))


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def lost(path: Path, error: OSError) -> OutputLostError:
    """Return the error for results that cannot be written to *path*."""
    told = file_error("write", path, error)
    return OutputLostError(told.what, hint=told.hint)
