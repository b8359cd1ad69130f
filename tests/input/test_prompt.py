from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chatcli.errors import Stopped, UsageError
from chatcli.input.choices import ChoiceRow
from chatcli.input.prompt_history import HistoryFile
from chatcli.settings.bindings import Bindings
from chatcli.text.draft import Draft
from tests.input.conftest import OpenTypist

ENTER, ALT_ENTER, CTRL_C, CTRL_D, CTRL_J, CTRL_R, UNDO = "\r", "\x1b\r", "\x03", "\x04", "\n", "\x12", "\x1f"
ESC = "\x1b[27u"  # as terminals with a keyboard protocol send it: nothing has to be waited for
UP, DOWN, LEFT, RIGHT, HOME, BACKSPACE = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C", "\x1b[H", "\x7f"

ENTER_IS_NEWLINE = Bindings(send=("c-j", "escape enter"), newline=("enter",))
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        pytest.param([ESC, "because", ENTER], "because", id="esc, then a letter that alt gives a meaning"),
        pytest.param(["a", ESC, "/b", ENTER], "a/b", id="esc, then a sign"),
        pytest.param(["one two", "\x1bb", "x", ENTER], "one xtwo", id="a letter with alt"),
        pytest.param(["one", ESC, "!", ESC, ENTER], "one!", id="esc twice with a letter between"),
        pytest.param(["one", ESC, ESC, "two", ENTER], "two", id="esc twice"),
        pytest.param(["one", "\x1b[99;5u", "two", ENTER], "two", id="ctrl-c as a key"),
        pytest.param(["ab", "\x1b[1;129H", "x", ENTER], "xab", id="home with num lock"),
        pytest.param(["a\r\n"], "a", id="cr lf"),
    ],
)
def test_a_key_is_one_whatever_comes_after_it(typist: OpenTypist, steps: list[str], message: str) -> None:
    assert typist().read(*steps) == message


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        pytest.param(["hello", ENTER], "hello", id="enter"),
        pytest.param(["  indented ", ENTER], "  indented ", id="blanks stay"),
        pytest.param([ENTER, "a", ENTER], "a", id="empty line does nothing"),
        pytest.param(["  ", ENTER, "a", ENTER], "  a", id="blank line does nothing"),
        pytest.param(["a", CTRL_J, "b", ENTER], "a\nb", id="ctrl-j"),
        pytest.param(["a", ALT_ENTER, "b", ENTER], "a\nb", id="alt-enter"),
        pytest.param(["a", ESC + ENTER], "a", id="enter after esc sends"),
        pytest.param(["a", "\x1b[27;2;13~", "b", ENTER], "a\nb", id="shift-enter of xterm"),
        pytest.param(["a", "\x1b[13;2u", "b", ENTER], "a\nb", id="shift-enter of kitty"),
        pytest.param(["a", "\x1b[106;5u", "b", ENTER], "a\nb", id="ctrl-j of kitty"),
        pytest.param(["a\\", ENTER, "b", ENTER], "a\nb", id="backslash at the end"),
        pytest.param(["a\\\\", ENTER], "a\\\\", id="two backslashes are text"),
        pytest.param(["a\\b", ENTER], "a\\b", id="backslash inside"),
        pytest.param(['"""', ENTER, "a", ENTER, ENTER, "b\\", ENTER, '"""', ENTER], "a\n\nb\\", id="block"),
        pytest.param(['"""x', ENTER], '"""x', id="no block"),
        pytest.param(["ab", LEFT, ENTER], "ab", id="enter in the middle"),
        pytest.param(["abc\x01\x04", ENTER], "bc", id="ctrl-d deletes forward"),
        pytest.param(["a b", "\x17", "c", ENTER], "a c", id="ctrl-w"),
        pytest.param(
            ["ab", "\x1b[99;99x", "\x1bOz", "\x1b]0;t\x07", "\x1b[1;5P", ENTER],
            "ab",
            id="unknown sequences are dropped",
        ),
        pytest.param(["a\t", ENTER], "a", id="tab is no text"),
        pytest.param(["a\x80\x9b\U0010f000b", ENTER], "ab", id="no C1, no stand-in"),
        pytest.param(["\x11\x01\x11\t", "a", ENTER], "\ta", id="ctrl-q takes no control characters"),
        pytest.param(["a\x16b", ENTER], "ab", id="ctrl-v inserts nothing"),
        pytest.param(["a" + FAMILY, BACKSPACE, "b", ENTER], "ab", id="backspace takes a whole emoji"),
        pytest.param(["ae\u0301", LEFT, "b", ENTER], "abe\u0301", id="left goes over a whole letter"),
        pytest.param(["한국", BACKSPACE, ENTER], "한", id="backspace in hangul"),
        pytest.param([HOME, FAMILY, HOME, "\x1b[3~", "a", ENTER], "a", id="delete takes a whole emoji"),
        pytest.param(["ab", UNDO, "c", ENTER], "c", id="undo"),
    ],
)
def test_keys_make_the_message(typist: OpenTypist, steps: list[str], message: str) -> None:
    assert typist().read(*steps) == message


