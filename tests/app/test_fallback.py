"""Another model answers when the chosen one cannot: before the first word only, never after a refusal, with its key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatcli.app.fallback import FallbackClient, is_unavailable
from chatcli.app.fan_out import ModelRoute
from chatcli.conversation.messages import (
    Event,
    Listener,
    Message,
    Notice,
    Reasoning,
    Request,
    Sent,
    Started,
    Text,
    ToolFragment,
    Usage,
    UsageReported,
)
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    IncompleteAnswerError,
    ModelNotFoundError,
    OversizedRequestError,
    QuotaError,
    RateLimitError,
    RejectedError,
    ServerError,
    ServerReport,
    UnreachableError,
)
from tests.conftest import OpenServer
from tests.support.answers import answer, failure
from tests.support.program import run

LIMITED = RateLimitError("too many", server=ServerReport(status=429))


class World:
    """Models that play steps, and an account of what each was asked."""

    def __init__(self, **models: Sequence[Event | ChatError]) -> None:
        self.models = models
        self.asked: list[tuple[str, Request]] = []
        self.shown: list[Event] = []

    def ask(self, *names: str, request: Request | None = None) -> list[Event]:
        client = FallbackClient(lambda *given: self.play("first", *given), "p", names, self.route)
        client.send(request or Request("first", ()), self.shown.append)
        return self.shown

    def route(self, name: str) -> ModelRoute:
        provider, _, model = name.rpartition("_")
        return ModelRoute(name, model, provider or "p", "host", lambda *given: self.play(name, *given), price=cost)

    def play(self, name: str, request: Request, show: Listener) -> None:
        self.asked.append((name, request))
        for step in self.models[name]:
            if isinstance(step, ChatError):
                raise step
            show(step)


def cost(_usage: Usage) -> float:
    return 0.5


@pytest.mark.parametrize(
    ("error", "falls_back"),
    [
        (LIMITED, True),
        (RateLimitError("our own limit is longer than the allowed wait"), True),
        (QuotaError("out of credit", server=ServerReport(status=429)), True),
        (ServerError("down", server=ServerReport(status=503)), True),
        (UnreachableError("refused"), True),
        (QuotaError("pay first", server=ServerReport(status=402)), False),
        (OversizedRequestError("too large", server=ServerReport(status=429)), False),
        (AuthenticationError("wrong key", server=ServerReport(status=401)), False),
        (RejectedError("invalid", server=ServerReport(status=400)), False),
        (ModelNotFoundError("unknown", server=ServerReport(status=404)), False),
        (IncompleteAnswerError("silence"), False),
    ],
    ids=lambda value: f"{type(value).__name__} {value}" if isinstance(value, ChatError) else "",
)
def test_only_a_model_that_cannot_be_had_is_replaced(error: ChatError, falls_back: bool) -> None:
    world = World(first=[Sent(1), Started(), error], b=[Started(), Text("B")])

    if falls_back:
        assert Text("B") in world.ask("b")
    else:
        with pytest.raises(type(error)):
            world.ask("b")

    assert is_unavailable(error) == falls_back
    assert [name for name, _ in world.asked] == ["first", "b"][: 1 + falls_back]


@pytest.mark.parametrize("word", [Text("a"), Reasoning("hm"), ToolFragment(0, "1", "f", "")], ids=repr)
def test_an_answer_that_has_begun_is_not_begun_again(word: Event) -> None:
    world = World(first=[word, ServerError("down")], b=[Text("B")])

    with pytest.raises(ServerError):
        world.ask("b")

    assert len(world.asked) == 1


def test_models_step_in_by_turns_and_what_they_tell_names_them() -> None:
    """The cost of an answer is that of the model that gave it, and its source is stored with it."""
    world = World(first=[LIMITED], b=[UnreachableError("down")], other_c=[Started("id"), Text("C"), usage(2, 3)])

    shown = world.ask("b", "other_c")

    assert [event.code for event in shown if isinstance(event, Notice)] == ["fallback"] * 2
    assert Started("id", "c", provider="other", host="host") in shown
    assert [event.usage.cost for event in shown if isinstance(event, UsageReported)] == [0.5]
    assert [request.model for _, request in world.asked] == ["first", "b", "c"]


def usage(prompt: int, completion: int) -> Event:
    return UsageReported(Usage(prompt, completion))


def test_signatures_of_one_provider_are_not_sent_to_another() -> None:
    signed = Request("first", (Message("assistant", (), reasoning="signed"),))
    world = World(first=[LIMITED], b=[LIMITED], other_c=[Text("C")])

    world.ask("b", "other_c", request=signed)

    assert [request.messages[0].reasoning for _, request in world.asked] == ["signed", "signed", ""]


def test_if_none_can_answer_the_last_error_is_raised() -> None:
    with pytest.raises(UnreachableError):
        World(first=[LIMITED], b=[UnreachableError("down")]).ask("b")


def test_each_endpoint_gets_its_own_key_and_the_answer_is_stored_with_its_source(
    server: OpenServer, home: Path
) -> None:
    busy, ready = server(failure(429, "later", {"retry-after": "99"})), server(answer("Here."))
    settings = f"""
[defaults]
provider = "one"
model = "m"
fallback = "two/n"
max_wait = 0
[providers.one]
base_url = "{busy.url}"
api_key_env = "ONE_KEY"
[providers.two]
base_url = "{ready.url}"
api_key_env = "TWO_KEY"
"""
    env = {"ONE_KEY": "sk-of-one-1234567890", "TWO_KEY": "sk-of-two-1234567890"}

    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(settings, encoding="utf-8")
    config.chmod(0o600)

    ran = run("ask", "--json", "--no-stdin", "hi", home=home, env=env)

    nameless = run("ask", "--fallback", "", "hi", home=home, env=env)

    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (ran.exit_code, told[-1]["exit_code"]) == (0, 0)
    assert [event["message"] for event in told if event.get("code") == "fallback"] != []
    assert {post.headers["authorization"] for post in busy.posts} == {"Bearer sk-of-one-1234567890"}
    assert [post.headers["authorization"] for post in ready.posts] == ["Bearer sk-of-two-1234567890"]
    assert nameless.exit_code == 2
    stored = run("sessions", "export", "--all", "--format", "json", home=home, env=env).stdout
    assert '"provider": "two"' in stored
