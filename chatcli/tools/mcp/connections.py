"""Keeps one connection to each server, begun when it is first needed and again after the server was lost."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.process.installation import install_command
from chatcli.records import field, mutable
from chatcli.settings.keystore import KeyStore
from chatcli.text.redactor import Secret
from chatcli.tools.children import child_environment
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.sign_ins import SignIns
from chatcli.tools.mcp.tokens import find_token
from chatcli.tools.tool import ToolError

if TYPE_CHECKING:
    from chatcli.tools.mcp.session import LoopThread, ServerSession

T = TypeVar("T")

_SDK = "mcp>=2.3,<3"


@mutable
class Connections:
    """Opens sessions with servers; programs get what is harmless of *environ*, tokens are added to *secrets*.

    *store* holds the tokens that the user has saved, *sign_ins* what servers have granted;
    without it, there is no sign-in.
    """

    environ: Mapping[str, str]
    secrets: list[Secret] = field(default_factory=list)
    store: KeyStore | None = None
    sign_ins: SignIns | None = None
    _lock: Lock = field(default_factory=Lock)
    _thread: LoopThread | None = None
    _sessions: dict[str, ServerSession] = field(default_factory=dict)

    def session(self, server: McpServer) -> ServerSession:
        """Return the session with *server*, which may still be starting; raises ToolError without SDK or token."""
        with self._lock:
            known = self._sessions.get(server.address)
            if known is None or known.is_over:
                try:
                    known = self._sessions[server.address] = self._open(server)
                except ConfigError as error:
                    raise ToolError(f"{error.sentence()}.") from error
            return known

    def prepare(self, server: McpServer) -> None:
        """Begin a session; what prevents it is reported when it is needed."""
        with suppress(ToolError):
            self.session(server)

    def retried(self, server: McpServer, ask: Callable[[ServerSession], T]) -> T:
        """Return what *ask* returns, which changes nothing; if a server that worked was lost, ask it once more."""
        session = self.session(server)
        try:
            return ask(session)
        except ToolError:
            if not session.is_lost:
                raise
        return ask(self.session(server))

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.close()

    def _open(self, server: McpServer) -> ServerSession:
        try:
            from chatcli.tools.mcp.session import LoopThread, ServerSession
        except ImportError as error:
            hint = _("install it: {command}", command=install_command(_SDK))
            raise ConfigError(_("MCP servers need the Python package mcp"), hint=hint) from error
        if self._thread is None:
            self._thread = LoopThread()
            atexit.register(self.close)
        return ServerSession(self._thread, server, self._transport(server))

    def _transport(self, server: McpServer) -> Any:
        from chatcli.tools.mcp.remote import HttpConnection
        from chatcli.tools.mcp.stdio import ServerProcess

        if not server.url:
            return ServerProcess(server, child_environment(self.environ))
        headers = dict(server.headers)
        token = find_token(server, self.store)
        if isinstance(token, Secret):
            self.secrets.append(token)
            headers["Authorization"] = f"Bearer {token.reveal()}"
            return HttpConnection(server, headers, on_token=_("the one that was sent was refused"))
        return HttpConnection(server, headers, on_token=token, sign_in=self._sign_in(server))

    def _sign_in(self, server: McpServer) -> Any:
        if self.sign_ins is None or "authorization" in map(str.lower, server.headers):
            return None
        kept, secrets = self.sign_ins, self.secrets

        def sign_in(ask: Any, report: Callable[[str], None]) -> Any:
            from chatcli.tools.mcp.oauth import sign_in_for  # on the thread that connects

            return sign_in_for(server, kept, secrets, ask, report)

        return sign_in
