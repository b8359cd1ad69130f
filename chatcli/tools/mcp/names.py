"""Names the tools of servers as providers accept them, so that no two tools ever share a name.

A tool is called `SERVER__TOOL` where that can be read in one way only. Any other name ends with a hash of both: if it
is too long or has other characters, if it could be split elsewhere, or if it looks like a name with a hash.
"""

from __future__ import annotations

import hashlib
import json
import re

from chatcli.tools.tool import NAME

SEPARATOR = "__"
_HASH_CHARS = 12
_MOST = 64
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_HASHED = re.compile(rf".*_[0-9a-f]{{{_HASH_CHARS}}}")


def exposed_name(server: str, tool: str) -> str:
    """Return the name by which models call *tool* of *server*."""
    plain = f"{server}{SEPARATOR}{tool}"
    is_clear = plain.count(SEPARATOR) == 1 and not server.endswith("_") and not tool.startswith("_") and server and tool
    if is_clear and NAME.fullmatch(plain) and not _HASHED.fullmatch(plain):
        return plain
    digest = hashlib.sha256(json.dumps([server, tool]).encode()).hexdigest()[:_HASH_CHARS]
    stem = _UNFIT.sub("_", plain)[: _MOST - _HASH_CHARS - 1].strip("_")
    return f"{stem}_{digest}" if stem else f"tool_{digest}"
