"""Every measurement in one: `python -m tests.bench [--out FILE] [--only NAME]...`.

Each runs as a program of its own, one after the other, beside those of the other programs that are on the PATH; the
tables come one below the other, under the machine and the versions. What fails is named, and the rest goes on.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

BENCHES = ("startup", "repl", "render", "window", "store", "batch", "instructions")
PACKAGES = ("httpx", "rich", "prompt-toolkit", "typer", "tiktoken")


def head() -> str:
    """Return the machine and the versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"# Measurements\n\nPython {platform.python_version()}, {system}; {versions}."


def measure(name: str) -> tuple[str, bool]:
    """Return the section of the bench *name*, and whether it went through."""
    ran = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], capture_output=True, text=True, check=False)
    found = ran.stdout.strip() if ran.returncode == 0 else f"failed: {ran.stderr.strip().splitlines()[-1:]}"
    return f"## {name}\n\n{found}", ran.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, write what they print, and return 1 if any failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--out", type=Path, help="the file to write; stdout where it is not given")
    parser.add_argument("--only", action="append", choices=BENCHES, help="one of them; may be repeated")
    given = parser.parse_args(arguments)
    sections = [measure(name) for name in given.only or BENCHES]
    text = "\n\n".join((head(), *(section for section, _ in sections))) + "\n"
    if given.out:
        given.out.write_text(text)
    else:
        print(text, end="")
    return 0 if all(is_whole for _, is_whole in sections) else 1


if __name__ == "__main__":
    sys.exit(main())
