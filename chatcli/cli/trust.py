"""`chat trust`: accepts the project file of a directory."""

from __future__ import annotations

from chatcli.cli.run import Run
from chatcli.language import N_, _
from chatcli.settings.names import dotted, to_toml
from chatcli.settings.trust import NAME, trust_ledger, trust_project


def trust_directory(run: Run) -> None:
    """Accept the current content of the project file in this directory."""
    layer = trust_project(run.environment.directory, trust_ledger(run.config.sources.dirs))
    settings = _(", ").join(f"{dotted(entry.name)} = {to_toml(entry.value)}" for entry in layer.entries)
    nothing, some = (
        N_("trusted {file} as it is now; it sets nothing"),
        N_("trusted {file} as it is now; it sets {settings}"),
    )
    run.output().note(_(some if settings else nothing, file=NAME, settings=settings))
