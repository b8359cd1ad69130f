"""Finds the token that a server is sent: from its command, or saved for the server and bound to its origin."""

from __future__ import annotations

from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.settings.keystore import SERVER_PREFIX, KeyStore
from chatcli.settings.outside import key_from_command
from chatcli.settings.urls import Origin, origin_of
from chatcli.text.redactor import Secret
from chatcli.tools.mcp.servers import FILE, McpServer


def find_token(server: McpServer, store: KeyStore | None) -> Secret | str:
    """Return the token of a server with an address, or why there is none. Raises ConfigError if its source fails."""
    if server.token_command:
        return key_from_command(server.token_command, setting="token_cmd")
    if store is None or "authorization" in map(str.lower, server.headers):
        return ""
    return store.find(SERVER_PREFIX + server.name, origin_of(server.url.partition("?")[0]))


def token_origin(server: McpServer) -> Origin:
    """Return the only origin that a saved token of *server* is sent to.

    Raises ConfigError for a program, or if the token would be sent unencrypted to another machine.
    """
    if not server.url:
        raise ConfigError(
            _("the MCP server {name} is a program", name=server.name), hint=_("env in {file} gives it keys", file=FILE)
        )
    origin = origin_of(server.url.partition("?")[0])
    if origin.scheme != "https" and not origin.is_loopback:
        raise ConfigError(
            _("the key would be sent unencrypted to {address}", address=origin),
            hint=_("use https:// in {file}", file=FILE),
        )
    return origin
