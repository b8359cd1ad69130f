"""The tools of one chat: offers them to the model, and switches them while the chat runs.

Tools are imported when the first one is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatcli.app.configuration import Configuration
from chatcli.conversation.session import Session
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.process.streams import has_terminal
from chatcli.records import field, mutable, replace

if TYPE_CHECKING:
    from chatcli.app.mcp_servers import McpServers
    from chatcli.app.server_content import NamedContent
    from chatcli.app.toolbox import Toolbox
    from chatcli.tools.inquiries import Inquire
    from chatcli.tools.loop import Show, ToolLoop
    from chatcli.tools.mcp.servers import McpServer
    from chatcli.tools.policy import Approve
    from chatcli.tools.tool import Tool, Toolset

_MOST_BYTES = 100_000  # of a result
_LEAST_BYTES = 2_000


@mutable
class ChatTools:
    """The tools of *session*; *loop* runs them, None while there are none.

    *approve* asks for consent, *inquire* for what servers want to know, *show* opens the display of what runs, *note*
    gets remarks about sources of tools, *redact* masks keys in results. Without *reviews*, no server is started to ask
    about its tools.
    """

    config: Configuration
    session: Session
    approve: Approve
    inquire: Inquire
    show: Show
    note: Callable[[str], None]
    redact: Callable[[str], str]
    reviews: bool = True
    loop: ToolLoop | None = None
    _servers: McpServers | None = None
    _switched: set[str] = field(default_factory=set)

    def start(self) -> None:
        """Offer the tools that flags and settings name; raises ConfigError or UsageError if one cannot be used."""
        if self.config.flags.tools or self.config.settings.tools.enabled:
            self._offer(self._box().toolset())
        elif self.config.flags.yes and not self.config.flags.fetch:
            raise UsageError(
                _("unknown tool `{name}`", name=self.config.flags.yes[0]), hint=_("name one that the model may call")
            )

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return name, origin, state and description of each tool: those on offer, and those that could be."""
        from chatcli.app.toolbox import describe_server, describe_tool

        box = self._box()
        offered = self.loop.toolset.tools if self.loop else {}
        policy = self.loop.policy if self.loop else box.policy(lambda: None)
        known = {tool.fingerprint: tool for tool in (*offered.values(), *box.all_tools())}
        rows = [describe_tool(tool, policy, is_on=tool.name in offered) for tool in known.values()]
        for fault in box.servers.faults.values():
            self.note(fault.sentence())
        return [*rows, *(describe_server(server) for server in box.servers.unaccepted())]

    def switch(self, name: str, *, is_on: bool) -> Sequence[str]:
        """Offer the tools that *name* means, or no longer; return their names. Raises UsageError if there are none."""
        from chatcli.tools.tool import Toolset

        offered = list(self.loop.toolset.tools.values()) if self.loop else []
        meant: Sequence[Tool] = [tool for tool in offered if tool.is_meant_by(name)]
        if is_on and not meant:
            meant = self._box().find(name)
            self._switched.add(name)
            self._offer(Toolset.of([*offered, *meant]))
        elif not is_on:
            if not meant:
                raise UsageError(_("the tool `{name}` is not on", name=name))
            self._offer(Toolset.of(tool for tool in offered if tool not in meant))
        return [tool.name for tool in meant]

    def names(self) -> list[str]:
        """Return the names that `switch` accepts, without running files of tools."""
        box = self._box()
        return [*(self.loop.toolset.tools if self.loop else ()), *box.built_in(), *box.files(), *box.servers.by_name]

    @property
    def content(self) -> NamedContent:
        """The prompts and resources of MCP servers."""
        from chatcli.app.server_content import NamedContent

        return NamedContent(self.servers)

    @property
    def servers(self) -> McpServers:
        """The MCP servers of this run."""
        from chatcli.app.mcp_servers import McpServers, ServerAccess
        from chatcli.settings.keystore import key_store
        from chatcli.tools.mcp.connections import Connections
        from chatcli.tools.mcp.sign_ins import sign_ins

        if self._servers is None:
            dirs, environ = self.config.sources.dirs, self.config.environment.environ
            connections = Connections(environ, self.config.files.secrets, key_store(dirs), sign_ins(dirs))
            access = ServerAccess(
                connections,
                self.inquire,
                can_ask=lambda: self.reviews and has_terminal(),
                note=self.note,
                accepted=self._offer_changed,
            )
            self._servers = McpServers(self.config, access)
        return self._servers

    def _box(self) -> Toolbox:
        from chatcli.app.toolbox import Toolbox

        return Toolbox(self.config, self.servers, self.note)

    def _offer_changed(self, server: McpServer) -> None:
        """Offer the tools of *server* as they are accepted now, in place of those on offer."""
        from chatcli.tools.tool import Toolset

        if self.loop is None:
            return
        offered = self.loop.toolset.tools
        kept = [tool for tool in offered.values() if tool.origin.name != server.name]
        if len(kept) < len(offered):
            box = self._box()
            is_whole = server.name in (*self.config.settings.tools.enabled, *self.config.flags.tools, *self._switched)
            current = [tool for tool in box.servers.accepted_tools() if tool.origin.name == server.name]
            self._offer(Toolset.of([*kept, *(tool for tool in current if is_whole or tool.name in offered)]))

    def _offer(self, toolset: Toolset) -> None:
        self.session.settings = replace(self.session.settings, tools=toolset.definitions)
        if self.loop is None:
            self.loop = self._new_loop(toolset)
        self.loop.toolset = toolset

    def _new_loop(self, toolset: Toolset) -> ToolLoop:
        from chatcli.tools.loop import ToolLoop

        return ToolLoop(
            toolset,
            self._box().policy(lambda: self.session.conversation.tree),
            self.approve,
            self.show,
            self.inquire,
            guard=self.session.guard,
            most_rounds=self.config.settings.tools.rounds,
            most_bytes=self._most_bytes,
            clean=self.redact,
            strips_invisible=self.config.flags.strip_invisible,
        )

    def _most_bytes(self) -> int:
        # As many bytes as the window has tokens fill at most a third of it.
        window_tokens = self.session.binding.budget.window_tokens
        return min(_MOST_BYTES, max(window_tokens, _LEAST_BYTES)) if window_tokens else _MOST_BYTES
