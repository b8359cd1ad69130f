"""Runs the user's editor: `$VISUAL`, else `$EDITOR`, else the first that is installed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.files.faults import file_error
from chatcli.files.foreign import ForeignReader
from chatcli.language import N_, _
from chatcli.process.signals import quit_key_ignored
from chatcli.terminal.paste import strip_controls
from chatcli.terminal.tty import echoing

_USUAL = ("sensible-editor", "nano", "vim", "vi", "notepad")
_MOST_BYTES = 16_000_000
_HINT = N_("Set $VISUAL or $EDITOR")


def edit_text(text: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """Let the user edit *text*; return it cleaned, without the final newline that editors add.

    Raises ConfigError if there is no editor, it fails, or it leaves nothing readable; *text* is
    then still what it was.
    """
    try:
        return _edited(text, environment)
    except ConfigError as error:
        raise ConfigError(error.what, kept=_("The draft is unchanged"), hint=error.hint) from error


def edit_file(path: Path, *, environment: Mapping[str, str] = os.environ) -> None:
    """Let the user edit *path*; raises ConfigError if there is no editor or it fails."""
    command = _command(environment)
    try:
        with echoing(sys.stdin), quit_key_ignored():
            status = subprocess.call([*command, str(path)])
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            _("cannot start the editor `{name}`: {reason}", name=command[0], reason=reason), hint=_(_HINT)
        ) from error
    if status:
        raise ConfigError(_("the editor `{name}` exited with status {status}", name=command[0], status=status))


def _edited(text: str, environment: Mapping[str, str]) -> str:
    file = _draft_file(text)
    try:
        edit_file(file, environment=environment)
        return strip_controls(_read(file).decode("utf-8", "replace")).text.removesuffix("\n")
    finally:
        with suppress(OSError):
            file.unlink()


def _read(file: Path) -> bytes:
    try:
        return ForeignReader().read(file, max_bytes=_MOST_BYTES)
    except ConfigError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise ConfigError(_("the editor deleted the draft file")) from error
        raise


def _draft_file(text: str) -> Path:
    """Write *text* to a file of its own, which only this user can read."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="chat-", suffix=".md")
    except OSError as error:
        raise file_error("write", error.filename or _("a temporary file"), error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8", "replace"))
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise file_error("write", name, error) from error
    return Path(name)


def _command(environment: Mapping[str, str]) -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if value := environment.get(variable, "").strip():
            return split_command(variable, value)
    for name in _USUAL:
        if found := shutil.which(name, path=environment.get("PATH")):
            return [found]
    raise ConfigError(_("no editor found"), hint=_(_HINT))


def split_command(variable: str, value: str) -> list[str]:
    """Split the *value* of an environment variable into words; raises ConfigError."""
    try:
        return shlex.split(value, posix=os.name != "nt")
    except ValueError as error:
        what = N_("cannot parse ${variable} as a command: `{value}` ({reason})")
        raise ConfigError(_(what, variable=variable, value=value, reason=error)) from error
