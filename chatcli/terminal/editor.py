"""The user's own editor: `$VISUAL`, else `$EDITOR`, else the first that is installed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.terminal.paste import strip_controls
from chatcli.terminal.tty import echoing

_USUAL = ("sensible-editor", "nano", "vim", "vi", "notepad")
_UNCHANGED = "The draft is unchanged"


def edit_text(text: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """Let the user edit *text*; return it cleaned, without the final newline that editors add.

    Raises ConfigError where there is no editor, or it ends with an error; the text is then still the old one.
    """
    command = _command(environment)
    descriptor, name = tempfile.mkstemp(prefix="chat-", suffix=".md")
    file = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        _run([*command, name])
        return strip_controls(_read(file, command[0])).text.removesuffix("\n")
    finally:
        file.unlink(missing_ok=True)


def _command(environment: Mapping[str, str]) -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if value := environment.get(variable, "").strip():
            return _split(variable, value)
    for name in _USUAL:
        if found := shutil.which(name, path=environment.get("PATH")):
            return [found]
    raise ConfigError("there is no editor", kept=_UNCHANGED, hint="Set $VISUAL or $EDITOR")


def _split(variable: str, value: str) -> list[str]:
    try:
        return shlex.split(value, posix=os.name != "nt")
    except ValueError as error:
        raise ConfigError(f"${variable} is `{value}`, which is no command ({error})", kept=_UNCHANGED) from error


def _read(file: Path, editor: str) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        what = f"the editor `{editor}` left no file that can be read: {error.strerror}"
        raise ConfigError(what, kept=_UNCHANGED, hint="Set $VISUAL or $EDITOR") from error


def _run(command: list[str]) -> None:
    try:
        with echoing(sys.stdin):
            status = subprocess.call(command)
    except OSError as error:
        what = f"the editor `{command[0]}` cannot be started: {error.strerror}"
        raise ConfigError(what, kept=_UNCHANGED, hint="Set $VISUAL or $EDITOR") from error
    if status:
        raise ConfigError(f"the editor `{command[0]}` ended with status {status}", kept=_UNCHANGED)
