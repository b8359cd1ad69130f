"""Change the program in one small place at a time, and see whether a test notices: `python -m tests.tooling.mutations`.

Places are drawn by `--seed`, `--count` of them, of one `--room` or of all. Each change is made in a copy of the tree in
the system's temporary folder, and those tests run that reach its line, the most specific first. Which do is recorded by
`--record`, in a run of the whole suite (many minutes), and holds for each file until it changes. For other files the
tests run that import the changed module, then those of its room.

Each survivor is printed at once, and figures now and then. `--log FILE` keeps every verdict: what stands in the file is
not tried again, so a run can be stopped and resumed.

A survivor is a question, not a verdict: some changes change nothing that matters. A room is a package of the program,
or a module beside the packages. Sentences are left alone: they are for people, and no test should hold their words.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[2]
PACKAGE = "chatcli"
PYTEST = (sys.executable, "-m", "pytest")
MOST_TESTS, PATIENCE_S = 200, 120.0  # tests for one change, and seconds for all of them
PRINTED_AFTER = 25  # verdicts between two tables of figures
RECORDED = Path(tempfile.gettempdir(), f"{PACKAGE}-mutations.coverage")
_PHASE = re.compile(r"\|(?:setup|run|teardown)$")  # of a test, as coverage names its contexts
_IGNORED = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", ".coverage*", "*.egg-info")
_FLIPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    **{
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
        ast.Is: ast.IsNot,
        ast.IsNot: ast.Is,
        ast.In: ast.NotIn,
        ast.NotIn: ast.In,
    },
    **{ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt},
}
_MOVED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change: the bytes from *start* to *end* of *file* become *text*.

    They begin on *line*, and the statement that they are in on *statement*.
    """

    file: str
    line: int
    statement: int
    start: int
    end: int
    text: str
    what: str

    @property
    def room(self) -> str:
        """The package or module that is changed."""
        parts = Path(self.file).with_suffix("").parts
        return parts[1] if len(parts) > 1 else parts[0]

    def apply(self, source: bytes) -> bytes:
        """Return *source* with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


# A change and what became of it: `killed`, `survived`, or `unreached` where no test runs its line.
Verdict: TypeAlias = tuple[Mutation, str]


def mutations(root: Path, file: Path) -> Iterator[Mutation]:
    """Yield every change that could be made to *file*, which lies below *root*."""
    source = file.read_bytes()
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for statement, (node, text, what) in _changes(ast.parse(source), 1):
        start, end = begins[node.lineno - 1] + node.col_offset, begins[node.end_lineno - 1] + node.end_col_offset
        yield Mutation(str(file.relative_to(root)), node.lineno, statement, start, end, text, what)


def _changes(node: ast.AST, statement: int) -> Iterator[tuple[int, tuple[Any, str, str]]]:
    """Yield the line of the statement and the change for each place in *node*, which is in that of line *statement*."""
    statement = node.lineno if isinstance(node, ast.stmt) else statement
    yield from ((statement, change) for change in _changes_of(node))
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_aside(node, name, child):
                yield from _changes(child, statement)


def _is_aside(parent: ast.AST, name: str, child: ast.AST) -> bool:
    """Tell whether *child* is a docstring, an annotation, or else nothing that runs as it is written."""
    if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(parent, ast.Call):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
        return True
    if isinstance(child, ast.Subscript) and ast.unparse(child.value) == "Literal":
        return True
    return isinstance(child, ast.JoinedStr | ast.ImportFrom | ast.Import)


def _changes_of(node: ast.AST) -> Iterator[tuple[Any, str, str]]:
    """Yield each place of *node* itself, what stands there instead, and what that is."""
    match node:
        case ast.Compare(ops=[operator]):
            for kinds, what in ((_FLIPPED, "comparison flipped"), (_MOVED, "boundary off by one")):
                if type(operator) in kinds:
                    yield node, _written(node, ops=[kinds[type(operator)]()]), what
        case ast.Constant(value=bool(value)):
            yield node, str(not value), "constant changed"
        case ast.Constant(value=int(value) | float(value)):
            yield node, repr(value + 1), "constant changed"
        case ast.Constant(value=str(value) | bytes(value)) if len(value.split()) < 2:
            yield node, repr(type(value)()) if value else '"odd"', "constant changed"
        case ast.BoolOp(op=operator):
            yield node, _written(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And()), "and for or"
        case ast.BinOp(op=ast.Add() | ast.Sub() as operator):
            yield node, _written(node, op=ast.Sub() if isinstance(operator, ast.Add) else ast.Add()), "plus for minus"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, f"(not ({ast.unparse(test)}))", "not added"
        case ast.comprehension(ifs=[*tests]):
            yield from ((test, f"(not ({ast.unparse(test)}))", "not added") for test in tests)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield value, "None", "return replaced"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield node, "pass", "statement deleted"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.Delete():
            yield node, "pass", "statement deleted"


def _written(node: ast.AST, **fields: Any) -> str:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return f"({ast.unparse(changed)})"


class Reach:
    """Which tests run which line: as recorded for files that are as they were then, else judged by imports."""

    def __init__(self, recorded: Path, root: Path) -> None:
        self._root = root
        self._lines: dict[str, dict[int, set[str]]] = {}
        self._size: dict[str, int] = defaultdict(int)
        if recorded.exists():
            self._read(recorded)

    def _read(self, recorded: Path) -> None:
        from coverage import CoverageData

        data = CoverageData(str(recorded))
        data.read()
        known = json.loads(recorded.with_suffix(".json").read_bytes())
        for path in data.measured_files():
            file = path[path.rindex(f"/{PACKAGE}/") + 1 :]
            lines = {
                line: {_PHASE.sub("", name) for name in names} for line, names in data.contexts_by_lineno(path).items()
            }
            if known.get(file) == _digest(self._root / file):
                self._lines[file] = lines
            for test in (test for tests in lines.values() for test in tests):
                self._size[test] += 1

    def tests(self, mutation: Mutation) -> list[str]:
        """Return the tests that run the line, the most specific first; of one that runs at import all of its file."""
        if (lines := self._lines.get(mutation.file)) is None:
            return self._by_imports(mutation)
        found = lines.get(mutation.line) or lines.get(mutation.statement) or set()
        if "" in found:  # nobody's test: when the tests were collected
            found = set().union(*lines.values())
        return sorted(found - {""}, key=lambda test: (self._size[test], test))[:MOST_TESTS]

    def _by_imports(self, mutation: Mutation) -> list[str]:
        module = ".".join(Path(mutation.file).with_suffix("").parts)
        is_imported = re.compile(rf"^ *(?:from|import) {re.escape(module)}\b", re.MULTILINE)
        files = sorted((self._root / "tests").rglob("test_*.py"))
        importing = [file for file in files if is_imported.search(file.read_text(encoding="utf-8"))]
        room = [file for file in files if file.parent.name == mutation.room]
        return [str(file.relative_to(self._root)) for file in dict.fromkeys([*importing, *room])]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def pytest_runtest_setup(item: Any) -> None:
    """Let programs that a test starts record for it; this module is a plugin while the suite is recorded."""
    from coverage.config import CoverageConfig

    settings = CoverageConfig.deserialize(os.environ["COVERAGE_PROCESS_CONFIG"])
    settings.context = item.nodeid
    os.environ["COVERAGE_PROCESS_CONFIG"] = settings.serialize()


class Tree:
    """A copy of the checkout to change and to run tests in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=_IGNORED)
        self._age_s = 0

    def record(self, data: Path) -> None:
        """Run the whole suite and keep in *data* which test runs which line."""
        growing = data.with_suffix(".part")
        options = ("-q", "--cov", "--cov-context=test", "--cov-report=", "-p", "tests.tooling.mutations")
        env = os.environ | {"COVERAGE_FILE": str(growing)}
        ran = subprocess.run([*PYTEST, *options], cwd=self.folder, check=False, env=env)
        if ran.returncode:
            sys.stdout.write("Some tests fail without a change, so the figures are too good where these reach.\n")
        files = (self.folder / PACKAGE).rglob("*.py")
        digests = {str(file.relative_to(self.folder)): _digest(file) for file in files}
        data.with_suffix(".json").write_text(json.dumps(digests), encoding="utf-8")
        growing.rename(data)

    def judge(self, mutation: Mutation, tests: Sequence[str]) -> Verdict:
        """Make the change, run *tests* until one fails, and take the change back."""
        if not tests:
            return mutation, "unreached"
        source = (self.folder / mutation.file).read_bytes()
        self._write(mutation.file, mutation.apply(source))
        try:
            return mutation, "survived" if self._passes(tests) else "killed"
        finally:
            self._write(mutation.file, source)

    def _passes(self, tests: Sequence[str]) -> bool:
        names = self.folder / "names.txt"
        names.write_text("\n".join(tests), encoding="utf-8")
        run = (
            *PYTEST,
            "-xq",
            "-n0",
            "-p",
            "no:anyio",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed=1",
            f"@{names}",
        )
        try:
            return not subprocess.run(
                run, cwd=self.folder, capture_output=True, timeout=PATIENCE_S, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            return False

    def _write(self, file: str, source: bytes) -> None:
        path = self.folder / file
        path.write_bytes(source)
        self._age_s += 2  # compiled modules are told from stale ones by whole seconds
        os.utime(path, (path.stat().st_atime, 1_500_000_000 + self._age_s))


def _describe(mutation: Mutation, fate: str) -> str:
    line = (ROOT / mutation.file).read_text(encoding="utf-8").splitlines()[mutation.line - 1].strip()
    to = "" if mutation.what == "statement deleted" else f" -> {mutation.text}"
    return f"{fate}: {mutation.file}:{mutation.line}: {mutation.what}{to}\n    {line}"


def report(verdicts: Iterable[Verdict]) -> str:
    """Return the figures for each room."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for mutation, fate in verdicts:
        rooms[mutation.room].append(fate)
    rows = [*sorted(rooms.items()), ("all", [fate for fates in rooms.values() for fate in fates])]
    figures = [
        f"{room:12} {len(fates):5} {fates.count('killed'):7} {fates.count('survived'):9} {fates.count('unreached'):10}"
        f" {fates.count('killed') / len(fates):6.0%}"
        for room, fates in rows
        if fates
    ]
    return "\n".join(["room         drawn  killed  survived  unreached  share", *figures])


def judged(drawn: Sequence[Mutation], *, jobs: int, records: bool) -> Iterator[Verdict]:
    """Try all of *drawn*, *jobs* at a time, each in a tree of its own; yield each verdict as it is known."""
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-mutations-") as folder, ThreadPoolExecutor(jobs) as pool:
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(jobs):
            trees.put(Tree(Path(folder, str(number))))
        if records:
            Tree(Path(folder, "recorded")).record(RECORDED)
        reach = Reach(RECORDED, ROOT)

        def judge(mutation: Mutation) -> Verdict:
            tree = trees.get()
            try:
                return tree.judge(mutation, reach.tests(mutation))
            finally:
                trees.put(tree)

        for finished in as_completed([pool.submit(judge, mutation) for mutation in drawn]):
            yield finished.result()


class Log:
    """The verdicts so far, one a line of *file* where there is one; a change is known again by its file's content."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
        self._known = {self._key(Mutation(**made)): (digest, fate) for made, digest, fate in map(json.loads, lines)}

    def fate(self, mutation: Mutation) -> str | None:
        """Return what became of *mutation* in an earlier run."""
        digest, fate = self._known.get(self._key(mutation), ("", None))
        return fate if digest == _digest(ROOT / mutation.file) else None

    def add(self, mutation: Mutation, fate: str) -> None:
        """Keep a verdict."""
        if self._file:
            with self._file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps([asdict(mutation), _digest(ROOT / mutation.file), fate]) + "\n")

    @staticmethod
    def _key(mutation: Mutation) -> tuple[str, int, int, str]:
        return mutation.file, mutation.start, mutation.end, mutation.text


def _drawn(room: str | None, seed: int, count: int) -> list[Mutation]:
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    possible = [found for file in files for found in mutations(ROOT, file) if room in (None, found.room)]
    return random.Random(seed).sample(possible, min(count, len(possible)))


def main() -> None:
    """Draw, change, test and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="how many changes")
    parser.add_argument("--room", help="only this package or module")
    parser.add_argument("--seed", type=int, default=1, help="another draws others")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--record", action="store_true", help="first record which test runs which line")
    parser.add_argument("--log", type=Path, help="file of verdicts, to resume from and to add to")
    given = parser.parse_args()
    log, drawn = Log(given.log), _drawn(given.room, given.seed, given.count)
    verdicts = [(mutation, fate) for mutation in drawn if (fate := log.fate(mutation))]
    rest = [mutation for mutation in drawn if not log.fate(mutation)]
    for mutation, fate in judged(rest, jobs=given.jobs, records=given.record):
        verdicts.append((mutation, fate))
        log.add(mutation, fate)
        if fate != "killed":
            print(_describe(mutation, fate), flush=True)
        if len(verdicts) % PRINTED_AFTER == 0:
            print(report(verdicts), flush=True)
    print(report(verdicts))


if __name__ == "__main__":
    main()
