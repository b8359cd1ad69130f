"""`chat config`: shows, writes, edits and checks the settings."""

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
    """Show every setting in effect and where it comes from."""
    told = [row for row in inspection.list_settings(run.config.resolved) if is_worth_showing(row.key, row.source)]
    rows = [row for row in told if row.value or row.source != DEFAULT]
    output = run.output()
    if is_terminal(run.environment.stdout):
        output.say(table(("setting", "value", "from"), [(code(row.key), code(row.value), row.source) for row in rows]))
    else:
        output.say("\n".join(f"{row.key} = {row.value}  # {row.source}" for row in rows))


def config_path(run: Run) -> None:
    """Print the path of the settings file, whether or not it exists."""
    run.output().say(str(config_file(run.config.sources)), raw=True)


def init_config(run: Run) -> None:
    """Write a settings file that lists every setting with its default, commented out."""
    file = inspection.write_example(run.config.sources)
    run.output().say(f"Written: {file}", raw=True)


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
    output.note("the settings are valid")
