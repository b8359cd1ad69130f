"""Walks the path of a new user: `python -m tests.tooling.newcomer [PYTHON ...]`.

With each interpreter (else with those of python3.11 to python3.15 that are on PATH), in an empty home and a checkout of
the last commit, the program is installed as README.md says, and each line of its blocks is run as it is printed, in a
terminal. The same once more in Chinese, by README.zh-CN.md. Then `pip`, `pipx` and `uv tool` install the source
distribution, run it and remove it again, after which nothing may be left. Installing asks the package index; the
program meets a server on the loopback only, which needs the port that the README names. Needs `pip install -e
'.[release,test]'`, and `pipx` and `uv` beside it for their part.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chatcli.process.installation import DISTRIBUTION
from tests.support.answers import answer, completion, http
from tests.support.batch_provider import BatchProvider
from tests.support.line import Request
from tests.support.program import ROOT, environment
from tests.support.server import Script, Server
from tests.support.terminal import Terminal
from tests.tooling.release import checkout, left_behind, run

PYTHONS = [f"python3.{minor}" for minor in range(11, 16)]
LANGUAGES = {"README.md": "en_US.UTF-8", "README.zh-CN.md": "zh_CN.UTF-8"}
_PROMPT = re.compile(r"^(?:\d+ )?> *$", re.MULTILINE)
_QUESTION = re.compile(r"\[y\W[^\]\n]*\]$")
_LOOK_S, _LONGEST_S = 0.3, 180.0
PORT = 8080  # of the address in the README
MODELS = ("gpt-6-luna", "deepseek-flash")
ANSWER = "It works.\n\n```sh\necho it works\n```\n"
FITTING = '{"name": "Ada", "year": 1843}'
# What lines of the README read, and the settings that lead providers to the loopback.
FILES: Mapping[str, str] = {
    "error.log": "Segmentation fault\n",
    "reviews.txt": "Lovely.\nAwful.\n",
    "prompts.jsonl": '{"prompt": "What is a monad?"}\n{"prompt": "And a functor?"}\n',
    "tests.csv": "prompt\nWhat is a monad?\n",
    "prompt.md": "What is a monad?\n",
    "notes.md": "# Notes\n",
    "src/main.py": "print()\n",
    "letter.txt": "Ada, 1843\n",
    "photo.jpg": "\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "weather.py": 'def rain(city: str) -> bool:\n    """Whether it rains."""\n    return True\n',
    "Makefile": "all:\n\t@echo failed && exit 1\n",
}
SETTINGS = f"""
[defaults]
provider = "openai"
model = "gpt-6-luna"

[providers.openai]
base_url = "http://127.0.0.1:{PORT}/v1"

