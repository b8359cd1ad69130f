"""A model file is a model: its server starts with the first question, and ends with the program, however that ends."""

from __future__ import annotations

import os
import re
import signal
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.local.model_file import check_model_file, find_model_files
from chatcli.local.model_server import ModelServer
from tests.acceptance.talk import is_at_prompt
from tests.acceptance.test_hangs import until
from tests.cli.test_tools import is_running
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.program import run, start

STAND_IN = {"PYTHONPATH": str(Path(__file__).parent)}


def model_file(folder: Path, *told: str) -> Path:
    path = folder / "small.gguf"
    path.write_text("\n".join(["GGUF", *told]), encoding="utf-8")
    return path


def is_gone(file: Path) -> bool:
    return not is_running(int(file.with_suffix(".pid").read_text()))


def test_a_question_is_answered_by_the_file_and_nothing_stays_behind(home: Path) -> None:
    file = model_file(home)

    ran = run("ask", "-m", "./small.gguf", "hi", home=home, env=STAND_IN)

    assert (ran.exit_code, ran.stdout) == (0, "Hello from small.gguf")
    assert run("ask", "-c", "again", home=home, env=STAND_IN).stdout == "Hello from small.gguf"
    until(lambda: is_gone(file))
    (home / "in.txt").write_text("hi\n", encoding="utf-8")
    submitted = run("batch", "submit", "in.txt", "-m", "./small.gguf", "--out", "out.jsonl", home=home, env=STAND_IN)
    assert submitted.exit_code == 2
    assert re.search(r"small\.gguf has no batch service.*`chat batch FILE`", submitted.stderr)


def test_a_program_that_is_killed_leaves_no_server(home: Path) -> None:
    file = model_file(home)

    with start("ask", "--no-stdin", "-m", str(file), "endless", home=home, env=STAND_IN) as running:
        until(lambda: b"word" in running.stdout_bytes)
        running.process.send_signal(signal.SIGKILL)
        running.wait()

    until(lambda: is_gone(file))


def test_ctrl_c_stops_the_wait_for_the_model_and_another_file_can_be_chosen(terminal: OpenTerminal, home: Path) -> None:
    file = model_file(home, "slow")
    screen = terminal("-m", str(file), env=STAND_IN)
    screen.wait_for("/help lists commands")

    screen.type("one\r")
    until(lambda: file.with_suffix(".pid").exists())
    screen.wait_for("waiting")
    screen.press("ctrl-c")
    screen.wait_for("stopped by you")
    screen.wait_for(lambda screen: screen.text.count("> one") == 2)  # the question has come back
    file.with_suffix(".go").touch()
    screen.type("\r")
    screen.wait_for("Hello from small.gguf")
    (home / "other.gguf").write_text("GGUF", encoding="utf-8")
    screen.wait_for(is_at_prompt)
    screen.type("/model ./other.gguf\r")
    screen.wait_for("From the next turn on")
    screen.type("two\r")
    screen.wait_for("Hello from other.gguf")


@pytest.mark.parametrize(
    ("told", "env", "exit_code", "named"),
    [
        (["broken"], STAND_IN, 6, "small.gguf"),
        (["memory"], STAND_IN, 6, "not enough memory"),
        ([], {}, 3, "[local]"),
    ],
    ids=["not loaded", "no memory", "no library"],
)
def test_a_model_that_cannot_be_loaded_is_named(
    told: list[str], env: Mapping[str, str], exit_code: int, named: str, home: Path
) -> None:
    file = model_file(home, *told)

    ran = run("ask", "-m", str(file), "hi", home=home, env=env)

    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert named in ran.stderr


def test_what_is_no_model_file_is_named_before_anything_starts(tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("no model", encoding="utf-8")

    with pytest.raises(ConfigError, match="not a GGUF file"):
        ModelServer(text).address()
    with pytest.raises(ConfigError, match="no model file"):
        check_model_file(tmp_path / "missing.gguf")
    with pytest.raises(ConfigError):
        check_model_file(tmp_path)


@pytest.mark.parametrize("named_by", ["provider", "address"])
def test_the_model_of_an_endpoint_may_end_in_the_same_way(named_by: str, server: OpenServer, home: Path) -> None:
    """Servers of model files list them by such names."""
    model = server(answer("From afar."))
    address = ["--base-url", model.url] if named_by == "address" else ["-p", "llamacpp"]
    env = {"LLAMACPP_BASE_URL": model.url}
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[providers.llamacpp]\nbase_url = "{model.url}"\n', encoding="utf-8")
    config.chmod(0o600)

    assert run("ask", *address, "-m", "small.gguf", "hi", home=home, env=env).stdout == "From afar."
    assert model.posts[0].json["model"] == "small.gguf"


def test_a_file_that_is_found_is_offered_tried_and_kept(terminal: OpenTerminal, home: Path) -> None:
    """From then on it answers without being named."""
    (home / "models").mkdir()
    file = model_file(home / "models")

    screen = terminal("connect", env=STAND_IN, rows=60)
    screen.wait_for("small.gguf (model file")
    (number,) = re.findall(r"(\d+)  small\.gguf", screen.text)
    screen.type(f"{number}\r")
    screen.wait_for("Hello from small.gguf")

    assert screen.wait_exit() == 0
    written = tomllib.loads((home / ".config" / "chatcli" / "config.toml").read_text(encoding="utf-8"))
    assert written == {"defaults": {"provider": "gguf", "model": str(file)}}
    assert run("ask", "hi", home=home, env=STAND_IN).stdout == "Hello from small.gguf"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = [
        *("models/a.gguf", "models/deep/er/b.GGUF", "models/mmproj-a.gguf", "models/c-00002-of-00003.gguf"),
        *("models/c-00001-of-00003.gguf", "Downloads/d.gguf", "Documents/e.gguf", "models/a.txt"),
        "models/1/2/3/4/5/6/7/f.gguf",
    ]
    for place, name in enumerate(files):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (place, place))
    (tmp_path / "models" / "again.gguf").symlink_to(tmp_path / "models" / "a.gguf")
    (tmp_path / "models" / "loop").symlink_to(tmp_path / "models")
    return tmp_path


def test_model_files_are_found_once_each_the_newest_first(tree: Path) -> None:
    found = [path.name for path in find_model_files(tree, {"LLAMA_CACHE": str(tree / "Documents")})]

    assert found == ["e.gguf", "d.gguf", "c-00001-of-00003.gguf", "b.GGUF", "a.gguf"]
