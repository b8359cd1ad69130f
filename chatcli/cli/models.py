"""`chat models`: lists the models of the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.app.endpoint_memory import model_to_json
from chatcli.app.model_binder import required_provider
from chatcli.app.model_directory import model_directory_for
from chatcli.cli.run import Run
from chatcli.commands.markdown import table
from chatcli.commands.model import MODEL_HEAD, model_cells
from chatcli.language import _
from chatcli.process.streams import is_terminal
from chatcli.text.json_values import format_json
from chatcli.text.units import format_duration

if TYPE_CHECKING:
    import typer

WORTH_TELLING_S = 60.0


def models(
    run: Run,
    wanted: Annotated[str, typer.Argument(metavar="[FILTER]", help=_("Part of a model name."))] = "",
    fresh: Annotated[bool, typer.Option("--refresh", help=_("Fetch the list again; it is cached for a day."))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("Output JSON Lines."))] = False,
) -> None:
    """List the models whose names contain *wanted*: a table on a terminal, names in a pipe."""
    endpoint = run.endpoints.endpoint(required_provider(run.config))
    directory = model_directory_for(run.config.sources.dirs, endpoint, lambda: run.endpoints.exchange(endpoint))
    found = directory.models(fresh=fresh)
    rows = [directory.known(row.name) for row in found if wanted.lower() in row.name.lower()]
    output = run.output()
    if as_json:
        for row in rows:
            output.say(format_json(model_to_json(row)), raw=True)
    elif not rows:
        output.note(_("no model name contains {text}", text=wanted) if wanted else _("the endpoint lists no models"))
    elif is_terminal(run.environment.stdout):
        output.say(table(MODEL_HEAD, list(map(model_cells, rows)), numbers=["window"]))
        if directory.age_s > WORTH_TELLING_S:
            age = format_duration(directory.age_s)
            output.note(_("Fetched {duration} ago; --refresh fetches the list again.", duration=age))
    else:
        output.say("\n".join(row.name for row in rows), raw=True)
