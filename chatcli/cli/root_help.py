"""The text of `chat --help`, from the tables of commands and flags: the help that is read most needs no parser."""

from __future__ import annotations

from chatcli.cli.help_text import LONG_FLAG_INDENT, HelpText
from chatcli.cli.invocation import ROOT_FLAGS
from chatcli.cli.table import COMMANDS, EXAMPLES
from chatcli.flags import RARE, SECTIONS, Flag, flags_of
from chatcli.language import N_, _

# The options that the parser adds: names, and what it says of them.
PARSER_OPTIONS = (
    ("-V, --version", N_("Show the version.")),
    ("--install-completion", N_("Install completion for the current shell.")),
    (
        "--show-completion",
        N_("Show completion for the current shell, to copy it or customize the installation."),
    ),
    ("-h, --help", N_("Show this message and exit.")),
)


def root_help(columns: int) -> str:
    """Return the help of `chat` itself, at most *columns* wide."""
    text = HelpText(columns)
    text.write_usage("chat", " ".join((_("[OPTIONS]"), _("COMMAND [ARGS]..."))))
    text.write_paragraph()
    with text.indentation():
        text.write_text(_("Talk to language models in the terminal."))
    text.write_sections({N_("Examples"): [(command, _(told)) for command, told in EXAMPLES]})
    text.write_sections({N_("Commands"): _commands()})
    text.write_sections({**_flags(), N_("Other"): [(_term(names), _(told)) for names, told in PARSER_OPTIONS]})
    text.write_paragraph()
    with text.indentation():
        text.write_text(_("`chat ask --help` lists all flags; `chat help TOPIC` explains more."))
    return text.getvalue()


def _commands() -> list[tuple[str, str]]:
    """Return the commands with their descriptions, those with subcommands last."""
    shown = [command for command in COMMANDS if not command.group]
    return [(command.name, _(command.help)) for command in sorted(shown, key=lambda command: command.is_group)]


def _flags() -> dict[str, list[tuple[str, str]]]:
    """Return the flags that are not rare by section, with their descriptions."""
    shown = {name: flag for name, flag in flags_of(*ROOT_FLAGS).items() if name not in RARE}
    sections = {section: [flag for name, flag in shown.items() if name in names] for section, names in SECTIONS.items()}
    return {section: list(map(_described, flags)) for section, flags in sections.items() if flags}


def _described(flag: Flag) -> tuple[str, str]:
    long, *short = flag.names
    names = f"{short[0]}, {long}" if short else long
    return _term(f"{names} {flag.value}".rstrip()), _(flag.help)


def _term(names: str) -> str:
    return f"{LONG_FLAG_INDENT}{names}" if names.startswith("--") else names
