"""Tries every situation through `chat ask` and a conversation: `python -m tests.tooling.surfaces`.

Prints each that they judge differently, and how many there were. Takes a minute.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.surfaces import differences, situations


def main() -> int:
    """Try all; return how many differ."""
    names, differing = list(situations()), 0
    with tempfile.TemporaryDirectory() as folder:
        for complaint in differences(names, Path(folder)):
            differing += 1
            print(complaint, flush=True)
    print(f"{len(names)} situations, {differing} differ")
    return differing


if __name__ == "__main__":
    sys.exit(main() > 0)
