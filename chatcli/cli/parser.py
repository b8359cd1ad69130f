"""The parser of the command line, built with Typer from the tables of flags and commands."""

from __future__ import annotations

import inspect
import os
import sys
import typing
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from chatcli.cli.help_layout import RootGroup, SectionedCommand, SectionedGroup
from chatcli.cli.help_text import help_width
from chatcli.cli.invocation import ROOT_FLAGS, Invocation
from chatcli.cli.start import COMPLETION, print_version, start
from chatcli.cli.table import COMMANDS, Handler, Subcommand
from chatcli.flags import RARE, SECTIONS, Flag, Flags, FlagScope, flags_of
from chatcli.language import N_, _

Callback: TypeAlias = Callable[..., Invocation | None]

_OPTIONS = N_("[OPTIONS]")

_Misuse: type[Exception] = typer.BadParameter.__mro__[1]  # Typer exports only this kind of usage error


def parse(words: Sequence[str]) -> Invocation | int:
    """Return what the prepared *words* ask for, or the exit code if the parser did it; raises ChatError."""
    parser = build_parser(words, whole=COMPLETION in os.environ)
    try:
        with _setting_up(words):
            parsed = parser(words, prog_name="chat", standalone_mode=False)
    except _Misuse as misuse:
        from chatcli.cli.misuse import usage_error  # few runs are mistyped

        raise usage_error(misuse) from misuse
    except SystemExit as end:
        if isinstance(end.__context__, OSError):  # the parser's own help is not shown
            raise end.__context__ from None
        parsed = end.code
    return parsed if isinstance(parsed, Invocation | int) else 0


@contextmanager
def _setting_up(words: Collection[str]) -> Iterator[None]:
    """Enter this while *words* may set up completion."""
    if "--install-completion" not in words:
        yield
        return
    from chatcli.cli.completion_setup import narrowed_style, worded

    with narrowed_style(Path.home() / ".zshrc"), worded(sys.stdout):
        yield


def build_parser(words: Collection[str], *, whole: bool = False) -> typer.Typer:
    """Return the parser for *words*; commands that they do not name only get their line in the help.

    Building the parameters of a command takes as long as importing a small library. *whole* builds them all.
    """
    cli = _group(RootGroup, add_completion=True)
    cli.callback(invoke_without_command=True)(_root())
    groups: dict[str, typer.Typer] = {}
    for command in COMMANDS:
        is_named = whole or (command.group or command.name) in words
        handler = _callback(command) if is_named else _unparsed
        if command.is_group:
            groups[command.name] = _group(help=_(command.help))
            groups[command.name].callback(invoke_without_command=True)(handler)
            cli.add_typer(groups[command.name], name=command.name)
        elif is_named or not command.group:
            group = groups[command.group] if command.group else cli
            group.command(name=command.name, help=_(command.help), cls=SectionedCommand, options_metavar=_(_OPTIONS))(
                handler
            )
    return cli


def _group(kind: type[SectionedGroup] = SectionedGroup, **options: Any) -> typer.Typer:
    settings = {"help_option_names": ["-h", "--help"], "terminal_width": help_width()}
    return typer.Typer(
        cls=kind,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
        options_metavar=_(_OPTIONS),
        subcommand_metavar=_("COMMAND [ARGS]..."),
        **{"add_completion": False} | options,
    )


def _unparsed() -> None:
    """Stand in for a command in the list of commands."""


def _root() -> Callback:
    """Return the callback of `chat` itself."""

    def print_and_exit(is_wanted: bool) -> None:
        if is_wanted:
            print_version()
            raise typer.Exit

    def act(ctx: typer.Context, version: bool) -> Invocation | None:
        del version  # its callback did the work
        return Invocation(ctx.obj, start) if ctx.invoked_subcommand is None else None

    option = typer.Option("--version", "-V", callback=print_and_exit, is_eager=True, help=_("Show the version."))
    return _with_flags(act, [_keyword("version", Annotated[bool, option], default=False)], ROOT_FLAGS)


def _callback(command: Subcommand) -> Callback:
    """Return the callback of *command*; a group without a handler shows its help."""
    handler = command.load() if command.handler else None

    def act(ctx: typer.Context, **given: Any) -> Invocation | None:
        if command.is_group and ctx.invoked_subcommand is not None:
            return None
        if handler is None:
            typer.echo(ctx.get_help())
            return None
        return Invocation(ctx.obj, handler, given)

    return _with_flags(act, _arguments(handler) if handler else [], command.flags)


def _arguments(handler: Handler) -> list[inspect.Parameter]:
    """Return the parameters of *handler* except the run.

    Handlers are also called without a parser, so their modules import Typer only for type checkers.
    """
    names = {**vars(inspect.getmodule(handler)), "typer": typer}
    hints = typing.get_type_hints(handler, globalns=names, include_extras=True)
    own = list(inspect.signature(handler).parameters.values())[1:]
    return [_keyword(entry.name, hints[entry.name], default=entry.default) for entry in own]


def _with_flags(act: Callback, own: Sequence[inspect.Parameter], scopes: tuple[FlagScope, ...]) -> Callback:
    """Give *act* the flags of *scopes*: its context holds them, merged with those given before the command."""
    flags = flags_of(*scopes)

    def run(ctx: typer.Context, **given: Any) -> Invocation | None:
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        set_here: dict[str, Any] = {name: value for name in flags if (value := values.pop(name)) is not None}
        ctx.obj = Flags(**set_here).over(ctx.obj or Flags())
        return act(ctx, **values)

    shows_all = (
        scopes in (("ask",), ("batch",), ("fetch",)) or COMPLETION in os.environ
    )  # completion skips hidden options
    options = [_flag(name, flag, is_hidden=name in RARE and not shows_all) for name, flag in flags.items()]
    parameters = [_keyword("ctx", typer.Context), *own, *options]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by the parser
    return run


def _flag(name: str, flag: Flag, *, is_hidden: bool) -> inspect.Parameter:
    section = next(section for section, names in SECTIONS.items() if name in names)
    option = typer.Option(
        *flag.names,
        help=_(flag.help),
        metavar=flag.value or None,
        show_default=False,
        hidden=is_hidden,
        rich_help_panel=section,
    )
    kinds: dict[type, Any] = {tuple: list[str] | None, bool: bool}
    annotation = Annotated[kinds.get(flag.type, flag.type | None), option]  # type: ignore[valid-type]  # made at run time
    return _keyword(name, annotation, default=False if flag.type is bool else None)


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
