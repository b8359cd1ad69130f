"""Collects the tools of a run that flags and settings name: built-in ones, Python functions, those of MCP servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from chatcli.app.configuration import Configuration
from chatcli.app.mcp_servers import McpServers
from chatcli.errors import ChatError, ConfigError, UsageError
from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.phrases import one_line
from chatcli.text.similar import did_you_mean
from chatcli.tools.built_in import built_in_tools
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.policy import Policy, ToolRules
from chatcli.tools.python_functions import PythonFile
from chatcli.tools.tool import Tool, Toolset

_MOST_SOURCE = 4_000_000  # bytes of a Python file
FOLDER = "tools"


@frozen
class ApprovalFile:
    """The calls that the user always allows."""

    records: DurableRecords

    def __contains__(self, key: object) -> bool:
        """Return whether the calls with this consent key are allowed."""
        return key in self.records.read()

    def add(self, key: str, tool: Tool) -> None:
        """Allow the calls of *tool* with this consent key from now on."""
        self.records.add(key, tool=tool.name, origin=tool.origin.name)


@frozen
class HostConsents:
    """The hosts from which the user lets pages be fetched."""

    records: DurableRecords

    def __contains__(self, host: str) -> bool:
        """Return whether pages may be fetched from *host*."""
        return f"host {host}" in self.records.read()

    def add(self, host: str) -> None:
        """Allow *host* from now on."""
        self.records.add(f"host {host}", tool="", origin=host)


def approval_file(dirs: AppDirs) -> ApprovalFile:
    """Return the stored approvals."""
    return ApprovalFile(_records(dirs))


def host_consents(dirs: AppDirs) -> HostConsents:
    """Return the stored consents to hosts, which are in the same file."""
    return HostConsents(_records(dirs))


def _records(dirs: AppDirs) -> DurableRecords:
    return DurableRecords(dirs.approvals, _("the file of tool approvals"), frozenset({"tool", "origin"}))


_CONSENTS = {
    ("deny", True): N_("on, denied"),
    ("ask", True): N_("on, asks"),
    ("allow", True): N_("on, allowed"),
    ("deny", False): N_("off, denied"),
    ("ask", False): N_("off, asks"),
    ("allow", False): N_("off, allowed"),
}


def describe_tool(tool: Tool, policy: Policy, *, is_on: bool) -> tuple[str, str, str, str]:
    """Return name, origin, state and description of *tool* for a table."""
    consent = _CONSENTS[policy.verdict(tool), is_on]
    described = one_line(tool.description.partition("\n\n")[0])
    return tool.name, _(tool.origin.name), _(consent), _(described)


def describe_server(server: McpServer) -> tuple[str, str, str, str]:
    """Return the row of a server whose tools are not accepted."""
    return server.name, _("MCP server"), _("not accepted"), server.shown


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".py")


@frozen
class Toolbox:
    """Finds the tools that *config* names; *note* gets sentences about functions that cannot be tools."""

    config: Configuration
    servers: McpServers
    note: Callable[[str], None] = lambda _sentence: None

    def toolset(self) -> Toolset:
        """Return the named tools; raises ConfigError or UsageError for those that cannot be used."""
        names = dict.fromkeys((*self.config.settings.tools.enabled, *self.config.flags.tools))
        tools = Toolset.of({tool.fingerprint: tool for name in names for tool in self.find(name)}.values())
        self._check_consents(tools)
        return tools

    def policy(self, chat: Callable[[], object]) -> Policy:
        """Return the policy of the run; *chat* identifies the current chat."""
        settings = self.config.settings.tools
        allow = frozenset({*settings.allow, *self.config.flags.yes})
        rules = ToolRules(frozenset(settings.deny), frozenset(settings.ask), allow)
        return Policy(rules, approval_file(self.config.sources.dirs), chat)

    def built_in(self) -> dict[str, Tool]:
        """Return the built-in tools by name."""
        settings, files = self.config.settings.tools, self.config.files
        root = files.path(settings.root) if settings.root else files.directory
        return built_in_tools(root, files.reader(is_named=False), files.environ, settings.timeout)

    def files(self) -> dict[str, Path]:
        """Return the Python files of the user's folder of tools, by name."""
        with suppress(OSError):
            return {path.stem: path for path in sorted(self._folder.glob("*.py")) if not path.name.startswith("_")}
        return {}

    @property
    def _folder(self) -> Path:
        return self.config.sources.dirs.config / FOLDER

    def named_files(self) -> list[Path]:
        """Return the files of tools that flags and settings name, and those of the user's folder."""
        names = (*self.config.settings.tools.enabled, *self.config.flags.tools)
        named = [self.config.files.path(name) for name in names if _is_path(name)]
        return [*dict.fromkeys([*named, *self.files().values()])]

    def all_tools(self) -> list[Tool]:
        """Return the built-in tools, the functions of the user's folder, and the accepted tools of servers.

        Files that cannot be used are noted.
        """
        return [*self.built_in().values(), *self._folder_tools(), *self.servers.accepted_tools()]

    def find(self, name: str) -> Sequence[Tool]:
        """Return the tools that *name* means: a file, a built-in tool, an MCP server, or one tool of a file or server.

        There are none if the user does not accept those of the server.
        """
        if _is_path(name) and (self.config.files.exists(name) or name not in self.servers.by_name):
            return self.functions(self.config.files.path(name))
        if tool := self.built_in().get(name):
            return [tool]
        if (tools := self.servers.find(name)) is not None:
            return tools
        files = self.files()
        if name in files:
            return self.functions(files[name])
        found = [tool for tool in self._folder_tools() if tool.name == name]
        if not found:
            meant = did_you_mean(name, [*self.built_in(), *files, *self.servers.by_name])
            if self.config.files.exists(f"{name}.py"):
                meant = _("the file is `{name}.py`", name=name)
            hint = meant or _(
                "name a built-in tool, an MCP server, FILE.py, or a file in {folder}", folder=self._folder
            )
            raise UsageError(_("unknown tool `{name}`", name=name), hint=hint)
        return found

    def functions(self, path: Path) -> list[Tool]:
        """Return the functions of a Python file; it runs in a process of its own."""
        is_named = path.parent != self._folder  # a pipe that the user did not name is not waited for
        content = self.config.files.reader(is_named=is_named).read(path, max_bytes=_MOST_SOURCE)
        settings = self.config.settings.tools
        file = PythonFile(path.absolute(), content, self.config.environment.environ, settings.timeout)
        tools, skipped = file.describe()
        for sentence in skipped:
            self.note(f"{path.name}: {sentence}")
        if not tools:
            hint = _("every parameter of a function needs a type")
            raise ConfigError(_("{path} has no public function that can be a tool", path=path), hint=hint)
        return tools

    def _folder_tools(self) -> Iterator[Tool]:
        for path in self.files().values():
            try:
                yield from self.functions(path)
            except ChatError as error:
                self.note(error.sentence())

    def _check_consents(self, toolset: Toolset) -> None:
        """Reject consent in advance to tools that ask each time, and to what is neither a tool nor a host."""
        reaches_hosts = self.config.flags.fetch or any(tool.has_scopes for tool in toolset.tools.values())
        for name in self.config.flags.yes:
            meant = [tool for tool in toolset.tools.values() if tool.is_meant_by(name)]
            if not meant and not (reaches_hosts and "." in name):
                hint = did_you_mean(name, toolset.tools) or _("name one that the model may call")
                raise UsageError(_("unknown tool `{name}`", name=name), hint=hint)
            if any(tool.caution == "always" for tool in meant):
                raise UsageError(_("`{name}` asks before each call", name=name), kept=_("nothing was sent"))
