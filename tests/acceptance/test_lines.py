"""An error in the middle of a run over lines: what was answered stands, the line is named, no more is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.dialogue import sent, stored
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.server import CLOSE

GOOD = answer("positive")
# What comes in answer to the second of three lines, what of it is printed, and the exit code.
TROUBLES: dict[str, tuple[list[Any], str, int]] = {
    "refused": ([failure(400, "not this one")], "", 8),
    "no key any more": ([failure(401, "who are you?")], "", 4),
    "nothing left to spend": ([failure(402, "pay first")], "", 7),
    "an empty answer": ([answer("")], "", 9),
    "cut": ([[stream_head(), sse(chunk("neg"), done=False), CLOSE]], "neg\n", 9),
    "filtered": ([answer("neg", finish="content_filter")], "neg\n", 11),
    "an error in the stream": (
        [[stream_head(), sse(chunk("neg"), {"error": {"message": "gone", "code": 400}}, done=False), CLOSE]],
        "neg\n",
        9,
    ),
}


@pytest.mark.parametrize(("answers", "printed", "code"), TROUBLES.values(), ids=TROUBLES)
def test_the_first_error_ends_the_run_and_names_its_line(
    server: OpenServer, chat: Chat, answers: list[Any], printed: str, code: int
) -> None:
    scripted = server(GOOD, *answers)

    ran = chat("ask", "-t", "classify", "-m", "m", server=scripted, stdin="fine\nbad\nlate\n")

    assert (ran.stdout, ran.exit_code) == (f"positive\n{printed}", code)
    assert ["Text: fine" in sent(scripted.posts[:1])[-1], "Text: bad" in sent(scripted)[-1]] == [True, True]
    assert len(scripted.posts) == 2
    assert "line 2" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_an_answer_of_the_length_that_was_set_ends_nothing(server: OpenServer, chat: Chat) -> None:
    scripted = server(GOOD, answer("neg", finish="length"), GOOD)

    ran = chat("ask", "-t", "classify", "-m", "m", server=scripted, stdin="fine\nbad\nlate\n")

    assert (ran.stdout, ran.exit_code, len(scripted.posts)) == ("positive\nneg\npositive\n", 0, 3)


def test_a_line_has_the_number_that_it_has_in_the_file(server: OpenServer, chat: Chat) -> None:
    """Blank lines count though nothing is asked about them, and what is typed as words is no line of the file."""
    scripted = server(GOOD, GOOD, failure(400, "not this one"))

    ran = chat("ask", "-t", "classify", "-m", "m", "first", server=scripted, stdin="\nfine\n\n  \nbad\nlate\n")

    assert "line 5" in ran.stderr
    assert len(scripted.posts) == 3


def test_words_that_are_no_line_are_not_called_one(server: OpenServer, chat: Chat) -> None:
    ran = chat("ask", "-t", "classify", "-m", "m", "first", server=server(failure(400, "not this one")))

    assert (ran.stdout, ran.exit_code) == ("", 8)
    assert "line" not in ran.stderr


def test_what_was_answered_before_an_error_is_kept(server: OpenServer, chat: Chat) -> None:
    chat("ask", "-t", "classify", "-m", "m", server=server(GOOD, failure(400, "no")), stdin="fine\nbad\nlate\n")

    texts = [text for (text,) in stored(chat.home, "SELECT text FROM part ORDER BY message_id")]
    assert "positive" in texts
    assert not [text for text in texts if "late" in text]
