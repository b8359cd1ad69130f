"""A rich theme file changes how replies look; one that cannot be used is named, and replies are shown all the same."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from chatcli.conversation.messages import Text
from chatcli.output.interactive import TerminalOutput
from chatcli.output.plain import Notes
from chatcli.render.look import Look
from chatcli.render.theme import complaint_of
from chatcli.repl.remedies import word_on_command_line
from tests.render.stage import Stage, printed

THEME = """\
[styles]
markdown.h1 = bold #ff0000
markdown.code = italic green
code.keyword = underline
"""


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    path = tmp_path / "my.ini"
    path.write_text(THEME, encoding="utf-8")
    return path


def test_its_styles_are_laid_over_the_theme_auto(theme: Path) -> None:
    shown = printed("# a\n\n`b` *c*\n\n```py\ndef f()\n```", look=Look(theme=str(theme), colours=2**24))

    assert "\x1b[1;38;2;255;0;0ma" in shown
    assert "\x1b[3;32mb" in shown
    assert "\x1b[3mc" in shown
    assert "\x1b[4mdef" in shown


def test_a_terminal_with_sixteen_colours_gets_the_nearest(theme: Path) -> None:
    assert "\x1b[1;31ma" in printed("# a", look=Look(theme=str(theme), colours=16))


def test_without_colour_its_attributes_stay(theme: Path) -> None:
    shown = printed("# a\n\n`b`", look=Look(theme=str(theme), colour=False))

    assert shown == "\x1b[1ma\x1b[0m\n\n\x1b[3mb\x1b[0m\n"


BROKEN = {
    "no_section": "markdown.h1 = red",
    "no_style": "[styles]\nmarkdown.h1 = reddish",
    "no_styles": "[colours]\nmarkdown.h1 = red",
    "twice": "[styles]\nmarkdown.h1 = red\nmarkdown.h1 = blue",
    "open_interpolation": "[styles]\nmarkdown.h1 = %(x",
    "latin": "[styles]\n# \udcfc",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_and_the_reply_is_shown(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.ini"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    rows = complaint(path)

    assert rows.count(str(path)) == 1


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_what_is_no_file_is_named_and_the_reply_is_shown(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "t.ini"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)

    rows = complaint(path)

    assert str(path) in rows
    assert "file not found" in rows


def complaint(path: Path) -> str:
    """Return what is wrong with a theme, after a reply was shown with it."""
    look = Look(theme=str(path))

    assert Stage(look=look).play(["Hello"]) == ["Hello"]
    return complaint_of(look)


def test_a_broken_file_is_reported_once_a_run(tmp_path: Path) -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    look = Look(theme=f"{tmp_path}/none.ini")
    output = TerminalOutput(stdout, Notes(stderr, str, word_on_command_line), lambda: look)
    for _ in range(3):
        with output.turn() as show:
            show(Text("Hello"))

    assert stderr.getvalue().count("none.ini") == 1
    assert stdout.getvalue().count("Hello") == 3
