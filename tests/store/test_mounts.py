"""A file system that comes over a network is told from one that does not."""

from pathlib import Path

import pytest

from chatcli.store.database import Database
from chatcli.store.mounts import network_kind

TABLE = """\
/dev/sda / ext4 rw 0 0
server:/home /net/my\\040home nfs4 rw 0 0
//server/share /net/my\\040home/share cifs rw 0 0
me@host: /ssh fuse.sshfs rw 0 0
tmpfs /net/my\\040home/fast tmpfs rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/history.db", ""), ("/net/my home/history.db", "nfs4"), ("/net/my home/share/a/b", "cifs"),
        ("/ssh/x", "fuse.sshfs"), ("/net/my home/fast/x", ""), ("/net/my home2/x", ""),
    ],
)  # fmt: skip
def test_the_nearest_mount_counts(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "mounts").write_text(TABLE)

    assert network_kind(Path(path), mounts=tmp_path / "mounts") == kind


def test_where_nobody_says_there_is_none(tmp_path: Path) -> None:
    assert network_kind(tmp_path, mounts=tmp_path / "none") == ""


def test_a_new_file_on_a_network_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text("x / nfs rw 0 0\n")
    said: list[str] = []

    for _ in range(2):
        database = Database(tmp_path / "data" / "history.db", notify=said.append, mounts=tmp_path / "mounts")
        database.write(lambda _connection: None)
        database.close()

    assert len(said) == 1
    assert "network file system (nfs)" in said[0]
