"""Lays out `--help`: examples first, then commands, then options by section, at any width.

On a narrow terminal each description goes below its term instead of beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

from chatcli.cli.table import EXAMPLES
from chatcli.flags import SECTIONS

_MAX_COLUMNS = 80
_NARROW_COLUMNS = 60
_LONG_FLAG_INDENT = "    "  # as wide as "-x, "
_ORDER = ("Arguments", "Options", *SECTIONS, "Other")


def help_width() -> int:
    """Return the width of help texts, in columns."""
    return min(shutil.get_terminal_size().columns, _MAX_COLUMNS) - 1


class SectionedCommand(TyperCommand):
    """A command whose help lists its options by section."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_sections(formatter, _sections(self.get_params(ctx), ctx))


class SectionedGroup(TyperGroup):
    """A group whose help shows examples and commands before its options.

    A group may take arguments of its own, in place of a command: the first word decides.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse a command, or the group's own arguments."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        if not arguments:
            return super().parse_args(ctx, args)
        self.params = [param for param in self.params if param not in arguments]
        _, words, _ = self.make_parser(ctx).parse_args(list(args))
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
        """Write examples, commands and options."""
        if ctx.parent is None:
            _write_sections(formatter, {"Examples": EXAMPLES})
        commands = [(name, self.commands[name].get_short_help_str(limit=200)) for name in self.list_commands(ctx)]
        _write_sections(formatter, {"Commands": commands})
        _write_sections(formatter, _sections(self.get_params(ctx), ctx))


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
        term = f"{_LONG_FLAG_INDENT}{record[0]}" if record[0].startswith("--") else record[0]
        found[name].append((term, record[1]))
    return {name: rows for name, rows in found.items() if rows}


def _write_sections(formatter: Any, sections: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Write *sections* with all descriptions in one column."""
    is_narrow = formatter.width < _NARROW_COLUMNS
    longest = max((len(term) for rows in sections.values() for term, _ in rows), default=0)
    for name, rows in sections.items():
        with formatter.section(name):
            if is_narrow:
                formatter.write_dl([(term.strip(), text) for term, text in rows], col_max=1)
            else:
                formatter.write_dl([(term.ljust(longest), text) for term, text in rows], col_max=longest)
