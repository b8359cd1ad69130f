"""Streams of real servers give the same reply whole, byte by byte and at random cuts."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from chatcli.api.decode import AnswerDecoder
from chatcli.api.http.sse import EventStreamDecoder as EventDecoder
from chatcli.conversation.reply import Reply

OWN = Path(__file__).parent.parent / "data"
# More recordings than the project may carry lie beside a checkout that has them.
BESIDE = Path(__file__).parents[3] / "shared" / "recordings"
FOLDERS = [OWN / "llamacpp", OWN / "transformers", BESIDE / "providers"]
CASES = [
    pytest.param(folder / expected["file"], expected, id=f"{folder.name}-{expected['file']}")
    for folder in FOLDERS
    if (folder / "expected.json").exists()
    for expected in json.loads((folder / "expected.json").read_text(encoding="utf-8"))
]


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


@pytest.mark.parametrize(("path", "expected"), CASES)
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


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_recorded_streams_give_the_same_reply_however_they_are_cut(path: Path, expected: dict[str, Any]) -> None:
    data = path.read_bytes()
    whole = state(replay([data])[0])

    assert state(replay([data[i : i + 1] for i in range(len(data))])[0]) == whole
    for seed in range(5):
        assert state(replay(random_cuts(data, seed))[0]) == whole
