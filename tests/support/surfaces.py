"""One situation through both surfaces: `chat ask` and a conversation must come to the same verdict.

A verdict is what was stored (text, reasoning, how it ended and why) and what was said of it, without the advice, which
each surface words in its own way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.api import server_bodies, streams
from tests.api.refusals import REFUSALS
from tests.support.answers import JSON, chunk, http, sse
from tests.support.line import Request
from tests.support.program import CHAT, environment, run
from tests.support.server import Server
from tests.support.terminal import Terminal

FINISHES = ("stop", "length", "content_filter", "tool_calls", "malformed_function_call", "max_tokens", "eos", "error")
_SAYS: Mapping[str, JSON] = {
    "text": chunk("Paris"),
    "nothing": chunk(""),
    "reasoning": chunk(reasoning_content="Hm"),
    "thinking": chunk("<think>Hm"),
    "a refusal": chunk(refusal="No."),
    "an image": chunk(images=["data:image/png;base64,iVBORw0KGgoAAAAN"]),
}
_STORED = ("content", "reasoning", "refusal", "tool_calls", "status")


def situations() -> dict[str, bytes]:
    """Return the responses of servers by name: bodies under 200, refusals, streams of providers, and ends."""
    found = {name: http(200, {"content-type": body.label}, body.content) for name, body in server_bodies.ALL.items()}
    found |= {name: http(status, body=body) for name, (status, body, _) in REFUSALS.items()}
    found |= {f"stream of {name}": _stream(written.stream) for name, written in streams.WRITTEN.items()}
    for what, said in _SAYS.items():
        found |= {f"{what}, then {finish}": _stream(sse(said, chunk(finish=finish))) for finish in FINISHES}
        found |= {
            f"{what}, then {name}": _stream(sse(said, done=done)) for name, done in (("DONE", True), ("no end", False))
        }
    return found


def _stream(content: bytes) -> bytes:
    return http(200, {"content-type": server_bodies.STREAM}, content)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a surface made of a response: what it stored of the answer, and what it said beside it."""

    stored: Mapping[str, Any]
    said: Sequence[str]


def differences(names: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield each of the situations in *names* of which the surfaces judge differently, with both verdicts."""
    homes = folder / "ask", folder / "talk"
    for home in homes:
        home.mkdir()
    responses = situations()
    with Server(always=lambda request: responses[names[_number(request)]]) as server:
        asked = _ask(names, homes[0], server)
        talked = _talk(names, homes[1], server)
    stored = [_stored(home) for home in homes]
    for number, name in enumerate(names):
        verdicts = [
            Verdict(chats.get(_question(number), {}), said[number])
            for chats, said in zip(stored, (asked, talked), strict=True)
        ]
        if verdicts[0] != verdicts[1]:
            yield f"{name}\n  ask:  {verdicts[0]}\n  chat: {verdicts[1]}"


_FLAGS = ("--max-wait", "0")


def _question(number: int) -> str:
    return f"case {number}"


def _number(request: Request) -> int:
    return int(request.json["model"].removeprefix("m"))


def _ask(names: Sequence[str], home: Path, server: Server) -> list[list[str]]:
    said = []
    for number in range(len(names)):
        flags = ("--base-url", server.url, *_FLAGS, "-m", f"m{number}")
        said.append(_sentences(run("ask", *flags, _question(number), home=home).stderr))
    return said


def _talk(names: Sequence[str], home: Path, server: Server) -> list[list[str]]:
    argv = [*CHAT, "--plain", "--base-url", server.url, *_FLAGS, "-m", "m"]
    with Terminal.run(argv, environment(home, {"TERM": "dumb"}), cwd=home, columns=400) as screen:
        screen.wait_for(lambda shown: _prompts(shown.raw) > 0)
        said = []
        for number in range(len(names)):
            _enter(screen, f"/model m{number}")
            said.append(_sentences(_enter(screen, _question(number))))
            _enter(screen, "/clear")
        screen.press("ctrl-u", "ctrl-d")
        screen.wait_exit()
    return said


def _enter(screen: Terminal, line: str) -> str:
    """Enter *line* in place of the draft, and return what is written until the next prompt."""
    begin, prompts = len(screen.raw), _prompts(screen.raw)
    screen.type(f"\x15{line}\r")
    screen.wait_for(lambda shown: _prompts(shown.raw) > prompts)
    return screen.raw[begin:].decode().replace("\r\n", "\n")


def _prompts(raw: bytes) -> int:
    return len(re.findall(rb"(?:^|\n)> ", raw))


def _sentences(text: str) -> list[str]:
    """Return the first sentence of each line that chat says of an answer."""
    lines = (line.removeprefix("chat: ") for line in text.splitlines() if line.startswith("chat: "))
    return [re.sub(r"\S*/pictures/\w+/", "", line).partition(". ")[0] for line in lines]


def _stored(home: Path) -> dict[str, Mapping[str, Any]]:
    """Return the answers that are stored in *home*, by their questions."""
    exported = json.loads(run("sessions", "export", "--all", "--format", "json", home=home).stdout)
    chats = exported if isinstance(exported, list) else [exported]
    found: dict[str, Mapping[str, Any]] = {}
    for chat in chats:
        question, answer = chat["messages"][0], chat["messages"][-1]
        why = (answer.get("facts") or {}).get("why")
        found[question["content"]] = {name: answer.get(name) for name in _STORED} | {"why": why}
    return found
