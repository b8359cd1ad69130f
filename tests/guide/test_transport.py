from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatcli.guide.transport import GuideTransport
from chatcli.help.topics import load_topics
from chatcli.providers.endpoint import GUIDE_URL

TOPICS = load_topics(defaultdict(lambda: "| a | table |"))


@pytest.fixture
def guide() -> Iterator[httpx.Client]:
    with httpx.Client(
        transport=GuideTransport(lambda _language: TOPICS), base_url=GUIDE_URL, trust_env=False
    ) as client:
        yield client


def ask(guide: httpx.Client, *questions: object, **fields: Any) -> httpx.Response:
    messages = [{"role": "user", "content": question} for question in questions]
    return guide.post("/chat/completions", json={"model": "guide", "messages": messages, **fields})


def text_of(response: httpx.Response) -> str:
    return str(response.json()["choices"][0]["message"]["content"])


def chunks_of(response: httpx.Response) -> list[dict[str, Any]]:
    *events, last, rest = response.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def joined(chunks: list[dict[str, Any]]) -> str:
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])


def test_question_about_the_program_is_answered_from_its_help(guide: httpx.Client) -> None:
    response = ask(guide, "How do I exit?")

    assert response.status_code == 200
    assert "`/exit` quits" in text_of(response)
    assert response.json()["model"] == "guide"
    assert response.json()["choices"][0]["finish_reason"] == "stop"


def test_stream_says_what_the_whole_answer_says_in_small_pieces(guide: httpx.Client) -> None:
    whole = ask(guide, "What is the capital of France?")
    response = ask(guide, "What is the capital of France?", stream=True)

    chunks = chunks_of(response)
    assert response.headers["content-type"] == "text/event-stream"
    assert joined(chunks) == text_of(whole)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert chunks[-1]["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "stop"}
    assert len(chunks) > 20
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert not any("usage" in chunk for chunk in chunks)


def test_stream_arrives_piece_by_piece(guide: httpx.Client) -> None:
    body = {"model": "guide", "messages": [{"role": "user", "content": "what are you?"}], "stream": True}

    with guide.stream("POST", "/chat/completions", json=body) as response:
        assert len(list(response.iter_raw())) > 10


def test_usage_is_told_where_it_is_asked_for(guide: httpx.Client) -> None:
    chunks = chunks_of(ask(guide, "pasting", stream=True, stream_options={"include_usage": True}))

    usage = chunks[-1]["usage"]
    assert chunks[-1]["choices"] == []
    assert usage["completion_tokens"] == -(-len(joined(chunks).encode()) // 4)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert ask(guide, "pasting").json()["usage"] == usage


def test_longer_prompt_costs_more(guide: httpx.Client) -> None:
    short, long = (ask(guide, text).json()["usage"]["prompt_tokens"] for text in ("hi", "hi" * 1000))

    assert short < long <= 2000


def test_same_request_gives_the_same_bytes(guide: httpx.Client) -> None:
    assert ask(guide, "vi mode", stream=True).content == ask(guide, "vi mode", stream=True).content


def test_earlier_questions_of_the_user_count_and_nothing_else(guide: httpx.Client) -> None:
    messages = [
        {"role": "system", "content": "clear the screen"},
        {"role": "user", "content": "how do I change the model?"},
        {"role": "assistant", "content": "regenerate the answer", "name": "x"},
        {"role": "user", "content": "more"},
    ]

    said = text_of(guide.post("/chat/completions", json={"model": "guide", "messages": messages}))

    assert said == text_of(ask(guide, "how do I change the model?", "more"))


def test_text_parts_are_read_and_others_passed_over(guide: httpx.Client) -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "text", "text": "how do I "},
        {"type": "text", "text": "exit?"},
        {"type": "text", "text": None},
        "stray",
    ]

    assert text_of(ask(guide, parts)) == text_of(ask(guide, "how do I exit?"))
    assert "not a language model" in text_of(ask(guide, None))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_limit_on_tokens_cuts_and_says_so(guide: httpx.Client, name: str) -> None:
    cut = ask(guide, "how do I exit?", **{name: 5}).json()
    whole = ask(guide, "how do I exit?", **{name: 100_000}).json()

    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 5
    assert whole["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", ["exit", ["nowhere", "exit"], ["nowhere", "exit", "Leave and more"]])
