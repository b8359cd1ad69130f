"""`chat help`: the help topics, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.errors import ConfigError, UsageError
from chatcli.help.tables import all_topics
from chatcli.help.topics import find_topic
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.settings.bindings import Bindings
from chatcli.text.similar import did_you_mean

if TYPE_CHECKING:
    import typer


def help_topic(
    run: Run, name: Annotated[str, typer.Argument(metavar="[TOPIC]", help=_("Topic to read."))] = ""
) -> None:
    """Print a help topic, or the list of topics."""
    output = run.output()
    known = all_topics(_bindings(run, output))
    if not name:
        output.say(table((_("topic"), _("summary")), [(code(topic.name), topic.summary) for topic in known]))
        return
    found = find_topic(name, known)
    if found is None:
        hint = did_you_mean(name, [topic.name for topic in known]) or _("`chat help` lists them")
        raise UsageError(_("unknown topic {name}", name=f"`{name}`"), hint=hint)
    output.say(found.text)


def _bindings(run: Run, output: Output) -> Bindings | None:
    """Return the keys in force; None, with a notice, if the settings are broken: help is needed most then."""
    try:
        return run.config.settings.bindings
    except ConfigError as error:
        output.note(_("chat: {problem}. The help shows the default keys.", problem=run.notes().sentence(error)))
        return None
