"""Gives access to chat's own directories and private files; no other module touches them.

The environment is an argument, nothing is touched at import, and asking where something is creates nothing. Files are
0600 and directories 0700 whatever the umask would allow. A private file that others could have read or changed is
refused, as ssh does it, with the command that mends it. What is checked is the open file, not its name, so that no one
can swap it in between.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.files.faults import FileAction, file_error
from chatcli.language import _
from chatcli.records import frozen

APP = "chatcli"
CONFIG = "CHAT_CONFIG"  # names another settings file than that in our directory
MOST_BYTES = 32 << 20  # of a private file other than the chats
HAS_MODES = sys.platform != "win32"  # whether permissions are bits that the owner of a file sets
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
# A pipe that stands where a file should is not waited for; in places of our own no link is followed either.
# For a file that the user has named, whose links are followed: never waiting, and never other than the bytes.
NAMED_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOCTTY", 0) | NAMED_FLAGS
SAFE_FLAGS = getattr(os, "O_NOFOLLOW", 0) | NAMED_FLAGS


@frozen
class AppDirs:
    """Our four directories, which may not exist yet."""

    config: Path
    state: Path
    cache: Path
    data: Path

    @property
    def history(self) -> Path:
        """The conversations."""
        return self.data / "history.db"

    @property
    def config_file(self) -> Path:
        """The user's settings, unless CHAT_CONFIG names another file."""
        return self.config / "config.toml"

    @property
    def key_store(self) -> Path:
        """The keys that were saved with `chat keys set`."""
        return self.config / "keys.json"

    @property
    def sign_ins(self) -> Path:
        """What MCP servers have granted after a sign-in."""
        return self.config / "sign-ins.json"

    @property
    def confirmed(self) -> Path:
        """Which variables' keys may go to which other hosts."""
        return self.state / "confirmed.json"

    @property
    def trusted(self) -> Path:
        """The project files that were accepted."""
        return self.state / "trusted.json"

    @property
    def prompt_stamp(self) -> Path:
        """Whether the next start ends at the usual prompt."""
        return self.state / "prompt"

    @property
    def batches(self) -> Path:
        """The batches that were submitted to providers."""
        return self.data / "batches"

    @property
    def approvals(self) -> Path:
        """The tools that the user always allows."""
        return self.data / "approvals.json"

    @property
    def pins(self) -> Path:
        """What the user has accepted of each MCP server."""
        return self.data / "pins.json"

    def is_private(self, path: Path) -> bool:
        """Return whether only chat itself reads and writes *path*: keys, chats, and state kept between runs."""
        real = Path(os.path.realpath(path))
        data, state = (Path(os.path.realpath(folder)) for folder in (self.data, self.state))
        is_chats = real.parent == data and real.name.lstrip(".").startswith(self.history.stem)
        batches = Path(os.path.realpath(self.batches))
        return (
            is_chats
            or batches in real.parents
            or state in real.parents
            or real in (Path(os.path.realpath(self.key_store)), Path(os.path.realpath(self.sign_ins)))
        )


def app_dirs(env: Mapping[str, str], *, windows: bool | None = None) -> AppDirs:
    """Return where things are kept, by *env* alone; *windows* None: as this machine does it."""
    if sys.platform == "win32" if windows is None else windows:
        roaming = _directory(env, "APPDATA", "AppData/Roaming")
        local = _directory(env, "LOCALAPPDATA", "AppData/Local")
        return AppDirs(roaming / APP, local / APP / "state", local / APP / "cache", local / APP / "data")
    return AppDirs(
        _directory(env, "XDG_CONFIG_HOME", ".config") / APP,
        _directory(env, "XDG_STATE_HOME", ".local/state") / APP,
        _directory(env, "XDG_CACHE_HOME", ".cache") / APP,
        _directory(env, "XDG_DATA_HOME", ".local/share") / APP,
    )


def _directory(env: Mapping[str, str], variable: str, below_home: str) -> Path:
    # A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
    named = Path(env.get(variable, ""))
    return named if named.is_absolute() else _home(env) / below_home


def _home(env: Mapping[str, str]) -> Path:
    for variable in ("HOME", "USERPROFILE"):
        if env.get(variable):
            return Path(env[variable])
    try:
        return Path.home()
    except RuntimeError as error:
        raise ConfigError(_("cannot find the home directory"), hint=_("Set HOME")) from error


def expand_user(text: str, env: Mapping[str, str]) -> Path:
    """Return the path that *text* means, a leading `~` being the home directory, `~NAME` that of another user."""
    if text == "~" or text.startswith(("~/", "~\\")):
        return _home(env) / text[2:]
    with suppress(RuntimeError):  # no user has that name, but a file may
        return Path(text).expanduser()
    return Path(text)


def may_exist(path: Path) -> bool:
    """Return whether something is at *path*, or may be: if that is unknown, using it raises the reason."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of *path*, None if nothing is there; raises ConfigError if the system cannot say."""
    with _worded("read", path):
        try:
            return path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None


