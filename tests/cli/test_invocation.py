"""What is read without the parser is what the parser reads."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from chatcli.cli.ask import ask
from chatcli.cli.invocation import Invocation, prepare_words, read_invocation
from chatcli.cli.parser import build_parser
from chatcli.cli.start import start
from chatcli.flags import FLAGS, Flags

SWITCHES = sorted(name for flag in FLAGS.values() if flag.type is bool for name in flag.names)
WITH_VALUE = sorted(name for flag in FLAGS.values() if flag.type is not bool for name in flag.names)
VALUES = ["", "-", "--", "x", "a=b", "ask", "-q", "7", "é ü", "-x y"]
WORDS = ["hi", "", "-", "a=b", "ask", "batch", "é ü", "7", "--", "-qu", "-mx", "--model=x", "---", "--no-such", "-V"]


def written(name: str, value: str) -> list[str]:
    return [name, "key", value] if name in FLAGS["option"].names else [name, value]


flags = st.sampled_from(SWITCHES).map(lambda name: [name]) | st.builds(
    written, st.sampled_from(WITH_VALUE), st.sampled_from(VALUES)
)
words = st.sampled_from(WORDS).map(lambda word: [word])
lines = st.tuples(
    st.lists(flags, max_size=3), st.lists(st.just(["ask"]), max_size=1), st.lists(flags | words, max_size=4)
)


@cache
def parser() -> Any:
    return typer.main.get_command(build_parser(["ask"]))


@given(lines.map(lambda parts: list(chain(*parts[0], *parts[1], *(parts[2] if parts[1] else ())))))
def test_it_is_what_the_parser_reads(line: list[str]) -> None:
    prepared = prepare_words(line)

    plain = read_invocation(prepared)

    assert plain is None or plain == parser().main(prepared, prog_name="chat", standalone_mode=False)


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("-m x -c", Invocation(Flags(model=("x",), go_on=True), start)),
        ("ask", Invocation(Flags(), ask, {"words": None})),
        ("ask what is - this", Invocation(Flags(), ask, {"words": ("what", "is", "-", "this")})),
        ("-q ask -o seed 7 hi", Invocation(Flags(quiet=True, option=("seed=7",)), ask, {"words": ("hi",)})),
        ("-m a ask hi -m b -m c", Invocation(Flags(model=("b", "c")), ask, {"words": ("hi",)})),
    ],
)
def test_plain_lines_need_no_parser(line: str, invocation: Invocation) -> None:
    assert read_invocation(prepare_words(line.split())) == invocation


@pytest.mark.parametrize("line", ["ask --help", "--help", "models", "-mx", "ask --jobs 2", "ask --timeout x hi", "-m"])
def test_all_else_is_left_to_the_parser(line: str) -> None:
    assert read_invocation(prepare_words(line.split())) is None
