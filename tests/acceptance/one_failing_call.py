"""What must hold when one system call of a command fails, and the commands it must hold for.

Laws: the program ends with an exit code that is documented and without a traceback or the confession of a bug; what was
stored before is neither lost nor moved aside as damaged; what a good end promises is done; and no half file stays.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from chatcli.conversation.messages import text_message
from chatcli.conversation.tree import ChatState, Tree
from chatcli.store.database import Database
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from tests.support.failing_calls import ERRORS, Call, FailingCalls
from tests.support.program import Ran

CODES = {0, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13}
KEYS = Path(".config/chatcli/keys.json")
HISTORY = Path(".local/share/chatcli/history.db")
EXPORTED = Path("out.json")
RIVER, LAKE = ("Name one river", "The Rhine"), ("Name one lake", "The Aral Sea")
OLD_KEY, NEW_KEY = "sk-old-0123456789", "sk-new-0123456789"
_SETTINGS = """
[providers.near]
base_url = "{url}"
[providers.far]
base_url = "https://far.test.invalid/v1"
"""
_ASK = ("ask", "hi", "-p", "near", "-m", "m")


class Scene(NamedTuple):
    """A command, and whether it has done what it should; *stdin* is what it reads, *loses* the chat it may take."""

    arguments: tuple[str, ...]
    is_done: Callable[[Path, Ran], bool]
    stdin: bytes | None = None
    loses: tuple[str, ...] = ()


SCENES: Mapping[str, Scene] = {
    "ask": Scene(_ASK, lambda home, ran: "Paris" in ran.stdout and ("hi", "Paris") in chats(home).values()),
    "ask -c": Scene(
        (*_ASK, "-c"), lambda home, ran: "Paris" in ran.stdout and (*LAKE, "hi", "Paris") in chats(home).values()
    ),
    "keys set": Scene(("keys", "set", "far"), lambda home, _: keys(home) == {NEW_KEY}, NEW_KEY.encode()),
    "rename": Scene(("sessions", "rename", RIVER[0], "Rivers"), lambda home, _: chats(home).get("Rivers") == RIVER),
    "delete": Scene(
        ("sessions", "delete", "--yes", RIVER[0]), lambda home, _: RIVER not in chats(home).values(), loses=RIVER
    ),
    "import": Scene(("sessions", "import", "other.json"), lambda home, _: ("A", "B") in chats(home).values()),
    "export": Scene(
        ("sessions", "export", "--all", "--format", "json", "--out", str(EXPORTED)),
        lambda home, _: len(json.loads((home / EXPORTED).read_bytes())) == 2,
    ),
}


def furnish(home: Path, url: str) -> None:
    """Put two chats, a saved key, settings and something to import into *home*."""
    for folder in (KEYS.parent, HISTORY.parent, Path(".local/state/chatcli")):
        (home / folder).mkdir(mode=0o700, parents=True)
    (home / KEYS.parent / "config.toml").write_text(_SETTINGS.format(url=url))
    record = {"origin": "https://far.test.invalid", "key": OLD_KEY}
    (home / KEYS).write_text(json.dumps({"version": 1, "records": {"far": record}}))
    (home / KEYS).chmod(0o600)
    (home / "other.json").write_text(
        json.dumps([{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}])
    )
    database = Database(home / HISTORY)
    for number, texts in enumerate((RIVER, LAKE)):
        tree = Tree()
        for text, role in zip(texts, ("user", "assistant"), strict=True):
            tree.head = tree.add(text_message(role, text), parent=tree.head).id  # type: ignore[arg-type]
        Library(database, Owner.here()).add(tree, ChatState(tree.head, "m"), title=texts[0], created_s=1.7e9 + number)
    database.close()


def chats(home: Path, said: list[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the texts of each stored chat by its title; *said* is what there was to say of the file."""
    database = Database(home / HISTORY, notify=(said if said is not None else []).append)
    library = Library(database, Owner.here())
    found = {}
    for entry in library.entries():
        opened = library.read(entry)
        found[entry.title] = tuple(node.message.text for node in opened.tree.path(opened.tree.head))
    database.close()
    return found


def keys(home: Path) -> set[str]:
    """Return the saved keys."""
    return {record["key"] for record in json.loads((home / KEYS).read_bytes())["records"].values()}


def complaints(scene: Scene, home: Path, call: Call, ran: Ran) -> Iterator[str]:
    """Say what does not hold after a run of *scene* in *home* in which *call* failed."""
    if ran.exit_code not in CODES:
        yield f"it ended with {ran.exit_code}"
    if "Traceback" in ran.stderr or "bug" in ran.stderr:
        yield "it speaks of a bug"
    said: list[str] = []
    stored = chats(home, said)
    yield from said
    for texts in (RIVER, LAKE):
        if texts != scene.loses and not any(found[: len(texts)] == texts for found in stored.values()):
            yield f"{texts[0]!r} is lost: {stored}"
    if not keys(home) <= {OLD_KEY, NEW_KEY} or not keys(home):
        yield "the key is lost"
    if ran.exit_code == 0 and not scene.is_done(home, ran):
        yield "it is not done"
    yield from _leftovers(home, call)


_KNOWN = {KEYS.name, HISTORY.name, EXPORTED.name, "config.toml", "other.json", "gauges.json", "lessons.json"}


def _leftovers(home: Path, call: Call) -> Iterator[str]:
    names = {path.name for path in home.rglob("*") if path.is_file()} - _KNOWN
    if names and call.kind != "unlink":
        yield f"left behind: {sorted(names)}"
    if (home / EXPORTED).exists():
        try:
            json.loads((home / EXPORTED).read_bytes())
        except ValueError:
            yield "half an export stays"


def failures(
    failing: FailingCalls, folder: Path, url: str, name: str, *, most: int | None = None
) -> Iterator[tuple[str, Ran]]:
    """Let calls of a command fail, one a run; yield what was wrong, empty where nothing was, with what the run left.

    *most* None is for every call and every error that fits it; else about so many calls fail, and each in one way.
    """
    scene, template = SCENES[name], folder / "template"
    shutil.rmtree(template, ignore_errors=True)
    furnish(template, url)
    recorded = failing.calls(*scene.arguments, home=_fresh(template), stdin=scene.stdin)
    for at, call in list(enumerate(recorded, 1))[:: len(recorded) // most if most else 1]:
        errors = ERRORS[call.kind]
        for error in [errors[at % len(errors)]] if most else errors:
            home = _fresh(template)
            ran = failing.run(*scene.arguments, home=home, stdin=scene.stdin, at=at, error=error)
            wrong = "; ".join(complaints(scene, home, call, ran))
            yield wrong and f"{name}, call {at} ({call.kind} {call.what}), error {error}: {wrong}", ran


def _fresh(template: Path) -> Path:
    home = template.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home)
    return home
