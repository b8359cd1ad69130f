"""Which tests may notice a change: those that run its line, as recorded, or else those that import its module."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path

from tests.tooling.mutants import Mutation

MOST_TESTS = 200  # for one change
_PHASE = re.compile(r"\|(?:setup|run|teardown)$")  # of a test, as coverage names its contexts


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
            file = path[path.rindex("/chatcli/") + 1 :]
            lines = {
                line: {_PHASE.sub("", name) for name in names} for line, names in data.contexts_by_lineno(path).items()
            }
            if known.get(file) == digest(self._root / file):
                self._lines[file] = lines
            for test in (test for tests in lines.values() for test in tests):
                self._size[test] += 1

    def tests(self, mutation: Mutation) -> list[str]:
        """Return the tests that run the line, the most specific first; of one that runs at import all of its file."""
        if (lines := self._lines.get(mutation.file)) is None:
            return self._by_imports(mutation)
        found = lines.get(mutation.line) or lines.get(mutation.statement) or set()
        if "" in found:  # no one's test: when the tests were collected
            found = set().union(*lines.values())
        return sorted(found - {""}, key=lambda test: (self._size[test], test))[:MOST_TESTS]

    def _by_imports(self, mutation: Mutation) -> list[str]:
        module = ".".join(Path(mutation.file).with_suffix("").parts)
        is_imported = re.compile(rf"^ *(?:from|import) {re.escape(module)}\b", re.MULTILINE)
        tests = self._root / "tests"
        files = sorted(tests.rglob("test_*.py"))
        importing = [file for file in files if is_imported.search(file.read_text(encoding="utf-8"))]
        room = [file for file in files if file.relative_to(tests).parts[0] == mutation.room]
        return [str(file.relative_to(self._root)) for file in dict.fromkeys([*importing, *room])]


def digest(file: Path) -> str:
    """Return what changes with the content of *file*; empty where there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
