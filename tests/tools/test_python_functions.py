"""Functions of a file run in a process of their own: what they print, raise or break does not disturb."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.tools.children import Child, child_environment
from chatcli.tools.python_functions import PythonFile
from chatcli.tools.tool import Cancellation, IllustratedResult, Tool, ToolError

LONG_S = 100  # more than any of these takes on a busy machine, and less than what ends a hanging test

SOURCE = '''
"""Tools."""
from __future__ import annotations
import base64, datetime, os, subprocess, sys
from dataclasses import dataclass
from json import dumps
from typing import Annotated, Literal

print("noise while the file is read")

@dataclass
class Place:
    city: str

def weather(place: Place, unit: Literal["c", "f"] = "c", days: Annotated[int, "from today"] = None) -> dict:
    """Report the weather.

    Args:
        place: Where it is.
    """
    print("noise")
    subprocess.run(["echo", "noise of a program"])
    return {"city": place.city, "unit": unit, "days": days}

def later(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=1)

async def printed(text: str) -> None:
    print(text)

def environment() -> list[str]:
    return sorted(os.environ)

def raises(message: str):
    raise ValueError(message)

def ends():
    print("last words", file=sys.stderr)
    os._exit(3)

class Mute(Exception):
    def __str__(self):
        raise RuntimeError

def mute():
    raise Mute

async def counted(first: int, /, last: int = 2):
    for number in range(first, last):
        yield number

def forked() -> int:
    if os.fork() == 0:
        return 1
    os.wait()
    return 10**5000

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)

class Picture:
    def _repr_png_(self):
        return PNG

class Figure:
    def savefig(self, file, format):
        file.write(PNG if format == "png" else b"")

class Proxy:
    def __getattr__(self, name):
        return lambda *given, **named: os._exit(4)

    def __str__(self):
        return "proxy"

def pictures(kind: str) -> object:
    return {
        "figure": Figure(),
        "proxy": (Proxy(), PNG),
        "captioned": ("a\\nb", bytearray(PNG), 7, Picture()),
        "many": [PNG] * 9,
        "broken": PNG[:20],
        "padded": PNG + bytes(300_000),
        "huge": PNG + bytes(31_000_000),
        "long": "x" * 300_000,
        "data": b"\\x00text",
    }[kind]

def untyped(x): ...
def variadic(*names: str): ...
def _private(x: int): ...
'''


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> PythonFile:
    path = tmp_path_factory.mktemp("tools") / "mine.py"
    path.write_text(SOURCE, encoding="utf-8")
    return PythonFile(path, path.read_bytes(), {**os.environ, "MY_API_KEY": "sk-1"}, timeout_s=LONG_S)


@pytest.fixture(scope="module")
def tools(file: PythonFile) -> dict[str, Tool]:
    found, skipped = file.describe()
    assert ["untyped" in skipped[0], "variadic" in skipped[1], len(skipped)] == [True, True, 2]
    return {tool.name: tool for tool in found}


def test_public_typed_functions_are_tools(tools: dict[str, Tool]) -> None:
    assert list(tools) == [
        "weather",
        "later",
        "printed",
        "environment",
        "raises",
        "ends",
        "mute",
        "counted",
        "forked",
        "pictures",
    ]
    weather = tools["weather"]
    assert weather.description == "Report the weather."
    assert weather.parameters["required"] == ["place"]
    assert weather.parameters["properties"]["place"]["description"] == "Where it is."
    assert weather.parameters["properties"]["unit"] == {"type": "string", "enum": ["c", "f"], "default": "c"}
    assert weather.parameters["properties"]["days"]["default"] is None
    assert weather.caution == "ask"


def test_the_result_is_what_is_returned_or_else_what_is_printed(tools: dict[str, Tool]) -> None:
    done = tools["weather"].run({"place": {"city": "Oslo"}}, Cancellation())

    assert done == '{"city": "Oslo", "unit": "c", "days": null}'
    assert tools["printed"].run({"text": "漢"}, Cancellation()) == "漢\n"
    assert tools["later"].run({"day": "2026-02-28"}, Cancellation()) == "2026-03-01"


@pytest.mark.parametrize(
    ("kind", "text", "images"),
    [
        ("figure", "[image 1: ", 1),
        ("captioned", "a\nb\n[image 1: ", 2),
        ("proxy", "proxy\n[image 1: ", 1),
        ("many", "[image 1: ", 8),
        ("broken", "[image 1 is left out: ", 0),
        ("padded", "[image 1: ", 1),
        ("long", "xxx", 0),
        ("data", "\0text", 0),
    ],
)
def test_images_of_a_result_are_shown_in_their_place(kind: str, text: str, images: int, tools: dict[str, Tool]) -> None:
    found = tools["pictures"].run({"kind": kind}, Cancellation())

    assert isinstance(found, str | IllustratedResult)
    said = found if isinstance(found, str) else found.text
    assert said.startswith(text)
    assert len(said) < 101_000
    assert (0 if isinstance(found, str) else len(found.images)) == images
    assert kind != "captioned" or said.splitlines()[3] == "7"
    assert kind != "many" or "image 9 is left out" in said


def test_a_result_that_is_too_large_says_so(tools: dict[str, Tool]) -> None:
    with pytest.raises(ToolError, match="40"):
        tools["pictures"].run({"kind": "huge"}, Cancellation())


def test_no_key_reaches_the_code_of_others(tools: dict[str, Tool]) -> None:
    seen = str(tools["environment"].run({}, Cancellation()))

    assert "MY_API_KEY" not in seen
    assert "PATH" in seen
    assert child_environment({"OPENAI_API_KEY": "sk-1", "HOME": "/h", "LC_ALL": "C"}) == {"HOME": "/h", "LC_ALL": "C"}


def test_what_a_function_raises_is_its_result(tools: dict[str, Tool]) -> None:
    with pytest.raises(ToolError, match=r"ValueError: no such x \(line \d+\)"):
        tools["raises"].run({"message": "no such x"}, Cancellation())
    with pytest.raises(ToolError, match="code 3: last words"):
        tools["ends"].run({}, Cancellation())


def test_what_functions_return_or_raise_in_odd_ways_is_a_result_too(tools: dict[str, Tool]) -> None:
    """A number beyond what Python writes, a copy of the process that returns too, an asynchronous generator."""
    assert tools["counted"].run({"first": 0}, Cancellation()) == "[0, 1]"
    assert tools["forked"].run({}, Cancellation()) == "(int without text: ValueError)"
    with pytest.raises(ToolError, match=r"^Mute: \(Mute without text: RuntimeError\) \(line \d+\)$"):
        tools["mute"].run({}, Cancellation())


def test_a_file_that_has_changed_since_it_was_read_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def f() -> int:\n    return 1\n", encoding="utf-8")
    (tool,), _ = PythonFile(path, path.read_bytes(), os.environ, timeout_s=LONG_S).describe()
    path.write_text("def f() -> int:\n    return 2\n", encoding="utf-8")

    with pytest.raises(ToolError, match="has changed"):
        tool.run({}, Cancellation())


def test_a_file_that_cannot_be_run_is_named_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"broken.py.*SyntaxError.*line 1"):
        PythonFile(path, path.read_bytes(), os.environ, timeout_s=LONG_S).describe()


# Any program.

SLEEP = "import subprocess, sys; subprocess.Popen(['sleep', '60']); sys.stdout.write('begun'); sys.stdout.flush();"
SLEEP += "import time; time.sleep(60)"


def python(code: str, *, timeout_s: float = LONG_S) -> Child:
    return Child([sys.executable, "-c", code], child_environment(os.environ), timeout_s, merges=True)


def test_a_program_ends_with_its_time_and_takes_its_children_along() -> None:
    """The output is read to its end, which comes only when every process that holds the pipe has ended."""
    with pytest.raises(ToolError, match="time limit"):
        python(SLEEP, timeout_s=0.5).run(Cancellation())


# The first process ends when the last one runs: then the pipe is closed.
LEAVES = """
import os, sys
kind = sys.argv[1]
inside, outside = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.execvpe("sleep", ["sleep", "60"], os.environ if kind == "daemon" else {"PATH": os.environ["PATH"]})
    os.close(outside)
    if kind != "daemon":
        os.wait()
    os._exit(0)
