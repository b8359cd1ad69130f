"""Chooses how a run shows things: drawn on a terminal, or plain."""

from __future__ import annotations

from chatcli.app.app import App
from chatcli.errors import ConfigError
from chatcli.files.own import expand_user
from chatcli.output.plain import Notes, Output, PlainOutput
from chatcli.process.streams import is_terminal
from chatcli.render.look import Look
from chatcli.settings.definition import Ui


def output_for(app: App, *, is_spaced: bool = False) -> Output:
    """Return the output for stdout as it is; *is_spaced* sets replies on a terminal apart by blank lines."""
    stdout = app.environment.stdout
    notes = Notes(app.environment.stderr, app.redact, is_quiet=app.flags.quiet, is_verbose=app.flags.verbose)
    on_terminal = is_terminal(stdout)
    is_shaped = app.flags.extract or app.flags.extract_last or app.flags.schema or _is_for_programs(app)
    if on_terminal and not (is_plain(app) or app.flags.raw or is_shaped):
        from chatcli.output.interactive import TerminalOutput, breaking_lines

        is_seen = is_terminal(app.environment.stderr)
        if is_seen:
            notes.lay_out = breaking_lines(app.environment.stderr)
        return TerminalOutput(stdout, notes, lambda: look_of(app), colours_notes=is_seen, is_spaced=is_spaced)
    return PlainOutput(
        stdout,
        notes,
        is_terminal=on_terminal,
        is_raw=app.flags.raw,
        speaks=on_terminal and is_plain(app) and not app.flags.raw,
        shows_reasoning=ui_of(app).reasoning != "hidden",
    )


def _is_for_programs(app: App) -> bool:
    """Tell whether a template's answers are code or lines, which nothing should be drawn around."""
    if app.flags.template is None or not app.is_one_shot:
        return False
    template = app.template
    return template is not None and (template.extract or bool(template.each))


def ui_of(app: App) -> Ui:
    """Return how things are to look; where the settings are wrong, which is told elsewhere, as they look by default."""
    try:
        return app.settings.ui
    except ConfigError:
        return Ui()


def is_plain(app: App) -> bool:
    """Tell whether nothing may be redrawn: it was asked for, or the terminal cannot."""
    return ui_of(app).plain or app.environment.environ.get("TERM", "dumb") in ("dumb", "")


def look_of(app: App) -> Look:
    """Return the look of replies, from the settings and what the terminal can do."""
    ui = ui_of(app)
    encoding = (app.environment.stdout.encoding or "").lower().replace("-", "")
    return Look(
        theme=str(expand_user(ui.theme, app.environment.environ)) if "/" in ui.theme else ui.theme,
        colour=has_color(app),
        colours=_colours(app),
        ascii=ui.ascii or not encoding.startswith("utf"),
        reasoning=ui.reasoning,
        markdown=ui.markdown,
    )


def _colours(app: App) -> int:
    """Return how many colours the terminal says it has."""
    environ = app.environment.environ
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return 2**24
    return 256 if "256" in environ.get("TERM", "") else 16


def has_color(app: App) -> bool:
    """Tell whether colours may be used: `--color`, then NO_COLOR, then the theme."""
    if app.flags.color in ("always", "never"):
        return app.flags.color == "always"
    return not app.environment.environ.get("NO_COLOR") and ui_of(app).theme != "none"
