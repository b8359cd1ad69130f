"""`chat help`: the help topics, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.cli.run import Run
from chatcli.commands import load_all
from chatcli.commands.markdown import code, table
from chatcli.errors import UsageError
from chatcli.help.tables import all_topics
from chatcli.help.topics import find_topic
from chatcli.language import _
from chatcli.text.similar import did_you_mean

if TYPE_CHECKING:
    import typer


def help_topic(
    run: Run, name: Annotated[str, typer.Argument(metavar="[TOPIC]", help=_("Topic to read."))] = ""
) -> None:
    """Print a help topic, or the list of topics."""
    load_all()
    output = run.output()
    known = all_topics(run.config.settings.bindings)
    if not name:
        output.say(table((_("topic"), _("summary")), [(code(topic.name), topic.summary) for topic in known]))
        return
    found = find_topic(name, known)
    if found is None:
        hint = did_you_mean(name, [topic.name for topic in known]) or _("`chat help` lists them")
        raise UsageError(_("unknown topic {name}", name=f"`{name}`"), hint=hint)
    output.say(found.text)
