from __future__ import annotations

import shlex
import stat
import sys
from pathlib import Path

import pytest

from chatcli.input.prompt_history import HistoryFile
from chatcli.text.draft import Draft
from tests.input.conftest import OpenTypist
from tests.support.drafts import typed_of

BEGIN, END = "\x1b[200~", "\x1b[201~"
ENTER, CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_G, CTRL_O, CTRL_W = (
    "\r",
    "\x01",
    "\x03",
    "\x04",
    "\x05",
    "\x07",
    "\x0f",
    "\x17",
)
CTRL_U, CTRL_Y = "\x15", "\x19"
LEFT, UP, BACKSPACE, UNDO, CTRL_Q, CTRL_R, HOME = "\x1b[D", "\x1b[A", "\x7f", "\x1f", "\x11", "\x12", "\x1b[H"
LONG = "\n".join(f"line {number}" for number in range(11))
LABEL = "[Pasted #1: 11 lines, 77 B]"


def pasted(text: str) -> str:
    return f"{BEGIN}{text}{END}"


@pytest.mark.parametrize(
    ("paste", "message"),
    [
        pytest.param("a\r\nb\rc\nd", "a\nb\nc\nd", id="newlines"),
        pytest.param("\tif x:\r\t\ty\r\r\rz", "\tif x:\n\t\ty\n\n\nz", id="blanks"),
        pytest.param("one line\r", "one line", id="final newline of one line"),
        pytest.param("日本語", "日本語", id="wide"),
        pytest.param("/help", "/help", id="slash opens no menu"),
        pytest.param("a\x1b[31mb", "a[31mb", id="controls"),
    ],
)
def test_paste_is_text(typist: OpenTypist, paste: str, message: str) -> None:
    state = typist(words=lambda: {"help": "Helps"})

    assert state.read(pasted(paste), state.wait(0.1), ENTER) == message


def test_paste_never_sends(typist: OpenTypist) -> None:
    state = typist()

    assert state.read(pasted("a\r"), state.wait(0.04), ENTER, state.wait(0.02), "b", ENTER) == "ab"


def test_enter_in_the_same_read_does_not_send(typist: OpenTypist) -> None:
    state = typist()

    assert state.read(pasted("a") + ENTER, state.wait(1), "b", ENTER) == "ab"


def test_lines_without_marks_are_a_paste(typist: OpenTypist) -> None:
    state = typist()

    assert state.read("a\r\tb\r", state.sees("> a", "      b"), state.wait(1), "c", ENTER) == "a\n\tb\nc"


def test_parts_that_come_at_once_are_one_paste(typist: OpenTypist) -> None:
    state = typist()
    half = LONG[:40]

    message = state.read("see ", pasted(half), state.wait(0.04), pasted(LONG[40:]), state.wait(1), ENTER)

    assert message == f"see {LONG}"
    assert state.rows == [f"> see {LABEL}"]


def test_parts_with_typing_between_are_two(typist: OpenTypist) -> None:
    state = typist()

    assert state.read(pasted("a\r"), "x", pasted("b\r"), state.wait(1), ENTER) == "axb"


def test_removed_characters_are_counted(typist: OpenTypist) -> None:
    state = typist()
    seen = state.sees("> a[0mb", "2 control characters removed from the paste")

    state.read(pasted("a\x1b[0m\x00b"), seen, state.wait(3), "c", state.sees("> a[0mbc"), ENTER)


class TestLong:
    def test_label_is_shown_and_the_text_is_sent(self, typist: OpenTypist, tmp_path: Path) -> None:
        state = typist(history_file=tmp_path / "history")

        draft = state.read_draft("see ", pasted(LONG), "!", state.sees(f"> see {LABEL}!"), state.wait(1), ENTER)

        assert (draft.text, typed_of(draft)) == (f"see {LONG}!", "see !")
        assert state.rows == [f"> see {LABEL}!"]
        assert HistoryFile(tmp_path / "history").read() == [draft]

    @pytest.mark.parametrize("key", [BACKSPACE, CTRL_W, LEFT + "\x1b[3~", CTRL_A + CTRL_D])
    def test_label_goes_as_a_unit_and_comes_back(self, typist: OpenTypist, key: str) -> None:
        state = typist()

        message = state.read(pasted(LONG), key, state.sees(">"), UNDO, state.sees(f"> {LABEL}"), state.wait(1), ENTER)

        assert message == LONG

    def test_cursor_goes_over_the_label_at_once(self, typist: OpenTypist) -> None:
        state = typist()
        columns: list[int] = []

        message = state.read(
            "a", pasted(LONG), "b", LEFT, LEFT, lambda: columns.append(state.column), "x", state.wait(1), ENTER
        )

        assert columns == [3]
        assert message == f"ax{LONG}b"

    def test_up_brings_the_label_back(self, typist: OpenTypist) -> None:
        state = typist()
        state.read(pasted(LONG), state.wait(1), ENTER)

        assert state.read("x", BACKSPACE, UP, state.sees(f"> {LABEL}", f"> {LABEL}"), ENTER) == LONG

    def test_ctrl_o_previews_expands_and_folds(self, typist: OpenTypist) -> None:
        state = typist(rows=20)
        preview = [
            f"> {LABEL}",
            "line 0",
            "line 1",
            "line 2",
            "... 5 lines ...",
            "line 8",
            "line 9",
            "line 10",
        ]
        expanded = ["> line 0", *(f"  line {number}" for number in range(1, 11))]

        message = state.read(
            pasted(LONG),
            CTRL_O,
            state.sees(*preview),
            CTRL_O,
            state.sees(*expanded),
            CTRL_O,
            state.sees(f"> {LABEL}"),
            state.wait(1),
            ENTER,
        )

        assert message == LONG

    def test_preview_goes_when_the_cursor_does(self, typist: OpenTypist) -> None:
        state = typist()

        state.read(pasted(LONG), CTRL_O, LEFT, LEFT, "x", state.sees(f"> x{LABEL}"), CTRL_O, state.wait(1), ENTER)

    def test_ctrl_o_elsewhere_does_nothing(self, typist: OpenTypist) -> None:
        assert typist().read("a", CTRL_O, ENTER) == "a"

    def test_thousand_lines_without_marks_are_folded(self, typist: OpenTypist) -> None:
        state = typist()

        state.read("x" * 1001, state.sees("> [Pasted #1: 1 line, 1.0 kB]"), state.wait(1), ENTER)

    def test_large_paste_in_many_reads_is_whole(self, typist: OpenTypist) -> None:
        state = typist()
        text = "0123456789" * 700

        message = state.read(BEGIN, *[text[at : at + 500] for at in range(0, 7000, 500)], END, state.wait(1), ENTER)

        assert message == text


