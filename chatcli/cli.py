"""The command line: words to flags, flags to a run; and the one place where an error becomes an exit code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatcli import process
from chatcli.arguments import prepare
from chatcli.errors import ChatError, Stopped, UsageError
from chatcli.flags import Flag, Flags, Where, flags_of

if TYPE_CHECKING:
    from chatcli.app import App

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_cli = typer.Typer(
    name="chat",
    help="Talk to a language model in the terminal.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    context_settings=_SETTINGS,
    add_completion=True,
)
_config = typer.Typer(help="Show and change the settings.", rich_markup_mode=None, context_settings=_SETTINGS)
_keys = typer.Typer(help="Keep keys for providers.", rich_markup_mode=None, context_settings=_SETTINGS)
_cli.add_typer(_config, name="config", invoke_without_command=True)
_cli.add_typer(_keys, name="keys", no_args_is_help=True)

Words = Annotated[list[str] | None, typer.Argument(metavar="[PROMPT]...", help="The question; - stands for stdin.")]


def _version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        process.World.here().stdout.write(f"chat {version('chatcli')}\n")
        raise typer.Exit


def _with_flags(*places: Where) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of *places*: it gets them as one value, added to those that stood before it."""

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        def run(ctx: typer.Context, **given: Any) -> None:
            values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
            own: dict[str, Any] = {name: value for name in flags if (value := values.pop(name)) is not None}
            ctx.obj = Flags(**own).over(ctx.obj or Flags())
            command(ctx, **values)

        flags = flags_of(*places)
        _, *arguments = inspect.signature(command, eval_str=True).parameters.values()
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what the parser reads
            [
                context,
                *(entry.replace(kind=inspect.Parameter.KEYWORD_ONLY) for entry in arguments),
                *map(_parameter, flags.items()),
            ]
        )
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        return run

    return wrap


def _parameter(entry: tuple[str, Flag]) -> inspect.Parameter:
    name, flag = entry
    option = typer.Option(*flag.names, help=flag.help, metavar=flag.value or None, show_default=False)
    kinds: dict[type, Any] = {tuple: list[str] | None, bool: bool}
    annotation = Annotated[kinds.get(flag.type, flag.type | None), option]  # type: ignore[valid-type]  # made at run time
    default = False if flag.type is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


@_cli.callback(invoke_without_command=True)
@_with_flags("chat", "ask")
def _root(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if ctx.invoked_subcommand is not None:
        return
    app = _app(ctx)
    if app.world.is_conversation:
        from chatcli.runs.chat import chat

        chat(app)
    elif process.is_terminal(app.world.stdin):
        raise UsageError("stdout is not a terminal, so there is nobody to talk to", hint='chat ask "..." asks once')
    else:
        from chatcli.runs.ask import ask

        ask(app, ())


@_cli.command()
@_with_flags("ask")
def ask(ctx: typer.Context, words: Words = None) -> None:
    """Ask one question and print the answer."""
    from chatcli.runs.ask import ask as run

    run(_app(ctx), words or ())


@_cli.command()
@_with_flags("models")
def models(
    ctx: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="[FILTER]", help="A part of the names to list.")] = "",
) -> None:
    """List the models of the endpoint."""
    from chatcli.runs.manage import models as run

    run(_app(ctx), wanted)


@_cli.command()
@_with_flags()
def connect(
    ctx: typer.Context,
    provider: Annotated[str, typer.Argument(metavar="[PROVIDER]", help="A known provider, or an address.")] = "",
) -> None:
    """Set up a model in a few questions."""
    app = _app(ctx)
    if not process.is_terminal(app.world.stdin):
        raise UsageError("connecting needs a terminal to ask at", hint="`chat config init` writes a file to fill in")
    from chatcli.runs.connect import connect as run
    from chatcli.ui.interview import Interview

    run(app, provider, Interview(app.world.stdin, app.world.stdout))


@_cli.command()
@_with_flags()
def trust(ctx: typer.Context) -> None:
    """Accept the project file .chat.toml of this directory."""
    from chatcli.runs.manage import trust_project

    trust_project(_app(ctx))


@_cli.command()
@_with_flags("models")
def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    fixes: Annotated[bool, typer.Option("--fix", help="Close our files to everybody else first.")] = False,
) -> None:
    """Look for what may be wrong, with the remedy."""
    from chatcli.runs.doctor import doctor as run

    raise typer.Exit(run(_app(ctx), as_json=as_json, fixes=fixes))


