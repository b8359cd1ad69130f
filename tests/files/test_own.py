"""Our files are ours alone, written whole or not at all, and read only where no one else could have touched them."""

import os
import pwd
import resource
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.files.own import (
    app_dirs,
    create_private,
    ensure_private_dir,
    expand_user,
    permission_problem,
    read_private,
    write_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=lambda umask: f"umask {umask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("env", "config", "state", "cache"),
    [
        pytest.param({"HOME": "/h"}, "/h/.config/chatcli", "/h/.local/state/chatcli", "/h/.cache/chatcli", id="home"),
        pytest.param(
            {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"},
            "/c/chatcli",
            "/s/chatcli",
            "/k/chatcli",
            id="named",
        ),
        pytest.param(
            {"HOME": "/h", "XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": ""},
            "/h/.config/chatcli",
            "/h/.local/state/chatcli",
            "/h/.cache/chatcli",
            id="relative and empty names count as none",
        ),
    ],
)
def test_places_follow_the_environment(env: dict[str, str], config: str, state: str, cache: str) -> None:
    where = app_dirs(env, windows=False)

    assert (where.config, where.state, where.cache) == (Path(config), Path(state), Path(cache))


def test_places_on_windows() -> None:
    where = app_dirs({"USERPROFILE": "/u", "APPDATA": "/roaming"}, windows=True)

    assert where.config_file == Path("/roaming/chatcli/config.toml")
    assert where.state == Path("/u/AppData/Local/chatcli/state")
    assert where.cache == Path("/u/AppData/Local/chatcli/cache")


def test_asking_for_places_creates_nothing(tmp_path: Path) -> None:
    where = app_dirs({"HOME": str(tmp_path)})

    assert where.config_file.is_relative_to(tmp_path)
    assert where.key_store.parent == where.config_file.parent
    assert where.confirmed.parent == where.trusted.parent == where.state
    assert not list(tmp_path.iterdir())


def test_home_is_known_without_variables() -> None:
    assert app_dirs({}, windows=False).config.is_absolute()


@pytest.mark.parametrize(
    ("text", "path"),
    [("~", "/h"), ("~/a b", "/h/a b"), ("/x", "/x"), ("~nobody-of-that-name/x", "~nobody-of-that-name/x")],
)
def test_the_tilde_is_the_home_directory(text: str, path: str) -> None:
    assert expand_user(text, {"HOME": "/h"}) == Path(path)


def test_the_tilde_of_another_user_is_that_home_directory() -> None:
    account = pwd.getpwuid(os.getuid())

    assert expand_user(f"~{account.pw_name}/x", {"HOME": "/h"}) == Path(account.pw_dir) / "x"


@pytest.mark.usefixtures("umask")
def test_files_and_directories_are_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file"

    write_private(path, b"secret")

    assert mode(path) == 0o600
    assert mode(tmp_path / "new") == mode(path.parent) == 0o700
    assert read_private(path) == b"secret"


def test_an_open_directory_of_ours_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "chatcli"
    path.mkdir(mode=0o755)

    ensure_private_dir(path)

    assert mode(path) == 0o700


def test_a_file_in_place_of_our_directory_is_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / "chatcli"
    path.write_text("mine")
    path.chmod(0o644)

    with pytest.raises(ConfigError, match=r"cannot create .*: Not a directory"):
        ensure_private_dir(path)

    assert mode(path) == 0o644


def test_writing_replaces_the_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"

    write_private(path, b"long long ago")
    write_private(path, b"now")

    assert path.read_bytes() == b"now"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_writing_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()  # so that it cannot be replaced

    with pytest.raises(ConfigError, match="cannot write"):
        write_private(path, b"new")

    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("theirs")
    link.symlink_to(target)

    write_private(link, b"ours")

    assert target.read_text() == "theirs"
    assert link.read_bytes() == b"ours"
    assert not link.is_symlink()


def test_creating_never_overwrites(tmp_path: Path) -> None:
    path, target = tmp_path / "link", tmp_path / "target"
    path.symlink_to(target)

    with pytest.raises(FileExistsError):
        create_private(path, b"ours")

    assert not target.exists()


def test_a_file_that_finds_no_room_is_not_left(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            create_private(tmp_path / "new", b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)

    assert list(tmp_path.iterdir()) == []


def test_no_private_file_is_nothing(tmp_path: Path) -> None:
    assert read_private(tmp_path / "keys") is None
    assert read_private(tmp_path / "nowhere" / "keys") is None


@pytest.mark.parametrize("wrong", [0o640, 0o604, 0o660, 0o601, 0o644], ids="{:04o}".format)
def test_j95_a_file_that_is_open_to_others_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, wrong: int
) -> None:
    path = tmp_path / "my keys"
    write_private(path, b"secret")
    path.chmod(wrong)

    with pytest.raises(ConfigError, match=f"mode {wrong:04o}") as caught:
        read_private(path)

    assert caught.value.hint == f"Run: chmod 600 '{path}'"


def test_a_directory_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "keys", b"secret")
    tmp_path.chmod(0o1777)

    with pytest.raises(ConfigError, match="every user") as caught:
        read_private(tmp_path / "keys")

    assert caught.value.hint == f"Run: chmod o-w {tmp_path}"


def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    write_private(path, b"secret")

    error = permission_problem(path.stat(), path, owner=os.geteuid() + 1)

    assert error
    assert error.what == f"{path} belongs to another user"
    assert error.hint == f"Run: sudo chown {os.geteuid() + 1} {path}"


def test_where_files_have_no_owner_only_their_kind_counts(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("x")
    path.chmod(0o666)

    assert permission_problem(path.stat(), path, owner=None) is None
    assert permission_problem(tmp_path.stat(), tmp_path, owner=None)


def test_a_link_is_not_read(tmp_path: Path) -> None:
    write_private(tmp_path / "target", b"secret")
    (tmp_path / "keys").symlink_to(tmp_path / "target")

    with pytest.raises(ConfigError, match="is a symbolic link"):
        read_private(tmp_path / "keys")


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys", 0o600)

    with pytest.raises(ConfigError, match="not a regular file"):
        read_private(tmp_path / "keys")


def test_j96_a_file_that_is_swapped_while_it_is_read_is_never_trusted(tmp_path: Path) -> None:
    """Either the private file or a refusal, however the names change hands."""
    path, done = tmp_path / "keys", threading.Event()
    write_private(path, b"mine")

    def swap() -> None:
        while not done.is_set():
            for text, file_mode in ((b"theirs", 0o644), (b"mine", 0o600)):
                fresh = tmp_path / "fresh"
                create_private(fresh, text)
                fresh.chmod(file_mode)
                fresh.replace(path)

    swapper, interval = threading.Thread(target=swap), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    swapper.start()
    try:
        seen = {read_or_refusal(path) for _ in range(1000)}
    finally:
        done.set()
        swapper.join()
        sys.setswitchinterval(interval)

    assert b"theirs" not in seen
    assert b"mine" in seen


def read_or_refusal(path: Path) -> bytes | None:
    try:
        return read_private(path)
    except ConfigError:
        return None
