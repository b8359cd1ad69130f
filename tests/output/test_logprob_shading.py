"""An answer shaded by probability: the same text, harmless, with a legend."""

import re
from math import log

import pytest

from chatcli.conversation.messages import TokenLogprob
from chatcli.output.logprob_shading import shade_tokens

SGR = re.compile(r"\x1b\[[0-9;]*m")


def tokens(*pairs: tuple[str, float]) -> list[TokenLogprob]:
    return [TokenLogprob(text, log(chance)) for text, chance in pairs]


def body(text: str) -> str:
    return text.partition("\n")[2]


def test_the_text_stays_what_it_is() -> None:
    drawn = shade_tokens(tokens(("One", 0.99), (" two\nthree", 0.2)), colour=True)

    assert SGR.sub("", body(drawn)) == "One two\nthree\n"


@pytest.mark.parametrize(
    ("chance", "coloured", "plain"),
    [
        (0.95, "a", "a"),
        (0.7, "\x1b[32ma\x1b[m", "\x1b[2ma\x1b[m"),
        (0.4, "\x1b[33ma\x1b[m", "\x1b[4ma\x1b[m"),
        (0.1, "\x1b[1;31ma\x1b[m", "\x1b[1;4ma\x1b[m"),
    ],
    ids=["certain", "likely", "open", "unlikely"],
)
def test_a_chance_has_its_shade_with_and_without_colour(chance: float, coloured: str, plain: str) -> None:
    assert body(shade_tokens(tokens(("a", chance)), colour=True)) == f"{coloured}\n"
    assert body(shade_tokens(tokens(("a", chance)), colour=False)) == f"{plain}\n"


def test_no_shade_reaches_over_the_end_of_a_line() -> None:
    assert body(shade_tokens(tokens(("a\nb", 0.1)), colour=True)) == "\x1b[1;31ma\x1b[m\n\x1b[1;31mb\x1b[m\n"


def test_a_token_cannot_drive_the_terminal() -> None:
    assert "\x1b]" not in shade_tokens(tokens(("\x1b]0;title\x07", 0.99)), colour=True)
