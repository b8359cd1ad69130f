"""Counts what the structure is judged by: `python -m tests.tooling.structure`; `--frames` also asks one question.

Printed are public names that stand for two things, long functions, long lists of parameters, `Any`, imports inside of
functions, the largest files and classes, and how many frames of our own lie between `main` and the socket.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.answers import answer
from tests.support.program import environment
from tests.support.server import Server

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "chatcli"
LONG_FUNCTION, MANY_PARAMETERS, LARGE_CLASS = 30, 6, 250

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Says on stderr how deep the stack is, in files of ours, when the first request leaves.
_FRAMES = """
import socket, sys
from chatcli.cli.main import main
send = socket.socket.send
def watch(self, *given):
    frame, own = sys._getframe(1), 0
    while frame is not None:
        own += "/chatcli/" in frame.f_code.co_filename
        frame = frame.f_back
    socket.socket.send = send
    print(f"FRAMES {own}", file=sys.stderr)
    return send(self, *given)
socket.socket.send = watch
sys.argv[0] = "chat"
main()
"""


def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each file, by its path below the package."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def names_for_two_things(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Return the public functions and classes that more than one file defines."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in trees.items():
        for name in {node.name for node in tree.body if isinstance(node, (*_FUNCTIONS, ast.ClassDef))}:
            if not name.startswith("_"):
                found[name].append(path)
    return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Return how many lines *node* has without its docstring."""
    doc = ast.get_docstring(node, clean=False)
    return (node.end_lineno or 0) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)


def functions(trees: dict[str, ast.Module]) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield each function with the place it stands at."""
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTIONS):
                yield f"{path}:{node.lineno} {node.name}", node


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many parameters *node* has, itself not counted."""
    own = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([entry for entry in own if entry.arg not in ("self", "cls")])


def imports_within(trees: dict[str, ast.Module]) -> int:
    """Return how many imports stand inside of functions."""
    return sum(
        isinstance(inner, ast.Import | ast.ImportFrom) for _, node in functions(trees) for inner in ast.walk(node)
    )


def frames() -> str:
    """Return how many frames of ours a question passes before its request leaves."""
    with Server(answer("Hello")) as server, tempfile.TemporaryDirectory() as home:
        words = ["--base-url", server.url, "-m", "m", "ask", "hi"]
        ran = subprocess.run(
            [sys.executable, "-c", _FRAMES, *words],
            check=True,
            capture_output=True,
            text=True,
            env=environment(Path(home)),
            cwd=ROOT,
        )
    return ran.stderr.partition("FRAMES ")[2].split()[0]


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", action="store_true")
    wants_frames = parser.parse_args().frames
    trees = modules()
    twice = names_for_two_things(trees)
    long = sorted((lines_of(node), at) for at, node in functions(trees) if lines_of(node) > LONG_FUNCTION)
    many = sorted((parameters_of(node), at) for at, node in functions(trees) if parameters_of(node) > MANY_PARAMETERS)
    classes = [
        (lines_of(node), f"{path}:{node.lineno} {node.name}")
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and lines_of(node) > LARGE_CLASS
    ]
    sizes = sorted((len((PACKAGE / path).read_text(encoding="utf-8").splitlines()), path) for path in trees)
    anys = sum(isinstance(node, ast.Name) and node.id == "Any" for tree in trees.values() for node in ast.walk(tree))
    lines = [
        f"files: {len(trees)}, lines: {sum(size for size, _ in sizes)}",
        f"public names for two things: {len(twice)}",
        *(f"  {name}: {', '.join(paths)}" for name, paths in twice.items()),
        f"functions over {LONG_FUNCTION} lines: {len(long)}",
        *(f"  {size} {at}" for size, at in reversed(long)),
        f"functions with more than {MANY_PARAMETERS} parameters: {len(many)}",
        *(f"  {count} {at}" for count, at in reversed(many)),
        f"classes over {LARGE_CLASS} lines: {len(classes)}",
        *(f"  {size} {at}" for size, at in classes),
        f"uses of Any: {anys}",
        f"imports inside of functions: {imports_within(trees)}",
        "largest files: " + ", ".join(f"{path} {size}" for size, path in reversed(sizes[-5:])),
    ]
    if wants_frames:
        lines.append(f"frames of our own from main to the socket: {frames()}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
