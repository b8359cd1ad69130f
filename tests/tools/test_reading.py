"""Nothing outside of the folder is read, whatever a path or a link says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatcli.files.foreign import ForeignReader
from chatcli.tools.reading import RootedFolder
from chatcli.tools.tool import IllustratedResult, ToolError
from tests.request.test_images import png


@pytest.fixture
def folder(tmp_path: Path) -> RootedFolder:
    root = tmp_path / "root"
    for path in (root / "sub", tmp_path / "root-beside"):
        path.mkdir(parents=True)
        (path / "note.txt").write_text(f"text of {path.name}\n", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "inside").symlink_to("sub/note.txt")
    (root / "outside").symlink_to("../secret")
    (root / "folder").symlink_to("../root-beside")
    (root / "far").symlink_to("folder/note.txt")
    (root / "loop").symlink_to("loop")
    (root / "binary").write_bytes(b"\x89PNG\r\n\x1a\n")
    os.mkfifo(root / "pipe")
    return RootedFolder(root, ForeignReader())


@pytest.mark.parametrize(
    "name", ["sub/note.txt", "inside", "./sub/../sub/note.txt", "sub//note.txt", "folder/../inside"]
)
def test_files_below_the_folder_are_read_with_their_name(folder: RootedFolder, name: str) -> None:
    if name.startswith("folder"):  # the link leads out before `..` leads back, and not into the folder
        with pytest.raises(ToolError):
            folder.read(name)
        return
    text = str(folder.read(name))
    assert text.startswith(name)
    assert text.endswith("text of sub\n")


def test_an_image_is_returned_as_one(folder: RootedFolder) -> None:
    (folder.root / "look.png").write_bytes(png(3, 2))

    found = folder.read("look.png")

    assert isinstance(found, IllustratedResult)
    assert "PNG image, 3 x 2" in found.text
    assert len(found.images) == 1


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../secret",
            "sub/../../secret",
            "outside",
            "folder/note.txt",
            "far",
            "/etc/passwd",
            "../root-beside/note.txt",
        ),
        *("", "..", "loop", "\0", "~/x", "no/such", "binary", "pipe", "\ud800", "a" * 5000),
    ],
)
def test_all_else_is_refused(folder: RootedFolder, name: str) -> None:
    if name == "":
        assert folder.read(name) == "binary\nfar\nfolder/\ninside\nloop\noutside\npipe\nsub/"
        return
    with pytest.raises(ToolError) as refused:
        folder.read(name)

    assert "secret" not in str(refused.value).replace(name, "")


def test_a_folder_is_listed(folder: RootedFolder) -> None:
    assert folder.read("sub") == "note.txt"
