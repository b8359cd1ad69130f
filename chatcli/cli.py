"""The command line: words to flags, flags to a run; and the one place where an error becomes an exit code."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Collection
from typing import Annotated, Any

import typer

from chatcli import process
from chatcli.arguments import prepare
from chatcli.doors import Door, LastRun, Run, doors, root
from chatcli.errors import ChatError, Stopped
from chatcli.flags import Flag, Flags, Where, flags_of

_COMPLETION = "_CHAT_COMPLETE"  # set by the shell when it asks what may follow


def main() -> None:
    """Run the command line of this process and exit with its code."""
    process.keep_private()
    process.repair_streams()
    process.die_in_order()
    code = run(sys.argv[1:])
    process.send_none_again()
    process.abandon(sys.stdout, sys.stderr)
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run *words* as the command line and return the exit code."""
    try:
        code = _follow(words)
        sys.stdout.flush()  # a loss that shows only at the end of the process would have another code
    except KeyboardInterrupt:
        return 128 + process.SIGINT
    except Stopped as stopped:
        return stopped.exit_code
    except ChatError as error:
        return _fail(error)
    except Exception as error:  # a bug: told in a line, its traceback on request
        named = _named(error)
        return named.exit_code if isinstance(named, Stopped) else _fail(named)
    return code


def _follow(words: list[str]) -> int:
    names = {door.name for door in doors() if not door.group}
    try:
        build(words, whole=_COMPLETION in os.environ)(prepare(words, commands=names), prog_name="chat")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _named(error: Exception) -> ChatError | Stopped:
    """Return what *error* is: a loss of stdout, as the parser writes its help there itself, or else a bug."""
    if isinstance(error, OSError) and error.errno in process.UNWRITABLE and error.filename is None:
        from chatcli.ui.output import loss

        return loss(error)
    return ChatError(f"a bug in chat: {type(error).__name__}: {error}", hint="CHAT_DEBUG=1 shows where")


def build(words: Collection[str], *, whole: bool = False) -> typer.Typer:
    """Return the parser for *words*: commands that they do not name have only their line in the help.

    Making the parameters of a command takes as long as importing a small library. *whole* makes them all.
    """
    cli = _group(help="Talk to a language model in the terminal.", add_completion=True)
    cli.callback(invoke_without_command=True)(_with_flags(root, ("chat", "ask")))
    groups: dict[str, typer.Typer] = {}
    for door in doors():
        is_named = whole or door.name in words or door.group in words
        command = _with_flags(door.run, door.flags) if is_named else _mute(door)
        if door.is_group:
            groups[door.name] = _group(help=door.run.__doc__)
            groups[door.name].callback(invoke_without_command=True)(command)
            cli.add_typer(groups[door.name], name=door.name)
        elif is_named or not door.group:
            (groups[door.group] if door.group else cli).command(name=door.name)(command)
    return cli


def _group(**options: Any) -> typer.Typer:
    settings = {"help_option_names": ["-h", "--help"]}
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
        **{"add_completion": False} | options,
    )


def _mute(door: Door) -> Run:
    def nothing() -> None:
        """Stand in the list of commands."""

    nothing.__doc__ = door.run.__doc__
    return nothing


def _with_flags(command: Run, places: tuple[Where, ...]) -> Run:
    """Give *command* the flags of *places*: it finds them in its context, added to those that stood before it."""

    def run(ctx: typer.Context, **given: Any) -> None:
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        own: dict[str, Any] = {name: value for name in flags if (value := values.pop(name)) is not None}
        ctx.obj = Flags(**own).over(ctx.obj or Flags())
        command(ctx, **values)

    flags = flags_of(*places)
    keyword = inspect.Parameter.KEYWORD_ONLY
    _, *arguments = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [
        inspect.Parameter("ctx", keyword, annotation=typer.Context),
        *(entry.replace(kind=keyword) for entry in arguments),
        *map(_parameter, flags.items()),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what the parser reads
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _parameter(entry: tuple[str, Flag]) -> inspect.Parameter:
    name, flag = entry
    option = typer.Option(*flag.names, help=flag.help, metavar=flag.value or None, show_default=False)
    kinds: dict[type, Any] = {tuple: list[str] | None, bool: bool}
    annotation = Annotated[kinds.get(flag.type, flag.type | None), option]  # type: ignore[valid-type]  # made at run time
    default = False if flag.type is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _fail(error: ChatError) -> int:
    from chatcli.ui.output import Notes

    world = process.World.here()
    redact = LastRun.app.redact if LastRun.app else lambda text: text
    notes = Notes(world.stderr, redact, is_verbose=LastRun.flags.verbose)
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
