"""An answer shaded by probability: the same text, harmless, with a legend."""

import io
import re
from math import log

import pytest

from chatcli.conversation.messages import TokenLogprob
from chatcli.output.logprob_shading import shade_tokens
from chatcli.render.live import Look, show

SGR = re.compile(r"\x1b\[[0-9;]*m")


def drawn(*pairs: tuple[str, float], colour: bool = True) -> str:
    """Return what stands on a terminal below the legend."""
    stream = io.StringIO()
    tokens = [TokenLogprob(text, log(chance)) for text, chance in pairs]
    show(shade_tokens(tokens), stream, size=lambda: (80, 24), look=Look(colour=colour))
    return stream.getvalue().partition("\n")[2]


def test_the_text_stays_what_it_is() -> None:
    assert SGR.sub("", drawn(("One", 0.99), (" two\nthree", 0.2))) == "One two\nthree\n"


def test_newlines_around_the_text_are_not_drawn() -> None:
    assert drawn(("\n\n", 0.99), ("a\n\nb", 0.99), ("\n", 0.99)) == "a\n\nb\n"


@pytest.mark.parametrize(
    ("chance", "coloured", "plain"),
    [
        (0.95, "a", "a"),
        (0.7, "\x1b[32ma\x1b[0m", "\x1b[2ma\x1b[0m"),
        (0.4, "\x1b[35ma\x1b[0m", "\x1b[4ma\x1b[0m"),
        (0.1, "\x1b[1;31ma\x1b[0m", "\x1b[1;4ma\x1b[0m"),
    ],
    ids=["certain", "likely", "open", "unlikely"],
)
def test_a_chance_has_its_shade_with_and_without_colour(chance: float, coloured: str, plain: str) -> None:
    assert drawn(("a", chance)) == f"{coloured}\n"
    assert drawn(("a", chance), colour=False) == f"{plain}\n"


def test_no_shade_reaches_over_the_end_of_a_line() -> None:
    assert drawn(("a\nb", 0.1)) == "\x1b[1;31ma\x1b[0m\n\x1b[1;31mb\x1b[0m\n"


def test_a_token_cannot_drive_the_terminal() -> None:
    assert "\x1b]" not in drawn(("\x1b]0;title\x07", 0.99))
