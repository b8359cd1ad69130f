"""Start-up stays light: what a run does not need is not imported, seen in interpreters of their own."""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from chatcli.process.installation import DISTRIBUTION
from tests.conftest import OpenServer
from tests.support.answers import answer
from tests.support.program import ROOT, run, unmeasured

HEAVY = {
    "asyncio",
    "click",
    "httpcore",
    "httpx",
    "importlib.metadata",
    "prompt_toolkit",
    "pydantic",
    "pygments",
    "requests",
    "rich",
    "sqlite3",
    "tiktoken",
    "tomllib",
}
SETTINGS = {"chatcli.settings.definition", "chatcli.settings.environment", "chatcli.settings.toml"}
# What no question needs that is answered, saved, and was asked without options.
SELDOM = {
    "chatcli.api.failures.classify",
    "chatcli.cli.chat_match",
    "chatcli.cli.parser",
    "chatcli.process.installation",
    "chatcli.providers.reasoning_effort",
    "chatcli.settings.outside",
    "chatcli.store.library",
    "chatcli.store.replacement",
    "chatcli.store.salvage",
    "chatcli.terminal.tty",
    "chatcli.usage.logit_bias",
    "typer",
}
MOST_OF_OURS = 163  # modules for such a question; before it is raised: does every such question use the new one?
# Calls under way when httpx is imported: where a piece of CPython's stack ends, each call maps and unmaps memory.
MOST_FRAMES = 30
# Runs the program and tells at its end what was imported, on a line of stderr of its own, also each of those calls.
SPY = """
import atexit, sys
class Watch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        frame = sys._getframe()
        while name == "httpx" and (frame := frame.f_back):
            sys.modules.setdefault(f"frame-{id(frame)}", sys)
sys.meta_path.insert(0, Watch)
atexit.register(lambda: print("\\nIMPORTED", *sys.modules, file=sys.stderr))
sys.argv[0] = "chat"
from chatcli.__main__ import main
main()
"""
FOUND = "\nIMPORTED "
COMPILED = re.compile(r"^\w+ = re\.compile\(", re.MULTILINE)


def source(name: str) -> str:
    """Return the text of a module of ours, nothing for a package."""
    path = ROOT / f"{name.replace('.', '/')}.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def imported(home: Path, arguments: Sequence[str], *, code: str = SPY) -> tuple[str, set[str]]:
    """Return what a run printed, and which modules it imported."""
    ran = run(*arguments, home=home, program=(sys.executable, "-c", code), env=unmeasured())
    assert FOUND in ran.stderr, ran.stderr
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout, set(ran.stderr.rpartition(FOUND)[2].split())


def test_whatever_is_imported_is_declared() -> None:
    """A distribution that only comes along with another may stay away with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        line
        for name, lines in project["optional-dependencies"].items()
        if name not in ("release", "test")
        for line in lines
    ]
    declared = {normal(re.split(r"[^\w.-]", line)[0]) for line in (*project["dependencies"], *extras)}
    brought_by = packages_distributions()

    used = {name for path in (ROOT / "chatcli").rglob("*.py") for name in top_level_imports(path)}
    foreign = used - sys.stdlib_module_names - {"chatcli"}

    assert len(foreign) > 8
    assert {name for name in foreign if not declared & set(map(normal, brought_by.get(name, [name])))} == set()


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def top_level_imports(path: Path) -> set[str]:
    """Return the first names of what *path* imports, wherever in its text."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in named}


def test_the_command_line_is_light_to_import(home: Path) -> None:
    code = "import sys, chatcli.cli.main; print('\\nIMPORTED', *sys.modules, file=sys.stderr)"

    _, modules = imported(home, (), code=code)

    assert "chatcli.cli.main" in modules
    assert not modules & HEAVY


