"""What the command line can do: one function a command, filed in a table from which the parser is built.

Each function gets the flags by its context, and imports what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from chatcli.cli.start import app_for, print_version, start
from chatcli.errors import UsageError
from chatcli.flags import FlagScope
from chatcli.process import environment, streams
from chatcli.records import frozen

if TYPE_CHECKING:
    from chatcli.app.app import App

Run: TypeAlias = Callable[..., None]


@frozen
class Door:
    """One command: its name, the group it belongs to (empty for none), which flags it takes, and what it does.

    *is_group* marks what a group does when it is called without a command of its own.
    """

    name: str
    group: str
    flags: tuple[FlagScope, ...]
    run: Run
    is_group: bool = False


_doors: list[Door] = []


def door(*flags: FlagScope, name: str = "", group: str = "", is_group: bool = False) -> Callable[[Run], Run]:
    """File the decorated function as a command, under its own name unless another is given."""

    def file(run: Run) -> Run:
        _doors.append(Door(name or run.__name__, group, flags, run, is_group))
        return run

    return file


def doors() -> list[Door]:
    """Return all commands in the order in which help lists them."""
    return list(_doors)


def app_of(ctx: typer.Context) -> App:
    """Return the application for the flags of *ctx*."""
    return app_for(ctx.obj)


def _version(is_wanted: bool) -> None:
    if is_wanted:
        print_version()
        raise typer.Exit


def root(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Talk to a language model in the terminal."""
    if ctx.invoked_subcommand is not None:
        return
    start(app_of(ctx))


Words = Annotated[list[str] | None, typer.Argument(metavar="[PROMPT]...", help="The question; - stands for stdin.")]


@door("ask")
def ask(ctx: typer.Context, words: Words = None) -> None:
    """Ask one question and print the answer."""
    from chatcli.cli.ask import ask as run

    run(app_of(ctx), words or ())


@door("models")
def models(
    ctx: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="[FILTER]", help="A part of the names to list.")] = "",
    fresh: Annotated[bool, typer.Option("--refresh", help="Ask the endpoint anew; a list is good for a day.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the models: windows, prices, abilities."""
    from chatcli.cli.manage import models as run

    run(app_of(ctx), wanted, fresh=fresh, as_json=as_json)


@door()
def connect(
    ctx: typer.Context,
    provider: Annotated[str, typer.Argument(metavar="[PROVIDER]", help="A known provider, or an address.")] = "",
) -> None:
    """Set up a model in a few questions."""
    app = app_of(ctx)
    if not streams.is_terminal(app.environment.stdin):
        raise UsageError("connecting needs a terminal to ask at", hint="`chat config init` writes a file to fill in")
    from chatcli.cli.connect import connect as run
    from chatcli.input.interview import Interview

    run(app, provider, Interview(app.environment.stdin, app.environment.stdout))


@door()
def trust(ctx: typer.Context) -> None:
    """Accept the project file .chat.toml of this directory."""
    from chatcli.cli.manage import trust_directory

    trust_directory(app_of(ctx))


@door("models")
def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    fixes: Annotated[bool, typer.Option("--fix", help="Close our files to everybody else first.")] = False,
) -> None:
    """Look for what may be wrong, with the remedy."""
    from chatcli.cli.doctor import doctor as run

    raise typer.Exit(run(app_of(ctx), as_json=as_json, fixes=fixes))


@door(name="help")
def help_(
    ctx: typer.Context, topic: Annotated[str, typer.Argument(metavar="[TOPIC]", help="What to read about.")] = ""
) -> None:
    """Read a help topic, offline."""
    from chatcli.cli.manage import help_topic

    help_topic(app_of(ctx), topic)


@door(name="config", is_group=True)
def config(ctx: typer.Context) -> None:
    """Show and change the settings."""
    if ctx.invoked_subcommand is None:
        from chatcli.cli.manage import config_show

        config_show(app_of(ctx))


@door("chat", group="config")
def show(ctx: typer.Context) -> None:
    """Show the settings in force and where each came from."""
    from chatcli.cli.manage import config_show

    config_show(app_of(ctx))


@door(group="config")
def path(ctx: typer.Context) -> None:
    """Print where the settings file is."""
    from chatcli.cli.manage import config_path

    config_path(app_of(ctx))


@door(group="config")
def init(ctx: typer.Context) -> None:
    """Write a settings file with every setting and its default."""
    from chatcli.cli.manage import config_init

    config_init(app_of(ctx))


@door(group="config")
def edit(ctx: typer.Context) -> None:
    """Open the settings file in an editor."""
    from chatcli.cli.manage import config_edit

    config_edit(app_of(ctx))


@door(group="config")
def check(ctx: typer.Context) -> None:
    """Say what is wrong with the settings."""
    from chatcli.cli.manage import config_check

    config_check(app_of(ctx))


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Chat = Annotated[str, typer.Argument(metavar="CHAT", help="Its id or the beginning of it, its title, or words of it.")]
Most = Annotated[int | None, typer.Option("--most", metavar="N", help="How many at most.", min=1)]


@door(name="sessions", is_group=True)
def sessions(ctx: typer.Context) -> None:
    """Find, show, export, import and delete stored chats."""
    if ctx.invoked_subcommand is not None:
        return
    if (app := app_of(ctx)).environment.is_conversation:
        from chatcli.cli.chat import choose

        choose(app)
    else:
        from chatcli.cli.sessions import list_chats as run

        run(app, (), most=None, as_json=False)


@door(name="list", group="sessions")
def list_chats(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]...", help="Words of their titles.")] = None,
    most: Most = None,
    as_json: AsJson = False,
) -> None:
    """List stored chats, the one used last first."""
    from chatcli.cli.sessions import list_chats as run

    run(app_of(ctx), words or (), most=most, as_json=as_json)


