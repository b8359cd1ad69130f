"""The MCP servers of the user: finds their tools, and asks about those that were not accepted before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from chatcli.app.configuration import Configuration
from chatcli.errors import ConfigError, Remedy
from chatcli.files.private_json import DurableRecords
from chatcli.language import _
from chatcli.process.streams import has_terminal
from chatcli.records import frozen, mutable
from chatcli.settings.urls import Origin
from chatcli.text.json_values import as_text
from chatcli.text.similar import did_you_mean
from chatcli.tools.inquiries import Inquire, answer_nothing
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.pins import FIELDS, Pins
from chatcli.tools.mcp.server_content import ServerContent
from chatcli.tools.mcp.server_tools import Inspection, ServerTools
from chatcli.tools.mcp.servers import FILE, McpServer, ServerFile, read_servers
from chatcli.tools.mcp.sign_ins import SignIn, SignInError, SignIns, sign_ins
from chatcli.tools.mcp.tokens import token_origin
from chatcli.tools.parallel import run_asking
from chatcli.tools.tool import Tool, ToolError


@frozen
class ServerAccess:
    """What the servers of one run share: their *connections*, whom to ask, and a callback for changes.

    *can_ask* says whether there is a terminal, *note* gets remarks on servers whose tools are not offered.
    """

    connections: Connections
    inquire: Inquire = answer_nothing
    can_ask: Callable[[], bool] = has_terminal
    note: Callable[[str], None] = lambda _sentence: None
    accepted: Callable[[McpServer], None] = lambda _server: None


@mutable
class McpServers:
    """The servers in `mcp.json`, which is read when it is first needed."""

    config: Configuration
    access: ServerAccess
    _file: ServerFile | None = None

    @property
    def by_name(self) -> dict[str, McpServer]:
        """The servers by name, without those that are disabled or cannot be used."""
        return {name: server for name, server in self._read().servers.items() if not server.is_disabled}

    @property
    def faults(self) -> Mapping[str, ConfigError]:
        """Why servers cannot be used."""
        return self._read().faults

    def _read(self) -> ServerFile:
        if self._file is None:
            path = self.config.sources.dirs.config / FILE
            self._file = read_servers(path, self.config.environment.environ)
            secrets = (secret for server in self._file.servers.values() for secret in server.secrets)
            self.config.files.secrets.extend(secrets)
        return self._file

    def source(self, name: str) -> ServerTools:
        """Return where the tools of the server *name* come from."""
        pins = Pins(DurableRecords(self.config.sources.dirs.pins, _("the file of accepted tools"), FIELDS))
        timeout_s = self.config.settings.tools.timeout
        return ServerTools(self.by_name[name], pins, self.access.connections, timeout_s, self.access.accepted)

    def content(self, name: str) -> ServerContent:
        """Return the prompts and resources of the server *name*."""
        return ServerContent(self.by_name[name], self.access.connections, self.config.settings.tools.timeout)

    def accepted_tools(self) -> list[Tool]:
        """Return all tools that the user has accepted; no server is started."""
        return [tool for name in self.by_name for tool in self.source(name).current() or ()]

    def unaccepted(self) -> list[McpServer]:
        """Return the servers of which nothing is accepted as they are configured now."""
        return [server for name, server in self.by_name.items() if self.source(name).current() is None]

    def tools(self, name: str) -> Sequence[Tool]:
        """Return the accepted tools of a server; if nothing is accepted, ask, where there is a terminal.

        Other tools are not offered, with a notice. Raises ConfigError if the server cannot be asked for them.
        """
        source = self.source(name)
        found = source.current()
        if found is not None:
            return found
        if self.access.can_ask() and self.review(source):
            return source.current() or ()
        self.access.note(_("the tools of {name} are not offered, because you have not accepted them", name=name))
        return ()

    def review(self, source: ServerTools, *, is_agreed: bool = False) -> bool:
        """Ask whether the tools of a server may be used as they are now, unless the user has agreed already."""
        listing, review = self._inspect(source)
        if review is None:
            return True
        is_accepted = is_agreed or self.access.inquire(review).action == "accept"
        if is_accepted:
            source.accept(listing)
        return is_accepted

    def sign_in(self, name: str) -> SignIn | None:
        """Sign in to the server *name* again, and return what it grants; None if it requires no sign-in.

        Raises ConfigError if that fails.
        """
        if fault := self.faults.get(name):
            raise fault
        if name not in self.by_name:
            raise ConfigError(_("there is no MCP server {server}", server=name), hint=did_you_mean(name, self.by_name))
        server, kept = self.by_name[name], self._sign_ins
        if not server.url:
            what = _("the MCP server {server} is a program, which needs no sign-in", server=name)
            raise ConfigError(what, hint=_("env in {file} gives it keys", file=FILE))
        kept.remove(name)
        self._inspect(self.source(name))
        granted = kept.find(name, server.url)
        return granted if granted.tokens else None

    def sign_in_state(self, name: str) -> str:
        """Return a short status of the sign-in to the server *name*, empty without one."""
        server = self.by_name[name]
        granted = self._sign_ins.find(name, server.url) if server.url else SignIn()
        if not granted.tokens:
            return ""
        issuer = as_text(granted.issuer.get("issuer")) or server.url
        if granted.expires_at is None or granted.tokens.get("refresh_token"):
            return _("signed in at {issuer}", issuer=issuer)
        until = datetime.fromtimestamp(granted.expires_at).astimezone().strftime("%Y-%m-%d %H:%M")
        return _("signed in at {issuer} until {time}", issuer=issuer, time=until)

    @property
    def _sign_ins(self) -> SignIns:
        return sign_ins(self.config.sources.dirs)

    def _inspect(self, source: ServerTools) -> Inspection:
        """Start a server, sign in where it demands that, and return what it offers; raises ConfigError."""
        self.access.note(_("connecting to the MCP server {name}", name=source.server.name))  # which may take a while
        try:
            with self.config.files.waiting.guard():
                return run_asking(source.inspect, self.access.inquire)
        except ToolError as error:
            raise ConfigError(error.reason, hint=sign_in_hint(error)) from error

    def find(self, name: str) -> Sequence[Tool] | None:
        """Return the tools that *name* means, a server or one of its tools; None if it means neither.

        Raises ConfigError if the server cannot be used.
        """
        if fault := self.faults.get(name) or self.faults.get(name.partition("__")[0]):
            raise fault
        if name in self.by_name:
            return self.tools(name)
        owner = next((server for server in self.by_name if name.startswith(f"{server}__")), None)
        if owner:
            self.tools(owner)
        found = [tool for tool in self.accepted_tools() if tool.name == name]
        return found or (() if owner and self.source(owner).current() is None else None)


def sign_in_hint(error: ToolError) -> Remedy | None:
    """Return what to do about *error*, if it is that of a sign-in."""
    return Remedy("sign_in", values={"name": error.server}) if isinstance(error, SignInError) else None


def server_origin(config: Configuration, name: str) -> Origin:
    """Return where a saved key of the server *name* is sent; raises ConfigError if it has none."""
    path = config.sources.dirs.config / FILE
    file = read_servers(path, config.environment.environ)
    if fault := file.faults.get(name):
        raise fault
    if name not in file.servers:
        raise ConfigError(
            _("there is no MCP server {name} in {path}", name=name, path=path), hint=did_you_mean(name, file.servers)
        )
    return token_origin(file.servers[name])
