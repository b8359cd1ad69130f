"""F, what is about size and counting: long answers, texts that break counters. The numbers are those of the list."""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.conversation.messages import text_message
from chatcli.conversation.tree import Tree
from chatcli.usage.tokens import counter_for, estimate
from chatcli.usage.vocabularies import FOLDER
from tests.acceptance.conftest import OpenTalk
from tests.acceptance.talk import MEASURED
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, http, sse, stream_head
from tests.support.growth import is_linear
from tests.support.server import Step

IDLE_MB = 60  # what the program takes for a short answer, and what no answer takes more of
DELTA = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'


def tiny_deltas(count: int) -> list[Step]:
    return [stream_head(), *[DELTA * 1000] * (count // 1000), sse(chunk(finish="stop"))]


def test_f72_many_tiny_deltas_take_linear_time(server: OpenServer, talk: OpenTalk) -> None:
    script = [tiny_deltas(1000)]
    talking = talk(server(always=lambda _request: script[0]))
    talking.ask()

    def receive(size: int) -> None:
        talking.session.load(Tree(), talking.session.state)
        script[0] = tiny_deltas(size)
        assert len(talking.ask().stdout) == size

    assert is_linear(receive, 4_000, times=4)


def test_f72_many_tiny_deltas_take_little_memory(server: OpenServer, chat: Chat) -> None:
    program = (sys.executable, "-c", MEASURED)

    ran = chat("ask", "hi", "-m", "m", server=server(tiny_deltas(40_000)), program=program)

    assert (len(ran.stdout), ran.exit_code) == (40_000, 0)
    assert float(ran.stderr.rpartition("PEAK ")[2]) < 100


FLOOD_MB = 8
LINE = "The quick brown fox jumps over the lazy dog, and on it goes.\n" * 250


def flood_of_deltas() -> list[Step]:
    return [
        stream_head(),
        *[sse(chunk(LINE), done=False)] * (FLOOD_MB * 1_000_000 // len(LINE)),
        sse(chunk(finish="stop")),
    ]


def flood_in_one() -> list[Step]:
    body = json.dumps({"choices": [{"message": {"content": LINE * (FLOOD_MB * 1_000_000 // len(LINE))}}]})
    return [http(200, {"content-type": "application/json"}, body)]


@pytest.mark.parametrize(("flood", "times"), [(flood_of_deltas, 3), (flood_in_one, 4)], ids=["deltas", "one body"])
def test_f72_a_flood_takes_a_few_times_its_size_in_memory(
    server: OpenServer, chat: Chat, flood: Callable[[], list[Step]], times: int
) -> None:
    """Stored, too: the rows, the hash and the index of a long answer are made in pieces."""
    ran = chat("ask", "hi", "-m", "m", server=server(flood()), program=(sys.executable, "-c", MEASURED))

    assert (len(ran.stdout) // 1_000_000, ran.exit_code) == (FLOOD_MB - 1, 0)
    assert float(ran.stderr.rpartition("PEAK ")[2]) < IDLE_MB + times * FLOOD_MB


HARD = {
    "spaces": " " * 1_100_000,
    "tabs": "\t" * 1_100_000,
    "mixed white space": " \n\t\r" * 275_000,
    "special token": "<|endoftext|><|fim_prefix|>",
    "surrogates": "\ud83d x \udc00",
    "NUL": "\0" * 1000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_f73_every_text_is_counted(capfd: pytest.CaptureFixture[str], text: str) -> None:
    tokens = counter_for("gpt-4o").count(text_message("user", text))

    assert 0 < tokens <= 4 * len(text) + 16
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("damage", ["cut", "other", "missing"])
def test_f74_damaged_vocabulary_is_neither_used_nor_fetched(tmp_path: Path, damage: str) -> None:
    contents = {"cut": (FOLDER / "o200k_base.tiktoken.xz").read_bytes()[:1000], "other": lzma.compress(b"YQ== 0")}
    if content := contents.get(damage):
        (tmp_path / "o200k_base.tiktoken.xz").write_bytes(content)
    text = "word " * 30

    counter = counter_for("gpt-4o", folder=tmp_path)

    assert counter.count(text_message("user", text)) - counter.count(text_message("user", "")) == estimate(text)


def test_f74_start_waits_for_no_vocabulary(server: OpenServer, chat: Chat, tmp_path: Path) -> None:
    ran = chat("ask", "hi", "-m", "gpt-4o", server=server(answer("Paris")), env={"TIKTOKEN_CACHE_DIR": str(tmp_path)})

    assert (ran.stdout, ran.exit_code, ran.stderr) == ("Paris", 0, "")
