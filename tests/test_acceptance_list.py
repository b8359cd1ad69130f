"""The lists of what must hold, and the tests that prove it, agree."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from chatcli.commands import load_all
from chatcli.commands.table import commands
from chatcli.help.tables import keys_table
from tests.support.program import ROOT

load_all()
TESTS = ROOT / "tests"
SESSIONS = ("test_lines_at_prompt.py", "test_prompt_states.py", "test_prompt_keys.py", "test_paste_and_toolbar.py")
ROW = re.compile(r"^\| ([a-k]\d+) \| (.+) \| `(.+)` \|$")
CONVERSATION = re.compile(r"^\| ([l-q]\d\d) \| (.+) \| `(.+)::(\w+)` \|$", re.MULTILINE)
NUMBERED = re.compile(r"^ *def test_([a-k]\d+)_", re.MULTILINE)
ROWS = [
    row.groups() for line in (ROOT / "tests/acceptance/README.md").read_text().splitlines() if (row := ROW.match(line))
]
CONVERSATION_ROWS = CONVERSATION.findall((TESTS / "acceptance/conversation.md").read_text(encoding="utf-8"))


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


def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_of_the_conversation_has_a_number_and_a_test() -> None:
    numbers = [number for number, *_ in CONVERSATION_ROWS]
    written = (TESTS / "acceptance/conversation.md").read_text(encoding="utf-8")

    assert len(set(numbers)) == len(numbers) == written.count("\n| ") - 2 * written.count("| number |")
    assert not [number for number, _, file, test in CONVERSATION_ROWS if test not in functions(file)]


def test_every_command_has_a_row_that_names_it() -> None:
    """With aliases that are its own, whatever others it may have."""
    named = [re.findall(r"`/([\w?-]+)`", row.partition(":")[0]) for _, row, *_ in CONVERSATION_ROWS]
    names = {words[0]: set(words[1:]) for words in named if words}

    assert names.keys() == {command.name for command in commands()}
    assert not [command.name for command in commands() if not names[command.name] <= set(command.aliases)]


def test_every_key_of_the_help_has_a_row() -> None:
    rows = " ".join(row for number, row, *_ in CONVERSATION_ROWS if number[0] in "mn") + " Ctrl+C"  # has rows by state
    keys = {key for row in keys_table().splitlines()[2:] for key in re.findall(r"^\| (.+?) \|", row)}
    pressed = {part for key in keys for part in re.findall(r"(?:Ctrl|Alt|Shift)\+\w+|Esc|Enter|Tab|Up|Down", key)}

    assert len(pressed) > 15
    assert not [part for part in pressed if part not in rows]


def test_every_session_at_the_prompt_proves_a_row() -> None:
    """One that is in no row would be looked for in vain by who changes what it proves."""
    proving = {test for *_, test in CONVERSATION_ROWS} | numbered_names()
    sessions = {name for file in SESSIONS for name in functions(f"acceptance/{file}") if name.startswith("test_")}

    assert not [name for name in sessions if name not in proving and not name.startswith("test_every_")]


def numbered_names() -> set[str]:
    return {name for file in SESSIONS for name in functions(f"acceptance/{file}") if re.match(r"test_k\d+_", name)}
