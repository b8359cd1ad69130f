"""A base model continues with a text, by the older interface; what only a conversation has is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcli.api.answer_fields import logprobs_of
from chatcli.api.encode import encode, path_of
from chatcli.conversation.messages import Request, TokenLogprob, text_message
from chatcli.providers.table import PROVIDERS
from tests.conftest import Chat, OpenServer
from tests.support.answers import http, sse, stream_head

ASK = ("ask", "-m", "base", "--completions")


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "choices": [{"index": 0, "text": text, "finish_reason": finish}],
    }


def test_the_text_is_gone_on_with(chat: Chat, server: OpenServer) -> None:
    model = server([stream_head(), sse(piece(" a"), piece(" time", "stop"))])

    ran = chat(*ASK, "-o", "max_tokens=5", "-o", "extra.echo=true", "Once upon", server=model)

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, " a time", "")
    asked = model.requests[-1]
    assert asked.path == "/v1/completions"
    assert json.loads(asked.body) == {
        "model": "base",
        "prompt": "Once upon",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
        "echo": True,
    }


def test_a_completion_may_come_in_one_piece_and_be_cut(chat: Chat, server: OpenServer) -> None:
    model = server(http(200, None, piece(" a time", "length")))

    ran = chat(*ASK, "--no-stream", "Once upon", server=model)

    assert (ran.exit_code, ran.stdout) == (10, " a time")


@pytest.mark.parametrize("flags", [("-s", "Be brief."), ("-c",), ("--schema", "a int"), ("-i", "https://x/y.png")])
def test_what_only_a_conversation_has_is_refused(chat: Chat, server: OpenServer, flags: tuple[str, ...]) -> None:
    model = server()

    ran = chat(*ASK, *flags, "Once", server=model)

    assert ran.exit_code == 2
    assert "--completions cannot be combined with" in ran.stderr
    assert not [request for request in model.requests if request.body]


def test_parameters_have_the_names_and_forms_of_the_older_interface() -> None:
    options = {"max_tokens": 9, "logprobs": True, "top_logprobs": 3, "stop": ["."]}
    request = Request("base", (text_message("user", "q"),), options, stream=False, completes=True)

    body = encode(request, PROVIDERS["openai"]).body

    assert body == {"model": "base", "prompt": "q", "max_tokens": 9, "logprobs": 3, "stop": ["."]}
    assert path_of(body) == "completions"


def test_probabilities_in_lists_are_read() -> None:
    told = {"tokens": [" a", "b"], "token_logprobs": [None, -0.5], "top_logprobs": [None, {"b": -0.5, "c": -0.1}]}

    assert list(logprobs_of({"logprobs": told})) == [TokenLogprob("b", -0.5, (("c", -0.1), ("b", -0.5)))]
