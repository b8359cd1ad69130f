"""/cost tells tokens and money of the chat and the day, and what no one knows."""

from __future__ import annotations

from chatcli.commands import load_all
from chatcli.commands.table import Say
from chatcli.conversation.messages import Usage, UsageReported
from chatcli.conversation.model_info import Price
from chatcli.conversation.session import Session
from chatcli.records import replace
from chatcli.usage.spending import Spending
from tests.commands.conftest import Unkept, context_with, interpret
from tests.support.scripted import ignore, says

load_all()


def shown(session: Session | None = None, today: Spending = Spending()) -> list[str]:  # noqa: B008  # a value never changes
    session = session or context_with().session
    archive = Unkept(session)
    archive.today = today
    context = context_with(chats=archive, session=session)
    outcome = interpret("/cost", context)
    assert isinstance(outcome, Say)
    return outcome.markdown.splitlines()[2:]


def asked(price: Price | None) -> Session:
    session = context_with().session
    session.binding = replace(session.binding, price=lambda model: price if model == "m" else None)
    session.binding.client.answers[:] = [[UsageReported(Usage(1_200, 300)), *says("a")]]  # type: ignore[attr-defined]
    session.turn("q", ignore)
    return session


def test_a_priced_answer_costs_what_its_tokens_do() -> None:
    rows = shown(asked(Price(2, 10)), Spending(5_000, 700, 1.5, 3, 0))

    assert rows == [
        "| this chat | 1 | 1.2k | 300 | $0.0054 |",
        "| today, all stored chats | 3 | 5k | 700 | $1.50 |",
    ]


def test_an_unknown_price_is_no_zero() -> None:
    first, *_, last = shown(asked(None), Spending(5_000, 700, 1.5, 3, 2))

    assert first == "| this chat | 1 | 1.2k | 300 | ? |"
    assert last == '2 answers not included (no known price; set `price` in `[models."NAME"]`).'


def test_answers_that_cost_nothing_do_not_tell_what_the_others_cost() -> None:
    assert shown(today=Spending(5_000, 700, 0.0, 3, 2))[1] == "| today, all stored chats | 3 | 5k | 700 | ? |"
    assert shown(today=Spending(5_000, 700, 0.0, 3, 0))[1] == "| today, all stored chats | 3 | 5k | 700 | $0.00 |"


def test_an_estimate_is_marked_and_so_is_its_price() -> None:
    session = context_with().session
    session.binding = replace(session.binding, price=lambda _model: Price(2, 10))
    session.binding.client.answers[:] = [says("a")]  # type: ignore[attr-defined]
    session.turn("q" * 3_000, ignore)

    row, today, *_, said = shown(session, Spending(5_000, 700, 1.5, 3, 0))

    assert row == "| this chat | 1 | ~3k | ~1 | ~$0.006 |"
    assert "~" not in today
    assert said == "1 answer estimated (`~`): the server reported no tokens."


def test_before_the_first_answer_there_is_nothing_to_tell() -> None:
    outcome = interpret("/cost", context_with())

    assert isinstance(outcome, Say)
    assert outcome.markdown == "No answer has been counted yet."
