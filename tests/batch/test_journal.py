"""What the journal says is answered is answered, wherever the process ended."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.batch import journal as journals
from chatcli.batch.journal import Identity, ResultJournal
from chatcli.errors import OutputLostError, UsageError

IDENTITY = Identity("input", "request", {"model": "m"})
RESULTS = [(number, number % 3, b'{"id":"%d","answer":"\xc3\xa9 %d"}' % (number, number)) for number in (3, 0, 4, 1)]


def add(journal: ResultJournal, *found: tuple[int, int, bytes]) -> None:
    for entry in found:
        journal.write(*entry)
    journal.sync()


def answered(journal: ResultJournal) -> dict[int, bytes]:
    return {cell: journal.result(cell) for cell in range(journal.cells) if journal.is_answered(cell)}


@contextmanager
def open_journal(path: Path, identity: Identity, cells: int, *, restart: bool = False) -> Iterator[ResultJournal]:
    with closing(journals.open_journal(path, identity, cells, restart=restart)) as journal:
        yield journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.journal"


def write(path: Path) -> bytes:
    with open_journal(path, IDENTITY, 5) as journal:
        add(journal, *RESULTS[:2])
        add(journal, *RESULTS[2:])
    return path.read_bytes()


def test_results_are_there_again_with_their_exit_codes(path: Path) -> None:
    write(path)

    with open_journal(path, IDENTITY, 5) as journal:
        assert answered(journal) == {cell: result for cell, _, result in RESULTS}
        assert [journal.has_failed(cell) for cell in range(5)] == [False, True, False, False, True]
        assert journal.first_failure() == 1
    assert path.stat().st_mode & 0o077 == 0


def test_a_journal_cut_anywhere_has_the_results_whose_lines_are_whole_and_goes_on(path: Path) -> None:
    data = write(path)
    header = data.index(b"\n") + 1
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")][1:]

    for size in range(header, len(data) + 1):
        path.write_bytes(data[:size])
        whole = sum(end <= size for end in ends)
        with open_journal(path, IDENTITY, 5) as journal:
            assert answered(journal) == {cell: result for cell, _, result in RESULTS[:whole]}
            if size % 7:
                continue
            add(journal, (2, 0, b'{"id":"2"}'))
        with open_journal(path, IDENTITY, 5) as again:
            assert len(answered(again)) == whole + 1


@settings(max_examples=25)
@given(st.integers(0), st.binary(min_size=1, max_size=8))
def test_damage_loses_no_other_result(tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes) -> None:
    path = tmp_path_factory.mktemp("damaged") / "journal"
    data = write(path)
    start = data.index(b"\n") + 1 + place % (len(data) - data.index(b"\n") - 1)
    path.write_bytes(data[:start] + damage + data[start + len(damage) :])

    with open_journal(path, IDENTITY, 5) as journal:
        found = answered(journal)

    hit = data[:start].count(b"\n") - 1, data[: start + len(damage)].count(b"\n") - 1
    untouched = [result for number, result in enumerate(RESULTS) if not hit[0] <= number <= hit[1]]
    assert all(found.get(cell) == result for cell, _, result in untouched)


def test_a_result_counts_once_it_is_durable(path: Path) -> None:
    with open_journal(path, IDENTITY, 5) as journal:
        journal.write(*RESULTS[0])
        assert not journal.is_answered(3)
        journal.sync()
        assert journal.is_answered(3)


def test_the_last_result_of_a_cell_counts(path: Path) -> None:
    with open_journal(path, IDENTITY, 2) as journal:
        add(journal, (0, 7, b'{"answer":null}'))
        journal.again.add(0)
        assert not journal.is_answered(0)
        add(journal, (0, 0, b'{"answer":"x"}'))

    with open_journal(path, IDENTITY, 2) as journal:
        assert answered(journal) == {0: b'{"answer":"x"}'}
        assert journal.first_failure() == 0


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Identity("else", "request", {"model": "m"}), "another input"),
        (Identity("input", "else", {"model": "n"}), "another model: m"),
        (Identity("input", "else", {"model": "m"}), "other request settings"),
    ],
)
def test_a_journal_belongs_to_one_input_and_one_request(path: Path, other: Identity, told: str) -> None:
    data = write(path)

    with pytest.raises(UsageError, match=told), open_journal(path, other, 5):
        pass

    assert path.read_bytes() == data
    with open_journal(path, other, 5, restart=True) as fresh:
        assert answered(fresh) == {}


def test_what_is_no_journal_is_left_alone(path: Path) -> None:
    path.write_bytes(b"notes of mine\n")

    with pytest.raises(UsageError, match="not the journal"), open_journal(path, IDENTITY, 5):
        pass

    assert path.read_bytes() == b"notes of mine\n"


def test_two_runs_do_not_share_a_journal(path: Path) -> None:
    with open_journal(path, IDENTITY, 5), pytest.raises(UsageError, match="in use"):
        journals.open_journal(path, IDENTITY, 5)

    with open_journal(path, IDENTITY, 5) as journal:
        assert answered(journal) == {}


def test_a_full_disk_leaves_no_part_of_a_result_and_all_before_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_journal(path, IDENTITY, 5) as journal:
        add(journal, *RESULTS[:2])
        whole = path.read_bytes()
        real, calls = os.write, iter([10, -1])

        def fail(descriptor: int, data: bytes) -> int:
            if (size := next(calls)) < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(descriptor, data[:size])

        monkeypatch.setattr(os, "write", fail)
        with pytest.raises(OutputLostError, match="No space left"):
            journal.write(*RESULTS[2])

        assert path.read_bytes() == whole
        assert set(answered(journal)) == {3, 0}
