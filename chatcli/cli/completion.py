"""Answers the shell's Tab with commands and values, before the parser is imported; flags are left to it.

What the shells call, and how they read the answer, is fixed by the scripts of `chat --install-completion`. Nothing is
asked of the network: models are those listed last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from chatcli.cli.table import COMMANDS
from chatcli.errors import ChatError
from chatcli.files.own import app_dirs, may_exist
from chatcli.flags import FLAGS, Flags
from chatcli.language import _
from chatcli.process.environment import Environment
from chatcli.records import frozen, replace
from chatcli.text.patterns import pattern
from chatcli.text.phrases import one_line
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    from chatcli.app.configuration import Configuration

Value: TypeAlias = tuple[str, str]  # with what the shell may say of it

# The shells that are known, each with the file that it reads at every start.
START_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}

_MOST_CHATS = 50
_BARE = pattern(r"[\w.-]+")


@frozen
class TabPlace:
    """Where the cursor stands: behind *words*, on a word that begins with *begun*."""

    words: tuple[str, ...]
    begun: str


Source: TypeAlias = Callable[[Environment, TabPlace], Iterable[Value]]


def complete(shell: str, environment: Environment) -> str | None:
    """Return what *shell* reads, None if the word is neither a command nor a value that is known here."""
    form = _FORMS.get(shell)
    if form is None:
        return None
    place = _place(shell, environment.environ)
    if commands := _fitting(_commands(place), place):
        return form(commands, place)
    source = _source(place)
    if source is None:
        return None
    try:
        found = _fitting(source(environment, place), place)
    except ChatError:
        found = []  # completion never shows errors
    return form(found, place)


def _fitting(values: Iterable[Value], place: TabPlace) -> list[Value]:
    known = ((value, one_line(sanitize(told))) for value, told in values)
    return [(value, told) for value, told in known if value.startswith(place.begun) and _is_one(value)]


def _is_one(value: str) -> bool:
    """Return whether *value* is one word for every shell; another would have to be quoted, in each one's own way."""
    return value.isprintable() and " " not in value


def _place(shell: str, environ: Mapping[str, str]) -> TabPlace:
    if shell == "bash":
        words = environ.get("COMP_WORDS", "").split("\n" if "\n" in environ.get("COMP_WORDS", "") else None)
        count = environ.get("COMP_CWORD", "")
        end = int(count) if count.isdigit() else len(words)
        before, begun = words[1:end], words[end] if end < len(words) else ""
        return _joined(before, begun)
    line = environ.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(line)[1:]
    is_open = bool(words) and not line.endswith(" ")
    return TabPlace(tuple(words[:-1] if is_open else words), words[-1] if is_open else "")


def _joined(before: Sequence[str], begun: str) -> TabPlace:
    """Join what bash splits at colons and equals signs: `llama3 : la` is one word."""
    words = list(before)
    if begun in (":", "="):
        words, begun = words[:-1], (words[-1:] or [""])[0] + begun
    elif len(words) > 1 and words[-1] in (":", "="):
        *words, name, sign = words
        begun = f"{name}{sign}{begun}"
    return TabPlace(tuple(words), begun)


def _split(line: str) -> list[str]:
    import shlex  # bash splits for itself

    try:
        return shlex.split(line)
    except ValueError:  # a quote that is still open
        return line.split()


def _commands(place: TabPlace) -> Iterable[Value]:
    """Return the commands that can stand at *place*."""
    if (place.words and place.words[-1] in _BY_NAME) or "--" in place.words or place.begun.startswith("-"):
        return []
    group = " ".join(_plain(place.words))
    return [(command.name, _(command.help)) for command in COMMANDS if command.group == group]


def _source(place: TabPlace) -> Source | None:
    """Return what knows the values at *place*."""
    words = place.words
    if words and (flag := _BY_NAME.get(words[-1])):
        if choices := FLAGS[flag].choices:
            return lambda _environment, _place: [(choice, "") for choice in choices]
        return _OF_FLAGS.get(flag)
    return None if place.begun.startswith("-") else _OF_COMMANDS.get(_plain(words))


def _plain(words: Sequence[str]) -> tuple[str, ...]:
    """Return *words* without flags and their values."""
    return tuple(word for at, word in enumerate(words) if not word.startswith("-") and not _is_value(words, at))


def _is_value(words: Sequence[str], at: int) -> bool:
    flag = _BY_NAME.get(words[at - 1]) if at else None
    return flag is not None and FLAGS[flag].type is not bool


def _flags(place: TabPlace) -> Flags:
    """Return the flags in *place* that decide which values there are."""
    after = dict(zip(place.words, place.words[1:], strict=False))
    given = next((after[name] for name in FLAGS["provider"].names if name in after), None)
    return replace(Flags(), provider=given)


