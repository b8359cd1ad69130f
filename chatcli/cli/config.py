"""`chat config`: shows, writes, changes and checks the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.cli.run import Run
from chatcli.commands.about import is_worth_showing
from chatcli.commands.markdown import code, table
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.process.streams import is_terminal
from chatcli.settings import inspection
from chatcli.settings.layers import DEFAULT
from chatcli.settings.loading import config_file
from chatcli.settings.names import split_dotted
from chatcli.terminal.editor import edit_file

if TYPE_CHECKING:
    import typer


def show_config(run: Run) -> None:
    """Show every setting in effect and where it comes from."""
    told = [row for row in inspection.list_settings(run.config.resolved) if is_worth_showing(row.key, row.source)]
    rows = [row for row in told if row.value or row.source != DEFAULT]
    output = run.output()
    if is_terminal(run.environment.stdout):
        head = (_("setting"), _("value"), _("from"))
        output.say(table(head, [(code(row.key), code(row.value), _(row.source)) for row in rows]))
    else:
        output.say("\n".join(f"{row.key} = {row.value}  # {_(row.source)}" for row in rows))


def get_setting(
    run: Run, key: Annotated[str, typer.Argument(metavar="KEY", help=_("Setting or section, e.g. defaults.model."))]
) -> None:
    """Print the value of one setting; of a section, all its settings."""
    output, prefix = run.output(), f"{key}."
    rows = [row for row in inspection.list_settings(run.config.resolved) if row.key.startswith(prefix)]
    if rows:
        output.say("\n".join(f"{row.key} = {row.value}" for row in rows), raw=True)
    else:
        output.say(inspection.read_setting(run.config.resolved, key), raw=True)


def set_setting(
    run: Run,
    key: Annotated[str, typer.Argument(metavar="KEY", help=_("Setting, e.g. defaults.model."))],
    words: Annotated[list[str] | None, typer.Argument(metavar="VALUE", help=_("Its value."))] = None,
) -> None:
    """Set a value in the settings file, which keeps its comments."""
    from chatcli.app.saved_settings import save_settings
    from chatcli.settings.settings_file import parse_assignment

    typed, equals, first = key.partition("=") if words is None else (key, "=", " ".join(words))
    if not equals:
        hint = _("{command} shows it, `chat config unset` removes it", command=f"`chat config get {key}`")
        raise UsageError(_("no value for {setting}", setting=key), hint=hint)
    name, value = parse_assignment(typed, first)
    saved = save_settings(run.config, {name: value})
    run.output().note(_("Saved to {path}.", path=saved.path))
    for note in saved.overridden:
        run.output().note(_("{sentence}.", sentence=note))


def unset_setting(
    run: Run, key: Annotated[str, typer.Argument(metavar="KEY", help=_("Setting, or a table such as providers.NAME."))]
) -> None:
    """Remove a setting from the settings file, so that its default applies."""
    from chatcli.settings.settings_file import SettingsFile

    file = SettingsFile.of(run.config.sources)
    if not file.remove(split_dotted(key)):
        inspection.check_key(key)
        raise UsageError(
            _("{setting} is not set in {path}", setting=key, path=file.path),
            hint=_("`chat config show` shows where each value comes from"),
        )
    run.output().note(_("Removed from {path}.", path=file.path))


def config_path(run: Run) -> None:
    """Print the path of the settings file, whether or not it exists."""
    run.output().say(str(config_file(run.config.sources)), raw=True)


def init_config(run: Run) -> None:
    """Write a settings file that lists every setting with its default, commented out."""
    file = inspection.write_example(run.config.sources)
    run.output().say(_("Written: {path}", path=file), raw=True)


def edit_config(run: Run) -> None:
    """Open the settings file in the editor, then check it."""
    edit_file(inspection.file_to_edit(run.config.sources), environment=run.environment.environ)
    check_settings(run)


def check_settings(run: Run) -> None:
    """Report mistakes in the settings; raises ConfigError if there are any."""
    output = run.output()
    problems = inspection.check_config(run.config.sources)
    for problem in problems[:-1]:
        output.fail(problem)
    if problems:
        raise problems[-1]
    output.note(_("the settings are valid"))
