"""Chooses the output of a run: rendered on a terminal, or plain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from typing import TYPE_CHECKING

from chatcli.app.configuration import Configuration
from chatcli.errors import ConfigError, Wording
from chatcli.files.own import expand_user
from chatcli.output.plain import Notes, Output, PlainOutput
from chatcli.process.streams import is_terminal
from chatcli.records import replace
from chatcli.settings.definition import Ui

if TYPE_CHECKING:
    from chatcli.render.look import Look


def output_for(config: Configuration, notes: Notes, *, is_conversation: bool = False) -> Output:
    """Return the output for stdout; in a conversation, blank lines separate replies."""
    stdout = config.environment.stdout
    on_terminal = is_terminal(stdout)
    is_shaped = (
        config.flags.extract
        or config.flags.extract_last
        or config.flags.schema
        or (not is_conversation and _is_for_programs(config))
    )
    if on_terminal and not (is_plain(config) or config.flags.raw or is_shaped):
        return _terminal_output(config, notes, is_conversation=is_conversation)
    return PlainOutput(
        stdout,
        notes,
        is_terminal=on_terminal,
        is_raw=config.flags.raw,
        speaks=on_terminal and is_plain(config) and not config.flags.raw,
        shows_reasoning=ui_of(config).reasoning != "hidden",
    )


def _terminal_output(config: Configuration, notes: Notes, *, is_conversation: bool) -> Output:
    from chatcli.output.interactive import TerminalOutput
    from chatcli.terminal.tty import unechoed

    stdout = config.environment.stdout
    return TerminalOutput(
        stdout,
        notes,
        lambda: replace(look_of(config), has_keys=is_conversation),
        colours_notes=is_terminal(config.environment.stderr),
        is_spaced=is_conversation,
        guard=nullcontext if is_conversation else lambda: unechoed(stdout),  # there the keys are watched
    )


def notes_for(config: Configuration, redact: Callable[[str], str], word: Wording) -> Notes:
    """Return the writer of notices and errors to stderr; keys are masked, and *word* words the remedies."""
    flags = config.flags
    return Notes(
        config.environment.stderr,
        redact,
        word,
        is_quiet=flags.quiet,
        is_verbose=flags.verbose,
        is_ascii=is_ascii(config),
    )


def _is_for_programs(config: Configuration) -> bool:
    """Return whether a template's answers are code or lines, which are printed without decoration."""
    if config.flags.template is None:
        return False
    template = config.template
    return template is not None and (template.extract or bool(template.each))


def ui_of(config: Configuration) -> Ui:
    """Return the UI settings, or the defaults if the settings are invalid, which is reported elsewhere."""
    try:
        return config.settings.ui
    except ConfigError:
        return Ui()


def is_plain(config: Configuration) -> bool:
    """Return whether redrawing is off, by request or because the terminal cannot."""
    return ui_of(config).plain or not takes_escapes(config)


def takes_escapes(config: Configuration) -> bool:
    """Return whether the terminal says that it takes escape sequences."""
    return config.environment.environ.get("TERM", "dumb") not in ("dumb", "")


def is_ascii(config: Configuration) -> bool:
    """Return whether our own marks are kept within ASCII, by request or because the terminal may lack others."""
    return ui_of(config).ascii or config.environment.is_ascii


def look_of(config: Configuration) -> Look:
    """Return the look of replies, from the settings and the terminal's capabilities."""
    from chatcli.render.look import Look  # text for a pipe has none

    ui = ui_of(config)
    return Look(
        theme=str(expand_user(ui.theme, config.environment.environ)) if "/" in ui.theme else ui.theme,
        colour=has_color(config),
        colours=_colours(config),
        ascii=is_ascii(config),
        reasoning=ui.reasoning,
        markdown=ui.markdown,
    )


def draw_in_theme(config: Configuration, markdown: str, theme: str) -> str:
    """Return *markdown* as it would be drawn on the terminal of *config* in the colours of *theme*."""
    from chatcli.render.live import render
    from chatcli.terminal.screen import screen_size

    drawn, columns = StringIO(), screen_size(config.environment.stdout)[0]
    look = replace(look_of(config), theme=theme, links=False)
    render(markdown, drawn, size=lambda: (columns, 1), look=look, is_whole=True)
    return drawn.getvalue().replace("\r", "")


def _colours(config: Configuration) -> int:
    """Return the number of colours that the terminal reports."""
    environ = config.environment.environ
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return 2**24
    return 256 if "256" in environ.get("TERM", "") else 16


def has_color(config: Configuration) -> bool:
    """Return whether colours may be used: `--color`, then NO_COLOR, then the theme decides."""
    if config.flags.color in ("always", "never"):
        return config.flags.color == "always"
    return not config.environment.environ.get("NO_COLOR") and ui_of(config).theme != "none"
