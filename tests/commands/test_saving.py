"""`--save` directly after a command's name keeps what it sets, or what is in use; elsewhere it is text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.interpretation import interpret
from chatcli.commands.ports import EndpointInfo
from chatcli.commands.table import Say, commands
from chatcli.errors import ChatError
from chatcli.text.draft import Draft
from tests.commands.conftest import context_with
from tests.commands.conftest import interpret as type_line

SAVED = [
    ("/theme --save nord", {("ui", "theme"): "nord"}),
    ("/theme --save", {("ui", "theme"): "auto"}),
    ('/config --save ui.theme "nord"', {("ui", "theme"): "nord"}),
    ('/config --save defaults.model "a \\"b\\""', {("defaults", "model"): 'a "b"'}),
    ('/config --save defaults.model "a" or "b"', {("defaults", "model"): '"a" or "b"'}),
    ("/config --save ui.plain yes", {("ui", "plain"): True}),
    ("/config --save ui.plain", {("ui", "plain"): False}),
    ("/config --save models.m.price.input 3", {("models", "m", "price", "input"): 3}),
    ("/model --save gpt-mini", {("defaults", "provider"): "openai", ("defaults", "model"): "gpt-mini"}),
    ("/model --save ollama/qwen", {("defaults", "provider"): "ollama", ("defaults", "model"): "qwen"}),
    ("/model --save", {("defaults", "provider"): "openai", ("defaults", "model"): "m"}),
    ("/system --save Be terse", {("defaults", "system"): "Be terse"}),
    ("/system --save 简短回答", {("defaults", "system"): "简短回答"}),
    ("/system --save @@ann", {("defaults", "system"): "@@ann"}),
    ("/system --save @rules", {("defaults", "system"): "text of rules"}),
    ("/system --save", {("defaults", "system"): ""}),
    ("/set --save temperature 0.5", {("models", "m", "params", "temperature"): 0.5}),
    ("/set --save parameter seed 7", {("models", "m", "params", "seed"): 7}),
    ("/set --save system Be kind", {("defaults", "system"): "Be kind"}),
    ("/set --save extra.top_k 5", {("models", "m", "extra_body", "top_k"): 5}),
    ("/set --save ui.plain on", {("ui", "plain"): True}),
    ("／theme\u3000--save\u3000nord", {("ui", "theme"): "nord"}),
]


@pytest.mark.parametrize(("line", "values"), SAVED, ids=[row[0] for row in SAVED])
def test_what_is_set_is_used_and_kept(
    context: Callable[..., CommandContext], line: str, values: dict[tuple[str, ...], object]
) -> None:
    log: list[Any] = []

    outcome = type_line(line, context(log=log))

    assert isinstance(outcome, Say)
    assert "/settings.toml" in outcome.markdown
    assert log[-1] == values


def test_parameters_and_prompt_in_use_are_kept(context: Callable[..., CommandContext]) -> None:
    log: list[Any] = []
    chat = context(log=log)
    for line in ("/set temperature 0.5", "/set extra.top_k 5", "/system Be terse"):
        type_line(line, chat)

    type_line("/set --save", chat)
    type_line("/set --save temperature", chat)
    type_line("/template --save brief", chat)

    assert log == [
        {("models", "m", "params", "temperature"): 0.5, ("models", "m", "extra_body", "top_k"): 5},
        {("models", "m", "params", "temperature"): 0.5},
        {
            ("templates", "brief", "system"): "Be terse",
            ("templates", "brief", "params"): {"temperature": 0.5, "extra.top_k": 5},
        },
    ]


REFUSED = [
    ("/config --save", "KEY VALUE"),
    ("/config --save nothing", "unknown setting nothing"),
    ("/config --save edit", "unknown setting edit"),
    ("/config --save ui.theme drak", "dark"),
    ("/config --save defaults.modl x", "defaults.model"),
    ("/set --save", "/set --save KEY VALUE"),
    ("/set --save temperature", "temperature"),
    ("/set --save temperature 9", "temperature"),
    ("/template --save", "/template --save NAME"),
    ("/template --save summarise", "another name"),
    ("/template --save brief", "/system"),
]


@pytest.mark.parametrize(("line", "part"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_kept_is_not(context: Callable[..., CommandContext], line: str, part: str) -> None:
    log: list[Any] = []

    with pytest.raises(ChatError) as error:
        type_line(line, context(log=log))

    assert part in error.value.sentence()
    assert log == []


def test_a_model_that_has_no_name_in_the_settings_is_not_kept(context: Callable[..., CommandContext]) -> None:
    for line, given, part in (
        ("/model --save", {"model": ""}, "NAME"),
        ("/set --save seed 1", {"model": ""}, "model"),
        ("/model --save", {"endpoint": {"info": EndpointInfo("guide", "built in, offline", None)}}, "/connect"),
        ("/set --save seed 1", {"endpoint": {"info": EndpointInfo("guide", "built in, offline", None)}}, "/connect"),
        ("/model --save", {"endpoint": {"providers": ("ollama",)}}, "/connect https://api.openai.com/v1"),
    ):
        log: list[Any] = []
        with pytest.raises(ChatError) as error:
            type_line(line, context(log=log, **given))
        assert part in error.value.sentence()
        assert not any(isinstance(entry, dict) for entry in log)


def test_values_that_are_masked_are_not_kept(context: Callable[..., CommandContext]) -> None:
    chat = context(rows=[("providers.p.headers", '{ X-A = "***" }', "config.toml")])

    with pytest.raises(ChatError, match="not shown"):
        type_line("/config --save providers.p.headers", chat)


@pytest.mark.parametrize("line", ["/compact --save x", "/rename --save x", "/editor --save x", "/tokens --save x"])
def test_other_commands_take_it_as_text(context: Callable[..., CommandContext], line: str) -> None:
    log: list[Any] = []

    outcome = type_line(line, context(log=log))

    assert "/settings.toml" not in str(outcome)
    assert log == []


@pytest.mark.parametrize(
    "line",
    [Draft.by_keys("/system Say --save"), Draft.by_keys("/system ") + Draft("--save x")],
    ids=["not directly after the name", "pasted"],
)
def test_only_typed_directly_after_the_name(context: Callable[..., CommandContext], line: Draft) -> None:
    log: list[Any] = []
    chat = context(log=log)

    interpret(line, chat)

    assert log == []
    assert "--save" in chat.conversation.system


def test_help_shows_which_commands_save() -> None:
    context_with()
    saving = {entry.name for entry in commands() if "[--save]" in entry.synopsis}
    assert saving == {"theme", "model", "system", "set", "template", "config"}
