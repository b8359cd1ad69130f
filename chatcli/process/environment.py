"""Describes the environment of the program as one value."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from chatcli.process.streams import is_terminal
from chatcli.records import frozen


@frozen
class Environment:
    """The environment of the program as one value."""

    environ: Mapping[str, str]
    directory: Path  # relative if it has no path, such as a removed directory
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def here(cls) -> Environment:
        """Return the environment of this process, with repaired streams."""
        return cls(os.environ, _directory(), sys.stdin, sys.stdout, sys.stderr)

    @property
    def is_ascii(self) -> bool:
        """Whether the locale, or the encoding of stdout, has nothing but ASCII or may lack our marks."""
        return is_ascii_locale(self.environ) or not (self.stdout.encoding or "").lower().startswith("utf")

    @property
    def is_conversation(self) -> bool:
        """Whether stdin and stdout are both terminals."""
        return is_terminal(self.stdin) and is_terminal(self.stdout)


def is_ascii_locale(environ: Mapping[str, str]) -> bool:
    """Return whether the locale is C or POSIX by name; where none is named, Python takes UTF-8, and so does chat."""
    names = (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next(filter(None, names), "") in ("C", "POSIX")


def _directory() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return Path()