def ensure_private_dir(path: Path) -> None:
    """Create *path* and its missing parents, for this user alone; an existing *path* becomes private too."""
    with _worded("create", path):
        for missing in [parent for parent in reversed((path, *path.parents)) if not parent.exists()]:
            # Another program may make it at the same time.
            missing.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if HAS_MODES and stat.S_IMODE(path.stat().st_mode) != 0o700:
            path.chmod(0o700)


def close_to_others(path: Path) -> None:
    """Make an existing file of ours readable by its owner alone, where that can be done."""
    with suppress(OSError):
        if is_open_to_others(path.stat()):
            path.chmod(0o600)


def close_descriptor_to_others(descriptor: int) -> None:
    """Make an open file of ours readable by its owner alone."""
    if sys.platform != "win32" and is_open_to_others(os.fstat(descriptor)):
        os.fchmod(descriptor, 0o600)


def is_open_to_others(status: os.stat_result) -> bool:
    """Return whether the permissions let other users at a file; on Windows they never say so."""
    return HAS_MODES and bool(status.st_mode & 0o077)


def write_private(path: Path, data: bytes, *, like: os.stat_result | None = None) -> None:
    """Replace *path* by *data*, as a whole or not at all; its directory is created where it is missing.

    A file of the user's keeps the permissions in *like*, its status; ours is private.
    """
    if not may_exist(path.parent):
        ensure_private_dir(path.parent)
    # In the same directory, never the system's: a rename does not cross file systems, and no other user may look in.
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    with _worded("write", path):
        create_private(temporary, data)
        try:
            if like:
                _copy_permissions(like, temporary)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_directory(path.parent)


def _copy_permissions(status: os.stat_result, path: Path) -> None:
    if sys.platform != "win32":
        with suppress(OSError):  # only root can give a file away
            os.chown(path, status.st_uid, status.st_gid)
    path.chmod(stat.S_IMODE(status.st_mode))


def create_private(path: Path, data: bytes) -> None:
    """Write *data* to *path*, which must not exist: all of it, or no file is left. Raises OSError."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | SAFE_FLAGS, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _sync_directory(path: Path) -> None:
    if sys.platform == "win32":  # directories cannot be opened there, and renames are durable without
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path) -> bytes | None:
    """Return the content of *path*, None if there is no such file.

    Raises ConfigError when others can read or change the file, or every user can put another in its place.
    """
    with _worded("read", path):
        try:
            descriptor = _open_private(path)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            _refuse(permission_problem(os.fstat(descriptor), path, owner=_user()))
            data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ConfigError(
            _("{path} is larger than {size} MiB, the limit for chat's own files", path=path, size=MOST_BYTES >> 20)
        )
    return data


def _open_private(path: Path) -> int:
    """Open *path* in the very directory that was looked at."""
    if os.open not in os.supports_dir_fd:
        return os.open(path, os.O_RDONLY | SAFE_FLAGS)
    directory = os.open(path.parent, os.O_RDONLY | _DIRECTORY)
    try:
        _refuse(writable_problem(os.fstat(directory), path.parent))
        if stat.S_ISLNK(os.stat(path.name, dir_fd=directory, follow_symlinks=False).st_mode):
            raise ConfigError(_("{path} is a symbolic link", path=path), hint=_("Replace it with the file itself"))
        return os.open(path.name, os.O_RDONLY | SAFE_FLAGS, dir_fd=directory)
    finally:
        os.close(directory)


def permission_problem(status: os.stat_result, path: Path, *, owner: int | None) -> ConfigError | None:
    """Return why a private file with *status* is refused, None when it is fine; *owner* None: owners mean nothing."""
    if not stat.S_ISREG(status.st_mode):
        return ConfigError(_("{path} is not a regular file", path=path))
    if owner is None:
        return None
    if status.st_uid != owner:
        return ConfigError(
            _("{path} belongs to another user", path=path),
            hint=_("Run: {command}", command=f"sudo chown {owner} {shell_quoted(path)}"),
        )
    if is_open_to_others(status):
        mode = stat.S_IMODE(status.st_mode)
        return ConfigError(
            _("{path} is accessible to other users (mode {mode})", path=path, mode=f"{mode:04o}"),
            hint=_("Run: {command}", command=f"chmod 600 {shell_quoted(path)}"),
        )
    return None


def writable_problem(status: os.stat_result, path: Path) -> ConfigError | None:
    """Return why a file, or files in a directory, with *status* are refused: every user can replace them."""
    if not (HAS_MODES and status.st_mode & 0o002):
        return None
    return ConfigError(
        _("{path} is writable by every user", path=path),
        hint=_("Run: {command}", command=f"chmod o-w {shell_quoted(path)}"),
    )


def _user() -> int | None:
    if sys.platform == "win32":
        return None
    return os.geteuid()


def _refuse(error: ConfigError | None) -> None:
    if error:
        raise error


def shell_quoted(path: Path) -> str:
    """Write *path* as a shell takes it."""
    from shlex import quote

    return quote(str(path))


@contextmanager
def _worded(action: FileAction, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise file_error(action, path, error) from error
