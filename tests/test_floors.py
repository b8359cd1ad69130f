"""Rooms stand on floors and import downwards only, and the printed plan is the one in force."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.floors import ROOMS, document

ROOT = Path(__file__).parent.parent / "chatcli"

FLOOR_OF = {room: floor for floor, room in enumerate(reversed(ROOMS))}
# The two wings: what knows the network, and what knows the terminal. `app` introduces them.
WIRE = {"api", "api.http", "api.failures"}
SCREEN = {"input", "output", "render", "terminal"}


@cache
def modules() -> list[str]:
    paths = [path.relative_to(ROOT).with_suffix("") for path in ROOT.rglob("*.py")]
    return sorted(".".join(path.parts) for path in paths if path.parts != ("__init__",))


def room_of(name: str) -> str:
    """Return the room of a module; raises KeyError where it stands in none."""
    parts = name.removesuffix(".__init__").split(".")
    names = (".".join(parts[:size]) for size in range(len(parts), 0, -1))
    found = next((name for name in names if name in FLOOR_OF), None)
    if found is None:
        raise KeyError(name)
    return found


@cache
def source_of(name: str) -> str:
    return ROOT.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")


@cache
def imports(name: str) -> frozenset[str]:
    """Return the modules of ours that *name* imports, wherever in its text."""
    found = set()
    for node in ast.walk(ast.parse(source_of(name))):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    ours = {module.removeprefix("chatcli.") for module in found if module.startswith("chatcli.")}
    known = set(modules())
    return frozenset(
        {module for module in ours if module in known}
        | {f"{module}.__init__" for module in ours if f"{module}.__init__" in known and module not in FLOOR_OF}
    )


def test_every_module_stands_in_a_room_and_every_room_has_one() -> None:
    assert {room_of(name) for name in modules()} == set(ROOMS)


def test_imports_come_from_floors_below() -> None:
    """Within one room a module may lean on its neighbour; across rooms only on what lies deeper."""
    wrong = [
        (name, other)
        for name in modules()
        for other in imports(name)
        if FLOOR_OF[room_of(other)] >= FLOOR_OF[room_of(name)] and room_of(other) != room_of(name)
    ]

    assert wrong == []


def test_wings_never_meet_below_the_application() -> None:
    met = {
        name: {room_of(other) for other in imports(name)} | {room_of(name)}
        for name in modules()
        if FLOOR_OF[room_of(name)] < FLOOR_OF["app"]
    }

    assert {name: rooms for name, rooms in met.items() if rooms & WIRE and rooms & SCREEN} == {}


def test_no_module_waits_for_itself() -> None:
    """Rooms may lean on neighbours, so circles are looked for by walking."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for other in imports(name):
                walk(other, (*path, name))
            done.add(name)

    for name in modules():
        walk(name, ())


def test_nothing_inside_imports_the_package_root() -> None:
    """`import chatcli` and `from chatcli import x` make every module depend on the whole."""
    root = re.compile(r"^\s*(?:import chatcli(?!\.)|from chatcli import)", re.MULTILINE)

    assert [name for name in modules() if root.search(source_of(name))] == []


def test_no_code_asks_for_a_provider_by_name() -> None:
    """What differs between endpoints is data in a row."""
    asked = re.compile(r"(?:provider|row)\.name ==")

    assert [name for name in modules() if asked.search(source_of(name))] == []


def test_the_printed_plan_is_the_one_in_force() -> None:
    printed = ROOT.parent / "docs" / "architecture.md"

    assert printed.read_text(encoding="utf-8") == document()
