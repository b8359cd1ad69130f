"""`chat keys`: saves provider keys, each bound to its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.cli.run import Run
from chatcli.process.streams import is_terminal
from chatcli.settings.endpoints import locate
from chatcli.settings.keystore import key_store

if TYPE_CHECKING:
    import typer


def set_key(
    run: Run,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Provider name, as in the settings.")],
) -> None:
    """Save a key for *provider*, read from stdin or a hidden prompt."""
    address = locate(run.config.resolved, provider, presets=run.config.sources.presets)
    if is_terminal(run.environment.stdin):
        import getpass

        key = getpass.getpass(f"Key for {address.origin} (not shown): ")
    else:
        key = run.environment.stdin.readline()
    saved = key_store(run.config.sources.dirs).set_key(provider, origin=address.origin, key=key)
    run.output().note(f"saved for {saved.origin} only")


def list_saved_keys(run: Run) -> None:
    """List the providers and hosts of saved keys, never the keys."""
    rows = key_store(run.config.sources.dirs).list_keys()
    output = run.output()
    if rows:
        output.say("\n".join(f"{row.provider}  {row.origin}" for row in rows), raw=True)
    else:
        output.note("no keys are saved")


def remove_key(
    run: Run,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Provider name, as in the settings.")],
) -> None:
    """Remove the key of *provider*."""
    key_store(run.config.sources.dirs).remove_key(provider)
    run.output().note(f"removed the key of {provider}")
