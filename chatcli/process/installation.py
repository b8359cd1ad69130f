"""Knows how this program was installed, and the command that adds a library to it."""

from __future__ import annotations

import sys

# On the public index, the name `chatcli` belongs to another project, which no hint may install.
DISTRIBUTION = "chatcli-repl"


def install_command(library: str) -> str:
    """Return the command that installs *library* for the running interpreter."""
    from importlib.util import find_spec
    from shlex import join

    python = sys.executable or "python3"
    if find_spec("pip") is None:
        return join(["uv", "pip", "install", "--python", python, library])
    return join([python, "-m", "pip", "install", library])
