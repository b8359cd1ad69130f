from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.input import prompt_history
from chatcli.input.prompt_history import HistoryFile
from chatcli.input.recall import Recall
from chatcli.text.draft import Draft, join

BEFORE, AFTER = Draft("before"), Draft.by_keys("after")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history"


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
drafts = st.lists(st.builds(Draft, texts) | st.builds(Draft.by_keys, texts), min_size=1).map(join)


@given(st.lists(st.tuples(drafts, st.booleans())))
def test_each_entry_is_news_once(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Draft, bool]]) -> None:
    """However often it is looked for in between."""
    path = tmp_path_factory.mktemp("h") / "history"
    ours, theirs, news = HistoryFile(path), HistoryFile(path), list[Draft]()

    for entry, looks in steps:
        theirs.append(entry)
        if looks:
            news += ours.read_new()

    assert news + ours.read_new() == [entry for entry, _ in steps]
    assert ours.read_new() == []


def test_a_record_that_is_being_written_is_read_when_it_is_whole(path: Path) -> None:
    file, record = HistoryFile(path), b'\n"half and half"\n'
    path.parent.mkdir()
    path.write_bytes(record[:6])
    before = file.read_new()
    with path.open("ab") as stream:
        stream.write(record[6:])

    assert (before, file.read_new()) == ([], [Draft("half and half")])


def test_a_file_that_was_replaced_is_read_anew(path: Path) -> None:
    file = HistoryFile(path)
    for number in range(10):
        file.append(Draft(f"old {number}"))
    assert len(file.read_new()) == 10
    path.unlink()
    file.append(Draft("new"))

    assert file.read_new() == [Draft("new")]


@given(st.lists(drafts))
def test_what_is_appended_is_read(tmp_path_factory: pytest.TempPathFactory, entries: list[Draft]) -> None:
    file = HistoryFile(tmp_path_factory.mktemp("h") / "history")

    for entry in entries:
        file.append(entry)

    assert file.read() == entries


def test_file_and_folder_belong_to_the_owner_alone(path: Path) -> None:
    HistoryFile(path).append(Draft("a"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)

    HistoryFile(path).append(Draft("a"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [b'{"a": 1}', b"[1", b'"torn', b"\xff\xfe", b"7", b'""', b"[" * 100_000],
    ids=["object", "bad json", "torn", "bad utf-8", "number", "empty", "brackets"],
)
def test_damaged_line_is_left_out_and_takes_no_other_with_it(path: Path, damage: bytes) -> None:
    file = HistoryFile(path)
    file.append(BEFORE)
    with path.open("ab") as stream:
        stream.write(damage)
    file.append(AFTER)

    assert file.read() == [BEFORE, AFTER]


@pytest.mark.parametrize(
    "spans",
    ["[[0, 9]]", "[[-1, 2]]", "[[2, 1]]", "[[0, 1], [1, 2]]", "[[0, 1.5]]", "[[0]]", "[7]", '[["0", "1"]]'],
    ids=str,
)
def test_where_the_spans_cannot_be_right_nothing_was_typed(path: Path, spans: str) -> None:
    path.parent.mkdir()
    path.write_text(f'{{"text": "abc", "typed": {spans}}}')

    assert HistoryFile(path).read() == [Draft("abc")]


def test_a_text_that_was_pasted_after_it_was_typed_comes_back_as_pasted(path: Path) -> None:
    recall = Recall(HistoryFile(path), str)
    recall.add(Draft.by_keys("@a"))
    recall.add(Draft("@a"))

    later = Recall(HistoryFile(path), str)
    later.load_history_strings()

    assert [recall.draft("@a"), later.draft("@a")] == [Draft("@a")] * 2


def test_newest_entries_are_read_from_a_large_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_history, "MAX_BYTES", 1000)
    monkeypatch.setattr(prompt_history, "MAX_ENTRIES", 20)
    file = HistoryFile(path)
    for number in range(500):
        file.append(Draft(f"entry {number}"))

    assert file.read() == [Draft(f"entry {number}") for number in range(480, 500)]


def test_entry_that_would_crowd_out_the_others_is_not_kept(path: Path) -> None:
    HistoryFile(path).append(Draft("x" * prompt_history.MAX_ENTRY_BYTES))

    assert not path.exists()


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "below a file"])
def test_what_is_no_file_is_empty_and_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    target.write_text(json.dumps("not ours"))
    path = {"missing": tmp_path / "no", "folder": tmp_path, "link": tmp_path / "link", "below a file": target / "h"}[
        kind
    ]
    if kind == "link":
        path.symlink_to(target)

    assert HistoryFile(path).read() == []
    if kind != "missing":
        HistoryFile(path).append(Draft("a"))
    assert target.read_text() == json.dumps("not ours")


def test_several_programs_lose_and_mix_nothing(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from chatcli.input.prompt_history import HistoryFile\n"
        "from chatcli.text.draft import Draft\n"
        "file = HistoryFile(Path(sys.argv[1]))\n"
        "for number in range(100): file.append(Draft(f'{sys.argv[2]} {number} ' + sys.argv[2] * 2000))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(prompt_history.__file__).parents[2])}

    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name], env=environment) for name in ("a", "b", "c")
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]

    entries = [entry.text for entry in HistoryFile(path).read()]
    for name in ("a", "b", "c"):
        assert [entry for entry in entries if entry[0] == name] == [
            f"{name} {number} {name * 2000}" for number in range(100)
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders there")
def test_prompts_of_this_run_do_not_wait_for_the_file(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)  # anyone who opens it to read waits forever
    recall = Recall(HistoryFile(path), str)
    recall.keep(Draft("older"))
    recall.keep(Draft("newer"))

    async def first_two() -> list[str]:
        past = recall.load()
        return [await asyncio.wait_for(anext(past), 5) for _ in range(2)]

    assert asyncio.run(first_two()) == ["newer", "older"]