class TestLostEnd:
    def test_keyboard_works_again(self, typist: OpenTypist, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chatcli.terminal.key_reader.PASTE_WAIT_S", 0.05)
        state = typist()

        message = state.read(
            f"{BEGIN}a\rb", state.repeat("", until="paste may be cut: 2 lines"), state.wait(1), "!", ENTER
        )

        assert message == "a\nb!"


class TestPlaces:
    def test_paste_into_the_search_is_one_line(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("red apple", ENTER)

        assert state.read("x", CTRL_R, pasted("red\x1b apple"), ENTER, ENTER) == "red apple"

    def test_quoted_paste_is_a_paste(self, typist: OpenTypist) -> None:
        state = typist()

        assert state.read(CTRL_Q + pasted("a\x1bb"), state.wait(1), ENTER) == "ab"

    @pytest.mark.parametrize(
        ("steps", "typed"),
        [
            pytest.param([pasted("!rm -r x")], "", id="pasted"),
            pytest.param(["!rm ", pasted("x")], "!rm ", id="typed before"),
            pytest.param([pasted("x"), HOME, "!"], "!", id="typed in front of it"),
            pytest.param([pasted("xy"), LEFT, "!"], "!", id="typed within it"),
            pytest.param([pasted("x"), HOME, "!", pasted("y"), "z"], "!z", id="typed between two"),
        ],
    )
    def test_what_was_pasted_is_told_from_what_was_typed(
        self, typist: OpenTypist, steps: list[str], typed: str
    ) -> None:
        state = typist()

        draft = state.read_draft(*steps, state.wait(1), ENTER)

        assert typed_of(draft) == typed

    @pytest.mark.parametrize(
        ("steps", "typed"),
        [
            pytest.param([pasted("@x"), CTRL_U, CTRL_Y], "", id="killed and yanked"),
            pytest.param(["@x", CTRL_U, CTRL_Y], "@x", id="typed, killed and yanked"),
            pytest.param(["a", pasted("b"), UNDO, UNDO, "c"], "c", id="undone"),
            pytest.param([pasted("/help"), CTRL_A, "\x1bu"], "", id="in capitals"),
            pytest.param(["/he", "\t", " x"], "/help x", id="completed"),
            pytest.param(["/he", "\t", pasted("@y")], "/help", id="completed, with a paste behind it"),
        ],
    )
    def test_origin_outlives_what_is_done_to_it(self, typist: OpenTypist, steps: list[str], typed: str) -> None:
        state = typist(words=lambda: {"help": "Helps"})

        draft = state.read_draft(*steps, state.wait(1), "!", ENTER)

        assert typed_of(draft) == f"{typed}!"

    @pytest.mark.parametrize("recall", [UP, CTRL_R + "@x" + ENTER], ids=["up", "search"])
    @pytest.mark.parametrize(("keys", "typed"), [("see @x", "see @x"), (pasted("see @x"), "")], ids=["typed", "pasted"])
    def test_a_recalled_draft_keeps_its_origin_in_this_run_and_in_later_ones(
        self, typist: OpenTypist, tmp_path: Path, keys: str, typed: str, recall: str
    ) -> None:
        first, later = typist(history_file=tmp_path / "h"), typist(history_file=tmp_path / "h")
        first.read(keys, first.wait(1), ENTER)

        assert typed_of(first.read_draft(recall, ENTER)) == typed
        assert typed_of(later.read_draft(later.repeat(UP, until="> see @x"), ENTER)) == typed

    def test_a_draft_that_is_given_back_keeps_its_origin(self, typist: OpenTypist) -> None:
        given = Draft("see ") + Draft.by_keys("@x") + Draft(LONG)
        state = typist()

        assert state.read_draft("!", ENTER, draft=given) == given + Draft.by_keys("!")


class TestEditor:
    @pytest.fixture
    def editor(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """An editor that shows what it got and its file's mode, and puts `script` in its place."""
        program = tmp_path / "my editor.py"
        program.write_text(
            "import os, pathlib, sys\n"
            "file, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent\n"
            "(here / 'got').write_text(file.read_text())\n"
            "(here / 'mode').write_text(str(file.stat().st_mode))\n"
            "file.write_text((here / 'put').read_text())\n"
            "sys.exit(int((here / 'status').read_text()))\n"
        )
        (tmp_path / "status").write_text("0")
        monkeypatch.setenv("VISUAL", shlex.join([sys.executable, str(program)]))
        return tmp_path

    @pytest.mark.parametrize("key", [CTRL_G, "\x18\x05"])
    def test_draft_comes_back_edited_and_unsent(self, typist: OpenTypist, editor: Path, key: str) -> None:
        (editor / "put").write_text("new\x1b\ntext\n")
        state = typist()

        assert state.read("old", key, state.repeat("", until="  text"), "!", ENTER) == "new\ntext!"
        assert (editor / "got").read_text() == "old"
        assert stat.S_IMODE(int((editor / "mode").read_text())) == 0o600

    def test_editor_has_the_full_text_and_pastes_are_folded_again(self, typist: OpenTypist, editor: Path) -> None:
        (editor / "put").write_text(f"see {LONG} there")
        state = typist()

        message = state.read(pasted(LONG), CTRL_G, state.repeat("", until=f"> see {LABEL} there"), state.wait(1), ENTER)

        assert (editor / "got").read_text() == LONG
        assert message == f"see {LONG} there"

    def test_failed_editor_leaves_the_draft(self, typist: OpenTypist, editor: Path) -> None:
        (editor / "put").write_text("lost")
        (editor / "status").write_text("3")
        state = typist(columns=200)
        notice = f"the editor `{sys.executable}` exited with status 3. The draft is unchanged"

        assert state.read("old", CTRL_G, state.repeat("", until=notice), ENTER) == "old"

    @pytest.mark.parametrize(
        ("visual", "notice"),
        [
            ("rm -f", "the editor deleted the draft file"),
            ("/nowhere/vi", "cannot start the editor `/nowhere/vi`: No such file or directory"),
            ("'x", "cannot parse $VISUAL as a command: `'x` (No closing quotation)"),
        ],
    )
    def test_editor_that_cannot_be_started_is_named(
        self, typist: OpenTypist, monkeypatch: pytest.MonkeyPatch, visual: str, notice: str
    ) -> None:
        monkeypatch.setenv("VISUAL", visual)
        state = typist(columns=200)
        hint = ". Set $VISUAL or $EDITOR" if "cannot start" in notice else ""

        state.read("old", CTRL_G, state.repeat("", until=f"{notice}. The draft is unchanged{hint}"), ENTER)

    def test_without_any_editor_the_way_to_one_is_named(
        self, typist: OpenTypist, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        state = typist(columns=200)

        state.read(
            "old",
            CTRL_G,
            state.repeat("", until="no editor found. The draft is unchanged. Set $VISUAL or $EDITOR"),
            ENTER,
        )

    def test_first_installed_editor_serves(
        self, typist: OpenTypist, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        (tmp_path / "vi").write_text('#!/bin/sh\necho edited > "$1"\n')
        (tmp_path / "vi").chmod(0o700)
        state = typist()

        assert state.read("old", CTRL_G, state.repeat("", until="> edited"), ENTER) == "edited"

    def test_what_differs_was_not_typed(self, typist: OpenTypist, editor: Path) -> None:
        (editor / "put").write_text("see @old and @new")
        state = typist()

        draft = state.read_draft("see @old", CTRL_G, state.repeat("", until="> see @old and @new"), "!", ENTER)

        assert (draft.text, typed_of(draft)) == ("see @old and @new!", "see @old!")


@pytest.mark.parametrize(
    "text", ["// a\n// b", '"""\na\n"""\nb', "a \\", "a \\\nb \\", "/help", "exit", "?", "@@ -1 @@", "／help"], ids=repr
)
def test_k111_a_paste_is_sent_as_it_is(typist: OpenTypist, text: str) -> None:
    state = typist(words=lambda: {"help": "Helps"})

    draft = state.read_draft(pasted(text), state.wait(1), ENTER)

    assert draft == Draft(text)


def test_a_message_taller_than_the_screen_stands_whole_in_the_scrollback(typist: OpenTypist) -> None:
    state = typist(rows=6)
    text = "\n".join(f"tall {number}" for number in range(9))

    assert state.read(pasted(text), state.wait(1), ENTER) == text

    assert state.lines == ["> tall 0", *(f"  tall {number}" for number in range(1, 9))]