def _configured(values: Callable[[Configuration], Iterable[Value]]) -> Source:
    """Return the source of *values* that depend on the settings, whose modules take a third of the time of a Tab."""

    def source(environment: Environment, place: TabPlace) -> Iterable[Value]:
        from chatcli.app.configuration import Configuration
        from chatcli.app.user_files import UserFiles

        files = UserFiles(environment.directory, environment.environ)
        return values(Configuration(environment, _flags(place), files))

    return source


def _models(config: Configuration) -> Iterable[Value]:
    from chatcli.app.model_directory import names_by_provider

    own, listed = config.provider(), names_by_provider(config)
    yield from ((name, own) for name in listed.pop(own, ()))
    yield from ((name, _("yours")) for name in config.settings.models)
    if not config.flags.provider:
        yield from ((f"{provider}/{name}", "") for provider, names in listed.items() for name in names)


def _providers(config: Configuration) -> Iterable[Value]:
    from chatcli.providers.table import PROVIDERS

    own = config.settings.providers
    return [*((name, _("yours")) for name in own), *((row.name, _(row.title)) for row in PROVIDERS.values())]


def _keys(config: Configuration) -> Iterable[Value]:
    return [*_providers(config), *((f"mcp:{name}", told) for name, told in _addresses(config.environment.environ))]


def _servers(environment: Environment, _place: TabPlace) -> Iterable[Value]:
    return _addresses(environment.environ)


def _addresses(environ: Mapping[str, str]) -> Iterable[Value]:
    """Return the MCP servers that have an address; programs have neither keys nor sign-ins."""
    path = app_dirs(environ).config / "mcp.json"
    if not may_exist(path):
        return []
    from chatcli.tools.mcp.servers import read_servers

    servers = read_servers(path, environ).servers
    return [(name, server.url) for name, server in servers.items() if server.url]


def _templates(config: Configuration) -> Iterable[Value]:
    from chatcli.app.templates import describe_templates

    return [(name, _(told)) for name, _own, told in describe_templates(config.settings)]


def _chats(environment: Environment, _place: TabPlace) -> Iterable[Value]:
    history = app_dirs(environment.environ).history
    if not may_exist(history):
        return []
    from chatcli.store.database import Database
    from chatcli.store.leases import Owner
    from chatcli.store.library import Library

    database = Database(history, notify=lambda _sentence: None)
    try:
        return [(entry.short_id, entry.title) for entry in Library(database, Owner.here()).entries(most=_MOST_CHATS)]
    finally:
        database.close()


def _settings(config: Configuration) -> Iterable[Value]:
    from chatcli.settings.definition import NAMED, SETTINGS

    settings = config.settings
    for setting in SETTINGS:
        section, *_name, key = setting.name
        names = (
            [f"{name}." for name in getattr(settings, section) if _BARE.fullmatch(name)] if section in NAMED else [""]
        )
        yield from ((f"{section}.{name}{key}", _(setting.about.help)) for name in names)


def _topics(_environment: Environment, _place: TabPlace) -> Iterable[Value]:
    from chatcli.help.topics import NAMES

    return [(name, "") for name in NAMES]


def _shells(_environment: Environment, _place: TabPlace) -> Iterable[Value]:
    return [(name, "") for name in START_FILES]


def _for_bash(values: Iterable[Value], place: TabPlace) -> str:
    """Return the values, without what bash takes for words of its own before the last colon or equals sign."""
    known = max(place.begun.rfind(":"), place.begun.rfind("=")) + 1
    return "\n".join(value[known:] for value, _told in values)


def _for_zsh(values: Iterable[Value], _place: TabPlace) -> str:
    def escape(text: str) -> str:
        for sign, escaped in (('"', '""'), ("'", "''"), ("$", "\\$"), ("`", "\\`"), (":", "\\\\:")):
            text = text.replace(sign, escaped)
        return text

    rows = [f'"{escape(value)}"' + (f':"{escape(told)}"' if told else "") for value, told in values]
    return "_arguments '*: :((" + "\n".join(rows) + "))'" if rows else ""


def _for_fish(values: Iterable[Value], _place: TabPlace) -> str:
    return "\n".join(f"{value}\t{told}" if told else value for value, told in values)


_FORMS = {"bash": _for_bash, "zsh": _for_zsh, "fish": _for_fish}
_BY_NAME = {name: flag for flag, known in FLAGS.items() for name in known.names if known.type is not bool}
_OF_FLAGS: Mapping[str, Source] = {
    "model": _configured(_models),
    "provider": _configured(_providers),
    "resume": _chats,
    "template": _configured(_templates),
}
_OF_COMMANDS: Mapping[tuple[str, ...], Source] = {
    **dict.fromkeys((("config", name) for name in ("get", "set", "unset")), _configured(_settings)),
    **dict.fromkeys((("sessions", name) for name in ("show", "export", "rename", "delete")), _chats),
    **dict.fromkeys((("keys", name) for name in ("set", "remove")), _configured(_keys)),
    **dict.fromkeys((("tools", name) for name in ("login", "logout")), _servers),
    ("connect",): _configured(_providers),
    ("templates", "show"): _configured(_templates),
    ("help",): _topics,
    ("shell-init",): _shells,
}
