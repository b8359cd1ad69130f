"""Chooses how to sign in to a server: in the user's browser, or as a program."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.text.redactor import Secret
from chatcli.tools.mcp.oauth_guard import GrantStorage, GuardedProvider
from chatcli.tools.mcp.remote import Ask
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.sign_ins import SignIns


def sign_in_for(
    server: McpServer, kept: SignIns, secrets: list[Secret], ask: Ask, report: Callable[[str], None]
) -> GuardedProvider:
    """Return what signs in to *server*; raises SignInFailure if its settings do not allow it."""
    storage = GrantStorage(server.name, server.url, kept, secrets)
    settings = server.oauth
    if settings.client_secret:
        secrets.append(settings.client_secret)
    if settings.is_program:
        from chatcli.tools.mcp.oauth_programs import program_provider

        provider = program_provider(server.url, storage, settings)
    else:
        from chatcli.tools.mcp.oauth_browser import BrowserProvider

        provider = BrowserProvider(server, storage, ask)
    storage.context = provider.context
    provider.server, provider.report = server, report
    return provider
