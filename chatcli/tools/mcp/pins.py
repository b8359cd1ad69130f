"""Keeps what the user has accepted of each server: its address, and its list of tools with descriptions and schemas."""

from __future__ import annotations

import hashlib

from chatcli.files.private_json import DurableRecords
from chatcli.records import frozen
from chatcli.tools.mcp.listings import Listing, read_tools
from chatcli.tools.mcp.servers import McpServer

FIELDS = frozenset({"address", "shown", "tools"})


@frozen
class Pins:
    """The accepted listings by server; raises ConfigError where their file cannot be used."""

    records: DurableRecords

    def get(self, server: McpServer) -> Listing | None:
        """Return what was accepted last for the name of *server*, None for nothing."""
        record = self.records.read().get(server.name)
        return Listing(record["address"], record["shown"], read_tools(record["tools"])) if record else None

    def current(self, server: McpServer) -> Listing | None:
        """Return what was accepted for *server* at its present address, None for nothing."""
        pinned = self.get(server)
        return pinned if pinned and pinned.address == address_of(server) else None

    def accept(self, server: McpServer, listing: Listing) -> None:
        """Pin *listing* for *server*."""
        tools = listing.to_json()
        self.records.add(server.name, address=listing.address, shown=listing.shown, tools=tools)


def address_of(server: McpServer) -> str:
    """Return the hash of the command or address of *server*, and of what is sent to it."""
    return hashlib.sha256(server.address.encode()).hexdigest()
