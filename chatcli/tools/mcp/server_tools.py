"""Makes tools of what the user has accepted of a server, and compares the server with it before each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.tools.inquiries import ServerReview, UserAnswer
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.listings import ListedTool, Listing, changes
from chatcli.tools.mcp.names import exposed_name
from chatcli.tools.mcp.pins import Pins
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.tool import Cancellation, Inquiry, Tool, ToolError, ToolOrigin, ToolResult

if TYPE_CHECKING:
    pass

_UNACCEPTED = N_("It was not run: the server's tools are not those that the user has accepted.")
_OTHERWISE = N_(
    "It was not run: its definition has changed, and the user has accepted the new one. Call it as it is now."
)


class UnacceptedToolsError(ToolError):
    """A call did not run, because the tools of its server are not those that the user has accepted."""


@frozen
class ServerTools:
    """The tools of *server*; *accepted* is called after the user has accepted others than before."""

    server: McpServer
    pins: Pins
    connections: Connections
    timeout_s: float
    accepted: Callable[[McpServer], None] = lambda _server: None

    def current(self) -> list[Tool] | None:
        """Return the accepted tools, None if nothing is accepted for the server as it is configured now."""
        listing = self.pins.current(self.server)
        return None if listing is None else [self._tool(listing, tool) for tool in listing.tools]

    def inspect(self, cancellation: Cancellation) -> tuple[Listing, ServerReview | None]:
        """Start the server; return what it offers, and what to ask the user unless it is accepted already."""
        listing = self.connections.retried(
            self.server, lambda session: session.list_tools(cancellation, self.timeout_s)
        )
        return listing, self._review(listing)

    def accept(self, listing: Listing) -> None:
        """Pin *listing*."""
        self.pins.accept(self.server, listing)
        self.accepted(self.server)

    def _review(self, listing: Listing) -> ServerReview | None:
        pinned = self.pins.get(self.server)
        if pinned is None:
            return ServerReview(self.server.name, listing.overview())
        if pinned.address == listing.address and pinned.to_json() == listing.to_json():
            return None
        return ServerReview(self.server.name, changes(pinned, listing), is_change=True)

    def _tool(self, listing: Listing, listed: ListedTool) -> Tool:
        return Tool(
            exposed_name(self.server.name, listed.name),
            listed.description,
            listed.parameters or {"type": "object", "properties": {}},
            partial(self._run, listed),
            ToolOrigin(self.server.name, listing.address),
            is_parallel=False,
            prepare=self._prepare,
        )

    def _prepare(self) -> None:
        self.connections.prepare(self.server)

    def _run(
        self, listed: ListedTool, arguments: Mapping[str, Any], cancellation: Cancellation
    ) -> ToolResult | Inquiry:
        listing, review = self.inspect(cancellation)
        if review is None:
            return self._call(listed, arguments, cancellation)

        def resume(answer: UserAnswer, later: Cancellation) -> ToolResult | Inquiry:
            if answer.action != "accept":
                raise UnacceptedToolsError(_(_UNACCEPTED))
            self.accept(listing)
            if listed not in listing.tools:
                raise ToolError(_(_OTHERWISE))
            return self._call(listed, arguments, later)

        return Inquiry(review, resume)

    def _call(
        self, listed: ListedTool, arguments: Mapping[str, Any], cancellation: Cancellation
    ) -> ToolResult | Inquiry:
        session = self.connections.session(self.server)
        return session.call(listed.name, arguments, cancellation, self.timeout_s)
