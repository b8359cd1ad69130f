"""`chat trust`: accepts the project file of a directory."""

from __future__ import annotations

from chatcli.cli.run import Run
from chatcli.settings.names import dotted, to_toml
from chatcli.settings.trust import NAME, trust_ledger, trust_project


def trust_directory(run: Run) -> None:
    """Accept the current content of the project file in this directory."""
    layer = trust_project(run.environment.directory, trust_ledger(run.config.sources.dirs))
    settings = ", ".join(f"{dotted(entry.name)} = {to_toml(entry.value)}" for entry in layer.entries)
    run.output().note(f"trusted {NAME} as it is now; it sets {settings or 'nothing'}")
