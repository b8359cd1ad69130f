"""Makes tools of what the user has accepted of a server, and compares the server with it before each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.tools.inquiries import ServerReview, UserAnswer
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.listings import ListedTool, Listing, changes
from chatcli.tools.mcp.names import exposed_name
from chatcli.tools.mcp.pins import Pins
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.tool import CallOutcome, Cancellation, Inquiry, Tool, ToolError, ToolOrigin, continued

if TYPE_CHECKING:
    pass

Inspection: TypeAlias = "tuple[Listing, ServerReview | None]"

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

    def inspect(self, cancellation: Cancellation) -> Inspection | Inquiry[Inspection]:
        """Start the server; return what it offers, and what to ask the user unless it is accepted already."""
        found = self.connections.retried(self.server, lambda session: session.list_tools(cancellation, self.timeout_s))
        return continued(found, lambda listing, _: (listing, self._review(listing)), cancellation)

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
            has_foreign_schema=True,
        )

    def _prepare(self) -> None:
        self.connections.prepare(self.server)

    def _run(self, listed: ListedTool, arguments: Mapping[str, Any], cancellation: Cancellation) -> CallOutcome:
        return continued(self.inspect(cancellation), partial(self._compare, listed, arguments), cancellation)

    def _compare(
        self, listed: ListedTool, arguments: Mapping[str, Any], found: Inspection, cancellation: Cancellation
    ) -> CallOutcome:
        """Call a tool if its server is as the user has accepted it, else ask first."""
        listing, review = found
        if review is None:
            return self._call(listed, arguments, cancellation)

        def resume(answer: UserAnswer, later: Cancellation) -> CallOutcome:
            if answer.action != "accept":
                raise UnacceptedToolsError(_(_UNACCEPTED))
            self.accept(listing)
            if listed not in listing.tools:
                raise ToolError(_(_OTHERWISE))
            return self._call(listed, arguments, later)

        return Inquiry(review, resume)

    def _call(self, listed: ListedTool, arguments: Mapping[str, Any], cancellation: Cancellation) -> CallOutcome:
        session = self.connections.session(self.server)
        return session.call(listed.name, arguments, cancellation, self.timeout_s)