@pytest.mark.parametrize("key", [CTRL_J, ALT_ENTER])
def test_enter_may_be_a_newline(typist: OpenTypist, key: str) -> None:
    assert typist(bindings=ENTER_IS_NEWLINE).read("a", ENTER, "b", key) == "a\nb"


def test_bytes_that_are_no_text_become_one_mark(typist: OpenTypist) -> None:
    assert typist().read(b"a\xffb", ENTER) == "a\N{REPLACEMENT CHARACTER}b"


def test_character_may_come_in_two_reads(typist: OpenTypist) -> None:
    first, second = "日".encode()[:1], "日".encode()[1:]
    state = typist()

    # No key is complete after the first byte, so nothing is drawn: both go in at once, one behind the other.
    assert state.read("a", first + second, ENTER) == "a日"


def test_draft_stands_in_the_prompt(typist: OpenTypist) -> None:
    assert typist().read("!", ENTER, draft="failed\x1b[31m question") == "failed[31m question!"


GIVEN_BACK = [
    pytest.param(["/undo"], "/undo", id="a slash behind it begins a command"),
    pytest.param(["／undo"], "／undo", id="a slash of CJK keyboards"),
    pytest.param(["/", BACKSPACE, UP], "question", id="up brings it back"),
    pytest.param([" /etc"], "question /etc", id="a slash after a blank is text"),
    pytest.param(["s", "/", "answers"], "questions/answers", id="a slash in what was changed is text"),
    pytest.param([LEFT, RIGHT, "/x"], "/x", id="the cursor came back"),
    pytest.param([LEFT, "/"], "questio/n", id="a slash within it is text"),
    pytest.param(["\x1b[200~/etc\x1b[201~"], "question/etc", id="a paste is added"),
]


@pytest.mark.parametrize(("keys", "message"), GIVEN_BACK)
def test_a_draft_that_was_given_back_is_not_glued_to_a_command(
    typist: OpenTypist, keys: list[str], message: str
) -> None:
    state = typist()

    assert state.read(*keys, state.wait(1), ENTER, draft="question") == message


@pytest.mark.parametrize(
    ("draft", "keys", "message"),
    [
        ("/modle x", ["/model x"], "/model x"),
        ("/modle x", ["\x1b[200~/model y\x1b[201~"], "/model y"),
        ("/rename", [" Title"], "/rename Title"),
        ("/modle x", ["\x1b[200~y\x1b[201~"], "/modle xy"),
        ("Read ", ["/etc"], "Read /etc"),
        ("", ["a/b"], "a/b"),
    ],
)
def test_a_refused_command_waits_for_its_correction_or_gives_way(
    typist: OpenTypist, draft: str, keys: list[str], message: str
) -> None:
    state = typist()

    assert state.read(*keys, state.wait(1), ENTER, draft=draft) == message


def test_cursor_stands_behind_wide_characters(typist: OpenTypist) -> None:
    state = typist()
    columns: list[int] = []

    state.read("日本語", lambda: columns.append(state.column), LEFT, lambda: columns.append(state.column), ENTER)

    assert columns == [2 + 6, 2 + 4]


def test_continued_lines_carry_no_marks(typist: OpenTypist) -> None:
    state = typist(columns=12)

    state.read("abcdefghijkl", CTRL_J, "m", state.sees("> abcdefghij", "  kl", "  m"), ENTER)


