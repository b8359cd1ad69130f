"""Modules import from floors below their own and from nowhere else: so no circle can form."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "chatcli"

# A name stands for the module, and for everything in it where it is a package. The longest match counts.
# fmt: off
FLOORS = {
    0: ["core.patterns", "core.values", "core.wording"],
    1: ["errors", "core.calibration", "core.messages", "core.models", "core.blocks", "core.lines", "core.safe",
        "core.surrogates", "core.hosts", "core.pictures", "core.redact", "core.thinking",
        "core.tree", "api.sse"],
    2: ["process", "clipboard", "core", "settings", "api.provider", "api.providers", "api.waits",
        "api.retry", "api.pacing", "api.tokens", "api.catalogue", "api.encodings", "api.image_tokens",
        "api.tool_tokens", "api.fields", "api.bodies", "api.wordings", "api.compression",
        "topics", "ports"],
    3: ["session", "flags", "api", "store", "pages"],
    4: ["commands", "memory", "condensing", "truncating", "templates", "arguments", "api.breakage", "api.exchange",
        "api.client",
        "api.discovery", "api.guide", "api.bridge", "tools"],
    5: ["repl", "batch", "manual", "api.assembly"],
    6: ["app"],
    7: ["runs"],
    8: ["start"],
    9: ["doors"],
    10: ["parser"],
    11: ["cli"],
    12: ["__main__"],
}
# fmt: on
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}
WINGS = {
    "api": {"ui", "session", "store"},
    "store": {"api", "ui", "session"},
    "ui": {"api", "session", "store"},
    "core": {"api", "ui", "settings"},
}


@cache
def modules() -> list[str]:
    paths = [path.relative_to(ROOT).with_suffix("") for path in ROOT.rglob("*.py")]
    return sorted(".".join(path.parts) for path in paths if path.name != "__init__" or path.parent != Path())


def floor(name: str) -> int | None:
    parts = name.split(".")
    names = (".".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((FLOOR_OF[name] for name in names if name in FLOOR_OF), None)


def imports(name: str) -> set[str]:
    """Return the modules of ours that *name* imports, wherever in its text."""
    path = ROOT.joinpath(*name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    known = set(modules())
    ours = {module.removeprefix("chatcli.") for module in found if module.startswith("chatcli.")}
    return {module for module in ours if module in known and not is_package(module)}


def is_package(name: str) -> bool:
    return ROOT.joinpath(*name.split(".")).is_dir()


@pytest.mark.parametrize("name", [name for name in modules() if not name.endswith("__init__")])
def test_every_module_stands_on_a_floor(name: str) -> None:
    assert floor(name) is not None or name.split(".")[0] == "ui"


@pytest.mark.parametrize("name", modules())
def test_imports_come_from_floors_below(name: str) -> None:
    """Within one room a module may lean on its neighbour; across rooms only on what lies deeper."""
    own, room = floor(name), name.split(".")[0]

    wrong = [
        other
        for other in imports(name)
        if own is not None and (below := floor(other)) is not None and below >= own and room != other.split(".")[0]
    ]

    assert not wrong


@pytest.mark.parametrize("name", modules())
def test_wings_never_meet(name: str) -> None:
    room = name.split(".")[0]

    met = {other for other in imports(name) if other.split(".")[0] in WINGS.get(room, set())}

    assert not met


def test_no_module_waits_for_itself() -> None:
    """Rooms may lean on neighbours, so circles are looked for by walking."""
    graph = {name: imports(name) for name in modules()}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for other in graph.get(name, ()):
                walk(other, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("name", modules())
def test_nothing_inside_imports_the_package_root(name: str) -> None:
    path = ROOT.joinpath(*name.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")

    roots = [
        node
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Import) and any(alias.name == "chatcli" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "chatcli" and not node.names)
    ]

    assert not roots


@pytest.mark.parametrize("name", modules())
def test_no_code_asks_for_a_provider_by_name(name: str) -> None:
    """What differs between endpoints is data in a row."""
    path = ROOT.joinpath(*name.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")

    assert "provider.name ==" not in source
    assert "row.name ==" not in source
