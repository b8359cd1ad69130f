"""Finds the file system of a file: on a network file system, locks may not work."""

from __future__ import annotations

import os
from pathlib import Path

from chatcli.text.patterns import pattern

MOUNTS = Path("/proc/self/mounts")
_NETWORK = pattern(r"nfs|cifs|smb|fuse|9p|afs|ceph|gluster|lustre|davfs|ncpfs|vboxsf|virtiofs")
_OCTAL = pattern(r"\\([0-7]{3})")


def network_kind(path: Path, *, mounts: Path = MOUNTS) -> str:
    """Return the kind of a file system that may not keep locks, "" for any other or an unknown one."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    whole = Path(os.path.realpath(path))  # which takes loops of links as they are
    kinds = {_name(fields[1]): fields[2] for line in lines if len(fields := line.split(" ")) > 2}
    nearest = next((kinds[mount] for mount in (whole, *whole.parents) if mount in kinds), "")
    return nearest if _NETWORK.match(nearest) else ""


def _name(written: str) -> Path:
    return Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), written))