def test_the_number_of_a_turn_stands_before_the_mark_from_the_second_on(typist: OpenTypist) -> None:
    turns = iter([1, 2, 12])
    state = typist(columns=12, turn=lambda: next(turns))

    state.read("one", state.sees("> one"), ENTER)
    state.read("two", state.sees("> one", "2 > two"), ENTER)
    state.read("abcdefghij", CTRL_J, "m", state.sees("> one", "2 > two", "12 > abcdefg", "  hij", "  m"), ENTER)

    assert state.rows == ["> one", "2 > two", "12 > abcdefg", "  hij", "  m"]


def test_screen_keeps_only_the_message(typist: OpenTypist) -> None:
    state = typist(words=lambda: {"help": "Helps"})

    state.read("/he", state.sees("> /he", " /help  Helps"), ENTER)

    assert state.rows == ["> /he"]


def test_terminal_is_never_asked_for_its_cursor(typist: OpenTypist) -> None:
    state = typist()

    state.read("a", ENTER)

    assert "\x1b[6n" not in state.raw


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 9, 10, 20])
def test_narrow_terminals_show_what_fits(typist: OpenTypist, columns: int) -> None:
    state = typist(columns=columns)

    assert state.read("a日b", "\x1b[200~x\x1b[201~", state.wait(1), ENTER) == "a日bx"


def test_bar_may_be_coloured_and_has_room_for_the_mode(typist: OpenTypist) -> None:
    widths: list[int] = []

    def bar(width: int) -> list[tuple[str, str]]:
        widths.append(width)
        return [("", "ctx "), ("alarm", "90% !")]

    state = typist(edit_mode="vi", toolbar=bar)

    state.read(
        "a",
        lambda: _expect(state.rows[-1] == "[I] ctx 90% !"),
        ESC,
        lambda: _expect(state.rows[-1] == "[N] ctx 90% !"),
        ENTER,
    )

    assert set(widths) == {60 - 1 - len("[I] ")}


def test_without_colour_the_weight_stays(typist: OpenTypist) -> None:
    state = typist(colour=False, toolbar=lambda _width: [("alarm", "90%")])

    state.read("a", ENTER)

    assert "\x1b[0;1m90%" in state.raw
    assert "\x1b[0;31" not in state.raw


def test_vi_keys(typist: OpenTypist) -> None:
    """Enter sends from normal mode as well, and Esc twice clears nothing."""
    assert typist(edit_mode="vi").read("abc", ESC, ESC, "0x", ENTER) == "bc"