os.close(outside)
os.read(inside, 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not list the environments of processes")
@pytest.mark.parametrize("kind", ["daemon", "descendant without the environment"])
def test_what_a_program_starts_in_another_session_ends_with_it(kind: str) -> None:
    argv = [sys.executable, "-c", LEAVES, kind]
    ended = Child(argv, child_environment(os.environ), LONG_S, merges=True).run(Cancellation())

    assert is_over(int(ended.stdout))


def is_over(number: int) -> bool:
    """Return whether a process has ended; one that was killed may take a moment."""
    status = Path(f"/proc/{number}/status")
    for _ in range(1_000):
        if not status.exists() or "State:\tZ" in status.read_text(encoding="utf-8"):
            return True
        os.sched_yield()
    return False


def test_a_cancelled_program_is_killed_also_if_it_starts_later() -> None:
    cancellation = Cancellation()
    threading.Timer(0.2, cancellation.cancel).start()

    with pytest.raises(ToolError, match="by the user"):
        python(SLEEP).run(cancellation)
    with pytest.raises(ToolError, match="by the user"):
        python(SLEEP).run(cancellation)


def test_a_flood_of_output_is_bounded() -> None:
    ended = python("print('a' * 3_000_000); print('last')").run(Cancellation())

    assert ended.code == 0
    assert len(ended.stdout) < 101_000
    assert ended.stdout.endswith("last\n")


def test_a_program_that_cannot_start_is_named() -> None:
    with pytest.raises(ToolError, match="`/no/such`"):
        Child(["/no/such"], {}, 1).run(Cancellation())
