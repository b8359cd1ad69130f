"""Every parameter with a right and a wrong value, by flag, by -o and by the settings: the wrong one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatcli.request.parameters import PARAMETERS
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer

TOOL = {"type": "function", "function": {"name": "f"}}
VALUES: dict[str, tuple[str, Any, str]] = {
    "temperature": ("0.5", 0.5, "3"),
    "top_p": ("0.5", 0.5, "-1"),
    "max_tokens": ("9", 9, "0"),
    "max_completion_tokens": ("9", 9, "many"),
    "n": ("1", 1, "0"),
    "stop": ('["a", "b"]', ["a", "b"], "[]"),
    "seed": ("7", 7, "0.5"),
    "presence_penalty": ("-1", -1, "-3"),
    "frequency_penalty": ("1.5", 1.5, "x"),
    "logit_bias": ('{"50256": -100}', {"50256": -100}, '{"50256": -101}'),
    "logprobs": ("true", True, "perhaps"),
    "top_logprobs": ("2", 2, "21"),
    "reasoning_effort": ("low", "low", "extreme"),
    "verbosity": ("low", "low", "chatty"),
    "response_format": ('{"type": "text"}', {"type": "text"}, "json"),
    "tools": (json.dumps([TOOL]), [TOOL], "{}"),
    "tool_choice": (json.dumps(TOOL), TOOL, "{"),
    "parallel_tool_calls": ("off", False, "2"),
    "modalities": ('["text"]', ["text"], "text"),
    "audio": ('{"voice": "alloy"}', {"voice": "alloy"}, "alloy"),
    "prediction": ('{"type": "content"}', {"type": "content"}, "1"),
    "web_search_options": ("{}", {}, "on"),
    "service_tier": ("flex", "flex", ""),
    "prompt_cache_key": ("k", "k", ""),
    "prompt_cache_retention": ("24h", "24h", "1h"),
    "prompt_cache_options": ('{"ttl": "30m"}', {"ttl": "30m"}, "30m"),
    "safety_identifier": ("me", "me", "x" * 65),
    "user": ("me", "me", ""),
    "moderation": ('{"model": "m"}', {"model": "m"}, "m"),
    "store": ("no", False, "maybe"),
    "metadata": ('{"a": "b"}', {"a": "b"}, '{"a": 1}'),
}  # fmt: skip
EMPTY_IS_WRONG = {"service_tier", "prompt_cache_key", "user"}


def test_every_parameter_is_here() -> None:
    assert VALUES.keys() == PARAMETERS.keys()


def test_right_values_are_sent_as_they_are_meant(chat: Chat) -> None:
    """Of the two names of the limit one is sent; all others go together."""
    options = [
        word for name, (text, _, _) in VALUES.items() if name != "max_tokens" for word in ("-o", f"{name}={text}")
    ]

    ran = chat("ask", "--base-url", "http://127.0.0.1:1/v1", "-m", "m", "--dry-run", *options, "--no-stdin", "q")

    assert ran.exit_code == 0
    body = json.loads(ran.stdout)
    wanted = {name: value for name, (_, value, _) in VALUES.items() if name != "max_tokens"}
    assert {name: body.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("name", [name for name in VALUES if name not in EMPTY_IS_WRONG])
def test_a_wrong_value_is_named(chat: Chat, home: Path, name: str) -> None:
    wrong = VALUES[name][2]
    folder = home / ".config/chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(f'[models."m"]\nparams = {{ {name} = {json.dumps(wrong)} }}\n')
    (folder / "config.toml").chmod(0o600)

    by_option = chat("ask", "--base-url", "http://127.0.0.1:1/v1", "-m", "x", "--dry-run", "-o", f"{name}={wrong}", "q")
    by_settings = chat("ask", "--base-url", "http://127.0.0.1:1/v1", "-m", "m", "--dry-run", "--no-stdin", "q")

    assert (by_option.exit_code, by_settings.exit_code) == (2, 3)
    for ran in (by_option, by_settings):
        assert f"`{name}`" in ran.stderr
        assert ran.stdout == ""


FLAGS = [
    (("--temperature", "0.2"), {"temperature": 0.2}),
    (("--temperature", "precise"), {"temperature": 0.2}),
    (("--top-p", "0.9"), {"top_p": 0.9}),
    (("--max-tokens", "5"), {"max_tokens": 5}),
    (("--stop", "a"), {"stop": "a"}),
    (("--stop", "a", "--stop", "b"), {"stop": ["a", "b"]}),
    (("--seed", "1"), {"seed": 1}),
    (("--effort", "low"), {"reasoning_effort": "low"}),
    (("--seed", "1", "-o", "seed=2"), {"seed": 2}),
]


@pytest.mark.parametrize(("flags", "sent"), FLAGS, ids=[" ".join(flags) for flags, _ in FLAGS])
def test_common_parameters_have_flags(chat: Chat, flags: tuple[str, ...], sent: dict[str, Any]) -> None:
    ran = chat("ask", "--base-url", "http://127.0.0.1:1/v1", "-m", "m", "--dry-run", *flags, "--no-stdin", "q")

    body = json.loads(ran.stdout)
    assert {name: body.get(name) for name in sent} == sent


def test_two_that_are_seldom_meant_together_are_told_of(chat: Chat, server: OpenServer) -> None:
    ran = chat("ask", "-m", "m", "--temperature", "1", "--top-p", "1", "q", server=server(answer("Yes")))

    assert (ran.exit_code, ran.stdout) == (0, "Yes")
    assert "temperature and top_p are both set" in ran.stderr


@pytest.mark.parametrize(("count", "code"), [(4, 0), (5, 2)])
def test_an_endpoint_may_take_fewer_stops(chat: Chat, count: int, code: int) -> None:
    stops = json.dumps(["x"] * count)

    ran = chat("ask", "-p", "openai", "-m", "m", "--dry-run", "-o", f"stop={stops}", "--no-stdin", "q")

    assert ran.exit_code == code
    assert "up to 4, at this endpoint" in ran.stderr or not code


def test_the_users_name_goes_along(chat: Chat, server: OpenServer, home: Path) -> None:
    folder = home / ".config/chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text('defaults.name = "ann"\n')
    (folder / "config.toml").chmod(0o600)
    model = server(answer("Yes"))

    chat("ask", "-m", "m", "q", server=model)

    assert json.loads(model.requests[-1].body)["messages"] == [{"role": "user", "content": "q", "name": "ann"}]
