"""`/logprobs` asks for probabilities, and shows what came."""

from collections.abc import Callable
from math import log
from typing import TypeAlias

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.logprobs import doubts, logprobs_command
from chatcli.commands.table import Say
from chatcli.conversation.messages import Finished, Text, TokenLogprob
from chatcli.errors import UsageError

OpenDesk: TypeAlias = Callable[..., CommandContext]
TOKENS = (TokenLogprob("yes", log(0.6), (("yes", log(0.6)), ("no|", log(0.3)))), TokenLogprob("!", log(0.99)))


def test_on_asks_for_them_and_off_no_longer_does(context: OpenDesk) -> None:
    here = context()
    here.session.conversation.options["temperature"] = 0

    logprobs_command(here, "on")
    asked = dict(here.session.conversation.options)
    logprobs_command(here, "off")

    assert asked == {"temperature": 0, "logprobs": True, "top_logprobs": 3}
    assert here.session.conversation.options == {"temperature": 0}


def test_the_last_answer_is_shaded(context: OpenDesk) -> None:
    here = context([Text("yes!", logprobs=TOKENS), Finished("stop", "stop")])

    outcome = logprobs_command(here, "")

    assert isinstance(outcome, Say)
    assert str(outcome.drawn).endswith("yes!")
    assert outcome.markdown == doubts(TOKENS)


def test_an_answer_without_probabilities_is_no_error(context: OpenDesk) -> None:
    outcome = logprobs_command(context(), "")

    assert isinstance(outcome, Say)
    assert "/logprobs on" in outcome.markdown


def test_anything_else_is_refused(context: OpenDesk) -> None:
    with pytest.raises(UsageError, match="maybe"):
        logprobs_command(context(), "maybe")


def test_doubtful_tokens_are_listed_with_what_might_have_stood_there() -> None:
    assert doubts(TOKENS).splitlines()[2:] == ["| `yes` | 60% | `no\\|` 30% |"]
    assert doubts(TOKENS[1:]) == ""
