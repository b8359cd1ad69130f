"""Records the session of the README as an asciinema cast: a real conversation, typed at a human pace.

usage: python -m tests.tooling.recording
       asciinema play docs/chat.cast
"""

from __future__ import annotations

import codecs
import json
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.answers import chunk, sse, stream_head
from tests.support.program import CHAT, ROOT, environment
from tests.support.server import Script, Server, Sleep
from tests.support.terminal import Terminal
from tests.tooling.pictures import QUESTION, REPLY

CAST = ROOT / "docs" / "chat.cast"
COLUMNS, ROWS = 82, 26
MODEL = "qwen3-8b"
ASIDE = "How do I install jieba?"
ASIDE_REPLY = "With pip:\n\n```sh\npip install jieba\n```\n"
_KEY_S, _WORD_S, _PAUSE_S, _LOOK_S = 0.045, 0.03, 1.2, 0.01


def main() -> None:
    """Play the session and write the cast."""
    with tempfile.TemporaryDirectory() as home, _server() as server:
        argv = [*CHAT, "--base-url", server.url, "-m", MODEL]
        with Terminal.run(argv, environment(Path(home)), columns=COLUMNS, rows=ROWS) as terminal:
            with _recorded(terminal) as frames:
                _play(terminal)
            _write(frames, Path(home))


def _play(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    _type(terminal, QUESTION)
    terminal.wait_for("2 > ")
    time.sleep(_PAUSE_S)
    _type(terminal, f"/btw {ASIDE}")
    terminal.wait_for("pip install jieba")
    terminal.wait_for("2 > ")
    time.sleep(_PAUSE_S)
    terminal.press("ctrl-d")
    terminal.wait_exit()


def _type(terminal: Terminal, text: str) -> None:
    for letter in text:
        terminal.type(letter)
        time.sleep(_KEY_S)
    time.sleep(_PAUSE_S / 2)
    terminal.press("enter")


def _server() -> Server:
    model = {"id": MODEL, "object": "model", "max_model_len": 32_768}
    return Server(_stream(REPLY, 24, 186), _stream(ASIDE_REPLY, 232, 14), models=[model])


def _stream(text: str, tokens_in: int, tokens_out: int) -> Script:
    """Return an answer that arrives word by word."""
    steps: list[bytes | Sleep] = [stream_head()]
    for word in re.findall(r"\S+\s*", text):
        steps += [Sleep(_WORD_S), sse(chunk(word), done=False)]
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }
    return [*steps, sse(chunk(finish="stop"), done=False), sse(chunk(choices=[], usage=usage))]


@contextmanager
def _recorded(terminal: Terminal) -> Iterator[list[tuple[float, bytes]]]:
    """Record what *terminal* is sent, with the seconds since the beginning."""
    frames: list[tuple[float, bytes]] = []
    has_ended = threading.Event()
    began = time.monotonic()

    def look() -> None:
        known = 0
        while not has_ended.wait(_LOOK_S) or len(terminal.raw) > known:
            if fresh := terminal.raw[known:]:
                known += len(fresh)
                frames.append((time.monotonic() - began, fresh))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield frames
    finally:
        has_ended.set()
        watcher.join()


def _write(frames: list[tuple[float, bytes]], home: Path) -> None:
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "chat", "env": {"TERM": "xterm-256color"}}
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = [json.dumps(head)]
    for at_s, data in frames:
        text = decoder.decode(data).replace(str(home), "~")
        lines.append(json.dumps([round(at_s, 3), "o", text], ensure_ascii=False))
    CAST.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
