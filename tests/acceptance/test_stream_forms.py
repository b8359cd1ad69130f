"""B, what is about forms: every way to write an answer is read. The numbers are those of the acceptance list."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Sequence
from typing import Any

import pytest

from chatcli.api.decode import AnswerDecoder
from chatcli.api.http.sse import EventStreamDecoder as EventDecoder
from chatcli.conversation.reply import Reply
from tests.acceptance.conftest import OpenTalk
from tests.acceptance.talk import MEASURED
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, http, sse, stream_head
from tests.support.server import Sleep, Step

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def body(*events: Any, done: bool = False) -> list[bytes]:
    return [stream_head(), sse(*events, done=done)]


CORPUS = (
    b"\xef\xbb\xbf: hello\n\n",
    sse(chunk("", role="assistant"), chunk("né\u2028漢"), done=False),
    b"event: message\nid: 7\n" + sse(chunk(" 😀 two"), done=False),
    b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": " lines"}}]}\n\n',
    sse(chunk(finish="stop"), chunk(choices=[], usage=USAGE)),
)


def replay(pieces: Sequence[bytes]) -> tuple[str, str, object, bool]:
    lines, decoder, reply = EventDecoder(), AnswerDecoder(ValueError), Reply()
    for items in [*map(lines.feed, pieces), lines.close()]:
        for item in items:
            for event in decoder.feed(item):
                reply.feed(event)
    for event in decoder.close():
        reply.feed(event)
    return reply.text, reply.status, reply.usage, reply.is_complete


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_b23_every_cut_of_the_bytes_gives_the_same_answer(end: bytes) -> None:
    data = b"".join(CORPUS).replace(b"\n", end)
    whole = replay([data])
    dice = random.Random(23)
    cuts = [[at] for at in range(len(data))]
    cuts += [sorted(dice.choices(range(len(data)), k=dice.randint(2, 60))) for _ in range(100)]

    results = {replay([data[a:b] for a, b in zip([0, *cut], [*cut, len(data)], strict=True)]) for cut in cuts}

    assert whole[:2] == ("né\u2028漢 😀 two lines", "complete")
    assert results == {whole}


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"], ids=ascii)
def test_b24_line_ends_of_unicode_end_no_line(server: OpenServer, talk: OpenTalk, character: str) -> None:
    raw = f'data: {{"choices":[{{"delta":{{"content":"a{character}b"}},"finish_reason":"stop"}}]}}\n\n'
    escaped = raw.replace(character, f"\\u{ord(character):04x}")
    legal = raw if character >= "\x20" else escaped  # JSON takes no raw control characters

    asked = talk(server([stream_head(), legal.encode()])).ask()

    assert (asked.stdout, asked.exit_code) == (f"a{character}b", 0)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + sse(chunk("Paris", "stop")),
        sse(chunk("Paris", "stop")).replace(b"data: ", b"data:"),
        sse(chunk("Paris", "stop"), done=False).rstrip(b"\n"),
        sse(chunk("Par"), chunk("is", "stop")).replace(b"\n", b"\r"),
        sse(chunk("Par"), chunk("is", "stop")).replace(b"\n", b"\r\n"),
    ],
    ids=["BOM", "no space", "no final blank line", "CR", "CRLF"],
)
def test_b25_every_way_to_write_a_stream_is_read(server: OpenServer, talk: OpenTalk, data: bytes) -> None:
    middle = len(data) // 2

    asked = talk(server([stream_head(), data[:middle], Sleep(0.02), data[middle:]])).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b25_cr_and_lf_in_two_packets_are_one_line_end(server: OpenServer, talk: OpenTalk) -> None:
    pieces = [piece + b"\r" for piece in sse(chunk("Par"), chunk("is", "stop")).split(b"\n")]
    steps: list[Step] = [step for piece in pieces for step in (piece, Sleep(0.01), b"\n")]

    asked = talk(server([stream_head(), *steps])).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def coded(coding: str, *pieces: bytes) -> list[Step]:
    return [stream_head({"content-encoding": coding}), *pieces]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
    ids=["gzip", "deflate", "identity"],
)
def test_b26_compression_is_undone_as_it_comes(server: OpenServer, talk: OpenTalk, coding: str, pack: Any) -> None:
    data = pack(sse(chunk("Par"), chunk("is", "stop")))
    bytewise = [data[at : at + 1] for at in range(len(data))]

    asked = talk(server(coded(coding, *bytewise))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b26_gzip_without_its_end_is_incomplete(server: OpenServer, talk: OpenTalk) -> None:
    machine = zlib.compressobj(wbits=31)
    data = machine.compress(sse(chunk("Paris"), done=False)) + machine.flush(zlib.Z_SYNC_FLUSH)

    asked = talk(server(coded("gzip", data))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 9)


def test_b26_whole_answer_without_the_end_of_its_gzip_is_incomplete(server: OpenServer, talk: OpenTalk) -> None:
    plain = b'{"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}]}'
    without_checksum = gzip.compress(plain)[:-8]

    asked = talk(server(http(200, {"content-encoding": "gzip"}, without_checksum))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 9)
    assert "incomplete" in asked.sentence


def test_b26_coding_that_nobody_asked_for_is_named(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(coded("br", b"\x1b\x03\x00\xf8"))).ask()

    assert (asked.stdout, asked.exit_code) == ("", 6)
    assert "`br`" in asked.sentence


def test_b26_bomb_is_stopped_within_64_mb(server: OpenServer, chat: Chat) -> None:
    machine = zlib.compressobj(wbits=31)
    start = machine.compress(b"data: ") + machine.flush(zlib.Z_FULL_FLUSH)
    megabyte = machine.compress(b" " * (1 << 20)) + machine.flush(zlib.Z_FULL_FLUSH)  # goes before and after itself
    bomb = coded("gzip", start + megabyte * 400)

    ran = chat("ask", "hi", "-m", "m", server=server(bomb), program=(sys.executable, "-c", MEASURED))

    assert (ran.stdout, ran.exit_code) == ("", 9)
    assert "compression ratio" in ran.stderr
    assert float(ran.stderr.rpartition("PEAK ")[2]) < 64


def test_b27_length_that_nobody_asked_for_exits_10(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(answer("Par", finish="length", usage=USAGE))).ask()

    assert (asked.stdout, asked.exit_code) == ("Par", 10)
    assert "cut at 3 tokens" in asked.stderr


def test_b27_length_that_the_user_asked_for_is_told_and_exits_0(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(answer("Par", finish="length", usage=USAGE)), options={"max_tokens": 3}).ask()

    assert (asked.stdout, asked.exit_code) == ("Par", 0)
    assert "cut at 3 tokens" in asked.stderr


def test_b28_content_filter_keeps_the_text_and_exits_11(server: OpenServer, talk: OpenTalk) -> None:
    talking = talk(server(answer("Par", finish="content_filter")))

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code) == ("Par", 11)
    assert [m.status for m in talking.session.conversation.history] == ["complete", "filtered"]


def test_b28_refusal_is_shown_and_exits_11(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(body(chunk(refusal="I cannot"), chunk(refusal=" do that.", finish="stop"), done=True))).ask()

    assert (asked.stdout, asked.exit_code) == ("I cannot do that.", 11)


HARMLESS = {
    "null delta": {"choices": [{"index": 0, "delta": None}]},
    "null content": chunk(content=None),
    "no delta": {"choices": [{"index": 0}]},
    "role only": chunk(role="assistant"),
    "no choices": {"id": "x"},
    "null choices": {"choices": None},
    "empty choices": {"choices": [], "usage": USAGE},
    "null in choices": {"choices": [None]},
    "words in choices": {"choices": "text"},
    "number as content": chunk(content=7),
    "object as content": chunk(content={"a": 1}),
    "list of nothing": chunk(content=[None, 7, {}]),
    "unknown fields": chunk("", new={"a": [1]}) | {"x": 1},
    "null usage": chunk("", usage=None),
    "words in usage": chunk("", usage="many"),
    "null error": chunk("", error=None),
    "words as index": {"choices": [{"index": "0", "delta": {"content": ""}}]},
    "null tool calls": chunk(tool_calls=None),
    "list as finish reason": {"choices": [{"delta": {}, "finish_reason": ["stop"]}]},
}


@pytest.mark.parametrize("event", HARMLESS.values(), ids=HARMLESS)
def test_b29_what_says_nothing_changes_nothing(server: OpenServer, talk: OpenTalk, event: Any) -> None:
    asked = talk(server(body(event, chunk("Par"), event, chunk("is", "stop"), event, done=True))).ask()

    assert (asked.stdout, asked.exit_code, asked.stderr) == ("Paris", 0, "")


@pytest.mark.parametrize(
    "delta",
    [
        {"content": [{"type": "text", "text": "Paris"}]},
        {"content": [{"text": "Par"}, {"text": "is"}]},
        {"content": {"type": "text", "text": "Paris"}},
        {"content": "Paris", "reasoning_content": "hmm", "reasoning": "hmm"},
    ],
    ids=["part", "parts", "object", "reasoning under both names"],
)
def test_b29_every_shape_of_content_is_read(server: OpenServer, talk: OpenTalk, delta: dict[str, Any]) -> None:
    asked = talk(server(body(chunk(**delta), chunk(finish="stop"), done=True))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)
    assert asked.stderr.count("hmm") == ("reasoning" in delta)


def test_b29_answers_in_any_order_are_kept_apart(server: OpenServer, talk: OpenTalk) -> None:
    events = [chunk("B", index=1), chunk("A"), chunk("a", "stop"), chunk("b", "stop", index=1)]

    talking = talk(server(body(*events, done=True)), options={"n": 2})
    asked = talking.ask()

    assert (asked.stdout, asked.exit_code) == ("Aa", 0)
    assert talking.session.last is not None
    assert [choice.text for _, choice in sorted(talking.session.last.reply.choices.items())] == ["Aa", "Bb"]


def test_b29_one_finished_answer_of_two_is_incomplete(server: OpenServer, talk: OpenTalk) -> None:
    events = [chunk("A", "stop"), chunk("B", index=1)]

    assert talk(server(body(*events)), options={"n": 2}).ask().exit_code == 9


def test_b30_server_that_cuts_the_history_is_told_of_once(server: OpenServer, talk: OpenTalk) -> None:
    talking = talk(server(always=answer("ok", usage={"prompt_tokens": 2051, "completion_tokens": 1})))

    first, second, third = talking.ask("word " * 5000), talking.ask("more " * 500), talking.ask("more " * 500)

    assert first.stderr == ""  # it may count in its own way
    assert "2 051" in second.stderr
    assert "truncat" in second.stderr
    assert third.stderr == ""


@pytest.mark.parametrize(("words", "counted"), [(5000, 5010), (20, 8)], ids=["all seen", "short"])
def test_b30_server_that_sees_everything_is_not_suspected(
    server: OpenServer, talk: OpenTalk, words: int, counted: int
) -> None:
    asked = talk(server(answer("ok", usage={"prompt_tokens": counted, "completion_tokens": 1}))).ask("word " * words)

    assert asked.stderr == ""


def test_raw_answer_of_bad_utf8_goes_on_with_replacements(server: OpenServer, talk: OpenTalk) -> None:
    data = sse(chunk("Paris", "stop")).replace(b"Paris", b"Par\xff\xfeis")

    asked = talk(server([stream_head(), data])).ask()

    assert (asked.stdout, asked.exit_code) == ("Par\ufffd\ufffdis", 0)


def test_line_of_8_mb_is_read_and_one_beyond_the_bound_is_not(server: OpenServer, talk: OpenTalk) -> None:
    large = [stream_head(), sse(chunk("x" * (8 << 20), "stop"))]
    endless = [stream_head(), b"data: ", *[b"x" * (1 << 20)] * 40]

    talking = talk(server(large, endless))

    assert len(talking.ask().stdout) == 8 << 20
    assert talking.ask().exit_code == 9
