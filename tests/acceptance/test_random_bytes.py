"""Whatever a server sends: never a traceback, never a hang, always a documented exit code."""

from __future__ import annotations

import gzip
import time
from contextlib import closing
from itertools import pairwise

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from chatcli.conversation.tree import Tree
from chatcli.errors import EXIT_CODES
from tests.acceptance.talk import Talk
from tests.support.answers import answer, chunk, completion, failure, framed, head, http, model_list, sse, stream_head
from tests.support.server import CLOSE, RESET, Script, Server, Sleep, Step

LONGEST_S = 3.0
STALL_S = 0.05

GOOD = [
    b"".join(answer("Paris is a né 漢 😀 city.", usage={"prompt_tokens": 7, "completion_tokens": 3})),
    b"".join(answer("<think>hm</think>Paris", chunked=True)),
    stream_head() + sse(chunk(reasoning_content="hm"), chunk(refusal="no"), chunk(finish="content_filter")),
    stream_head() + sse(chunk(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}])),
    stream_head() + sse(chunk("a"), chunk("b", index=1), {"error": {"message": "it broke", "code": 500}}),
    stream_head({"content-encoding": "gzip"}) + gzip.compress(sse(chunk("Paris", "stop"))),
    stream_head(chunked=True) + framed(sse(chunk("Par")), b": alive\r\r", sse(chunk("is", "length"))),
    completion("Paris", usage={"prompt_tokens": 7}),
    failure(429, "slow down", {"retry-after": "1"}, code="rate_limit_exceeded"),
    failure(400, "maximum context length is 400 tokens", code="context_length_exceeded"),
    failure(400, "Unsupported parameter: 'stream_options'", param="stream_options", code="unsupported_parameter"),
    http(502, {"content-type": "text/html"}, "<html><title>Bad Gateway</title></html>"),
    http(307, {"location": "https://[::1/x"}),
    http(404, None, '[{"error": {"code": 404, "message": ["no", {"such": null}]}}]'),
    model_list("m", "n"),
]
PIECES = [
    *[
        b"\r\n",
        b"\n\n",
        b"\r",
        b"data: ",
        b"data:",
        b"event: error\n",
        b"[DONE]",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\xff\xfe",
    ],
    *[b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"transfer-encoding: chunked\r\n", b"ffffffff\r\n"],
    *[b"content-length: 5\r\n", b"content-encoding: gzip\r\n", b"content-encoding: br\r\n", b"retry-after: 1e309\r\n"],
    *[b"null", b"{}", b"[]", b"[" * 3000, b'{"error":', b'"choices":', b'"delta":null', b'"index":-1', b"9" * 5000],
    *[b'"content":[{"text":7}]', b'"\\ud83d"', b"NaN", b"1e400", b"<html>", b'{"message":"x"}', b'"finish_reason":7'],
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a good answer in which some stretches were replaced."""
    data = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 10, 100])))
        data = data[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + data[end:]
    return data


BODIES = st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=12).map(b"".join)
HEADS = st.sampled_from(
    [stream_head(), stream_head(chunked=True), head(200, {"content-type": "application/json"}), head(200), head(500)]
)
ANSWERS = mutated() | st.tuples(HEADS, BODIES).map(b"".join) | BODIES
ENDS: st.SearchStrategy[Step] = st.sampled_from([*[CLOSE] * 8, *[RESET] * 3, Sleep(10.0)])


@st.composite
def scripts(draw: st.DrawFn) -> list[Step]:
    """Return an answer in packets of any size, and an end."""
    data = draw(ANSWERS)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    edges = [0, *cuts, len(data)]
    packets = [data[start:end] for start, end in pairwise(edges) if start < end]
    return [*packets, draw(ENDS)]


def test_thousand_random_answers_end_in_time_with_a_documented_code() -> None:
    script: list[Script] = [b""]
    with (
        Server(always=lambda _request: script[0]) as server,
        closing(Talk(server, key="k7-9fQwZx81LmNpR4tUvB2cD3", first_byte_s=STALL_S, stall_s=STALL_S)) as talking,
    ):

        @settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(scripts())
        def survives(steps: list[Step]) -> None:
            script[0] = steps
            talking.session.load(Tree(), talking.session.state)
            started_s = time.monotonic()

            asked = talking.ask()

            event(f"exit code {asked.exit_code}")
            assert asked.exit_code in EXIT_CODES
            assert asked.exit_code != 1
            assert time.monotonic() - started_s < LONGEST_S
            assert not asked.exit_code or "chat: " in asked.stderr
            assert len(talking.session.conversation.history) in (0, 2)
            asked.stdout.encode()

        survives()
