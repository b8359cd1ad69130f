"""A model that is about to be retired is named once a day, and a missing one is explained."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatcli.app.missing_models import suggest_models
from chatcli.app.retirement_notices import DAY_S, RetirementNotices
from chatcli.conversation.model_info import ModelInfo, Retirement
from chatcli.errors import ModelNotFoundError, ModelRetiredError

NOW_S = datetime(2026, 11, 28, 9, tzinfo=UTC).timestamp()
URL = "https://api.example.com/v1"


def notices(folder: Path, *, days: float = 0) -> RetirementNotices:
    """Return the notices as they are *days* later."""
    return RetirementNotices(folder / "retirements.json", now=lambda: NOW_S + days * DAY_S)


def test_a_model_is_named_once_a_day(tmp_path: Path) -> None:
    def words(days: float, model: str = "m") -> str:
        found = notices(tmp_path, days=days).notice(URL, model, Retirement(NOW_S + 13 * DAY_S, "m-2"))
        return found.message if found else ""

    assert [bool(words(days)) for days in (0, 0, 0.5, 1, 1, 2)] == [True, False, False, True, False, True]
    assert words(0, "other") == "`other` is retired on 11 December; its successor is `m-2`"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (61, ""),
        (60, "is retired on 27 January 2027"),
        (0.01, "is retired on 28 November"),
        (-30, "was retired on 29 October"),
    ],
)
def test_it_is_named_from_60_days_before(tmp_path: Path, days: float, said: str) -> None:
    found = notices(tmp_path).notice(URL, "m", Retirement(NOW_S + days * DAY_S))

    assert (found.message if found else "") == (f"`m` {said}" if said else "")


def test_one_without_a_date_is_named_once(tmp_path: Path) -> None:
    said = [bool(notices(tmp_path, days=days).notice(URL, "m", Retirement())) for days in (0, 1, 100)]

    assert said == [True, False, False]


def explained(
    error: ModelNotFoundError, retirement: Retirement | None, *listed: ModelInfo, model: str = "gpt-5"
) -> tuple[str, str]:
    suggest_models(error, model, retirement, listed)
    return error.what, error.sentence()


def test_a_missing_model_that_was_retired_says_so_and_names_what_remains() -> None:
    gone = ModelInfo("gpt-5-old", retirement=Retirement(0.0))
    listed = (gone, ModelInfo("gpt-5"), ModelInfo("tts"), ModelInfo("gpt-5.5"))

    what, sentence = explained(
        ModelNotFoundError("x has no model `gpt-5`"), Retirement(1_000_000_000, "gpt-6"), *listed
    )

    assert what == "x has no model `gpt-5`; it was retired on 9 September 2001"
    assert "`gpt-6`, `gpt-5.5` or `tts` can be used instead" in sentence


def test_the_words_of_the_server_are_enough() -> None:
    _, sentence = explained(ModelRetiredError("x has retired `gpt-5`"), None, ModelInfo("other"))

    assert "`other` can be used instead" in sentence


def test_a_model_that_was_never_there_is_not_retired() -> None:
    what, sentence = explained(ModelNotFoundError("x has no model `gpt5`"), None, ModelInfo("gpt-5"), model="gpt5")

    assert (what, "did you mean `gpt-5`?" in sentence.lower()) == ("x has no model `gpt5`", True)