HELP = [["--help"], ["ask", "--help"], ["config", "--help"]]


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
def test_help_needs_nothing_heavy(home: Path, arguments: list[str]) -> None:
    """Also where a settings file has to be read for the language."""
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text('[ui]\nlanguage = "en"\n', encoding="utf-8")

    stdout, modules = imported(home, arguments)

    assert "Usage:" in stdout
    assert not modules & (HEAVY if arguments[1:] else HEAVY | SETTINGS | {"typer"})


def test_the_version_is_that_of_the_package_and_needs_nothing_heavy(home: Path) -> None:
    stdout, modules = imported(home, ["--version"])

    assert stdout == f"chat {version(DISTRIBUTION)}\n"
    assert not modules & (HEAVY | SETTINGS)


def test_a_question_into_a_pipe_draws_and_edits_nothing(home: Path, server: OpenServer) -> None:
    opened = server(answer("Hello"))

    stdout, modules = imported(home, ["--base-url", opened.url, "-m", "m", "ask", "hi"])

    assert stdout == "Hello"
    assert modules & HEAVY <= {"httpcore", "httpx", "sqlite3"}
    assert not [name for name in modules if name.startswith(("chatcli.commands.", "chatcli.topics."))]
    assert not modules & SELDOM
    ours = [name for name in modules if name.startswith("chatcli.")]
    assert len(ours) <= MOST_OF_OURS
    assert 0 < len([name for name in modules if name.startswith("frame-")]) <= MOST_FRAMES
    assert [name for name in ours if COMPILED.search(source(name))] == []  # text.patterns compiles at first use


def test_a_question_that_is_not_kept_needs_no_database(home: Path, server: OpenServer) -> None:
    opened = server(answer("Hello"))

    _, modules = imported(home, ["--base-url", opened.url, "-m", "m", "--no-log", "ask", "hi"])

    assert modules & HEAVY <= {"httpcore", "httpx"}
    assert not [name for name in modules if name.startswith("chatcli.store.")]


def test_a_question_whose_bytes_fit_the_window_loads_no_vocabulary(home: Path, server: OpenServer) -> None:
    opened = server(answer("Hello"))
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text('[models."m"]\ncontext = 8192\n', encoding="utf-8")

    _, modules = imported(home, ["--base-url", opened.url, "-m", "m", "ask", "hi " * 1000])

    assert "tiktoken" not in modules


def test_a_question_over_http_makes_no_tls(home: Path, server: OpenServer) -> None:
    """A context with the authorities of the system costs more than the rest of the run."""
    code = SPY.replace("main()\n", "")
    code += """
import ssl
class Context(ssl.SSLContext):
    def __new__(cls, *args, **kwargs):
        raise AssertionError("a context was made")
ssl.SSLContext = Context
main()
"""
    opened = server(answer("Hello"))

    stdout, _ = imported(home, ["--base-url", opened.url, "-m", "m", "ask", "hi"], code=code)

    assert stdout == "Hello"


def test_an_answer_without_code_is_drawn_without_a_lexer(home: Path) -> None:
    code = """
from chatcli.render.look import Look
from chatcli.render.page import Page
page = Page(Look())
page.feed("# Paris\\n\\n* the *capital*\\n\\n    of France\\n")
import sys
print("\\nIMPORTED", *sys.modules, file=sys.stderr)
"""

    _, modules = imported(home, (), code=code)

    assert "chatcli.render.highlight" in modules
    assert "pygments" not in modules


def test_no_module_of_ours_is_missing_from_a_plain_import() -> None:
    """Each module can be imported first, so none leans on another having been there before; each run draws some."""
    root = Path(__file__).parent.parent
    names = [
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in sorted((root / "chatcli").rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    ]
    code = """
import importlib, sys
for name in sys.argv[1:]:
    for known in [known for known in sys.modules if known.partition(".")[0] == "chatcli"]:
        del sys.modules[known]
    importlib.import_module(name)
"""

    ran = subprocess.run(
        [sys.executable, "-c", code, *random.sample(names, 60)],
        check=False,
        capture_output=True,
        text=True,
        cwd=root,
        timeout=60,
    )

    assert ran.stderr == ""
    assert ran.returncode == 0
