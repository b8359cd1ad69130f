"""The plan of the house: rooms on floors, importing downwards only. `docs/architecture.md` is printed from ROOMS."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "chatcli"

# From the top floor down: each room may import from those below it and from nowhere else. A name is a package, or a
# module at the top; the longest match counts. The law is what the room does, and what it does not.
ROOMS = {
    "__main__": "starts the program: signals at rest, then `cli`",
    "cli": "the command line: words in, exit code out; the only place where an error ends the program",
    "repl": "the loop at the terminal: read, command or turn, show; an error never ends it",
    "app": "builds what a run needs from the settings; the only room that imports both `api` and the terminal side",
    "guide": "the offline model that answers from the help; opens no connection",
    "help": "help topics, and the tables that are made from code",
    "commands": "slash commands: context in, outcome out; never print",
    "api": "Chat Completions: requests out, events in; knows no terminal, no store and no settings",
    "api.failures": "what a server or the network said instead of an answer, as one error",
    "api.http": "the one place that opens connections: timeouts, TLS, proxies, server-sent events",
    "store": "chats in SQLite: never trusted to be whole, never the only copy",
    "formats": "stored chats as documents, and documents of other programs as chats",
    "input": "reads one message: line editor, keys, paste, prompt history, completion, pickers",
    "output": "where an answer goes as it comes: plain text, a terminal, JSON lines",
    "render": "events and Markdown drawn on a terminal, each row written once",
    "terminal": "the device: its line discipline, key sequences, cell widths, clipboard and editor",
    "usage": "tokens counted and reported, logit bias by word, and what tokens cost",
    "providers": "what is known of each provider and model: data, and what reads it",
    "request": "what goes into a request: parameters, attachments, schemas, templates; pure",
    "conversation": "messages, replies, the tree of a chat, its window, and the way of a turn",
    "markdown": "Markdown parsed: blocks line by line for a stream, inline text by rules on markdown-it; pure",
    "settings": "what the user set, where, and who may set it; keys and the host each belongs to",
    "files": "our own directories and private files",
    "process": "signals, standard streams and the environment of this process",
    "flags": "the table of flags",
    "errors": "the tree of errors and the exit codes",
    "text": "sanitising, redaction, Unicode repair, numbers in words; pure",
    "records": "frozen and mutable data classes, cheap to import",
}
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


@pytest.mark.parametrize("name", modules())
def test_every_module_stands_in_a_room_on_a_floor(name: str) -> None:
    assert room_of(name) in ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_exists(room: str) -> None:
    assert [name for name in modules() if room_of(name) == room]


@pytest.mark.parametrize("name", modules())
def test_imports_come_from_floors_below(name: str) -> None:
    """Within one room a module may lean on its neighbour; across rooms only on what lies deeper."""
    own = room_of(name)

    wrong = {other for other in imports(name) if FLOOR_OF[room_of(other)] >= FLOOR_OF[own] and room_of(other) != own}

    assert not wrong


@pytest.mark.parametrize("name", modules())
def test_wings_never_meet_below_the_application(name: str) -> None:
    if FLOOR_OF[room_of(name)] >= FLOOR_OF["app"]:
        return
    met = {room_of(other) for other in imports(name)} | {room_of(name)}

    assert not (met & WIRE and met & SCREEN)


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


@pytest.mark.parametrize("name", modules())
def test_nothing_inside_imports_the_package_root(name: str) -> None:
    roots = [
        node
        for node in ast.walk(ast.parse(source_of(name)))
        if (isinstance(node, ast.Import) and any(alias.name == "chatcli" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "chatcli" and not node.names)
    ]

    assert not roots


@pytest.mark.parametrize("name", modules())
def test_no_code_asks_for_a_provider_by_name(name: str) -> None:
    """What differs between endpoints is data in a row."""
    assert "provider.name ==" not in source_of(name)
    assert "row.name ==" not in source_of(name)
