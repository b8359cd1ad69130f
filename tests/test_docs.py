"""README and manual say what the code does: the manual is made from it, and every command line is understood."""

import json
import re
import shlex
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer

from chatcli.cli.arguments import prepare
from chatcli.cli.parser import build_parser
from chatcli.cli.table import COMMANDS
from chatcli.commands import load_all
from chatcli.commands.table import find_command
from chatcli.flags import FLAGS
from chatcli.providers.table import PROVIDERS
from tests.support.screen import Screen
from tests.tooling.film import drawn, filmed
from tests.tooling.pictures import DARK
from tests.tooling.tables import SHARED, TOPICS, generated

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
PAGES = {
    path: path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
}
BLOCKS = [block for page in PAGES.values() for block in re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)]
LINES = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
COMMAND_LINES = [part.strip() for line in LINES for part in line.split("|") if part.strip().startswith("chat ")]
GENERATED = generated()
LINKS = [(path, link) for path, page in PAGES.items() for link in re.findall(r"\]\(([^)#:]+)\)", page)]


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_the_manual_is_that_of_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path]


def test_no_page_of_the_manual_is_left_over() -> None:
    assert set(TOPICS.glob("*.md")) <= GENERATED.keys()


@pytest.mark.parametrize("line", sorted(set(COMMAND_LINES)))
def test_command_lines_are_understood(line: str) -> None:
    """The parser takes them; what they would do is not done."""
    words = shlex.split(line.partition(">")[0])[1:]
    parser: Any = typer.main.get_command(build_parser(words))
    context = parser.make_context(
        "chat", prepare(words, commands={command.name for command in COMMANDS}), resilient_parsing=True
    )
    while rest := [*getattr(context, "_protected_args", ()), *context.args]:  # what the command within it is to parse
        if not hasattr(parser, "resolve_command"):
            break
        name, parser, rest = parser.resolve_command(context, rest)
        context = parser.make_context(name, rest, parent=context, resilient_parsing=True)

    assert not [word for word in context.args if word.startswith("-")]


def test_there_are_commands_to_understand() -> None:
    assert len(set(COMMAND_LINES)) > 25


def test_the_readme_gives_the_two_commands() -> None:
    assert "\n<!-- run -->\n```\npython3 -m venv .venv && " in README
    assert "\n<!-- test -->\n```\npython3 -m venv .venv && " in README


def test_every_dependency_is_explained() -> None:
    """With the licence that the installed package itself names, where it is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *(line for name in extras if name not in ("release", "test") for line in extras[name]),
    ]
    page = PAGES[ROOT / "docs" / "dependencies.md"]
    told = {found[1]: found[2] for found in re.finditer(r"^\| `([\w-]+)` \| ([\w., -]+) \|", page, re.MULTILINE)}

    assert told.keys() == {re.split(r"[^\w-]", line)[0] for line in wanted}
    for name, licence in told.items():
        installed = licence_of(name)
        assert not installed or licence.partition("-")[0] in installed, name


def test_the_size_of_every_library_is_that_of_its_files() -> None:
    page = PAGES[ROOT / "docs" / "dependencies.md"]
    told = {
        found[1]: float(found[2]) for found in re.finditer(r"^\| `([\w-]+)` \|.*\| ([\d.]+) MB \|", page, re.MULTILINE)
    }
    sizes = {name: sum(path.stat().st_size for path in files_of(name)) / 1e6 for name in told}

    assert len(told) > 10
    assert {name: sizes[name] for name in told if abs(sizes[name] - told[name]) > 0.06 + told[name] / 4} == {}


def files_of(name: str) -> list[Path]:
    """Return the files of an installed library, without bytecode."""
    paths = [Path(file.locate()) for file in metadata.files(name) or () if file.suffix != ".pyc"]
    return [path for path in paths if path.is_file()]


def licence_of(name: str) -> str:
    """Return what the installed package says of its licence, empty where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    fields = ("License-Expression", "License", "Classifier")
    return " ".join(value for field in fields for value in about.get_all(field, []))


def test_every_topic_is_linked_from_the_readme() -> None:
    linked = {ROOT / link for path, link in LINKS if path == ROOT / "README.md"}

    assert {path for path in GENERATED if SHARED not in path.parents} <= linked


@pytest.mark.parametrize(("page", "link"), LINKS, ids=lambda value: getattr(value, "stem", value))
def test_what_a_page_links_to_exists(page: Path, link: str) -> None:
    assert (page.parent / link).exists()


def test_what_the_table_of_the_api_names_exists() -> None:
    table = PAGES[ROOT / "docs" / "api.md"]
    load_all()
    quoted = re.findall(r"`([^`]+)`", table)
    words = {word for text in quoted for word in text.split()}

    slashed = {word for word in words if re.fullmatch(r"/[a-z]+", word)}
    flags = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    known = {name for flag in FLAGS.values() for name in flag.names}
    assert len(slashed) > 15
    assert len(flags) > 15
    assert not [word for word in slashed if find_command(word[1:]) is None]
    assert flags <= known


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=lambda path: path.stem)
def test_no_text_of_a_picture_is_stretched_by_spaces_that_browsers_drop(picture: Path) -> None:
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text(encoding="utf-8"))

    assert len(texts) > 20
    assert [text for text in texts if text != " ".join(text.split())] == []


def test_the_readme_counts_the_providers_rightly() -> None:
    told = README.partition("Chat Completions protocol to ")[2].partition(" more, and to ")[0]
    named, _, more = told.rpartition(" and ")
    hosted = [row for row in PROVIDERS.values() if not row.local]

    assert len(named.split(",")) + int(more) == len(hosted)


def test_the_recording_plays_a_whole_conversation() -> None:
    """It is an asciicast of version 2: a header, then times that never go back, with what the terminal was sent."""
    head, *events = map(json.loads, (ROOT / "docs" / "chat.cast").read_text(encoding="utf-8").splitlines())
    screen = Screen(head["width"], head["height"], answer=lambda _data: None)
    for _, kind, text in events:
        assert kind == "o"
        screen.feed(text.encode())

    times = [at_s for at_s, _, _ in events]
    assert head["version"] == 2
    assert times == sorted(times)
    assert times[-1] < 60
    shown = "\n".join(screen.history)
    assert [word for word in ("Counter", "/btw", "pip install jieba", "Resume: chat -r") if word not in shown] == []


def test_the_film_in_the_readme_is_that_of_the_recording() -> None:
    cast = (ROOT / "docs" / "chat.cast").read_text(encoding="utf-8")
    film = (ROOT / "docs" / "chat-film-dark.svg").read_text(encoding="utf-8")

    assert film == drawn(filmed(cast, DARK), DARK)