@_cli.command(name="help")
@_with_flags()
def help_(
    ctx: typer.Context, topic: Annotated[str, typer.Argument(metavar="[TOPIC]", help="What to read about.")] = ""
) -> None:
    """Read a help topic, offline."""
    from chatcli.runs.manage import help_topic

    help_topic(_app(ctx), topic)


@_config.callback()
@_with_flags()
def config(ctx: typer.Context) -> None:
    """Show and change the settings."""
    if ctx.invoked_subcommand is None:
        from chatcli.runs.manage import config_show

        config_show(_app(ctx))


@_config.command()
@_with_flags("chat")
def show(ctx: typer.Context) -> None:
    """Show the settings in force and where each came from."""
    from chatcli.runs.manage import config_show

    config_show(_app(ctx))


@_config.command()
@_with_flags()
def path(ctx: typer.Context) -> None:
    """Print where the settings file is."""
    from chatcli.runs.manage import config_path

    config_path(_app(ctx))


@_config.command()
@_with_flags()
def init(ctx: typer.Context) -> None:
    """Write a settings file with every setting and its default."""
    from chatcli.runs.manage import config_init

    config_init(_app(ctx))


@_config.command()
@_with_flags()
def edit(ctx: typer.Context) -> None:
    """Open the settings file in an editor."""
    from chatcli.runs.manage import config_edit

    config_edit(_app(ctx))


@_config.command()
@_with_flags()
def check(ctx: typer.Context) -> None:
    """Say what is wrong with the settings."""
    from chatcli.runs.manage import config_check

    config_check(_app(ctx))


Name = Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider as it is called in the settings.")]


@_keys.command(name="set")
@_with_flags()
def set_key(ctx: typer.Context, provider: Name) -> None:
    """Save a key, from stdin or typed unseen."""
    from chatcli.runs.manage import keys_set

    keys_set(_app(ctx), provider)


@_keys.command(name="list")
@_with_flags()
def list_keys(ctx: typer.Context) -> None:
    """List whose keys are saved, and for which host."""
    from chatcli.runs.manage import keys_list

    keys_list(_app(ctx))


@_keys.command(name="remove")
@_with_flags()
def remove_key(ctx: typer.Context, provider: Name) -> None:
    """Forget a key."""
    from chatcli.runs.manage import keys_remove

    keys_remove(_app(ctx), provider)


def _app(ctx: typer.Context) -> App:
    from chatcli.app import App  # --help and --version need none of it

    flags: Flags = ctx.obj
    choices = ("auto", "always", "never")
    if flags.color and flags.color not in choices:
        raise UsageError(f"`--color {flags.color}` is none of {', '.join(choices)}")
    _session.flags = flags
    _session.app = App(process.World.here(), flags, process.confirm)
    return _session.app


class _Session:
    """What is known of the run when an error ends it."""

    flags = Flags()
    app: App | None = None


_session = _Session()


def main() -> None:
    """Run the command line of this process and exit with its code."""
    process.keep_private()
    process.repair_streams()
    process.die_in_order()
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run *words* as the command line and return the exit code."""
    try:
        names = [
            entry.name or entry.callback.__name__.rstrip("_") for entry in _cli.registered_commands if entry.callback
        ]
        names += [entry.name for entry in _cli.registered_groups if entry.name]
        _cli(prepare(words, commands=names), prog_name="chat")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 128 + process.SIGINT
    except ChatError as error:
        return _fail(error)
    except Exception as error:  # a bug: told in a line, its traceback on request
        return _fail(ChatError(f"a bug in chat: {type(error).__name__}: {error}", hint="CHAT_DEBUG=1 shows where"))
    return 0


def _fail(error: ChatError) -> int:
    from chatcli.ui.output import Notes

    world = process.World.here()
    if isinstance(error, Stopped):
        process.abandon_stdout()
        return error.exit_code
    redact = _session.app.redact if _session.app else lambda text: text
    notes = Notes(world.stderr, redact, is_verbose=_session.flags.verbose)
    if _is_debug(world):
        import traceback

        for line in traceback.format_exc().splitlines():
            notes.write(line)
    notes.fail(error)
    return error.exit_code


def _is_debug(world: process.World) -> bool:
    from chatcli.settings.environment import is_debug

    try:
        return is_debug(world.environ)
    except ChatError:
        return True  # whoever sets the variable to something wants to see something
