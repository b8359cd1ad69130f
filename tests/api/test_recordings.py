"""Streams of real servers, and those in the shapes of all others, give the same reply however they are cut."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from chatcli.api.decode import AnswerDecoder
from chatcli.api.http.sse import EventStreamDecoder as EventDecoder
from chatcli.conversation.reply import Reply
from tests.api.streams import WRITTEN, Written

DATA = Path(__file__).parent.parent / "data"
CASES = {
    f"{folder.name}-{expected['file']}": (folder / expected["file"], expected)
    for folder in (DATA / "llamacpp", DATA / "transformers")
    for expected in json.loads((folder / "expected.json").read_text(encoding="utf-8"))
}


class ServerError(Exception):
    """An error object inside a stream."""


def replay(pieces: list[bytes], answers: int = 1) -> tuple[Reply, ServerError | None]:
    lines, decoder, reply = EventDecoder(), AnswerDecoder(ServerError, answers=answers), Reply()
    error = None
    try:
        for items in [*map(lines.feed, pieces), lines.close()]:
            for item in items:
                for event in decoder.feed(item):
                    reply.feed(event)
    except ServerError as caught:
        error = caught
    for event in decoder.flush() if error else decoder.close():
        reply.feed(event)
    return reply, error


def random_cuts(data: bytes, seed: int) -> list[bytes]:
    dice = random.Random(seed)
    cuts = sorted(dice.sample(range(len(data) + 1), min(50, len(data))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def state(reply: Reply) -> list[Any]:
    return [
        (index, choice.text, choice.reasoning, choice.refusal, choice.tool_calls, choice.finish)
        for index, choice in reply.choices.items()
    ] + [
        reply.usage,
        reply.is_complete,
        reply.malformed,
    ]


@pytest.mark.parametrize(("path", "expected"), CASES.values(), ids=CASES)
def test_recorded_streams_replay_to_the_expected_reply(path: Path, expected: dict[str, Any]) -> None:
    reply, error = replay([path.read_bytes()], answers=2 if path.stem == "n2" else 1)

    usage = reply.usage
    assert bool(error) == bool(expected["error"])
    assert (len(reply.text), hashlib.sha256(reply.text.encode()).hexdigest()[:16]) == (
        expected["content_len"],
        expected["content_sha256"],
    )
    assert sum(len(choice.reasoning) for choice in reply.choices.values()) == expected["reasoning_len"]
    assert (reply.choice.refusal or None) == expected["refusal"]
    assert [
        {"id": call.id, "name": call.name, "arguments": call.arguments}
        for choice in reply.choices.values()
        for call in choice.tool_calls
    ] == expected["tool_calls"]
    # Some servers say twice that an answer has finished.
    assert {choice.finish.raw for choice in reply.choices.values() if choice.finish} == set(expected["finish_reasons"])
    if expected["usage"]:
        assert usage
        assert (usage.prompt_tokens, usage.completion_tokens) == (
            expected["usage"]["prompt_tokens"],
            expected["usage"]["completion_tokens"],
        )


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_streams_in_every_shape_replay_to_the_expected_reply(written: Written) -> None:
    reply, error = replay([written.stream])

    choice, usage = reply.choice, reply.usage
    assert (reply.text, choice.reasoning, choice.refusal) == (written.text, written.reasoning, written.refusal)
    assert tuple((call.id, call.name, call.arguments) for call in choice.tool_calls) == written.calls
    assert (choice.finish.raw if choice.finish else None) == written.finish
    assert (usage and (usage.prompt_tokens, usage.completion_tokens)) == written.usage
    assert (bool(error), written.fault in str(error)) == (bool(written.fault), True)


STREAMS = {name: path.read_bytes() for name, (path, _) in CASES.items()}
STREAMS |= {name: written.stream for name, written in WRITTEN.items()}


@pytest.mark.parametrize("data", STREAMS.values(), ids=STREAMS)
def test_streams_give_the_same_reply_however_they_are_cut(data: bytes) -> None:
    whole = state(replay([data])[0])

    assert state(replay([data[i : i + 1] for i in range(len(data))])[0]) == whole
    for seed in range(5):
        assert state(replay(random_cuts(data, seed))[0]) == whole