@door(name="search", group="sessions")
def search_chats(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    most: Most = None,
    as_json: AsJson = False,
) -> None:
    """Look for words in all that was said."""
    from chatcli.cli.sessions import search_chats as run

    run(app_of(ctx), words, most=most, as_json=as_json)


@door(name="show", group="sessions")
def show_chat(ctx: typer.Context, name: Chat) -> None:
    """Show a chat."""
    from chatcli.cli.documents import show_chat as run

    run(app_of(ctx), name)


@door(name="export", group="sessions")
def export_chats(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CHAT]...", help="Ids, titles, or words of them.")
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="All stored chats.")] = False,
    kind: Annotated[
        str, typer.Option("--format", metavar="NAME", help="md, json, jsonl (to train with) or html.")
    ] = "",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="A new file, instead of stdout.")] = "",
) -> None:
    """Write chats as a document."""
    from chatcli.cli.documents import export_chats as run

    run(app_of(ctx), names or (), all_of_them=all_of_them, kind=kind, out=out)


@door(name="import", group="sessions")
def import_chats(
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="JSON of ours, messages, ChatGPT's export; - is stdin.")
    ],
) -> None:
    """Store chats from documents, as new ones."""
    from chatcli.cli.documents import import_chats as run

    run(app_of(ctx), files)


@door(name="rename", group="sessions")
def rename_chat(
    ctx: typer.Context,
    name: Chat,
    title: Annotated[list[str], typer.Argument(metavar="TITLE...", help="What to call it.")],
) -> None:
    """Give a chat another title."""
    from chatcli.cli.sessions import rename_chat as run

    run(app_of(ctx), name, title)


@door(name="delete", group="sessions")
def delete_chats(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[CHAT]...", help="Ids, or whole titles.")] = None,
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE", help="Not used for so long: 30d.")] = "",
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete chats for good."""
    from chatcli.cli.sessions import delete_chats as run

    run(app_of(ctx), names or (), older_than=older_than, is_sure=is_sure)


@door("chat", name="templates", is_group=True)
def templates(ctx: typer.Context) -> None:
    """List the templates, shipped and your own."""
    if ctx.invoked_subcommand is None:
        from chatcli.cli.manage import list_templates as run

        run(app_of(ctx))


@door("chat", name="list", group="templates")
def list_templates(ctx: typer.Context) -> None:
    """List the templates, shipped and your own."""
    from chatcli.cli.manage import list_templates as run

    run(app_of(ctx))


@door("chat", name="show", group="templates")
def show_template(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The template to show.")]
) -> None:
    """Show a template as it stands in the settings, ready to be changed."""
    from chatcli.cli.manage import show_template as run

    run(app_of(ctx), name)


@door(name="keys", is_group=True)
def keys(ctx: typer.Context) -> None:
    """Keep keys for providers."""
    if ctx.invoked_subcommand is None:
        environment.Environment.here().stdout.write(f"{ctx.get_help()}\n")


Name = Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider as it is called in the settings.")]


@door(name="set", group="keys")
def set_key(ctx: typer.Context, provider: Name) -> None:
    """Save a key, from stdin or typed unseen."""
    from chatcli.cli.manage import keys_set

    keys_set(app_of(ctx), provider)


@door(name="list", group="keys")
def list_keys(ctx: typer.Context) -> None:
    """List whose keys are saved, and for which host."""
    from chatcli.cli.manage import keys_list

    keys_list(app_of(ctx))


@door(name="remove", group="keys")
def remove_key(ctx: typer.Context, provider: Name) -> None:
    """Forget a key."""
    from chatcli.cli.manage import keys_remove

    keys_remove(app_of(ctx), provider)
