"""`chat templates`: lists and shows the built-in templates and the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.app.templates import describe_templates, template_to_toml
from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.language import _
from chatcli.process.streams import is_terminal

if TYPE_CHECKING:
    import typer


def list_templates(run: Run) -> None:
    """List the templates: a table on a terminal, names in a pipe."""
    rows = describe_templates(run.config.settings)
    output = run.output()
    if is_terminal(run.environment.stdout):
        output.say(
            table(
                (_("template"), _("from"), _("description")),
                [(code(name), _(own), _(told)) for name, own, told in rows],
            )
        )
    else:
        output.say("\n".join(name for name, *_rest in rows), raw=True)


def show_template(
    run: Run, name: Annotated[str, typer.Argument(metavar="TEMPLATE", help=_("Template to show."))]
) -> None:
    """Print a template as TOML."""
    run.output().say(template_to_toml(run.config.settings, name), raw=True)
