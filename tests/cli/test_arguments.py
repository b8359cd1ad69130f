"""The words of the command line reach the parser as they were meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.cli.arguments import prepare
from chatcli.errors import UsageError
from chatcli.flags import FLAGS
from tests.support.hints import hint_of

COMMANDS = {"ask", "models", "config"}

LINES = [
    ("", ""),
    ("ask hi", "ask hi"),
    ("-o temperature 0.2 ask hi", "-o temperature=0.2 ask hi"),
    ("ask -o temperature 0.2 hi", "ask -o temperature=0.2 hi"),
    ("ask hi -o temperature 0.2", "ask hi -o temperature=0.2"),
    ("-o temperature=0.2", "-o temperature=0.2"),
    ("--option seed 7 -o top_p 0.5", "--option seed=7 -o top_p=0.5"),
    ("-o stop a=b", "-o stop=a=b"),
    ("-o seed", "-o seed="),
    ("-o", "-o"),
    ("-m gpt ask hi", "-m gpt ask hi"),
    ("-m ask ask hi", "-m ask ask hi"),
    ("--model=gpt -q ask hi", "--model=gpt -q ask hi"),
    ("-m", "-m"),
    ("-s ask -p models", "-s ask -p models"),
    ("ask nothing known here", "ask nothing known here"),
    ("ask -- -o a b", "ask -- -o a b"),
    ("-- anything", "-- anything"),
    ("-s -o ask hi", "-s -o ask hi"),
    ("ask -s -o hi", "ask -s -o hi"),
    ("-m -- ask hi", "-m -- ask hi"),
    ("--help", "--help"),
]


@pytest.mark.parametrize(("line", "prepared"), LINES, ids=[line or "nothing" for line, _ in LINES])
def test_words_are_prepared(line: str, prepared: str) -> None:
    assert prepare(line.split(), commands=COMMANDS) == prepared.split()


@pytest.mark.parametrize("line", ["hi", "-q hi", "-m gpt hi", "-o a b hi", "--model=gpt hi", "modles", "-"])
def test_a_first_word_that_is_no_command_is_refused_with_a_suggestion(line: str) -> None:
    word = line.split()[-1]

    with pytest.raises(UsageError, match=f"unknown command `{word}`") as caught:
        prepare(line.split(), commands=COMMANDS)

    assert f'chat ask "{word}"' in hint_of(caught.value)


def test_a_question_as_one_word_is_refused_with_itself() -> None:
    with pytest.raises(UsageError) as caught:
        prepare(["what is this?"], commands=COMMANDS)

    assert caught.value.hint == 'To ask a model: chat ask "what is this?"; `chat --help` lists the commands'


def test_a_question_as_several_words_is_refused_with_all_of_it() -> None:
    with pytest.raises(UsageError) as caught:
        prepare(["hello", "there", "-m", "gpt"], commands=COMMANDS)

    assert 'chat ask "hello there";' in hint_of(caught.value)


def test_a_slip_in_a_command_is_refused_with_the_command() -> None:
    with pytest.raises(UsageError) as caught:
        prepare(["aks", "hi"], commands=COMMANDS)

    assert hint_of(caught.value).startswith("did you mean `chat ask`? To ask a model: ")


with_value = sorted(name for flag in FLAGS.values() if flag.type in (str, float) for name in flag.names)
words = st.lists(st.sampled_from(["ask", "hi", "-q", "--plain", "a=b", "--", "é ü", "-"]))


@given(words)
def test_without_options_the_words_stay_as_they_are(rest: list[str]) -> None:
    assert prepare(["ask", *rest], commands=COMMANDS) == ["ask", *rest]


@given(
    words, st.sampled_from(sorted(name for flag in FLAGS.values() if flag.type in (str, float) for name in flag.names))
)
def test_the_value_of_a_flag_is_never_taken_for_a_command(rest: list[str], flag: str) -> None:
    assert prepare([flag, "value", "ask", *rest], commands=COMMANDS) == [flag, "value", "ask", *rest]
