"""The parser of the command line, built with Typer from the tables of flags and commands."""

from __future__ import annotations

import inspect
import os
from collections.abc import Collection
from typing import Annotated, Any

import typer

from chatcli.cli.arguments import prepare
from chatcli.cli.commands import Door, Run, doors, root
from chatcli.cli.start import COMPLETION
from chatcli.errors import UsageError
from chatcli.flags import Flag, Flags, FlagScope, flags_of

_Misuse: type[Exception] = typer.BadParameter.__mro__[1]  # of the errors of use, Typer has a name only for this kind


def run_words(words: list[str]) -> int:
    """Do what *words* ask for and return the exit code; raises ChatError."""
    names = {door.name for door in doors() if not door.group}
    parser = build_parser(words, whole=COMPLETION in os.environ)
    try:
        code = parser(prepare(words, commands=names), prog_name="chat", standalone_mode=False)
    except _Misuse as misuse:
        raise _refused(misuse) from misuse
    except SystemExit as end:
        if isinstance(end.__context__, OSError):  # nobody reads the help that the parser writes
            raise end.__context__ from None
        code = end.code
    return code if isinstance(code, int) else 0


def _refused(misuse: Any) -> UsageError:
    """Return the error for words that the parser does not take, in our own form."""
    command = misuse.ctx.command_path if misuse.ctx else "chat"
    helps = f"`{command} --help` shows what there is"
    if (name := getattr(misuse, "option_name", "")) and hasattr(misuse, "possibilities"):
        near = " or ".join(sorted(misuse.possibilities or ()))
        return UsageError(f"there is no option {name}", hint=f"did you mean {near}? {helps}" if near else helps)
    what = misuse.format_message().rstrip(".")
    return UsageError(f"{what[:1].lower()}{what[1:]}", hint=helps)


def build_parser(words: Collection[str], *, whole: bool = False) -> typer.Typer:
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


def _with_flags(command: Run, scopes: tuple[FlagScope, ...]) -> Run:
    """Give *command* the flags of *scopes*: it finds them in its context, added to those that stood before it."""

    def run(ctx: typer.Context, **given: Any) -> None:
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        own: dict[str, Any] = {name: value for name in flags if (value := values.pop(name)) is not None}
        ctx.obj = Flags(**own).over(ctx.obj or Flags())
        command(ctx, **values)

    flags = flags_of(*scopes)
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
