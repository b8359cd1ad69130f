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
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

from tests.tooling.mutants import Mutation, mutations
from tests.tooling.reach import Reach, digest

ROOT = Path(__file__).parents[2]
PACKAGE = "chatcli"
PYTEST = (sys.executable, "-m", "pytest")
PATIENCE_S = 300.0  # for all tests of one change
PRINTED_AFTER = 25  # verdicts between two tables of figures
RECORDED = Path(tempfile.gettempdir(), f"{PACKAGE}-mutations.coverage")
_IGNORED = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", ".coverage*", "*.egg-info")
# What becomes of a change; tests seldom time out for another reason than that, and none runs an unreached line.
FATES = ("killed", "timed out", "survived", "unreached")
Verdict: TypeAlias = tuple[Mutation, str]


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
        digests = {str(file.relative_to(self.folder)): digest(file) for file in files}
        data.with_suffix(".json").write_text(json.dumps(digests), encoding="utf-8")
        growing.rename(data)

    def judge(self, mutation: Mutation, tests: Sequence[str]) -> Verdict:
        """Make the change, run *tests* until one fails, and take the change back."""
        if not tests:
            return mutation, "unreached"
        source = (self.folder / mutation.file).read_bytes()
        self._write(mutation.file, mutation.apply(source))
        try:
            return mutation, self._fate(tests)
        finally:
            self._write(mutation.file, source)

    def _fate(self, tests: Sequence[str]) -> str:
        names = self.folder / "names.txt"
        names.write_text("\n".join(tests), encoding="utf-8")
        without = [f"-pno:{plugin}" for plugin in ("anyio", "cacheprovider", "randomly")]
        run = [*PYTEST, "-xq", "-n0", *without, "--hypothesis-seed=1", f"@{names}"]
        try:
            ran = subprocess.run(run, cwd=self.folder, capture_output=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return "timed out"
        return "killed" if ran.returncode else "survived"

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
    return "\n".join([f"{'room':12} drawn {' '.join(FATES)}", *(_figures(*row) for row in rows if row[1])])


def _figures(room: str, fates: Sequence[str]) -> str:
    counts = " ".join(f"{fates.count(fate):{len(fate)}}" for fate in FATES)
    return f"{room:12} {len(fates):5} {counts} {(fates.count('killed') + fates.count('timed out')) / len(fates):5.0%}"


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
        self._known = {self._key(Mutation(**made)): (content, fate) for made, content, fate in map(json.loads, lines)}

    def fate(self, mutation: Mutation) -> str | None:
        """Return what became of *mutation* in an earlier run."""
        content, fate = self._known.get(self._key(mutation), ("", None))
        return fate if content == digest(ROOT / mutation.file) else None

    def add(self, mutation: Mutation, fate: str) -> None:
        """Keep a verdict."""
        if self._file:
            with self._file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps([asdict(mutation), digest(ROOT / mutation.file), fate]) + "\n")

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
