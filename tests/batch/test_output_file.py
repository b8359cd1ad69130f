"""An output is a file of the user's own choice, and never one that would be lost by it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatcli.batch.output_file import OutputFile, check_output, journal_path
from chatcli.errors import UsageError

Arrange = Callable[[Path, Path], object]  # with the output and the input
REFUSED: dict[str, tuple[Arrange, str]] = {
    "other content": (lambda out, _source: out.write_text("mine"), "exists"),
    "folder": (lambda out, _source: out.mkdir(), "not a file"),
    "pipe": (lambda out, _source: os.mkfifo(out), "not a file"),
    "input": (lambda out, source: os.link(source, out), "is the input"),
    "link to the input": (lambda out, source: out.symlink_to(source), "is the input"),
    "journal that is the input": (lambda out, source: os.link(source, journal_path(out)), "is the input"),
    "journal that is a folder": (lambda out, _source: journal_path(out).mkdir(), "not a file"),
    "journal that is a link": (lambda out, _source: journal_path(out).symlink_to("elsewhere"), "symbolic link"),
}


@pytest.mark.parametrize(("arrange", "word"), REFUSED.values(), ids=REFUSED)
def test_an_output_that_would_destroy_something_is_refused(tmp_path: Path, arrange: Arrange, word: str) -> None:
    """Also when the run starts over, except that the user asks for that: other content."""
    out, source = tmp_path / "out", tmp_path / "in"
    source.write_text("rows")
    arrange(out, source)

    for restart in (False, word != "exists"):
        with pytest.raises(UsageError, match=word):
            check_output(out, source, restart=restart)


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_stdout_is_not_an_output_file(name: str) -> None:
    with pytest.raises(UsageError, match="not a file"):
        check_output(Path(name), None, restart=False)


def test_a_link_to_an_output_is_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.symlink_to("target")

    check_output(out, None, restart=False)
    with closing(OutputFile(out)) as output:
        output.write("row\n")

    assert (tmp_path / "target").read_text() == "row\n"
    assert out.is_symlink()
