"""Small private JSON files: what must last is refused when damaged, what may be forgotten never troubles anybody."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.files import private_json
from chatcli.files.private_json import DisposableValues, DurableRecords

DAMAGED = [b"", b"{", b"\xff\xfe", b"[]", b"7", b"[" * 100_000, b'{"records": []}', b'{"records": {"a": {"x": 5}}}']
ADDED = 8


def _durable(path: Path) -> DurableRecords:
    return DurableRecords(path, "the list", frozenset({"x"}))


def _disposable(path: Path) -> DisposableValues:
    return DisposableValues(path, 1000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "list.json"


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)


def test_what_was_added_is_read_and_removed_by_name(path: Path) -> None:
    records = _durable(path)
    records.add("a", x="1")
    records.add("b", x="2")
    records.add("a", x="3")

    assert _durable(path).read() == {"a": {"x": "3"}, "b": {"x": "2"}}
    assert (records.remove("a"), records.remove("a")) == (True, False)
    assert records.read() == {"b": {"x": "2"}}


def test_removing_from_nothing_makes_nothing(path: Path) -> None:
    assert not _durable(path).remove("a")
    assert not path.parent.exists()


@pytest.mark.parametrize("content", DAMAGED, ids=[repr(content[:12]) for content in DAMAGED])
def test_what_must_last_is_left_as_it_is_when_damaged(path: Path, content: bytes) -> None:
    _put(path, content)

    for act in (_durable(path).read, lambda: _durable(path).add("a", x="1"), lambda: _durable(path).remove("a")):
        with pytest.raises(ConfigError, match=r"the list .* is damaged"):
            act()
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", DAMAGED[:6], ids=[repr(content[:12]) for content in DAMAGED[:6]])
def test_what_may_be_forgotten_begins_again_when_damaged(path: Path, content: bytes) -> None:
    _put(path, content)

    assert _disposable(path).get("a") is None
    _disposable(path).put("a", [1])
    assert _disposable(path).get("a") == [1]


def test_the_oldest_value_leaves_first(path: Path) -> None:
    values = DisposableValues(path, 2)
    for name in ("a", "b", "a", "c"):
        values.put(name, name)

    assert list(json.loads(path.read_bytes())) == ["a", "c"]


def test_a_list_by_a_newer_program_is_left_to_it(path: Path) -> None:
    content = b'{"version": 2, "records": {}}'
    _put(path, content)

    with pytest.raises(ConfigError, match="newer version of chat"):
        _durable(path).add("a", x="1")
    assert path.read_bytes() == content


def test_both_belong_to_their_owner_alone(path: Path) -> None:
    _durable(path).add("a", x="1")
    _disposable(path.with_name("other.json")).put("a", 1)

    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert (modes, stat.S_IMODE(path.parent.stat().st_mode)) == ({0o600}, 0o700)


def _add_many(path: Path, worker: int) -> None:
    for number in range(ADDED):
        _durable(path / "durable.json").add(f"{worker} {number}", x="1")
        _disposable(path / "disposable.json").put(f"{worker} {number}", 1)


def test_programs_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    start = multiprocessing.get_context("fork").Process
    workers = [start(target=_add_many, args=(tmp_path, worker)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    expected = {f"{worker} {number}" for worker in range(3) for number in range(ADDED)}
    assert _durable(tmp_path / "durable.json").read().keys() == expected
    assert json.loads((tmp_path / "disposable.json").read_bytes()).keys() == expected


def test_a_lock_that_is_never_let_go_ends_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_json, "LOCK_S", 0.05)
    path.parent.mkdir(mode=0o700)
    held = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        _durable(path).add("a", x="1")
    finally:
        os.close(held)

    assert _durable(path).read() == {"a": {"x": "1"}}
