"""Arranges `--help`: examples first, then commands, then options by section, at any width.

On a narrow terminal each description goes below its term instead of beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from chatcli.cli.help_text import LONG_FLAG_INDENT, HelpText, help_width
from chatcli.cli.root_help import root_help
from chatcli.flags import SECTIONS
from chatcli.language import N_, _

_ORDER = (N_("Arguments"), N_("Options"), *SECTIONS, N_("Other"))
_REQUIRED = N_("[required]")


class _HelpContext(typer.Context):
    def make_formatter(self) -> Any:
        return HelpText(self.terminal_width or 0)


class SectionedCommand(TyperCommand):
    """A command whose help lists its options by section."""

    context_class = _HelpContext

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        formatter.write_sections(_sections(self.get_params(ctx), ctx))


class SectionedGroup(TyperGroup):
    """A group whose help shows its commands before its options.

    A group may take arguments of its own, in place of a command: the first word decides.
    """

    context_class = _HelpContext

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse a command, or the group's own arguments."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        if not arguments:
            return super().parse_args(ctx, args)
        self.params = [param for param in self.params if param not in arguments]
        words = self.make_parser(ctx).parse_args(list(args))[1]
        if words and words[0] in self.commands:
            return super().parse_args(ctx, args)
        self.params = [*arguments, *self.params]
        ctx.allow_interspersed_args, ctx.allow_extra_args = True, False
        return TyperCommand.parse_args(self, ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the usage line: own arguments stand for a command."""
        *own, command = super().collect_usage_pieces(ctx)
        return [*own[:1], " | ".join([*own[1:], command])] if len(own) > 1 else [*own, command]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands and options."""
        commands = [(name, self.commands[name].get_short_help_str(limit=200)) for name in self.list_commands(ctx)]
        formatter.write_sections({N_("Commands"): commands})
        formatter.write_sections(_sections(self.get_params(ctx), ctx))


class RootGroup(SectionedGroup):
    """The group of all commands."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, which is made without a parser as well."""
        return root_help(ctx.terminal_width or help_width()).rstrip("\n")


def _sections(params: Iterable[Any], ctx: Any) -> Mapping[str, Sequence[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in _ORDER}
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        if param.param_type_name == "argument":
            name = "Arguments"
        else:
            is_common = param.is_eager or not param.expose_value  # --help, --version, completion
            name = param.rich_help_panel or ("Other" if is_common else "Options")
        term = f"{LONG_FLAG_INDENT}{record[0]}" if record[0].startswith("--") else record[0]
        found[name].append((term, _description(record[1])))
    return {name: rows for name, rows in found.items() if rows}


def _description(text: str) -> str:
    """Translate what the parser says of a parameter: our own words are translated already."""
    words = text.removesuffix(_REQUIRED)
    return _(text) if words == text else f"{words}{_(_REQUIRED)}"
