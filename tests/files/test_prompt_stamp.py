"""The stamp holds while the settings file and the environment are what they were, and only then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.files.own import app_dirs, write_private
from chatcli.files.prompt_stamp import is_stamped, stamp


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    """An environment in whose home a stamp for a settings file was left."""
    env = {"HOME": str(home), "TERM": "xterm"}
    settings = app_dirs(env).config_file
    write_private(settings, b"[ui]\n")
    write_private(app_dirs(env).prompt_stamp, stamp(env, str(settings)))
    return env


def test_a_stamp_holds_where_nothing_has_changed(env: dict[str, str]) -> None:
    assert is_stamped(env)
    assert is_stamped(env | {"UNRELATED": "1", "LANG": "de_DE.UTF-8"})
    assert is_stamped(env | {"TERM": "screen"})


def test_a_home_without_settings_and_stamp_starts_at_the_usual_prompt(home: Path) -> None:
    env = {"HOME": str(home)}
    other = {"HOME": "/nowhere", "XDG_CONFIG_HOME": str(home / "c")}

    assert is_stamped(env)
    assert is_stamped(other)
    assert not is_stamped(env | {"CHAT_PLAIN": "1"})
    assert not is_stamped(env | {"CHAT_CONFIG": "/elsewhere"})
    assert not is_stamped({"HOME": "relative"})

    for places in (env, other):
        write_private(app_dirs(places).config_file, b"")
        assert not is_stamped(places)


@pytest.mark.parametrize("name", ["CHAT_PLAIN", "CHAT_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"])
def test_another_environment_has_no_stamp(env: dict[str, str], name: str) -> None:
    assert not is_stamped(env | {name: "/elsewhere"})


def touch(file: Path) -> None:
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "its time": touch,
    "its size": lambda file: file.write_bytes(b"[ui]\n\n"),
    "that it is there": Path.unlink,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_settings_file_ends_the_stamp(env: dict[str, str], change: Callable[[Path], object]) -> None:
    change(app_dirs(env).config_file)

    assert not is_stamped(env)


def test_another_file_with_the_same_time_and_size_ends_the_stamp(env: dict[str, str]) -> None:
    file = app_dirs(env).config_file
    other, status = file.with_name("other"), file.stat()
    other.write_bytes(b"[no]\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)

    assert not is_stamped(env)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 20_000, b"/\0/\n"], ids=repr)
def test_anything_else_in_its_place_is_none(env: dict[str, str], content: bytes) -> None:
    write_private(app_dirs(env).prompt_stamp, content)

    assert not is_stamped(env)


def test_a_pipe_or_a_link_in_its_place_is_not_followed(env: dict[str, str]) -> None:
    place = app_dirs(env).prompt_stamp
    copy = place.rename(place.with_name("copy"))
    place.symlink_to(copy)
    assert not is_stamped(env)

    place.unlink()
    os.mkfifo(place)
    assert not is_stamped(env)


PLACES = [
    {"HOME": "/home/me"},
    {"HOME": "/home/me", "XDG_STATE_HOME": "/state"},
    {"HOME": "/home/me", "XDG_STATE_HOME": "state"},
    {"HOME": "/home/me", "XDG_STATE_HOME": ""},
]


@pytest.mark.parametrize("places", PLACES, ids=str)
def test_it_is_looked_for_where_it_is_kept(places: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def note(path: str, _flags: int) -> int:
        opened.append(path)
        raise PermissionError

    monkeypatch.setattr(os, "open", note)

    assert not is_stamped(places)
    assert opened == [str(app_dirs(places).prompt_stamp)]