def test_answer_ends_before_a_stop_sequence(guide: httpx.Client, stop: object) -> None:
    choice = ask(guide, "how do I exit?", stop=stop).json()["choices"][0]

    assert choice["message"]["content"] == "**Quit**\n\n`/"
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", [[], None, "", ["nowhere"]])
def test_stop_sequence_that_does_not_occur_changes_nothing(guide: httpx.Client, stop: object) -> None:
    assert text_of(ask(guide, "how do I exit?", stop=stop)) == text_of(ask(guide, "how do I exit?"))


def test_one_model_is_listed(guide: httpx.Client) -> None:
    listed = guide.get("/models").json()

    assert [model["id"] for model in listed["data"]] == ["guide"]
    assert guide.get("/models/guide").json() == listed["data"][0]


REFUSED = [
    pytest.param(b"{", 400, None, None, id="no JSON"),
    pytest.param(b"[" * 100_000, 400, None, None, id="too deep"),
    pytest.param(b"[]", 400, None, None, id="no object"),
    pytest.param({"messages": []}, 400, "model", None, id="no model"),
    pytest.param({"model": "gpt", "messages": []}, 404, "model", "model_not_found", id="unknown model"),
    pytest.param({"model": "guide"}, 400, "messages", None, id="no messages"),
    pytest.param({"model": "guide", "messages": []}, 400, "messages", None, id="empty messages"),
    pytest.param({"model": "guide", "messages": ["hi"]}, 400, "messages", None, id="message that is none"),
    pytest.param({"model": "guide", "messages": [{"role": "me"}]}, 400, "messages", None, id="unknown role"),
    pytest.param(
        {"model": "guide", "messages": [{"role": "user", "content": 7}]}, 400, "messages", None, id="content of no kind"
    ),
    pytest.param(
        {"model": "guide", "messages": [{"role": "user", "content": ""}], "n": 2},
        400,
        "n",
        "unsupported_value",
        id="several answers",
    ),
]


@pytest.mark.parametrize(("body", "status", "param", "code"), REFUSED)
@pytest.mark.parametrize("stream", [False, True])
def test_request_that_cannot_be_answered_gets_the_error_of_an_endpoint(
    guide: httpx.Client, body: object, status: int, param: str | None, code: str | None, stream: bool
) -> None:
    if isinstance(body, dict):
        body = json.dumps({**body, "stream": stream}).encode()

    response = guide.post("/chat/completions", content=body)  # type: ignore[arg-type]  # bytes by now

    error = response.json()["error"]
    assert (response.status_code, error["param"], error["code"]) == (status, param, code)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/chat/completions"), ("POST", "/models"), ("GET", "/other")])
def test_other_places_are_not_found(guide: httpx.Client, method: str, path: str) -> None:
    response = guide.request(method, path)

    assert response.status_code == 404
    assert f"{method} /v1{path}" in response.json()["error"]["message"]


def test_help_is_read_only_when_a_question_comes() -> None:
    """To list models must not cost what the help costs."""
    reads: list[int] = []

    def topics(_language: str) -> tuple[()]:
        reads.append(1)
        return ()

    with httpx.Client(transport=GuideTransport(topics), base_url=GUIDE_URL) as guide:
        guide.get("/models")
        assert reads == []
        ask(guide, "hi")
    assert reads == [1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(st.characters(exclude_categories=["Cs"])), limit=st.none() | st.integers(1, 50))
def test_any_question_streams_to_the_whole_answer(guide: httpx.Client, question: str, limit: int | None) -> None:
    fields = {} if limit is None else {"max_tokens": limit}

    streamed = joined(chunks_of(ask(guide, question, stream=True, **fields)))

    assert streamed == text_of(ask(guide, question, **fields))
