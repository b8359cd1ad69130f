"""Commands about what answers, and how: what they set is what is sent, and what they show is what is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Outcome, Pick, Say, candidates, find_command
from chatcli.conversation.model_info import ModelInfo, Price
from chatcli.errors import ChatError, ConfigError, UsageError
from chatcli.request.parameters import PARAMETERS
from tests.commands.conftest import interpret

MakeDesk: TypeAlias = Callable[..., CommandContext]


def said(outcome: Outcome) -> str:
    assert isinstance(outcome, Say)
    return outcome.markdown


def test_the_model_in_use_is_shown_with_its_place(context: MakeDesk) -> None:
    assert said(interpret("/model", context())) == "`m` at openai (https://api.openai.com/v1)"


def test_a_model_that_is_not_known_yet_is_the_first_one(context: MakeDesk) -> None:
    assert said(interpret("/model", context(model=""))).startswith("the default model at openai")


def test_known_models_are_chosen_from_a_list_with_the_cursor_on_the_one_in_use(context: MakeDesk) -> None:
    known = [
        ("openai", ModelInfo("gpt-mini", 128_000, price=Price(2.5, 10.0), abilities=("vision",))),
        ("openai", ModelInfo("m")),
        ("ollama", ModelInfo("m")),
    ]
    log: list[Any] = []
    place = context(log=log, endpoint={"known_models": lambda: known})

    picking = interpret("/model", place)

    assert isinstance(picking, Pick)
    assert "m at openai" in picking.choices.title
    assert picking.choices.current == "openai/m"
    assert [row.label for row in picking.choices.rows] == ["openai/gpt-mini", "openai/m", "ollama/m"]
    assert picking.choices.rows[0].hint == "128 000 tokens · $2.5 / $10 · vision"
    picking.then("openai/gpt-mini")
    picking.then("ollama/m")
    assert log == [("openai", "gpt-mini"), ("ollama", "m")]


def test_an_endpoint_whose_models_are_not_known_is_asked_for_the_list(context: MakeDesk) -> None:
    """Lists of local servers are never taken from an earlier run: which models they have changes often."""
    known: list[tuple[str, ModelInfo]] = []

    def answer() -> list[ModelInfo]:
        known.extend(("openai", ModelInfo(name)) for name in ("m", "other"))
        return []

    def refuse() -> list[ModelInfo]:
        raise ChatError("nothing is listening")

    unlisted = {"model_names": lambda: [], "known_models": lambda: known}

    assert "m" in said(interpret("/model", context(endpoint={**unlisted, "list_models": refuse})))
    assert isinstance(interpret("/model", context(endpoint={**unlisted, "list_models": answer})), Pick)


def test_a_model_is_switched_and_its_place_is_said(context: MakeDesk) -> None:
    log: list[Any] = []

    text = said(interpret("/model gpt-mini", context(log=log)))

    assert log == [("", "gpt-mini")]
    assert text == "From the next turn on: `gpt-mini` at openai."


def test_models_are_listed_with_their_windows(context: MakeDesk) -> None:
    rows = said(interpret("/models", context())).splitlines()[2:]

    assert rows == ["| `m` | 128 000 | ? |  |", "| `gpt-mini` | ? | ? |  |"]


@pytest.mark.parametrize("line", ["/models GPT", "/list mini"])
def test_models_are_listed_by_a_part_of_their_names(context: MakeDesk, line: str) -> None:
    assert said(interpret(line, context())).splitlines()[2:] == ["| `gpt-mini` | ? | ? |  |"]


def test_where_nothing_is_listed_that_is_said(context: MakeDesk) -> None:
    assert said(interpret("/models zzz", context())) == "No model name contains `zzz`."
    assert said(interpret("/models", context(endpoint={"list_models": list}))) == "The endpoint lists no models."


def test_a_list_that_cannot_be_had_is_an_error(context: MakeDesk) -> None:
    def fail() -> list[Any]:
        raise ConfigError("no")

    with pytest.raises(ConfigError):
        interpret("/models", context(endpoint={"list_models": fail}))


@pytest.mark.parametrize(
    ("line", "system"),
    [
        ("/system Be brief.", "Be brief."),
        ("/set system Be brief.", "Be brief."),
        ("/system @role.txt", "text of role.txt"),
        ("/system @@role is a mention", "@role is a mention"),
    ],
)
def test_the_system_prompt_is_set(context: MakeDesk, line: str, system: str) -> None:
    place = context()

    assert said(interpret(line, place)) == f"System prompt set ({len(system)} characters)."
    assert place.session.conversation.system == system


def test_the_system_prompt_is_shown_as_it_is_and_removed(context: MakeDesk) -> None:
    place = context()
    place.session.conversation.system = "*Be* brief."

    assert interpret("/system", place) == interpret("/set system", place) == Say("*Be* brief.", raw=True)
    interpret("/unset system", place)
    assert (place.session.conversation.system, interpret("/system", place)) == ("", Say("No system prompt is set."))


SETS = [
    ("/set temperature 0.2", "temperature", 0.2, "`temperature` = `0.2`"),
    ("/set temperature precise", "temperature", 0.2, "`temperature` = `0.2`"),
    ("/set\u3000temperature\u30000.2", "temperature", 0.2, "`temperature` = `0.2`"),
    ("/set parameter max_tokens 50", "max_tokens", 50, "`max_tokens` = `50`"),
    (r"/set stop \n\n", "stop", "\n\n", r'`stop` = `"\n\n"`'),
    ('/set metadata {"a": "ü"}', "metadata", {"a": "ü"}, '`metadata` = `{"a": "ü"}`'),
    ("/set extra.top_k 40", "extra.top_k", 40, "`extra.top_k` = `40`"),
    ("/set extra.route a b", "extra.route", "a b", '`extra.route` = `"a b"`'),
]


@pytest.mark.parametrize(("line", "key", "value", "text"), SETS, ids=[line for line, *_ in SETS])
def test_a_parameter_is_set_and_read_back(context: MakeDesk, line: str, key: str, value: Any, text: str) -> None:
    place = context()

    assert said(interpret(line, place)) == text
    assert place.session.conversation.options == {key: value}


@pytest.mark.parametrize(
    "line",
    [
        "/set temperature 1.8",
        "/set temperature hot",
        "/set nothing 1",
        "/set nothing",
        "/set ui.nothing x",
        "/set ui.no",
    ],
)
def test_what_cannot_be_set_changes_nothing(context: MakeDesk, line: str) -> None:
    place = context()

    with pytest.raises(ChatError):
        interpret(line, place)

    assert place.session.conversation.options == {}


def test_what_is_set_is_shown(context: MakeDesk) -> None:
    place = context()

    assert said(interpret("/set", place)).startswith("No parameters are set.")
    place.session.conversation.options.update({"temperature": 0.2, "stop": "é"})
    assert said(interpret("/set", place)).splitlines()[2:] == ["| `temperature` | `0.2` |", '| `stop` | `"é"` |']


def test_one_parameter_is_shown_with_what_it_takes(context: MakeDesk) -> None:
    place = context()

    assert said(interpret("/set top_p", place)).startswith("`top_p` is not set. ")
    assert said(interpret("/set top_p", place)).endswith("Values: 0 to 1.")
    assert said(interpret("/set extra.x", place)) == "`extra.x` is not set."
    place.session.conversation.options["extra.x"] = 5
    assert said(interpret("/set extra.x", place)) == "`extra.x` is `5`."


def test_a_parameter_is_no_longer_sent(context: MakeDesk) -> None:
    place = context()
    place.session.conversation.options["seed"] = 1

    assert said(interpret("/unset seed", place)) == "`seed` unset."
    assert place.session.conversation.options == {}
    with pytest.raises(UsageError, match="`seed` is not set"):
        interpret("/unset seed", place)


def test_the_effort_is_set_shown_and_left_to_the_model(context: MakeDesk) -> None:
    place = context()

    interpret("/effort high", place)
    assert place.session.conversation.options == {"reasoning_effort": "high"}
    assert 'is `"high"`' in said(interpret("/think", place))
    assert said(interpret("/effort off", place)) == said(interpret("/effort off", place))
    assert place.session.conversation.options == {}
    with pytest.raises(UsageError, match="invalid value `most` for `reasoning_effort`"):
        interpret("/effort most", place)


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        pytest.param(["gpt-mini", "gpt-large", "a", "b", "c"], ", but `gpt-mini`.", id="near"),
        pytest.param(["one", "two"], ", but `one` and `two`.", id="few"),
        pytest.param(["one", "two", "three", "four"], "does not list this model.", id="many"),
    ],
)
def test_a_model_that_is_not_listed_is_used_with_a_doubt(context: MakeDesk, listed: list[str], named: str) -> None:
    """Some servers accept more names than they list, or any."""
    place = context(endpoint={"unlisted": lambda _model: listed})

    text = said(interpret("/model gpt-minii", place))

    assert place.session.binding.model == "gpt-minii"
    assert text.startswith("From the next turn on: `gpt-minii` at ")
    assert text.endswith(named)


def test_looks_are_set_for_this_run(context: MakeDesk) -> None:
    place = context()

    assert said(interpret("/set ui.theme", place)) == '`ui.theme` = `"auto"`'
    assert said(interpret("/set ui.theme dark", place)) == "`ui.theme` = `dark`"


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("model", {"m", "gpt-mini"}),
        ("retry", {"m"}),
        ("set", {*PARAMETERS, "system", "ui.theme"}),
        ("unset", {"system", "seed"}),
        ("effort", {"low", "off"}),
        ("config", {"defaults.model"}),
        ("help", {"help", "pipes"}),
    ],
)
def test_arguments_are_completed(context: MakeDesk, name: str, some: set[str]) -> None:
    entry, place = find_command(name), context()
    place.session.conversation.options["seed"] = 1

    assert entry is not None
    assert some <= set(candidates(entry, place, []))
