"""F, what is about size and counting: long answers, texts that break counters. The numbers are those of the list."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import pytest
import tiktoken.registry

from chatcli.api.tokens import Vocabulary, counter_for, estimate
from chatcli.core.messages import say
from tests.conftest import Chat, OpenServer
from tests.faults.conftest import OpenTalk
from tests.faults.talk import MEASURED
from tests.ground.answers import answer, chunk, sse, stream_head
from tests.ground.server import Step

DELTA = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'


def tiny_deltas(count: int) -> list[Step]:
    return [stream_head(), *[DELTA * 1000] * (count // 1000), sse(chunk(finish="stop"))]


def test_f72_many_tiny_deltas_take_linear_time(server: OpenServer, talk: OpenTalk) -> None:
    sizes = (8_000, 32_000)
    talking = talk(server(*map(tiny_deltas, (1000, *sizes))))
    talking.ask()
    costs = []
    for size in sizes:
        talking.session.clear()
        started_s = time.thread_time()

        assert len(talking.ask().stdout) == size
        costs.append(time.thread_time() - started_s)

    assert costs[1] < costs[0] * 8  # four times the size; quadratic would be sixteen


def test_f72_many_tiny_deltas_take_little_memory(server: OpenServer, chat: Chat) -> None:
    program = (sys.executable, "-c", MEASURED)

    ran = chat("ask", "hi", "-m", "m", server=server(tiny_deltas(40_000)), program=program)

    assert (len(ran.stdout), ran.exit_code) == (40_000, 0)
    assert float(ran.stderr.rpartition("PEAK ")[2]) < 100


@pytest.fixture
def vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], dict[str, Vocabulary]]:
    """A vocabulary of single bytes under the rules of o200k: the environment that finds it, and its entry."""
    bytes_alone = {bytes([number]): number for number in range(256)}
    monkeypatch.setattr("tiktoken_ext.openai_public.load_tiktoken_bpe", lambda *_args, **_options: bytes_alone)
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    address = "https://vocabulary.invalid/o200k_base.tiktoken"
    name = hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    (tmp_path / name).write_bytes(b"whole")
    entry = Vocabulary(address, hashlib.sha256(b"whole").hexdigest())
    return {"TIKTOKEN_CACHE_DIR": str(tmp_path)}, {"o200k_base": entry}


HARD = {
    "spaces": " " * 1_100_000,
    "tabs": "\t" * 1_100_000,
    "mixed white space": " \n\t\r" * 275_000,
    "special token": "<|endoftext|><|fim_prefix|>",
    "surrogates": "\ud83d x \udc00",
    "NUL": "\0" * 1000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_f73_every_text_is_counted(
    vocabulary: tuple[dict[str, str], dict[str, Vocabulary]], capfd: pytest.CaptureFixture[str], text: str
) -> None:
    environ, vocabularies = vocabulary

    tokens = counter_for("gpt-4o", environ, vocabularies=vocabularies).count(say("user", text))

    assert len(text) // 3 <= tokens <= 4 * len(text) + 16
    assert capfd.readouterr() == ("", "")


def test_f73_vocabulary_is_used_where_it_is_whole(
    vocabulary: tuple[dict[str, str], dict[str, Vocabulary]],
) -> None:
    environ, vocabularies = vocabulary
    counter = counter_for("gpt-4o", environ, vocabularies=vocabularies)

    assert counter.count(say("user", "word " * 30)) - counter.count(say("user", "")) == 150  # a token a byte


@pytest.mark.parametrize("damage", ["cut", "missing", "no directory"])
def test_f74_damaged_vocabulary_is_neither_used_nor_fetched(
    vocabulary: tuple[dict[str, str], dict[str, Vocabulary]], tmp_path: Path, damage: str
) -> None:
    environ, vocabularies = vocabulary
    file = next(tmp_path.iterdir())
    if damage == "cut":
        file.write_bytes(b"who")
    elif damage == "missing":
        file.unlink()
    else:
        environ["TIKTOKEN_CACHE_DIR"] = str(tmp_path / "nowhere")
    text = "word " * 30

    counter = counter_for("gpt-4o", environ, vocabularies=vocabularies)

    assert counter.count(say("user", text)) - counter.count(say("user", "")) == estimate(text)
    assert damage != "cut" or file.read_bytes() == b"who"


def test_f74_start_waits_for_no_vocabulary(server: OpenServer, chat: Chat, tmp_path: Path) -> None:
    ran = chat("ask", "hi", "-m", "gpt-4o", server=server(answer("Paris")), env={"TIKTOKEN_CACHE_DIR": str(tmp_path)})

    assert (ran.stdout, ran.exit_code, ran.stderr) == ("Paris", 0, "")