class TestHistory:
    def test_up_brings_back_what_was_sent(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("first", ENTER)
        state.read("second", ENTER)

        assert state.read("x", BACKSPACE, UP, UP, DOWN, UP, ENTER) == "first"

    def test_up_goes_by_what_is_typed(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("apple", ENTER)
        state.read("banana", ENTER)

        assert state.read("a", UP, "!", ENTER) == "apple!"

    def test_up_goes_by_line_first(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("old", ENTER)

        assert state.read("a", CTRL_J, "b", UP, "x", ENTER) == "ax\nb"

    def test_search_goes_back(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("red apple", ENTER)
        state.read("banana", ENTER)

        assert state.read("x", BACKSPACE, CTRL_R, "APP", ENTER, ENTER) == "red apple"

    def test_ctrl_g_and_ctrl_c_leave_the_search(self, typist: OpenTypist) -> None:
        state = typist()
        state.read("red apple", ENTER)

        assert state.read("mine", CTRL_R, "app", "\x07", ENTER) == "mine"
        assert state.read("mine", CTRL_R, "app", CTRL_C, ENTER) == "mine"

    def test_file_is_shared_with_later_prompts(
        self, typist: OpenTypist, history: Callable[[Sequence[str]], Path]
    ) -> None:
        path = history(["older\nof two lines", "newer"])

        state = typist(history_file=path)

        assert state.read("o", state.repeat(UP, until="> older"), ENTER) == "older\nof two lines"
        assert HistoryFile(path).read() == [
            *map(Draft.by_keys, ["older\nof two lines", "newer", "older\nof two lines"])
        ]

    @pytest.mark.parametrize(
        ("early", "shown"),
        [
            pytest.param([UP], "> newer", id="up"),
            pytest.param([UP, UP], "> older", id="twice"),
            pytest.param([UP, UP, DOWN], "> newer", id="and down"),
            pytest.param([UP, "mine"], "> mine", id="and text"),
        ],
    )
    def test_up_waits_for_the_file(
        self,
        typist: OpenTypist,
        history: Callable[[Sequence[str]], Path],
        monkeypatch: pytest.MonkeyPatch,
        early: Sequence[str],
        shown: str,
    ) -> None:
        gate, read = threading.Event(), HistoryFile.read
        monkeypatch.setattr(HistoryFile, "read", lambda file: gate.wait() and read(file))
        state = typist(history_file=history(["older", "newer"]))

        sent = state.read("x", BACKSPACE, *early, gate.set, state.shows(shown), ENTER)

        assert f"> {sent}" == shown

    def test_cleared_draft_stays_out_of_the_file(self, typist: OpenTypist, tmp_path: Path) -> None:
        state = typist(history_file=tmp_path / "history")

        assert state.read("secret", ESC + ESC, lambda: None, UP, "!", CTRL_C, lambda: None, "sent", ENTER) == "sent"

        assert HistoryFile(tmp_path / "history").read() == [Draft.by_keys("sent")]

    def test_home_that_cannot_be_written_is_no_reason_to_fail(self, typist: OpenTypist, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        state = typist(history_file=tmp_path / "file" / "history")

        state.read("first", ENTER)

        assert state.read("x", BACKSPACE, UP, ENTER) == "first"


class TestLeaving:
    def test_ctrl_d_leaves_an_empty_prompt(self, typist: OpenTypist) -> None:
        with pytest.raises(EOFError):
            typist().read(CTRL_D)

    def test_second_ctrl_c_leaves(self, typist: OpenTypist) -> None:
        state = typist()

        with pytest.raises(EOFError):
            state.read(CTRL_C, state.sees(">", "Ctrl+C again or Ctrl+D to exit"), state.wait(1.9), CTRL_C)

    def test_question_goes_when_its_time_is_over(self, typist: OpenTypist, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chatcli.input.bindings.SECOND_PRESS_S", 0.01)
        state = typist()

        state.read(CTRL_C, state.gone("Ctrl+C again or Ctrl+D to exit"), "a", ENTER)

    def test_typing_takes_the_question_away(self, typist: OpenTypist) -> None:
        state = typist()

        state.read(CTRL_C, "a", state.sees("> a"), ENTER)

    def test_late_second_ctrl_c_asks_again(self, typist: OpenTypist) -> None:
        state = typist()

        assert state.read(CTRL_C, state.wait(2.1), CTRL_C, "still here", ENTER) == "still here"

    def test_ctrl_c_may_be_kept_from_leaving(self, typist: OpenTypist) -> None:
        state = typist(ctrl_c_exit=False)

        assert state.read(CTRL_C, state.sees(">", "Ctrl+D to exit"), CTRL_C, CTRL_C, "a", ENTER) == "a"

    def test_ctrl_c_clears_text_and_hammering_it_leaves_nothing(self, typist: OpenTypist) -> None:
        state = typist()

        sent = state.read("draft", CTRL_C, state.sees(">"), *[CTRL_C] * 9, state.sees(">"), UP, ENTER)

        assert sent == "draft"

    def test_presses_after_a_stopped_answer_mean_nothing(self, typist: OpenTypist) -> None:
        state = typist()
        state.prompt.settle()

        assert state.read(*[CTRL_C] * 5, state.wait(0.9), CTRL_C, "a", ENTER, draft="kept ") == "kept a"

    def test_menu_is_closed_first(self, typist: OpenTypist) -> None:
        state = typist(words=lambda: {"help": "Helps"})
        closed = state.sees("> /he")

        state.read("/he", state.sees("> /he", " /help  Helps"), CTRL_C, closed, BACKSPACE, "e", ESC, closed, ENTER)

    def test_end_of_the_terminal_is_a_hang_up(self, typist: OpenTypist) -> None:
        state = typist()

        with pytest.raises(Stopped) as stopped:
            state.read("half", state._pipe.close)

        assert stopped.value.exit_code == 129

    def test_error_in_the_work_of_a_key_is_raised(self, typist: OpenTypist) -> None:
        state = typist(words=lambda: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            state.read("/")


class TestCompletion:
    WORDS = {"help aid": "Helps\x1b[31m", "model": "Shows", "models": "Lists"}  # noqa: RUF012  # read only

    def options(self) -> dict[str, object]:
        return {"words": lambda: self.WORDS, "arguments": lambda name, _prefix: [f"{name}-a", f"{name}-b", "\x1b"]}

    @pytest.mark.parametrize(
        ("steps", "message"),
        [
            pytest.param(["/he", "\t", ENTER], "/help", id="command"),
            pytest.param(["／he", "\t", ENTER], "/help", id="full-width slash"),
            pytest.param(["/mo", "\t", "\t", ENTER], "/models", id="second"),
            pytest.param(["/model mod", "\t", "\t", ENTER], "/model model-b", id="argument"),
            pytest.param(["/model\u3000mod", "\t", ENTER], "/model\u3000model-a", id="full-width blank"),
            pytest.param(["/hlp", "\t", ENTER], "/help", id="letters in order"),
            pytest.param(["/aid", "\t", ENTER], "/help", id="an alias"),
            pytest.param(["/model -b", "\t", ENTER], "/model model-b", id="a part of an argument"),
            pytest.param(["//he", "\t", ENTER], "//he", id="doubled slash is text"),
            pytest.param(["say /he", "\t", ENTER], "say /he", id="slash inside is text"),
        ],
    )
    def test_tab_completes(self, typist: OpenTypist, steps: list[str], message: str) -> None:
        assert typist(**self.options()).read(*steps) == message

    def test_help_cannot_drive_the_terminal(self, typist: OpenTypist) -> None:
        state = typist(**self.options())

        state.read("/h", state.sees("> /h", " /help (aid)  Helps^[[31m"), ENTER)

    def test_words_are_asked_only_for_commands(self, typist: OpenTypist) -> None:
        state = typist(words=lambda: pytest.fail("asked"), arguments=lambda *_: pytest.fail("asked"))

        assert state.read("hello /x", ENTER) == "hello /x"

    def test_paths_stand_behind_an_at(
        self, typist: OpenTypist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "notes.md").touch()
        (tmp_path / ".hidden").touch()
        (tmp_path / "my folder").mkdir()
        monkeypatch.chdir(tmp_path)

        assert typist().read("see @no", "\t", ENTER, ENTER) == "see @notes.md"
        assert typist().read("see @my", "\t", ENTER, ENTER) == 'see @"my folder/"'
        assert typist().read('see @"my f', "\t", ENTER, ENTER) == 'see @"my folder/"'
        assert typist().read(f"see @{tmp_path}/.h", "\t", ENTER, ENTER) == f"see @{tmp_path}/.hidden"
        assert typist().read("see @nowhere/x", "\t", ENTER) == "see @nowhere/x"

    def test_a_path_is_found_among_any_number_of_others(
        self, typist: OpenTypist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(300):
            (tmp_path / f"a{number}").touch()
        (tmp_path / "wanted").touch()
        monkeypatch.chdir(tmp_path)

        assert typist().read("see @wa", "\t", ENTER, ENTER) == "see @wanted"

    def test_files_of_the_project_are_listed_as_soon_as_an_at_is_typed(
        self, typist: OpenTypist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "src" / "deep").mkdir(parents=True)
        (tmp_path / "src" / "deep" / "parser.py").touch()
        (tmp_path / "notes.md").touch()
        monkeypatch.chdir(tmp_path)
        state = typist(takes_paths=lambda name: name == "file")

        menu = [" notes.md", " src/", " src/deep/parser.py"]
        assert state.read("see @", state.shows("> see @", *menu), ENTER) == "see @"
        assert state.read("see @pars", "\t", ENTER, ENTER) == "see @src/deep/parser.py"
        assert state.read("see @dprsr", "\t", ENTER, ENTER) == "see @src/deep/parser.py"
        assert state.read("/file pars", "\t", ENTER) == "/file src/deep/parser.py"
        assert state.read("\x1b[200~@pars\x1b[201~", state.wait(1), ENTER) == "@pars"


def _expect(holds: bool) -> None:
    assert holds


def test_esc_esc_on_an_empty_line_asks_which_question_to_edit(typist: OpenTypist) -> None:
    assert typist().read("\x1b\x1b") == "/edit"


def test_a_key_with_alt_is_no_esc(typist: OpenTypist) -> None:
    """Twice the same one would clear the draft, or ask which question to edit."""
    keys = ["\x1b[1;3B", "\x1b[1;4A", "\x1b\x1b[B", "\x1b[2;3~", "\x1b[5;3~", "\x1b[15;3~"]

    assert typist().read(*[key for key in keys for _twice in range(2)], "draft", ENTER) == "draft"
    assert typist().read("draft", *[key for key in keys for _twice in range(2)], ENTER) == "draft"


def test_esc_in_two_messages_is_no_double_press(typist: OpenTypist) -> None:
    """What was typed and sent between them stands between them, however fast the answer came."""
    state = typist()

    assert state.read(ESC, "q", ENTER) == "q"
    assert state.read(ESC, state.sees("> q", ">"), "again", ENTER) == "again"


def test_ctrl_o_opens_the_details_of_the_last_reply_and_keeps_the_draft(typist: OpenTypist) -> None:
    opened: list[str] = []

    assert typist(show_details=lambda: opened.append("once")).read("dra", "\x0f", "ft", ENTER) == "draft"

    assert opened == ["once"]


def test_prompts_of_other_windows_come_behind_ones_own(typist: OpenTypist, tmp_path: Path) -> None:
    """They are there at the next Up or Ctrl+R, without a new prompt; what one was typed stays typed."""
    other, prompt = HistoryFile(tmp_path / "h"), typist(history_file=tmp_path / "h")
    for text in ("old", "theirs"):
        other.append(Draft.by_keys(text))
    prompt.read("mine", ENTER)

    def sends(text: str) -> Callable[[], None]:
        return lambda: other.append(Draft(text))

    ups = prompt.repeat(UP, until="> old")
    assert prompt.read(ups, DOWN, DOWN, DOWN, sends("news"), UP, UP, ENTER) == "news"
    assert prompt.read(sends("a find"), CTRL_R, "find", ENTER, ENTER) == "a find"
    assert prompt.read_draft(UP, UP, UP, UP, ENTER).text == "theirs"
    assert prompt.read("t", sends("to others"), UP, ENTER) == "theirs"
    assert prompt.read("to", UP, ENTER) == "to others"


@pytest.mark.parametrize("typed", ["01A", "alp", "lps"])
def test_what_is_found_by_its_title_is_put_in_by_its_key(typist: OpenTypist, typed: str) -> None:
    rows = [ChoiceRow("01ABC", "Alps", "2 h"), ChoiceRow("01XYZ", "Berlin", "3 d")]

    def arguments(_name: str, before: str) -> list[ChoiceRow]:
        return [] if before else rows

    prompt = typist(words=lambda: {"/resume": "open"}, arguments=arguments)

    assert prompt.read(f"/resume {typed}", "\t", ENTER).startswith("/resume 01ABC" if typed != "01A" else "/resume 01A")


def test_a_source_of_words_that_fails_costs_no_draft(typist: OpenTypist) -> None:
    def arguments(_name: str, _before: str) -> list[str]:
        raise UsageError("the store is gone")

    assert typist(words=lambda: {"/resume": "open"}, arguments=arguments).read("/resume x", "\t", ENTER) == "/resume x"


@pytest.mark.parametrize(
    ("typed", "message"),
    [("/the\t", "/theme"), ("/set ui.th\t\t", "/set ui.theme"), ("/t\t", "/t"), ("/t\t\t", "/theme"), ("/x\t", "/x")],
    ids=["a word", "an argument", "several", "the next of several", "none"],
)
def test_a_word_and_tab_in_one_read_complete(typist: OpenTypist, typed: str, message: str) -> None:
    """Over a slow line, or when the program was busy, keys arrive together."""
    words = {"/theme": "colours", "/tokens": "count", "/set": "set"}

    def arguments(_name: str, before: str) -> list[str]:
        return [] if before else ["ui.theme", "ui.title"]

    assert typist(words=lambda: words, arguments=arguments).read(typed, ENTER) == message
