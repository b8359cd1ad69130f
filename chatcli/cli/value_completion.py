"""Completes values on the command line of a shell: what is stored, configured or known, without any request.

A file that cannot be used completes nothing: a shell shows no message in the middle of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from chatcli.cli.run import Run
from chatcli.errors import ChatError
from chatcli.files.own import may_exist
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from chatcli.text.phrases import one_line
from chatcli.text.sanitizer import sanitize

Values: TypeAlias = Iterable[tuple[str, str]]  # with what a shell may show beside each
Completer: TypeAlias = Callable[[str], list[tuple[str, str]]]

_MOST_CHATS = 100


def completer_for(placeholder: str, name: str, choices: Iterable[str] = ()) -> Completer | None:
    """Return what completes the values of the parameter *name*, shown as *placeholder*; None if anything may follow."""
    if choices:
        return _matching(lambda _run: [(choice, "") for choice in choices])
    kind = placeholder.strip("[].")
    find = _BY_NAME.get(name) or _BY_PLACEHOLDER.get(kind)
    return _matching(find) if find else None


def _matching(find: Callable[[Run], Values]) -> Completer:
    def complete(incomplete: str) -> list[tuple[str, str]]:
        run = Run.of(Environment.here(), Flags(), lambda _question: False)
        try:
            found = list(find(run))
        except ChatError:
            return []
        # A word with a space would have to be quoted, which each shell does in its own way.
        return [
            (value, one_line(sanitize(about)))
            for value, about in found
            if value.startswith(incomplete) and value.isprintable() and " " not in value
        ]

    return complete


def _models(run: Run) -> Values:
    from chatcli.app.model_directory import listed_models

    settings = run.config.settings
    providers = [settings.defaults.provider, *settings.providers]
    for provider in dict.fromkeys(filter(None, providers)):
        yield from ((info.name, provider) for info in listed_models(run.config, provider))
    yield from ((name, "") for name in settings.models)


def _providers(run: Run) -> Values:
    from chatcli.providers.table import PROVIDERS

    yield from ((name, "from the settings") for name in run.config.settings.providers)
    yield from ((name, "") for name in PROVIDERS)


def _templates(run: Run) -> Values:
    from chatcli.app.templates import describe_templates

    return ((name, about) for name, _, about in describe_templates(run.config.settings))


def _chats(run: Run) -> Values:
    from chatcli.cli.sessions import library_of

    if not may_exist(run.config.sources.dirs.history):
        return []
    with library_of(run) as library:
        return [(entry.id, entry.title) for entry in library.entries(most=_MOST_CHATS)]


def _topics(_run: Run) -> Values:
    from chatcli.help.tables import all_topics

    return ((topic.name, topic.title) for topic in all_topics())


_BY_NAME: Mapping[str, Callable[[Run], Values]] = {
    "model": _models,
    "provider": _providers,
    "template": _templates,
}
_BY_PLACEHOLDER: Mapping[str, Callable[[Run], Values]] = {
    "CHAT": _chats,
    "PROVIDER": _providers,
    "TEMPLATE": _templates,
    "TOPIC": _topics,
}
