"""`chat keys`: saves the keys of providers and MCP servers, each bound to its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from chatcli.cli.run import Run
from chatcli.language import _
from chatcli.process.streams import is_terminal
from chatcli.settings.endpoints import locate
from chatcli.settings.keystore import SERVER_PREFIX, key_store
from chatcli.settings.urls import Origin

if TYPE_CHECKING:
    import typer


def set_key(
    run: Run,
    provider: Annotated[str, typer.Argument(metavar="NAME", help=_("Provider name, as in the settings, or mcp:NAME."))],
) -> None:
    """Save a key for *provider*, read from stdin or a hidden prompt."""
    origin = _origin(run, provider)
    if is_terminal(run.environment.stdin):
        import getpass

        key = getpass.getpass(_("Key for {origin} (not shown): ", origin=origin))
    else:
        key = run.environment.stdin.readline()
    saved = key_store(run.config.sources.dirs).set_key(provider, origin=origin, key=key)
    run.output().note(_("saved for {origin} only", origin=saved.origin))


def _origin(run: Run, name: str) -> Origin:
    """Return where the key of *name* is sent, which is a provider, or an MCP server as `mcp:NAME`."""
    if name.startswith(SERVER_PREFIX):
        from chatcli.app.mcp_servers import server_origin  # few keys are for servers

        return server_origin(run.config, name.removeprefix(SERVER_PREFIX))
    return locate(run.config.resolved, name, presets=run.config.sources.presets).origin


def list_saved_keys(run: Run) -> None:
    """List the providers and hosts of saved keys, never the keys."""
    rows = key_store(run.config.sources.dirs).list_keys()
    output = run.output()
    if rows:
        output.say("\n".join(f"{row.name}  {row.origin}" for row in rows), raw=True)
    else:
        output.note(_("no keys are saved"))


def remove_key(
    run: Run,
    provider: Annotated[str, typer.Argument(metavar="NAME", help=_("Provider name, as in the settings, or mcp:NAME."))],
) -> None:
    """Remove the key of *provider*."""
    key_store(run.config.sources.dirs).remove_key(provider)
    run.output().note(_("removed the key of {provider}", provider=provider))
