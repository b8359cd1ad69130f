"""The list of what must hold, and the tests that prove it, agree."""

import re
from collections import defaultdict
from pathlib import Path

from tests.support.program import ROOT

ROW = re.compile(r"^\| ([a-k]\d+) \| (.+) \| `(.+)` \|$")
NUMBERED = re.compile(r"^ *def test_([a-k]\d+)_", re.MULTILINE)
ROWS = [
    row.groups() for line in (ROOT / "tests/acceptance/README.md").read_text().splitlines() if (row := ROW.match(line))
]


def numbered_tests() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for number in NUMBERED.findall(path.read_text(encoding="utf-8")):
            found[number].add(str(path.relative_to(ROOT)))
    return found


def test_every_numbered_test_is_in_the_list() -> None:
    assert numbered_tests().keys() <= {number for number, _, _ in ROWS}


def test_every_line_is_proven_where_it_says() -> None:
    tests = numbered_tests()
    wrong = [
        number
        for number, _, file in ROWS
        if not (file in tests[number] if number in tests else Path(ROOT, file).exists())
    ]
    assert not wrong


def test_no_number_stands_twice() -> None:
    numbers = [number for number, _, _ in ROWS]
    assert len(set(numbers)) == len(numbers) > 60