[providers.deepseek]
base_url = "http://127.0.0.1:{PORT}/v1"
"""


def main() -> None:
    """Walk with each interpreter and each installer."""
    pythons = sys.argv[1:] or [name for name in PYTHONS if shutil.which(name)]
    for python in pythons:
        for page, lang in LANGUAGES.items():
            with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
                count = walk(python, page, lang, Path(folder))
                print(f"{python}: {count} lines of {page} work")
    for installer in filter(shutil.which, ("pipx", "uv")):
        with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
            install_and_remove(installer, Path(folder))
            print(f"{installer} installs and removes it")


def blocks(page: str) -> Iterator[Sequence[str]]:
    """Yield the lines of each block of commands of *page*, without that of the tests."""
    for found in re.finditer(r"(<!-- \w+ -->\n)?^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        if found[1] != "<!-- test -->\n":
            yield found[2].splitlines()


def walk(python: str, name: str, lang: str, folder: Path) -> int:
    """Follow the page *name* in *folder*; return the number of lines that were run."""
    first, *others = blocks((ROOT / name).read_text("utf-8"))
    home = folder / "home"
    project = checkout(folder)
    home.mkdir()
    index = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    env = environment(home, {**index, "LANG": lang, "PYTHONPATH": None, "VIRTUAL_ENV": None, "PIP_QUIET": "1"})
    (folder / "bin").mkdir()
    (folder / "bin" / "python3").symlink_to(shutil.which(python) or python)
    env["PATH"] = f"{folder / 'bin'}:{project / '.venv' / 'bin'}:{env['PATH']}"
    follow(first[0], env, project)
    prepare(project, home)
    lines = [line for block in others for line in block]
    answers = Answers()
    with Server(always=answers, models=MODELS, port=PORT):
        for line in lines:
            if line.startswith("export "):
                env["OPENAI_API_KEY"] = env["DEEPSEEK_API_KEY"] = "..."
                settings = home / ".config" / "chatcli" / "config.toml"
                settings.write_text(SETTINGS, encoding="utf-8")
            else:
                follow(line, env, project)
    return len(lines) + 1


class Answers:
    """Answers whatever the lines ask."""

    def __init__(self) -> None:
        self._batches = BatchProvider()

    def __call__(self, request: Request) -> Script:
        """Return the answer to *request*, as llama.cpp tells what it is."""
        if request.path == "/props":
            return http(200, None, {"default_generation_settings": {"n_ctx": 4096}})
        if not request.path.endswith("/chat/completions"):
            return self._batches(request)
        asked = request.json
        text = FITTING if "response_format" in asked else ANSWER
        return answer(text) if asked.get("stream") else completion(text)


def prepare(project: Path, home: Path) -> None:
    """Write what the lines read, in a repository with a change, and install what one of them needs beside `chat`."""
    settings = home / ".config" / "chatcli"
    settings.mkdir(parents=True, mode=0o700, exist_ok=True)
    server = {"command": sys.executable, "args": [str(ROOT / "tests" / "support" / "mcp_server.py"), str(home)]}
    (settings / "mcp.json").write_text(json.dumps({"mcpServers": {"time": server}}), encoding="utf-8")
    run(project / ".venv" / "bin" / "python", "-m", "pip", "install", "-q", ".[mcp]", cwd=project)
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="latin-1")
    run("git", "init", "-q", cwd=project)
    run("git", "add", *FILES, cwd=project)


def follow(line: str, env: Mapping[str, str], project: Path) -> None:
    """Run *line* in a terminal, and leave a conversation that it begins; raises SystemExit unless it ends well."""
    with Terminal.run(["bash", "-c", line], env, cwd=project, columns=100, rows=40) as terminal:
        end_s = time.monotonic() + _LONGEST_S
        while terminal.process.poll() is None and time.monotonic() < end_s:
            time.sleep(_LOOK_S)
            if _PROMPT.search(shown := "\n".join(terminal.screen)):
                terminal.press("ctrl-d")
            elif _QUESTION.search(shown.rstrip()):
                terminal.type("y\r")
            elif line.startswith("chat connect"):
                terminal.press("enter")
        if terminal.wait_exit():
            sys.exit(f"{line}\n" + "\n".join(terminal.history))


def install_and_remove(installer: str, folder: Path) -> None:
    """Install the source distribution by *installer* for a user without anything, run it, and remove it again."""
    project = checkout(folder)
    home = folder / "home"
    home.mkdir()
    env = {"HOME": str(home), "PATH": f"{home / '.local' / 'bin'}:{os.environ['PATH']}", "PIP_QUIET": "1"}
    env |= dict.fromkeys(("XDG_DATA_HOME", "XDG_CACHE_HOME", "PIPX_HOME", "UV_TOOL_DIR", "VIRTUAL_ENV"), "")
    run(sys.executable, "-m", "build", "--sdist", cwd=project)
    (sdist,) = (project / "dist").iterdir()
    install = {"pipx": ["pipx"], "uv": ["uv", "tool"]}[installer]
    run(*install, "install", sdist, cwd=folder, env=env)
    print(run("chat", "--version", cwd=folder, env=env).strip())
    run(*install, "uninstall", DISTRIBUTION, cwd=folder, env=env)
    if left := left_behind(home / ".local"):
        sys.exit(f"{installer} leaves {left}")


if __name__ == "__main__":
    main()
