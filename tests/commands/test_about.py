"""Commands about the program show what is there, and never a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.ports import EndpointInfo
from chatcli.commands.table import Outcome, Pick, Say, candidates, commands, find_command
from chatcli.conversation.messages import Started
from chatcli.conversation.requests import TurnSettings
from chatcli.errors import ChatError, UsageError
from tests.commands.conftest import interpret
from tests.support.hints import hint_of
from tests.support.scripted import Step

MakeDesk: TypeAlias = Callable[..., CommandContext]
Answer: TypeAlias = Callable[..., list[Step]]


def said(outcome: Outcome) -> str:
    assert isinstance(outcome, Say)
    return outcome.markdown


def rows(outcome: Outcome) -> dict[str, str]:
    cells = [line.strip("|").split(" | ") for line in said(outcome).splitlines()[2:] if line.startswith("|")]
    return {name.strip(): value.strip() for name, value, *_ in cells}


def test_help_shows_ten_commands_in_two_columns_and_names_the_topics(context: MakeDesk) -> None:
    listed, _, rest = said(interpret("/help", context())).partition("\n\n")

    lines = listed.splitlines()
    assert len(lines) == 2 + 10
    assert "| `/undo [N]`" in listed
    assert "`/help all`" in rest
    assert rest.endswith("pipes.")


def test_help_all_lists_every_command_by_group(context: MakeDesk) -> None:
    listed = rows(interpret("/help all", context()))

    assert [name for name in listed if name.startswith("**")] == [
        "**Conversation**",
        "**Model**",
        "**Attachments**",
        "**Context window**",
        "**Stored chats**",
        "**Program**",
    ]
    assert {entry.name: entry.summary for entry in commands()} == {
        name.strip("`/"): summary for name, summary in listed.items() if name.startswith("`")
    }


def test_help_fits_a_terminal_of_80_columns(context: MakeDesk) -> None:
    """A row that wraps would draw a rule between all rows."""
    bar = len(" │ ")
    first = rows(interpret("/help", context()))

    assert max(len(name.strip("`").replace("\\|", "|")) for name in first) + bar + max(map(len, first.values())) <= 80
    assert [entry.name for entry in commands() if len("Stored chats") + bar + len(entry.summary) > 80] == []


def test_help_completes_all_commands_and_topics(context: MakeDesk) -> None:
    found = find_command("help")

    assert found is not None
    assert {"all", "undo", "pipes"} <= set(candidates(found, context(), []))


@pytest.mark.parametrize("line", ["/help effort", "/help /effort", "/help ／effort", "/? think"])
def test_help_tells_all_of_one_command(context: MakeDesk, line: str) -> None:
    text = said(interpret(line, context()))

    assert text.startswith("**/effort [LEVEL]**\n\nShow or set the reasoning effort.\n\n`off`")
    assert text.endswith("Also: /think, /reasoning-effort")


def test_help_tells_a_topic(context: MakeDesk) -> None:
    assert said(interpret("/help pipes", context())) == "# Pipes\n"


@pytest.mark.parametrize(("word", "hint"), [("modle", "did you mean /model"), ("zzz", "/help all lists")])
def test_help_on_what_does_not_exist_says_so(context: MakeDesk, word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no help on `{word}`") as caught:
        interpret(f"/help {word}", context())

    assert hint in hint_of(caught.value)


def test_the_state_of_a_fresh_chat(context: MakeDesk) -> None:
    shown = rows(
        interpret(
            "/status", context(model="", endpoint={"info": EndpointInfo("ollama", "http://127.0.0.1:1/v1", None)})
        )
    )

    assert (shown["model"], shown["provider"], shown["key"], shown["proxy"]) == (
        "the default model",
        "ollama",
        "none",
        "none",
    )
    assert (shown["parameters"], shown["context window"], shown["turns"]) == ("none set", "unknown", "0")
    assert "last answer by" not in shown


def test_the_state_of_a_chat(context: MakeDesk, answer: Answer) -> None:
    place = context([Started("id-1", "m-2026", "fp", "flex"), *answer("a")])
    place.session.conversation.options.update({"temperature": 0.2, "stop": ["a|b"]})
    place.conversation.system, place.session.binding.budget.window_tokens = "Be brief.", 8192
    place.session.settings = TurnSettings(stream=False)

    shown = rows(interpret("/status", place))

    assert (shown["key"], shown["system prompt"], shown["streaming"]) == ("$OPENAI_API_KEY", "9 characters", "off")
    assert shown["parameters"] == '`temperature=0.2, stop=["a\\|b"]`'
    assert (shown["context window"], shown["turns"]) == ("8192 tokens", "1")
    assert (shown["last answer by"], shown["last answer id"]) == ("`m-2026`", "`id-1`")
    assert (shown["fingerprint"], shown["service tier"]) == ("`fp`", "`flex`")


def test_of_a_provider_only_what_was_set_is_shown_unasked(context: MakeDesk) -> None:
    settings = [("providers.x.base_url", '"https://x"', "config.toml"), ("providers.x.rpm", "0", "default")]
    place = context(rows=settings)

    assert list(rows(interpret("/config", place))) == ["`providers.x.base_url`"]
    assert list(rows(interpret("/config providers.x", place))) == ["`providers.x.base_url`", "`providers.x.rpm`"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/config defaults.model big", "`/new` starts one with the new value."),
        ("/config ui.plain true", "This is read when `chat` starts"),
        ("/set ui.plain true", "This is read when `chat` starts"),
    ],
)
def test_a_setting_that_does_not_count_at_once_says_when_it_does(context: MakeDesk, line: str, told: str) -> None:
    assert told in said(interpret(line, context()))


@pytest.mark.parametrize("line", ["/config ui.theme dark", "/set ui.theme dark", "/config ui.plain", "/set ui.plain"])
def test_a_setting_that_counts_at_once_or_is_only_shown_says_no_more(context: MakeDesk, line: str) -> None:
    assert "\n\n" not in said(interpret(line, context()))


def test_settings_are_shown_with_their_origin(context: MakeDesk) -> None:
    assert said(interpret("/config", context())).splitlines()[2] == "| `defaults.model` | `m` | flag --model |"


@pytest.mark.parametrize(
    ("line", "names"), [("/config ui", ["ui.theme", "ui.plain"]), ("/config ui.theme", ["ui.theme"])]
)
def test_settings_are_shown_by_section(context: MakeDesk, line: str, names: list[str]) -> None:
    assert list(rows(interpret(line, context()))) == [f"`{name}`" for name in names]


@pytest.mark.parametrize(
    "line", ["/config ui.theme dark", "/config ui.theme   dark", "/config\u3000ui.theme\u3000dark"]
)
def test_a_setting_is_changed_for_this_run(context: MakeDesk, line: str) -> None:
    assert said(interpret(line, context())).splitlines()[2:] == ["| `ui.theme` | `dark` | this run |"]


@pytest.mark.parametrize("line", ["/config nothing", "/config nothing x", "/config ui.th"])
def test_a_setting_that_does_not_exist_is_named(context: MakeDesk, line: str) -> None:
    with pytest.raises(ChatError, match="unknown setting `"):
        interpret(line, context())


def test_colours_are_shown_and_changed(context: MakeDesk) -> None:
    place = context()

    listed = interpret("/theme", place)
    assert isinstance(listed, Pick)
    assert [row.label for row in listed.choices.rows if row.hint == "in use"] == ["auto"]
    assert "nord" in [row.label for row in listed.choices.rows]
    assert said(listed.then("dark")).startswith("The theme is `dark`.")
    assert said(interpret("/theme light", place)).startswith("The theme is `light`.")
