"""Flags before and after a command are equal, the later wins, and what is not given sets nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.flags import FLAGS, Flags, flags_of
from chatcli.records import fields, replace
from chatcli.settings.definition import find_setting


def test_the_later_wins() -> None:
    assert Flags(model=("b",)).over(Flags(model=("a",), provider="p")) == Flags(model=("b",), provider="p")


def test_what_is_not_given_later_stays() -> None:
    earlier = Flags(model=("a",), option=("x=1",), quiet=True, max_wait=5.0, system="")

    assert Flags().over(earlier) == earlier


def test_options_add_up_in_their_order() -> None:
    assert Flags(option=("c=3",)).over(Flags(option=("a=1", "b=2"))).option == ("a=1", "b=2", "c=3")


@pytest.mark.parametrize("name", ["max_wait", "timeout"])
def test_zero_seconds_are_a_value(name: str) -> None:
    """`--max-wait 0` means: wait for nothing."""
    flags = replace(Flags(), **{name: 0.0}).over(replace(Flags(), **{name: 9.0}))

    assert flags.settings() == ((f"defaults.{name}", 0.0, FLAGS[name].names[0]),)


def test_an_empty_system_prompt_is_a_value() -> None:
    flags = Flags(system="").over(Flags(system="Be brief."))

    assert flags.settings() == (("defaults.system", "", "--system"),)


def test_nothing_given_sets_nothing() -> None:
    assert Flags().settings() == ()


def test_a_switch_sets_what_it_stands_for() -> None:
    assert Flags(no_stream=True, no_md=True, plain=True).settings() == (
        ("defaults.stream", False, "--no-stream"),
        ("ui.markdown", False, "--no-md"),
        ("ui.plain", True, "--plain"),
    )


def test_every_flag_has_its_field_and_every_field_its_flag() -> None:
    assert [item.name for item in fields(Flags)] == list(FLAGS)


def test_no_two_flags_share_a_name() -> None:
    names = [name for flag in FLAGS.values() for name in flag.names]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", [name for name, flag in FLAGS.items() if flag.setting])
def test_a_flag_stands_for_a_setting_that_exists_and_takes_it(name: str) -> None:
    examples: dict[type, Any] = {str: "x", float: 1.0, bool: True, tuple: ("x", "y")}
    [(dotted, value, _)] = replace(Flags(), **{name: examples[FLAGS[name].type]}).settings()
    setting = find_setting(tuple(dotted.split(".")))

    assert setting is not None
    assert setting.about.kind.check(value) == value


@pytest.mark.parametrize("name", FLAGS)
def test_every_flag_says_what_it_does(name: str) -> None:
    assert FLAGS[name].help[0].isupper()
    assert not FLAGS[name].help.endswith(".")
    assert bool(FLAGS[name].value) == (FLAGS[name].type is not bool)


def test_no_flag_takes_a_key() -> None:
    assert not [name for name, flag in FLAGS.items() if "key" in name and name != "key_env"]
    assert FLAGS["key_env"].value == "NAME"


def test_a_command_takes_its_own_flags_and_those_of_all() -> None:
    asked, listed = flags_of("ask"), flags_of("models")

    assert {"no_stdin", "quiet", "model"} <= asked.keys()
    assert {"provider", "quiet"} <= listed.keys()
    assert not {"no_stdin", "model"} & listed.keys()
    assert flags_of() == {name: flag for name, flag in FLAGS.items() if flag.where == ("all",)}
