"""`chat config`: the settings shown, written, edited and checked."""

from __future__ import annotations

from chatcli.cli.run import Run
from chatcli.commands.about import is_worth_showing
from chatcli.commands.markdown import code, table
from chatcli.process.streams import is_terminal
from chatcli.settings import inspection
from chatcli.settings.layers import DEFAULT
from chatcli.settings.loading import config_file
from chatcli.terminal.editor import edit_file


def show_config(run: Run) -> None:
    """Show every setting in force and where it came from."""
    told = [row for row in inspection.list_settings(run.config.resolved) if is_worth_showing(row.key, row.source)]
    rows = [row for row in told if row.value or row.source != DEFAULT]
    output = run.output()
    if is_terminal(run.environment.stdout):
        output.say(table(("setting", "value", "from"), [(code(row.key), code(row.value), row.source) for row in rows]))
    else:
        output.say("\n".join(f"{row.key} = {row.value}  # {row.source}" for row in rows))


def config_path(run: Run) -> None:
    """Print where the settings file is, or would be."""
    run.output().say(str(config_file(run.config.sources)), raw=True)


def init_config(run: Run) -> None:
    """Write a settings file in which every setting stands with its default, commented out."""
    file = inspection.write_example(run.config.sources)
    run.output().say(f"Written: {file}", raw=True)


def edit_config(run: Run) -> None:
    """Open the settings file in the editor, and say what is wrong with it afterwards."""
    edit_file(inspection.file_to_edit(run.config.sources), environment=run.environment.environ)
    check_settings(run)


def check_settings(run: Run) -> None:
    """Say what is wrong with the settings; raises ConfigError where anything is."""
    output = run.output()
    problems = inspection.check_config(run.config.sources)
    for problem in problems[:-1]:
        output.fail(problem)
    if problems:
        raise problems[-1]
    output.note("the settings are in order")
