"""An answer begins as it was told to, in the form that the endpoint takes; where none does, that is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcli.api.encode import encode
from chatcli.conversation.messages import Request, text_message
from chatcli.providers.table import PROVIDERS
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, completion

ASK = ("ask", "-m", "m", "--prefill", "Sure: ")
QUESTION = {"role": "user", "content": "q"}
KEYS = {"OPENAI_API_KEY": "k", "DEEPSEEK_API_KEY": "k"}


@pytest.mark.parametrize("text", ["yes", "Sure: yes", "Sure"], ids=["the rest", "all of it", "what looks like it"])
@pytest.mark.parametrize("streams", [True, False])
def test_the_answer_has_its_beginning_once(chat: Chat, server: OpenServer, text: str, streams: bool) -> None:
    model = server(answer(text, pieces=3) if streams else completion(text))

    ran = chat(*ASK, *(() if streams else ("--no-stream",)), "q", server=model)

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "Sure: " + text.removeprefix("Sure: "), "")
    assert model.posts[-1].json["messages"] == [QUESTION, {"role": "assistant", "content": "Sure: "}]


def test_the_beginning_is_a_part_of_what_is_kept_and_not_of_the_next_request(chat: Chat, server: OpenServer) -> None:
    model = server(answer("yes"), answer("no"))

    chat(*ASK, "q", server=model)
    chat("ask", "-m", "m", "-c", "and?", server=model)

    assert model.posts[-1].json["messages"] == [
        QUESTION,
        {"role": "assistant", "content": "Sure: yes"},
        {"role": "user", "content": "and?"},
    ]


def test_nothing_is_printed_of_an_answer_that_never_came(chat: Chat, server: OpenServer) -> None:
    ran = chat(*ASK, "q", server=server(answer("", finish="stop")))

    assert (ran.exit_code, ran.stdout) == (9, "")


FORMS = [
    pytest.param("mistral", {"prefix": True}, {}, id="a field of the message"),
    pytest.param("moonshot", {"partial": True}, {}, id="another one"),
    pytest.param("llamacpp", {}, {}, id="the last message alone"),
    pytest.param("vllm", {}, {"continue_final_message": True, "add_generation_prompt": False}, id="fields of the body"),
]


@pytest.mark.parametrize(("name", "message", "fields"), FORMS)
def test_each_endpoint_has_its_form(name: str, message: dict[str, Any], fields: dict[str, Any]) -> None:
    request = Request("m", (text_message("user", "q"),), stream=False, prefill="Sure")

    assert encode(request, PROVIDERS[name]).body == {
        "model": "m",
        "messages": [QUESTION, {"role": "assistant", "content": "Sure", **message}],
        **fields,
    }


REFUSED = [
    pytest.param(("-p", "openai"), "OpenAI does not support prefilled answers", id="never taken"),
    pytest.param(("-p", "deepseek"), "only at https://api.deepseek.com/beta, not at", id="taken elsewhere"),
    pytest.param(("-p", "deepseek", "-m", "n"), "--prefill works with a single model", id="two models"),
    pytest.param(("-p", "ollama", "--completions"), "cannot be combined with --prefill", id="no chat at all"),
]


@pytest.mark.parametrize(("flags", "sentence"), REFUSED)
def test_what_cannot_be_is_said(chat: Chat, flags: tuple[str, ...], sentence: str) -> None:
    ran = chat(*ASK, *flags, "q", env=KEYS)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert sentence in ran.stderr


def test_where_it_is_taken_it_is_sent(chat: Chat) -> None:
    ran = chat(*ASK, "--dry-run", "--base-url", "https://api.deepseek.com/beta", "q")

    assert json.loads(ran.stdout)["messages"][-1] == {"role": "assistant", "content": "Sure: ", "prefix": True}


def test_an_address_that_takes_it_is_one_of_the_provider() -> None:
    assert [row.name for row in PROVIDERS.values() if row.prefill and row.prefill.base and not row.base_url] == []
