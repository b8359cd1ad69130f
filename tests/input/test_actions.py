"""The actions of the prompt, at keys that the settings name for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding.key_bindings import _parse_key

from chatcli.errors import UsageError
from chatcli.input.keyboard import key_presses
from chatcli.input.options import Clip
from chatcli.records import replace
from chatcli.settings.bindings import Bindings
from chatcli.settings.key_names import parse_keys
from chatcli.settings.names import WrongValueError
from chatcli.terminal.key_reader import KeyReader
from tests.input.conftest import OpenTypist, Step

ENTER, ALT_ENTER, CTRL_J, UP = "\r", "\x1b\r", "\n", "\x1b[A"
F4, F5 = "\x1bOS", "\x1b[15~"


def with_keys(**keys: tuple[str, ...]) -> Bindings:
    return replace(Bindings(), **keys)


@pytest.mark.parametrize(
    ("keys", "steps", "message"),
    [
        pytest.param({"newline": ("f4",)}, ["a", F4, "b", ENTER], "a\nb", id="a newline by F4"),
        pytest.param({"newline": ("f4",)}, ["a", CTRL_J, ALT_ENTER, "b", ENTER], "ab", id="keys given up do nothing"),
        pytest.param({"newline": ("c-j",)}, ["a", ALT_ENTER, "b", CTRL_J, ENTER], "ab\n", id="only ctrl-j"),
        pytest.param(
            {"newline": ("enter", "c-j"), "send": ("escape enter",)},
            ["a", ENTER, "b", CTRL_J, "c", ALT_ENTER],
            "a\nb\nc",
            id="alt-enter sends, ctrl-j does not",
        ),
        pytest.param({"send": ("c-x c-s",)}, ["a", ENTER, "b", "\x18\x13"], "ab", id="two keys"),
        pytest.param({"editor": (), "undo": ("c-x",)}, ["ab", "\x18", "c", ENTER], "c", id="a key that others begin"),
        pytest.param({"undo": ("escape z",)}, ["ab", "\x1bz", "c\x1f", ENTER], "c", id="alt with a letter"),
        pytest.param({"complete": ("f5",)}, ["/mo", F5, "\t", ENTER], "/model", id="completion by F5, none by tab"),
        pytest.param({"literal": ("c-t",)}, ["a", "\x14", "\t", ENTER], "a\t", id="the next key literally"),
        pytest.param({"clear_screen": ("c-t",)}, ["a", "\x14", "\x0c", ENTER], "a", id="clear screen"),
        pytest.param({"undo": ("c-e",)}, ["ab", "\x05", "c", ENTER], "c", id="a key of readline's"),
        pytest.param({"editor": ("f5",)}, ["ab", "\x11", F5, ENTER], "ab", id="no action behind the literal key"),
    ],
)
def test_an_action_has_the_keys_that_were_chosen(
    typist: OpenTypist, keys: dict[str, tuple[str, ...]], steps: list[Step], message: str
) -> None:
    words = {"/model": "use a model"}
    if keys.get("send") == ("c-x c-s",):
        keys = {**keys, "editor": ("c-g",), "search_forward": ()}

    assert typist(bindings=with_keys(**keys), words=lambda: words).read(*steps) == message


def test_a_search_goes_on_with_the_key_that_began_it(typist: OpenTypist, tmp_path: Path) -> None:
    prompt = typist(bindings=with_keys(search_back=("f4",)), history_file=tmp_path / "history")
    for text in ("one a", "two b", "one c"):
        prompt.read(text, ENTER)

    assert prompt.read(F4, "one", F4, ENTER, ENTER) == "one a"


def test_ctrl_v_pastes_as_a_paste_does(typist: OpenTypist) -> None:
    """It is text, whatever it begins with, and never sends itself; a notice stands below the draft."""
    clips = iter([Clip("/exit\n"), Clip(notice="a1 attached"), Clip("\x1b[31mred\r\nx")])
    prompt = typist(paste_clipboard=lambda: next(clips))
    later = prompt.wait(1)

    sent = prompt.read_draft(
        "\x16", later, prompt.sees("> /exit"), "\x16", prompt.sees("> /exit", "a1 attached"), ENTER
    )

    assert (sent.text, sent.is_typed()) == ("/exit", False)
    assert prompt.read("a", "\x16", later, "\x1f", ENTER) == "a"


def test_without_a_clipboard_one_line_says_so(typist: OpenTypist) -> None:
    def fail() -> Clip:
        raise UsageError("no clipboard program found", hint="install xclip")

    prompt = typist(paste_clipboard=fail)

    assert prompt.read("a", "\x16", prompt.sees("> a", "no clipboard program found. Install xclip"), ENTER) == "a"


def candidates() -> Iterator[str]:
    named = ("enter", "tab", "escape", "space", "backspace", "delete", "home", "up", "pagedown", "insert")
    single = [*"abhijmz019@[\\]^_/;,. é", *named, *(f"f{number}" for number in (1, 5, 12, 13, 24))]
    held = [f"{''.join(marks)}" for size in range(3) for marks in itertools.combinations(("c-", "s-"), size)]
    yield from (f"{mark}{key}" for mark, key in itertools.product(held, single) if key.strip())


SENT = {
    tuple(str(press.key) for press in key_presses(KeyReader().feed(sequence.encode()))): sequence
    for sequence in [*ANSI_SEQUENCES, *(chr(code) for code in range(0x20, 0x17F))]
}


def arrives(keys: str) -> bool:
    """Return whether a terminal sends *keys*, as prompt-toolkit will look for it."""
    try:
        presses = tuple(map(normal, keys.split()))
    except ValueError:  # which prompt-toolkit does not know
        return False
    return presses in SENT


def test_a_key_is_taken_if_and_only_if_a_terminal_sends_it() -> None:
    taken, refused = set(), set()
    for written in candidates():
        try:
            taken.add(parse_keys(f"c-x {written}").removeprefix("c-x "))
        except WrongValueError:
            refused.add(written)

    assert {keys for keys in taken if not arrives(keys)} == {"escape"}  # which time alone tells
    # What is refused arrives under another name that is taken, or not at all.
    lost = {keys for keys in refused if arrives(keys) and normal(keys) not in map(normal, taken)}
    assert {keys for keys in lost if not keys[-1].isdigit()} == set()  # digits are sent by the number block alone
    assert len(taken) > 60 < len(refused)


def normal(keys: str) -> str:
    return str(_parse_key(" " if keys == "space" else keys))
